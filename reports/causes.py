"""Groups red results by cause: the same exception, message and place. Many tests, one thing to repair."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from .as_if import Emulation
from .diff import Comparison
from .evidence import Frame, Use
from .model import RED, Cause, CellResults, Detail, Failure, Origin, OriginKind, Run, Verdict
from .origin import Places
from .trace import Trace, parse_trace
from .versions import has_come, version_key

_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})
_CAUSED = frozenset(
    {
        *(Verdict.BREAKS, Verdict.NEW_FAILURE, Verdict.ALWAYS_FAILING, Verdict.STRICT_ONLY),
        *(Verdict.CHANGED_ENVIRONMENT, Verdict.ORDER_DEPENDENT, Verdict.FLAKY),
    }
)
_FORECAST = frozenset({Verdict.WILL_BREAK, Verdict.DEPENDENCY_WILL_BREAK})
_EXAMPLE_LIMIT = 4_000
_SUBTEST_SUMMARY = re.compile(r"contains \d+ failed subtests?$")

# What differs between two sightings of one cause, most specific first.
_NORMAL = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<uuid>"),
        (r"\b0x[0-9a-fA-F]+\b", "<address>"),
        # unittest cuts what two texts have in common, and leaves the end of a name that may be new in each run.
        (r"\[\d+ chars\][\w.-]*", "<cut>"),
        (r"(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}[\\/]?", "<path>"),
        (r"\b[Pp]ython ?3(?:\.\d+)+\w*", "Python <version>"),
        (r"\b\d+(?:\.\d+)? ?(?:ms|us|ns|s|sec|seconds?|minutes?)\b", "<duration>"),
        (r"(?<![\w.])-?\d+(?:\.\d+)*(?:[eE][+-]?\d+)?(?!\w)", "<n>"),
        # A hint that only some versions give.
        (r"[.,]? ?Did you (?:mean|forget)\b.*$", ""),
        (r"\s+", " "),
    )
)

# What differs between two runs and says nothing; pytest numbers its folders, and those of its workers.
_UNSTEADY = (
    (re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b"), "at 0x…"),
    (re.compile(r"(?<=[\\/])tmp[a-z0-9_]{8}(?!\w)"), "tmp…"),
    (re.compile(r"\b(pytest-of-[\w.@-]+[\\/]pytest-)\d+(?:[\\/]popen-gw\d+)?"), r"\1N"),
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
    raised_at: Frame | None = None
    raised_by: Origin | None = None
    use: Use | None = None
    """What was held against the code, where Python ran as if it were later."""
    in_child: bool = False
    """Whether that was in a process that the test started."""


@dataclasses.dataclass(kw_only=True)
class _Group:
    first: _Sighting
    tests: set[str] = dataclasses.field(default_factory=set)
    breaking: set[str] = dataclasses.field(default_factory=set)
    will_break: set[str] = dataclasses.field(default_factory=set)
    deadline: str | None = None

    def cite(self, verdict: Verdict | None, version: str, test: str) -> None:
        """Note that a verdict on a version is this cause's doing."""
        if verdict is Verdict.BREAKS:
            self.breaking.add(test)
        elif verdict in _FORECAST:
            self.will_break.add(test)
            self.deadline = min(self.deadline or version, version, key=version_key)

    versions: set[str] = dataclasses.field(default_factory=set)
    profiles: set[str] = dataclasses.field(default_factory=set)


def normal_message(message: str) -> str:
    """The first line of a message without numbers, addresses, paths and the like."""
    text = message.strip().partition("\n")[0][:500]
    for pattern, word in _NORMAL:
        text = pattern.sub(word, text)
    return text.strip()


def steady(text: str) -> str:
    """A text as every run says it: without addresses of objects and numbers of temporary folders."""
    for pattern, word in _UNSTEADY:
        text = pattern.sub(word, text)
    return text


def cause_id(category: str | None, message: str, place: Frame | None) -> str:
    """The id of a cause, the same on every machine and in every run: no line, no number."""
    where = (place.file, place.function or "") if place else ("", "")
    identity = "\0".join((category or "", normal_message(message), *where))
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return f"c{digest[:10]}"


def join_deprecations(
    index: CauseIndex, deprecations: tuple[Cause, ...], comparisons: tuple[Comparison, ...]
) -> CauseIndex:
    """The causes with what is known of their end, those that only a recorded warning tells of, and who has them."""
    known = {cause.id: cause for cause in index.causes}
    for found in deprecations:
        seen = known.get(found.id)
        known[found.id] = found if seen is None else joined(seen, found)
    by_verdict = {key: dict.fromkeys(ids) for key, ids in index.by_verdict.items()}
    breaking: dict[str, set[str]] = {}
    for comparison in comparisons:
        for found in deprecations:
            due = found.deadline is not None and has_come(found.deadline, comparison.version)
            for test in found.tests:
                verdict = comparison.verdicts[test].verdict
                key = (comparison.version, test)
                if verdict is Verdict.DEPRECATED or (verdict in _FORECAST and due and key not in index.by_verdict):
                    by_verdict.setdefault(key, {})[found.id] = None
                    if verdict in _FORECAST:
                        breaking.setdefault(found.id, set()).add(test)
    causes = [
        dataclasses.replace(cause, will_break=len(breaking[cause.id])) if cause.id in breaking else cause
        for cause in known.values()
    ]
    return CauseIndex(
        causes=tuple(sorted(causes, key=_rank)),
        by_verdict={key: tuple(sorted(ids)) for key, ids in by_verdict.items()},
    )


def joined(seen: Cause, found: Cause) -> Cause:
    """A failure's cause, and the warning that it is: what is known of the warning's end is added."""
    return dataclasses.replace(
        seen,
        record=seen.record or found.record,
        deadline=seen.deadline or found.deadline,
        certainty=found.certainty if seen.kind == "warning" else seen.certainty,
        replacement=seen.replacement or found.replacement,
        deprecated_in=seen.deprecated_in or found.deprecated_in,
        doubt=found.doubt if seen.kind == "warning" else "",
        origin=found.origin,
        tests=tuple(sorted({*seen.tests, *found.tests})),
    )


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
            if not _matters(results, run, comparisons, test, verdict):
                continue
            for found in sight.causes(test, results.details.get(test)):
                group = groups.setdefault(found.id, _Group(first=found))
                group.tests.add(test)
                group.versions.add(results.cell.as_if or results.cell.python)
                group.profiles.add(results.cell.profile)
                if comparison and _decides(results, run, verdict):
                    cited.setdefault((comparison.version, test), {})[found.id] = None
                    group.cite(verdict, comparison.version, test)
    causes = sorted((_cause(group, run.question.plain) for group in groups.values()), key=_rank)
    return CauseIndex(causes=tuple(causes), by_verdict={key: tuple(sorted(ids)) for key, ids in cited.items()})


def _cells(run: Run, comparisons: Iterable[Comparison]) -> Iterator[tuple[CellResults, Comparison | None]]:
    """The cells whose red results can matter: the later versions' first, then the base's."""
    for comparison in comparisons:
        # The plain cells first: a cause is described as users will see it.
        for strict in (False, True):
            for results in run.cells:
                if results.cell.as_if is not None:
                    continue
                is_strict = results.cell.profile != run.question.plain
                if results.cell.python == comparison.version and is_strict is strict:
                    yield results, comparison
    runs = sorted((one for one in run.cells if one.cell.as_if), key=lambda one: version_key(one.cell.as_if or ""))
    for comparison in comparisons:
        own = [results for results in runs if results.cell.as_if == comparison.version]
        # Without one of its own, what a version is said to break was seen in those as if earlier ones.
        key = version_key(comparison.version)
        for results in own or [one for one in runs if version_key(one.cell.as_if or "") < key]:
            yield results, comparison
    for results in run.cells:
        if results.cell.python == run.question.base and results.cell.as_if is None:
            yield results, None


def _matters(
    results: CellResults, run: Run, comparisons: tuple[Comparison, ...], test: str, verdict: Verdict | None
) -> bool:
    """Whether a red result has a cause worth telling; ``verdict`` is None for the base's own cells."""
    if results.cell.as_if is not None:
        # Else a false alarm; how many there were is said with the forecast.
        return verdict in _FORECAST | {Verdict.BREAKS}
    if verdict is not None:
        return verdict is not Verdict.FIXED  # red in a strict cell of a version that repaired the plain one
    if results.cell.profile != run.question.plain:
        return True
    return any(one.verdicts[test].verdict is Verdict.ALWAYS_FAILING for one in comparisons)


def _decides(results: CellResults, run: Run, verdict: Verdict | None) -> bool:
    """Whether a cell's failure is the reason for the verdict."""
    if results.cell.as_if is not None:
        return verdict in _FORECAST
    if verdict not in _CAUSED:
        return False
    return (results.cell.profile != run.question.plain) is (verdict is Verdict.STRICT_ONLY)


class _Sighter:
    """Turns one cell's failures into sightings; equal failures are read once."""

    def __init__(self, results: CellResults, run: Run) -> None:
        name = run.target.get("name")
        self._places = Places(results.cell, name if isinstance(name, str) else None)
        self._emulation = Emulation(results.uses, self._places)
        # The tool writes paths its own way; located, they are the same as the probe's.
        self._functions = {
            (self._places.locate(file)[0], line): name for (file, line), name in results.functions.items()
        }
        self._seen: dict[tuple[Failure, Use | None], _Sighting] = {}

    def causes(self, test: str, detail: Detail | None) -> Iterator[_Sighting]:
        failures = detail.failures if detail is not None and detail.failures else (Failure(message="no message"),)
        elsewhere = self._emulation.use_in_child_of(test)
        for failure in failures:
            if _SUBTEST_SUMMARY.match(failure.message) and len(failures) > 1:
                continue  # pytest's summary of the subtests that are listed before it
            known = self._seen.get((failure, elsewhere))
            if known is None:
                known = self._seen[failure, elsewhere] = self._sight(failure, elsewhere)
            yield known

    def _sight(self, failure: Failure, elsewhere: Use | None) -> _Sighting:
        trace = parse_trace(failure)
        use = self._emulation.use_of(trace)
        in_child = False
        if use is None and elsewhere is not None:
            use, in_child = elsewhere, True
            kind, _, message = use.error.partition(": ")
            trace = Trace(type=kind, message=message, frames=(*trace.frames, *reversed(use.frames)))
        located = [(frame, *self._places.locate(frame.file)) for frame in trace.frames]
        own = [(self._placed(frame, path), origin) for frame, path, origin in located if origin.kind in _OWN]
        if own:
            place, origin = own[-1]
        elif located:
            frame, path, origin = located[-1]
            place = self._placed(frame, path)
        else:
            place, origin = None, Origin(kind=OriginKind.UNKNOWN)
        raised = next((one for one in reversed(located) if one[2].kind is not OriginKind.STANDARD_LIBRARY), None)
        if use is not None and use.frames:
            raised = (use.frames[0], *self._places.locate(use.frames[0].file))
        return _Sighting(
            raised_at=None if raised is None else self._placed(raised[0], raised[1]),
            raised_by=None if raised is None else raised[2],
            id=cause_id(trace.type, trace.message, place),
            trace=trace,
            origin=self._origin(use, origin),
            place=place,
            stack=tuple(frame for frame, _ in own),
            example=failure.text[-_EXAMPLE_LIMIT:],
            use=use,
            in_child=in_child,
        )

    def _origin(self, use: Use | None, of_trace: Origin) -> Origin:
        """Whose code makes a use; what a process is given as a text is of the code that starts it."""
        found = of_trace if use is None else self._emulation.origin_of(use)
        return of_trace if found.kind is OriginKind.UNKNOWN else found

    def _placed(self, frame: Frame, path: str) -> Frame:
        function = self._functions.get((path, frame.line), frame.function)
        return Frame(file=path, line=frame.line, function=function, source=frame.source)


def _cause(group: _Group, plain: str) -> Cause:
    first = group.first
    trace, place = first.trace, first.place
    message = steady(trace.message.strip())
    line = message.partition("\n")[0]
    is_warning = trace.type is not None and trace.type.endswith("Warning")
    forecast = not group.breaking and bool(group.will_break)
    return Cause(
        id=first.id,
        title=": ".join(part for part in (trace.type, line) if part) or "no message",
        kind="warning" if is_warning else "use" if forecast and first.use is not None else "failure",
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
        example=steady(first.example),
        source=place.source if place else "",
        raised_at=first.raised_at,
        raised_by=first.raised_by,
        will_break=len(group.will_break - group.breaking),
        record=first.use.record if first.use is not None else None,
        deadline=group.deadline if forecast else None,
        certainty="scheduled" if forecast else "measured",
        in_child=first.in_child,
    )


def _rank(cause: Cause) -> tuple[int, int, int, str]:
    return (-cause.breaking, -cause.will_break, -len(cause.tests), cause.id)
