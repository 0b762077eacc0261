"""The verdicts of versions that were not measured: from runs as if, from warnings, and never better than they are.

A measured verdict is never replaced (docs/forecast.md, ADR 0010).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from .as_if import Emulation
from .diff import SEVERITY, Comparison, Pair
from .model import GREEN, RED, Cause, CellResults, OriginKind, Outcome, Run, Status, Verdict, VersionVerdict
from .origin import Places
from .outlived import Survivors
from .trace import parse_trace
from .versions import has_come, version_key


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quality:
    """How well a forecast did where the version was measured as well. Numbers of tests that are green on the base."""

    version: str
    predicted: int
    broken: int
    hit: int
    """Predicted and broken."""
    unknown: int
    """Broken, and the forecast had nothing to say."""


def add_forecast(
    run: Run, comparisons: tuple[Comparison, ...], deprecations: tuple[Cause, ...]
) -> tuple[Comparison, ...]:
    """The comparisons with what is forecast in the place of unknown verdicts, and those of versions beyond ``next``."""
    measured = {comparison.version: comparison for comparison in comparisons}
    versions = sorted({*measured, *run.question.forecast}, key=version_key)
    return tuple(_forecast(run, version, measured.get(version), deprecations) for version in versions)


def is_forecast(comparison: Comparison) -> bool:
    """Whether what is said of a version was not measured on it."""
    certainties = {found.certainty for found in comparison.verdicts.values()}
    return "measured" not in certainties and certainties != {None}


def judge_forecast(
    run: Run, comparisons: tuple[Comparison, ...], deprecations: tuple[Cause, ...]
) -> tuple[Quality, ...]:
    """The forecast of each measured version that was also run as if, against what was measured."""
    found = []
    for comparison in comparisons:
        if comparison.version not in run.question.forecast:
            continue
        forecast = _verdicts(run, comparison.version, deprecations)
        known = {
            test: found.verdict
            for test, found in comparison.verdicts.items()
            # Of a changed environment: what Python does is not known either.
            if found.verdict not in {Verdict.UNKNOWN, Verdict.CHANGED_ENVIRONMENT}
        }
        if not any(found.certainty == "measured" for found in comparison.verdicts.values()) or not known:
            continue
        broken = {test for test, verdict in known.items() if verdict in {Verdict.BREAKS, Verdict.GONE}}
        predicted = {test for test in known if forecast[test].verdict in _BREAKING}
        found.append(
            Quality(
                version=comparison.version,
                predicted=len(predicted),
                broken=len(broken),
                hit=len(broken & predicted),
                unknown=sum(forecast[test].verdict is Verdict.UNKNOWN for test in broken),
            )
        )
    return tuple(found)


_BREAKING = frozenset({Verdict.WILL_BREAK, Verdict.DEPENDENCY_WILL_BREAK})


def _forecast(run: Run, version: str, measured: Comparison | None, deprecations: tuple[Cause, ...]) -> Comparison:
    if measured is not None and not any(found.verdict is Verdict.UNKNOWN for found in measured.verdicts.values()):
        return measured
    verdicts = _verdicts(run, version, deprecations)
    if measured is None:
        return Comparison(version=version, pairs=(), verdicts=verdicts)
    merged = {
        # A version that was measured, and not with this test, is unknown for a reason that no forecast takes away.
        test: verdicts[test] if found.verdict is Verdict.UNKNOWN and not _has_evidence(measured.pairs) else found
        for test, found in measured.verdicts.items()
    }
    return dataclasses.replace(measured, verdicts=merged)


def _has_evidence(pairs: Iterable[Pair]) -> bool:
    return any(pair.later is not None and pair.later.outcomes for pair in pairs)


def _verdicts(run: Run, version: str, deprecations: tuple[Cause, ...]) -> Mapping[str, VersionVerdict]:
    """What is forecast of every test for one version; where variants differ, the worst."""
    seen = _Evidence(run, version, deprecations)
    bases = [one for one in run.cells if _is_base(run, one)]
    found: dict[str, VersionVerdict] = {}
    for test in run.tests:
        each = [seen.verdict(test.id, base) for base in bases] or [
            VersionVerdict(verdict=Verdict.UNKNOWN, certainty=None)
        ]
        found[test.id] = min(each, key=lambda one: SEVERITY[one.verdict])
    return found


def _is_base(run: Run, results: CellResults) -> bool:
    cell = results.cell
    return cell.python == run.question.base and cell.profile == run.question.plain and cell.as_if is None


class _Evidence:
    """All that speaks of one later version."""

    def __init__(self, run: Run, version: str, deprecations: tuple[Cause, ...]) -> None:
        self._version = version
        self._run = run
        self._survivors = Survivors(run)
        self._as_if = {one.cell.variant_name: one for one in run.cells if one.cell.as_if == version}
        self._emulations: dict[str, Emulation] = {}
        self._ending: dict[str, list[Cause]] = {}
        self._later: set[str] = set()
        for cause in deprecations:
            due = cause.deadline is not None and has_come(cause.deadline, version)
            for test in cause.tests:
                if due and cause.certainty == "scheduled":
                    self._ending.setdefault(test, []).append(cause)
                else:
                    self._later.add(test)

    def verdict(self, test: str, base: CellResults) -> VersionVerdict:
        before = base.outcome(test)
        if before in GREEN:
            return self._of_green(test, base)
        as_if = self._as_if.get(base.cell.variant_name)
        after = as_if.outcome(test) if as_if is not None else Outcome.UNKNOWN
        if before is Outcome.UNKNOWN or after is Outcome.UNKNOWN:
            return VersionVerdict(verdict=Verdict.UNKNOWN, certainty=None)
        verdict = Verdict.ALWAYS_FAILING if before in RED else Verdict.NEVER_RAN
        return VersionVerdict(verdict=verdict, certainty="suspected")

    def _of_green(self, test: str, base: CellResults) -> VersionVerdict:
        as_if = self._as_if.get(base.cell.variant_name)
        if as_if is None:
            return self._of_others(test, base)
        after = as_if.outcome(test)
        if _is_red(as_if, test):
            return self._red(test, as_if)
        if after in GREEN or after is Outcome.SKIPPED:
            return self._harmless(test)
        return self._announced(test)

    def _of_others(self, test: str, base: CellResults) -> VersionVerdict:
        """From runs as if other versions: what ended before has not come back, what a later one takes has not ended."""
        own = version_key(self._version)[0]
        others = [one for one in emulated(self._run, base.cell.variant_name) if version_key(one[1])[0] == own]
        for one, version in reversed(others):
            if version_key(version) < version_key(self._version) and _is_red(one, test):
                found = self._red(test, one)
                if found.certainty is not None and not self._survivors.has(test, version):
                    return found
        later = [one.outcome(test) for one, version in others if version_key(version) > version_key(self._version)]
        if not GREEN.isdisjoint(later):  # then nothing that ends by then does harm; more is not known of this version
            return VersionVerdict(verdict=Verdict.UNKNOWN, certainty=None)
        return self._announced(test)

    def _harmless(self, test: str) -> VersionVerdict:
        """What is guarded, or caught, does no harm; what the run could not end is still due."""
        later = test in self._later or test in self._ending
        return VersionVerdict(verdict=Verdict.DEPRECATED if later else Verdict.OK, certainty="suspected")

    def _announced(self, test: str) -> VersionVerdict:
        if test in self._ending:
            return VersionVerdict(
                verdict=_breaking(cause.origin.kind for cause in self._ending[test]), certainty="scheduled"
            )
        return VersionVerdict(verdict=Verdict.UNKNOWN, certainty=None)

    def _red(self, test: str, as_if: CellResults) -> VersionVerdict:
        detail = as_if.details.get(test)
        failures = detail.failures if detail is not None else ()
        emulation = self._emulation(as_if)
        if emulation.is_fault_in_child_of(test) or (failures and all(map(emulation.is_fault, failures))):
            return VersionVerdict(verdict=Verdict.UNKNOWN, certainty=None)
        in_child = emulation.use_in_child_of(test)
        uses = [emulation.use_of(parse_trace(failure)) or in_child for failure in failures]
        kinds = [emulation.origin_of(use).kind for use in uses if use is not None]
        return VersionVerdict(verdict=_breaking(kinds), certainty="scheduled")

    def _emulation(self, as_if: CellResults) -> Emulation:
        if as_if.cell.id not in self._emulations:
            name = self._run.target.get("name")
            places = Places(as_if.cell, name if isinstance(name, str) else None)
            self._emulations[as_if.cell.id] = Emulation(as_if.uses, places, as_if.lacking, as_if.crashes)
        return self._emulations[as_if.cell.id]


def emulated(run: Run, variant: str) -> list[tuple[CellResults, str]]:
    """The runs as if, and the versions that they stand for, earliest first."""
    found = [
        (one, one.cell.as_if) for one in run.cells if one.cell.as_if is not None and one.cell.variant_name == variant
    ]
    return sorted(found, key=lambda one: version_key(one[1]))


def _is_red(as_if: CellResults, test: str) -> bool:
    """Whether a test fails in a run as if by itself, and not as the process ended while it was running."""
    return as_if.outcome(test) in RED and (as_if.cell.status is Status.COMPLETE or not _was_cut(as_if, test))


def _was_cut(as_if: CellResults, test: str) -> bool:
    """Whether a result is only that the process ended while the test was running."""
    detail = as_if.details.get(test)
    return detail is None or not any(failure.text for failure in detail.failures)


def _breaking(origins: Iterable[OriginKind]) -> Verdict:
    found = set(origins)
    return Verdict.DEPENDENCY_WILL_BREAK if found == {OriginKind.DEPENDENCY} else Verdict.WILL_BREAK
