"""What changed from one run to another: yesterday's and today's, or the main branch's and this one's."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import UsageError
from .render_json import render_json
from .texts import one_line
from .untrusted import parse_json
from .versions import version_key
from .view import View

#: A report.json beyond this is none of ours.
_LIMIT = 512 << 20
_BAD = frozenset({"breaks", "new-failure", "changed-environment", "will-break", "dependency-will-break"})
#: What a repaired test has. One that is hidden, gone or not measured is not repaired.
_HOLDS = frozenset({"ok", "fixed", "new", "deprecated", "strict-only"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class CauseFact:
    """What two runs are compared by, of one cause."""

    id: str
    title: str
    place: str
    breaking: int
    will_break: int
    kind: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """Of one run: its causes, and the verdict of each test for each version."""

    headline: str
    complete: bool
    causes: Mapping[str, CauseFact]
    verdicts: Mapping[tuple[str, str], str]
    """By (version, test)."""
    tests: frozenset[str]
    versions: frozenset[str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """The verdict of one test for one version, in both runs."""

    version: str
    test: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """What changed."""

    new_causes: tuple[CauseFact, ...]
    gone_causes: tuple[CauseFact, ...]
    same_causes: int
    new_tests: tuple[str, ...]
    gone_tests: tuple[str, ...]
    newly_breaking: tuple[Change, ...]
    newly_fixed: tuple[Change, ...]
    other_changes: tuple[Change, ...]
    unchanged: int
    """Tests in both whose verdicts are all the same."""
    not_compared: tuple[str, ...]
    """Versions that only one of them is about."""
    complete: bool
    """Of both runs. Where it is not, what is gone may only not have been measured."""

    @property
    def new_deprecations(self) -> tuple[CauseFact, ...]:
        """New causes that are warnings and break nothing yet."""
        return tuple(one for one in self.new_causes if one.kind == "warning" and not one.breaking)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (
            self.new_causes
            or self.gone_causes
            or self.new_tests
            or self.gone_tests
            or self.newly_breaking
            or self.newly_fixed
            or self.other_changes
            or self.not_compared
        )


def compare_summaries(before: Summary, after: Summary) -> Difference:
    """The difference, in the versions that both are about."""
    both = before.tests & after.tests
    breaking: list[Change] = []
    fixed: list[Change] = []
    other: list[Change] = []
    changed: set[str] = set()
    for key in sorted(before.verdicts.keys() & after.verdicts.keys()):
        version, test = key
        old, new = before.verdicts[key], after.verdicts[key]
        if old == new:
            continue
        changed.add(test)
        change = Change(version=version, test=test, before=old, after=new)
        if new in _BAD and old not in _BAD:
            breaking.append(change)
        elif old in _BAD and new in _HOLDS:
            fixed.append(change)
        else:
            other.append(change)
    # A test that is new and red at once is news, too.
    breaking += [
        Change(version=key[0], test=key[1], before="–", after=after.verdicts[key])
        for key in sorted(after.verdicts.keys() - before.verdicts.keys())
        if after.verdicts[key] in _BAD and key[0] in before.versions
    ]
    return Difference(
        new_causes=_only(after, before),
        gone_causes=_only(before, after),
        same_causes=len(before.causes.keys() & after.causes.keys()),
        new_tests=tuple(sorted(after.tests - before.tests)),
        gone_tests=tuple(sorted(before.tests - after.tests)),
        newly_breaking=tuple(breaking),
        newly_fixed=tuple(fixed),
        other_changes=tuple(other),
        unchanged=len(both - changed),
        not_compared=tuple(sorted(before.versions ^ after.versions, key=version_key)),
        complete=before.complete and after.complete,
    )


def _only(one: Summary, other: Summary) -> tuple[CauseFact, ...]:
    found = [cause for key, cause in one.causes.items() if key not in other.causes]
    return tuple(sorted(found, key=lambda cause: (-cause.breaking, -cause.will_break, cause.id)))


def summary_of(document: Mapping[str, Any]) -> Summary:
    """From what report.json says, whoever wrote it.

    Raises:
        UsageError: it is no report of ours.
    """
    if document.get("format") != 1 or not isinstance(document.get("tests"), list):
        raise UsageError("this is no report.json of format 1", hint="name a results folder, or its report.json")
    tests = [one for one in document["tests"] if isinstance(one, dict) and isinstance(one.get("id"), str)]
    facts = [_fact(one) for one in _list(document.get("causes")) if isinstance(one, dict)]
    summary = document.get("summary")
    headline = summary.get("headline") if isinstance(summary, dict) else ""
    return Summary(
        headline=one_line(headline if isinstance(headline, str) else "", 600),
        complete=document.get("complete") is True,
        causes={fact.id: fact for fact in facts},
        verdicts={
            (one_line(version, 20), test["id"]): one_line(found["verdict"], 40)
            for test in tests
            for version, found in _mapping(test.get("verdicts")).items()
            if isinstance(found, dict) and isinstance(found.get("verdict"), str)
        },
        tests=frozenset(test["id"] for test in tests),
        versions=frozenset(one_line(one, 20) for one in _list(document.get("next")) if isinstance(one, str)),
    )


def summary_of_view(view: View) -> Summary:
    """By way of what report.json says, so that both kinds of input are read alike."""
    return summary_of(json.loads(render_json(view)))


def _fact(cause: Mapping[str, Any]) -> CauseFact:
    file, line = cause.get("file"), cause.get("line")
    return CauseFact(
        id=one_line(str(cause.get("id")), 40),
        title=one_line(str(cause.get("title")), 300),
        place=f"{one_line(file, 200)}:{_number(line)}" if isinstance(file, str) else "",
        breaking=_number(cause.get("breaking")),
        will_break=_number(cause.get("will_break")),
        kind=one_line(str(cause.get("kind")), 20),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def read_report(path: Path) -> Mapping[str, Any]:
    """A report.json.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    try:
        document = parse_json(content) if len(content) <= _LIMIT else None
    except ValueError as error:
        raise UsageError(f"{path}: this is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path}: this is no report.json", hint="name a results folder, or its report.json")
    return document
