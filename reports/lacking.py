"""Tests that fail, or are gone, for want of a module that this build of Python lacks: not put down to Python."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from .causes import CauseIndex, cause_id
from .diff import Comparison, Pair
from .evidence import Frame, Lacking
from .model import GREEN, RED, Cause, CellResults, Detail, Origin, OriginKind, Outcome, Run, Verdict
from .origin import Places
from .texts import one_line
from .trace import parse_trace

KIND = "lacking"
_ADVICE = "Install a full build of it, or the package that your system has the module in."
_TYPES = frozenset({"ImportError", "ModuleNotFoundError"})
_NAMED = re.compile(r"No module named '?(?P<name>[\w.]+)|Standard library module '(?P<other>[\w.]+)' was not found")


def call_lacking(run: Run, comparisons: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    """The comparisons, with what fails or is gone for want of such a module called a changed environment."""
    return tuple(_called(run, comparison) for comparison in comparisons)


def name_lacking(index: CauseIndex, run: Run, comparisons: tuple[Comparison, ...]) -> CauseIndex:
    """The causes, with what to do about those that are such a module; tests that are gone get theirs."""
    causes = {cause.id: cause for cause in index.causes}
    by_verdict = dict(index.by_verdict)
    for comparison in comparisons:
        changed = [test for test, one in comparison.verdicts.items() if one.verdict is Verdict.CHANGED_ENVIRONMENT]
        for pair in _Pair.all(run, comparison) if changed else ():
            for test in changed:
                found = pair.wanted(test)
                if found is None:
                    continue
                ids = by_verdict.get((comparison.version, test), ())
                if pair.is_gone(test):
                    new = _gone_cause(found, comparison.version, run.question.plain)
                    ids = tuple(sorted({*ids, new.id}))
                    known = causes.get(new.id, new)
                    causes[new.id] = dataclasses.replace(known, tests=tuple(sorted({*known.tests, test})))
                    by_verdict[comparison.version, test] = ids
                for identifier in ids:
                    if (name := _asked_for(causes[identifier].category, causes[identifier].message)) is not None:
                        causes[identifier] = _told(causes[identifier], name, comparison.version)
    return CauseIndex(causes=tuple(causes.values()), by_verdict=by_verdict)


def _called(run: Run, comparison: Comparison) -> Comparison:
    pairs = _Pair.all(run, comparison)
    if not any(pair.is_any for pair in pairs):
        return comparison
    changed = {
        test: dataclasses.replace(found, verdict=Verdict.CHANGED_ENVIRONMENT)
        for test, found in comparison.verdicts.items()
        if found.verdict in {Verdict.BREAKS, Verdict.GONE}
        # Fails, or is gone, for that reason wherever it does.
        and (lost := [pair for pair in pairs if pair.is_lost(test)])
        and all(pair.wanted(test) is not None for pair in lost)
    }
    return dataclasses.replace(comparison, verdicts={**comparison.verdicts, **changed})


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a module is asked for."""

    module: str
    frame: Frame


class _Pair:
    """What the later cell of a pair lacks and the base's has, asked about tests."""

    @classmethod
    def all(cls, run: Run, comparison: Comparison) -> list[_Pair]:
        files = {test.id: test.file for test in run.tests}
        return [cls(run, pair, files) for pair in comparison.pairs]

    def __init__(self, run: Run, pair: Pair, files: Mapping[str, str | None]) -> None:
        self._base, self._later, self._files = pair.base, pair.later, files
        found = _differ(pair.base, pair.later)
        self._modules = {one.module for one in found}
        self._loading: dict[str, _Place] = {}
        self._known: dict[int, _Place | None] = {}
        if pair.later is None or not found:
            return
        name = run.target.get("name")
        places = Places(pair.later.cell, name if isinstance(name, str) else None)
        for one in found:
            for frame in one.frames:
                if frame.function == "<module>":  # what a file lacks as it is loaded may be why tests are not in it
                    path = places.locate(frame.file)[0]
                    placed = dataclasses.replace(frame, file=path)
                    self._loading.setdefault(path, _Place(module=one.module, frame=placed))

    @property
    def is_any(self) -> bool:
        return bool(self._modules)

    def is_gone(self, test: str) -> bool:
        """Whether a test that is green on the base is not there."""
        if self._base is None or self._later is None:
            return False
        return self._base.outcome(test) in GREEN and self._later.outcome(test) is Outcome.MISSING

    def is_lost(self, test: str) -> bool:
        """Whether it is gone, or fails."""
        return self.is_gone(test) or (self._later is not None and self._later.outcome(test) in RED)

    def wanted(self, test: str) -> _Place | None:
        """The module for want of which a test is lost; None where it is not."""
        if not self._modules or self._later is None:
            return None
        if self.is_gone(test):
            return self._loading.get(self._files.get(test) or "") or self._of_file(test)
        detail = self._later.details.get(test)
        if detail is None or self._later.outcome(test) not in RED:
            return None
        if id(detail) not in self._known:
            self._known[id(detail)] = self._by_error(detail)
        return self._known[id(detail)]

    def _of_file(self, test: str) -> _Place | None:
        """By the test's id: its code may be of another file, or of none."""
        path = test.partition("::")[0]
        if path in self._loading:
            return self._loading[path]
        dotted = ((one.removesuffix(".py").replace("/", "."), place) for one, place in self._loading.items())
        return next((place for name, place in dotted if f"{path}.".startswith(f"{name}.")), None)

    def _by_error(self, detail: Detail) -> _Place | None:
        for failure in detail.failures:
            trace = parse_trace(failure)
            if (name := _asked_for(trace.type, trace.message)) in self._modules:
                frame = trace.frames[-1] if trace.frames else Frame(file="", line=0, function=None)
                return _Place(module=str(name), frame=frame)
        return None


def _differ(base: CellResults | None, later: CellResults | None) -> Iterable[Lacking]:
    if base is None or later is None:
        return ()
    before = {one.module for one in base.lacking}
    return tuple(one for one in later.lacking if one.module not in before)


def _asked_for(category: str | None, message: str) -> str | None:
    found = _NAMED.search(message) if category in _TYPES else None
    return (found["name"] or found["other"]) if found else None


def _told(cause: Cause, name: str, version: str) -> Cause:
    python, module = one_line(version, 20), one_line(name, 80)
    title = f"this build of Python {python} lacks the module {module}, which Python {python} has"
    return dataclasses.replace(cause, kind=KIND, title=title, record=None, replacement=_ADVICE)


def _gone_cause(found: _Place, version: str, plain: str) -> Cause:
    category, message = "ModuleNotFoundError", f"No module named '{found.module}'"
    return Cause(
        id=cause_id(category, message, found.frame),
        title=message,
        kind=KIND,
        category=category,
        message=message,
        origin=Origin(kind=OriginKind.TESTS),
        file=found.frame.file,
        line=found.frame.line,
        function=found.frame.function,
        stack=(found.frame,),
        tests=(),
        breaking=0,
        strict_only=False,
        versions=(version,),
        profiles=(plain,),
        example="",
    )
