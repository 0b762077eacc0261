"""Groups red results by cause: the same exception, message and place. Many tests, one thing to repair."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from .diff import Comparison
from .model import (
    RED,
    Cause,
    CellResults,
    Detail,
    Failure,
    Frame,
    Origin,
    OriginKind,
    Run,
    Verdict,
    version_key,
)
from .origin import Places
from .trace import Trace, parse_trace

_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})
_CAUSED = frozenset({Verdict.BREAKS, Verdict.NEW_FAILURE, Verdict.ALWAYS_FAILING, Verdict.STRICT_ONLY})
_EXAMPLE_LIMIT = 4_000
_SUBTEST_SUMMARY = re.compile(r"contains \d+ failed subtests?$")

# What differs between two sightings of one cause, most specific first.
_NORMAL = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
        (r"\b0x[0-9a-fA-F]+\b", "<address>"),
        (r"(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}[\\/]?", "<path>"),
        (r"\b[Pp]ython ?3(?:\.\d+)+\w*", "Python <version>"),
        (r"\b\d+(?:\.\d+)? ?(?:ms|us|ns|s|sec|seconds?|minutes?)\b", "<duration>"),
        (r"(?<![\w.])-?\d+(?:\.\d+)*(?:[eE][+-]?\d+)?(?!\w)", "<n>"),
        (r"\s+", " "),
    )
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CauseIndex:
    """All causes, most breaking tests first, and which of them a verdict has."""

    causes: tuple[Cause, ...]
    by_verdict: Mapping[tuple[str, str], tuple[str, ...]]
    """Cause ids by (version, test id)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Sighting:
    """One cause as one failure shows it, before it is known where else it was seen."""

    id: str
    trace: Trace
    origin: Origin
    place: Frame | None
    stack: tuple[Frame, ...]
    example: str


@dataclasses.dataclass(kw_only=True)
class _Group:
    first: _Sighting
    tests: set[str] = dataclasses.field(default_factory=set)
    breaking: set[str] = dataclasses.field(default_factory=set)
    versions: set[str] = dataclasses.field(default_factory=set)
    profiles: set[str] = dataclasses.field(default_factory=set)


def normal_message(message: str) -> str:
    """The first line of a message without numbers, addresses, paths and the like."""
    text = message.strip().partition("\n")[0][:500]
    for pattern, word in _NORMAL:
        text = pattern.sub(word, text)
    return text.strip()


def find_causes(run: Run, comparisons: tuple[Comparison, ...]) -> CauseIndex:
    """Group the red results that matter: those behind a verdict, and strict failures on the base."""
    groups: dict[str, _Group] = {}
    cited: dict[tuple[str, str], dict[str, None]] = {}
    for results, comparison in _cells(run, comparisons):
        sight = _Sighter(results, run)
        for test, outcome in results.outcomes.items():
            if outcome not in RED:
                continue
            verdict = comparison.verdicts[test].verdict if comparison else None
            if comparison is None and not _matters_on_base(results, run, comparisons, test):
                continue
            if verdict is Verdict.FIXED:  # red in a strict cell of a version that repaired the plain one
                continue
            for found in sight.causes(results.details.get(test)):
                group = groups.setdefault(found.id, _Group(first=found))
                group.tests.add(test)
                group.versions.add(results.cell.python)
                group.profiles.add(results.cell.profile)
                if comparison and _decides(results, run, verdict):
                    cited.setdefault((comparison.version, test), {})[found.id] = None
                    if verdict is Verdict.BREAKS:
                        group.breaking.add(test)
    causes = sorted((_cause(group, run.question.plain) for group in groups.values()), key=_rank)
    return CauseIndex(causes=tuple(causes), by_verdict={key: tuple(sorted(ids)) for key, ids in cited.items()})


def _cells(run: Run, comparisons: Iterable[Comparison]) -> Iterator[tuple[CellResults, Comparison | None]]:
    """The cells whose red results can matter: the later versions' first, then the base's."""
    for comparison in comparisons:
        # The plain cells first: a cause is described as users will see it.
        for strict in (False, True):
            for results in run.cells:
                is_strict = results.cell.profile != run.question.plain
                if results.cell.python == comparison.version and is_strict is strict:
                    yield results, comparison
    for results in run.cells:
        if results.cell.python == run.question.base:
            yield results, None


def _matters_on_base(results: CellResults, run: Run, comparisons: tuple[Comparison, ...], test: str) -> bool:
    if results.cell.profile != run.question.plain:
        return True
    return any(one.verdicts[test].verdict is Verdict.ALWAYS_FAILING for one in comparisons)


def _decides(results: CellResults, run: Run, verdict: Verdict | None) -> bool:
    """Whether a cell's failure is the reason for the verdict."""
    if verdict not in _CAUSED:
        return False
    return (results.cell.profile != run.question.plain) is (verdict is Verdict.STRICT_ONLY)


class _Sighter:
    """Turns one cell's failures into sightings; equal failures are read once."""

    def __init__(self, results: CellResults, run: Run) -> None:
        name = run.target.get("name")
        self._places = Places(results.cell, name if isinstance(name, str) else None)
        self._seen: dict[Failure, _Sighting] = {}

    def causes(self, detail: Detail | None) -> Iterator[_Sighting]:
        failures = detail.failures if detail is not None and detail.failures else (Failure(message="no message"),)
        for failure in failures:
            if _SUBTEST_SUMMARY.match(failure.message) and len(failures) > 1:
                continue  # pytest's summary of the subtests that are listed before it
            known = self._seen.get(failure)
            if known is None:
                known = self._seen[failure] = self._sight(failure)
            yield known

    def _sight(self, failure: Failure) -> _Sighting:
        trace = parse_trace(failure)
        located = [(frame, *self._places.locate(frame.file)) for frame in trace.frames]
        own = [
            (Frame(file=path, line=frame.line, function=frame.function), origin)
            for frame, path, origin in located
            if origin.kind in _OWN
        ]
        if own:
            place, origin = own[-1]
        elif located:
            frame, path, origin = located[-1]
            place = Frame(file=path, line=frame.line, function=frame.function)
        else:
            place, origin = None, Origin(kind=OriginKind.UNKNOWN)
        where = (place.file, place.function or "") if place else ("", "")
        identity = "\0".join((trace.type or "", normal_message(trace.message), *where))
        digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
        return _Sighting(
            id=f"c{digest[:10]}",
            trace=trace,
            origin=origin,
            place=place,
            stack=tuple(frame for frame, _ in own),
            example=failure.text[-_EXAMPLE_LIMIT:],
        )


def _cause(group: _Group, plain: str) -> Cause:
    first = group.first
    trace, place = first.trace, first.place
    message = trace.message.strip()
    line = message.partition("\n")[0]
    is_warning = trace.type is not None and trace.type.endswith("Warning")
    return Cause(
        id=first.id,
        title=": ".join(part for part in (trace.type, line) if part) or "no message",
        kind="warning" if is_warning else "failure",
        category=trace.type,
        message=message,
        origin=first.origin,
        file=place.file if place else None,
        line=place.line if place else None,
        function=place.function if place else None,
        stack=first.stack,
        tests=tuple(sorted(group.tests)),
        breaking=len(group.breaking),
        strict_only=plain not in group.profiles,
        versions=tuple(sorted(group.versions, key=version_key)),
        profiles=tuple(sorted(group.profiles)),
        example=first.example,
    )


def _rank(cause: Cause) -> tuple[int, int, str]:
    return (-cause.breaking, -len(cause.tests), cause.id)
