"""What else than Python differs between two cells, and which breaks may be that one's doing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .diff import Comparison, Pair
from .model import RED, Cell, CellResults, Detail, OriginKind, Run, Verdict, VersionVerdict
from .origin import Places, normal_name
from .texts import count, listed, one_line
from .trace import parse_trace

_TOLD = 6


def differences(base: Cell, later: Cell) -> Mapping[str, tuple[str | None, str | None]]:
    """Name of a distribution → its version in both cells, where they differ; None where it is not installed."""
    before = {normal_name(name): version for name, version in base.distributions}
    after = {normal_name(name): version for name, version in later.distributions}
    if not before or not after:
        return {}  # not recorded: nothing can be said
    return {
        name: (before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }


def base_of(run: Run, cell: Cell) -> Cell | None:
    """The base's plain cell that a cell is compared with; None for that cell itself."""
    wanted = (run.question.base, run.question.plain, None, cell.variant_name)
    cells = (one.cell for one in run.cells)
    found = next((one for one in cells if (one.python, one.profile, one.as_if, one.variant_name) == wanted), None)
    return None if found is cell else found


def call_changed(run: Run, comparisons: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    """The comparisons, with the breaks that go through a dependency of another version called that."""
    return tuple(_called(run, comparison) for comparison in comparisons)


def difference_notes(comparisons: tuple[Comparison, ...], base: str) -> tuple[str, ...]:
    """One sentence for each later version whose environment has other versions than the base's."""
    notes: dict[str, list[str]] = {}
    for comparison in comparisons:
        changed: dict[str, tuple[str | None, str | None]] = {}
        for pair in comparison.pairs:
            if pair.base is not None and pair.later is not None:
                changed.update(differences(pair.base.cell, pair.later.cell))
        told = [_told(name, *versions) for name, versions in changed.items() if None not in versions]
        lone = [_told(name, *versions) for name, versions in changed.items() if None in versions]
        if told:
            more = f", {count(len(lone), 'package')} on one side only" if lone else ""
            difference = f"{listed(told, _TOLD)}{more}: pin them under install.constraints to compare Python alone"
            notes.setdefault(difference, []).append(comparison.version)
        elif lone:
            notes.setdefault(f"what only one side has: {listed(lone, _TOLD)}", []).append(comparison.version)
    return tuple(
        f"the environments of {one_line(base, 20)} and {listed([one_line(one, 20) for one in versions])} differ in "
        f"{difference}"
        for difference, versions in notes.items()
    )


def _told(name: str, before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return f"{one_line(name, 60)} {one_line(before or after or '', 40)}"
    return f"{one_line(name, 60)} ({one_line(before, 40)}, {one_line(after, 40)})"


def _called(run: Run, comparison: Comparison) -> Comparison:
    suspects = [_Suspects(run, pair) for pair in comparison.pairs]
    suspects = [one for one in suspects if one.is_any]
    if not suspects:
        return comparison
    changed = {
        test: dataclasses.replace(found, verdict=Verdict.CHANGED_ENVIRONMENT)
        for test, found in comparison.verdicts.items()
        if found.verdict is Verdict.BREAKS and _is_through(test, comparison.pairs, suspects)
    }
    verdicts: Mapping[str, VersionVerdict] = {**comparison.verdicts, **changed}
    return dataclasses.replace(comparison, verdicts=verdicts)


def _is_through(test: str, pairs: tuple[Pair, ...], suspects: list[_Suspects]) -> bool:
    """Whether the test fails only where, and through what, the environment differs."""
    broken = sum(pair.later is not None and pair.later.outcome(test) in RED for pair in pairs)
    return broken == sum(one.has(test) for one in suspects)


class _Suspects:
    """The distributions of one pair of cells that differ, asked about failures of the later cell."""

    def __init__(self, run: Run, pair: Pair) -> None:
        self._later: CellResults | None = pair.later
        self._names: set[str] = set()
        if pair.base is None or pair.later is None:
            return
        name = run.target.get("name")
        self._places = Places(pair.later.cell, name if isinstance(name, str) else None)
        found = differences(pair.base.cell, pair.later.cell)
        self._names = {one for one, versions in found.items() if None not in versions}
        self._known: dict[int, bool] = {}

    @property
    def is_any(self) -> bool:
        return bool(self._names)

    def has(self, test: str) -> bool:
        if self._later is None or self._later.outcome(test) not in RED:
            return False
        detail = self._later.details.get(test)
        if detail is None:
            return False
        known = self._known.get(id(detail))
        if known is None:
            known = self._known[id(detail)] = self._is_through(detail)
        return known

    def _is_through(self, detail: Detail) -> bool:
        for failure in detail.failures:
            for frame in parse_trace(failure).frames:
                origin = self._places.locate(frame.file)[1]
                if origin.kind is OriginKind.DEPENDENCY and origin.distribution in self._names:
                    return True
        return False
