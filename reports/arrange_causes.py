"""Decides how causes are told: words, order, and which are the same thing at several places."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence

from .gate import SAID
from .knowledge_releases import dated
from .model import Cause, OriginKind, Verdict
from .texts import block, count, listed, one_line, one_line_id
from .view import CauseGroup, CauseView, Tone

#: Groups that a view holds, and causes of one group; report.json has all of them.
GROUP_LIMIT = 200
_ALIKE_LIMIT = 12
_TESTS_PER_CAUSE = 50
#: ``assert 1 == 2`` is another thing at another place.
_TELLING = 30

_ORIGINS: Mapping[OriginKind, str] = {
    OriginKind.PROJECT: "your code",
    OriginKind.TESTS: "your tests",
    OriginKind.DEPENDENCY: "dependency",
    OriginKind.STANDARD_LIBRARY: "standard library",
    OriginKind.UNKNOWN: "place unknown",
}


def group_causes(causes: Iterable[Cause], plain: str, today: datetime.date) -> tuple[tuple[CauseGroup, ...], int]:
    """The same thing at several places is told once, most tests first; and how many causes were left out.

    Args:
        causes: most breaking tests first.
        plain: the profile without filters.
        today: the day that releases are dated by.
    """
    groups: dict[tuple[object, ...], list[Cause]] = {}
    for cause in causes:
        groups.setdefault(_what(cause), []).append(cause)
    ordered = sorted(groups.values(), key=_weight)
    told = tuple(
        CauseGroup(
            causes=tuple(_cause(cause, plain, today) for cause in group[:_ALIKE_LIMIT]),
            number=len(group),
            impact=_impact(group, plain),
        )
        for group in ordered[:GROUP_LIMIT]
    )
    return told, sum(map(len, ordered[GROUP_LIMIT:]))


def _what(cause: Cause) -> tuple[object, ...]:
    """What is the same wherever it stands: a record, or the very same words, if an assertion has enough of them."""
    whose = (cause.origin.kind, cause.origin.distribution, _tone(cause), cause.kind)
    if cause.record is not None:
        return (cause.record, cause.category, *whose)
    if cause.category is None or (cause.category in {"AssertionError", "Failed"} and len(cause.message) < _TELLING):
        return (cause.id,)
    return (None, cause.category, cause.message, *whose)


def _weight(group: list[Cause]) -> tuple[int, int, int]:
    breaking, will_break = sum(cause.breaking for cause in group), sum(cause.will_break for cause in group)
    return (-breaking, -will_break, -sum(len(cause.tests) for cause in group))


def _tone(cause: Cause) -> Tone:
    return Tone.BAD if cause.breaking or cause.will_break else Tone.WARN


def _cause(cause: Cause, plain: str, today: datetime.date) -> CauseView:
    place = "" if cause.file is None else f"{one_line(cause.file, 160)}:{cause.line}"
    if place and cause.function:
        place += f" in {one_line(cause.function, 80)}"
    origin = _ORIGINS[cause.origin.kind]
    if cause.origin.distribution:
        origin += f" {one_line(cause.origin.distribution, 60)} {one_line(cause.origin.version or '', 40)}".rstrip()
    return CauseView(
        id=cause.id,
        title=one_line(cause.title, 240),
        impact=_impact([cause], plain),
        tone=_tone(cause),
        place=place,
        file=cause.file or "",
        source=one_line(cause.source, 240),
        origin=origin,
        seen=_seen(cause),
        due=_doubted(_doubted(_due(cause, today), _elsewhere(cause)), cause.doubt),
        instead=" ".join(
            filter(
                None,
                (
                    one_line(cause.upgrade, 400),
                    one_line(cause.replacement, 240),
                    f"(playbook: {cause.playbook})" if cause.playbook else "",
                ),
            )
        ),
        stack=tuple(
            f"{one_line(frame.file, 160)}:{frame.line}"
            + (f" in {one_line(frame.function, 80)}" if frame.function else "")
            for frame in cause.stack[-20:]
        ),
        tests=tuple(one_line_id(test, 240) for test in cause.tests[:_TESTS_PER_CAUSE]),
        more_tests=max(0, len(cause.tests) - _TESTS_PER_CAUSE),
        number=len(cause.tests),
        example=block(cause.example, 4_000),
    )


_AS_IF = "as-if-"


def _seen(cause: Cause) -> str:
    """``seen on 3.14 and 3.16 (plain and strict; 3.16 as if)``."""
    profiles = listed([one_line(one, 40) for one in cause.profiles if not one.startswith(_AS_IF)])
    later = listed([one_line(one, 40).removeprefix(_AS_IF) for one in cause.profiles if one.startswith(_AS_IF)])
    how = "; ".join(filter(None, (profiles, f"{later} as if" if later else "")))
    return f"seen on {listed([one_line(version, 20) for version in cause.versions], 12)} ({how})"


def _doubted(due: str, doubt: str) -> str:
    """``deprecated, no date (in a finaliser: an error there …)``: a doubt is a sentence, and more may stand behind."""
    if not doubt:
        return due
    aside = doubt[0].lower() + doubt[1:].rstrip(".")
    return f"{due} ({aside})" if due else aside


def _elsewhere(cause: Cause) -> str:
    return "In a process that the test starts." if cause.in_child else ""


def _due(cause: Cause, today: datetime.date) -> str:
    """``ends in 3.16, planned for October 2027 (scheduled)``."""
    if cause.breaking:
        return ""
    if cause.deadline is not None:
        how = "" if cause.certainty == "scheduled" else f" ({cause.certainty})"
        return f"ends in Python {dated(cause.deadline, today)}{how}"
    return "deprecated, no date" if cause.kind == "warning" and cause.certainty == "undated" else ""


def _impact(causes: Sequence[Cause], plain: str) -> str:
    """How many tests, and what becomes of them."""
    breaking, will_break = sum(cause.breaking for cause in causes), sum(cause.will_break for cause in causes)
    tests = len({test for cause in causes for test in cause.tests})
    if tests < sum(len(cause.tests) for cause in causes):
        # One test may fail at two places: how many break is not the sum then.
        return count(tests, "test")
    said = [count(breaking, *SAID[Verdict.BREAKS])] if breaking else []
    if will_break:
        said.append(count(will_break, *SAID[Verdict.WILL_BREAK]))
    others = tests - breaking - will_break
    if others > 0 and said:
        said.append(f"{others:,} more affected")
    elif others > 0:
        said.append(count(others, *_affected(causes[0], plain)))
    return ", ".join(said)


def _affected(cause: Cause, plain: str) -> tuple[str, str]:
    """What becomes of tests that do not break by a cause."""
    if cause.kind == "warning" and cause.profiles == (plain,):
        return SAID[Verdict.DEPRECATED]
    return SAID[Verdict.STRICT_ONLY] if cause.strict_only else ("test fails", "tests fail")
