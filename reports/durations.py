"""How long the suites took, and the tests whose time changed most from the base to a later version."""

from __future__ import annotations

import dataclasses
import math

from .model import GREEN, CellResults, Run, Status
from .versions import version_key

#: Tests that are told, and what a change must be to be one: noise of a shared machine is larger than that of a clock.
MOST = 10
_LEAST_SECONDS = 0.05
_LEAST_RATIO = 1.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Total:
    """One plain cell."""

    cell: str
    seconds: float
    tests: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One test that takes longer, or less long, on a later version."""

    test: str
    version: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """After ÷ before; infinite where it took no time before."""
        return self.after / self.before if self.before else math.inf


@dataclasses.dataclass(frozen=True, kw_only=True)
class Durations:
    """Of the plain cells."""

    totals: tuple[Total, ...] = ()
    changes: tuple[Change, ...] = ()
    """Largest difference first."""


def find_durations(run: Run) -> Durations:
    """Sums of the tests' own times, and the largest changes against the base; tests that are green in both cells."""
    plain = [
        one
        for one in run.cells
        if one.cell.profile == run.question.plain and one.cell.as_if is None and one.cell.status is Status.COMPLETE
    ]
    timed = [one for one in plain if any(seconds >= 0 for seconds in one.seconds)]
    totals = tuple(
        Total(
            cell=one.cell.id, seconds=math.fsum(max(0.0, seconds) for seconds in one.seconds), tests=len(one.outcomes)
        )
        for one in timed
    )
    changes: list[Change] = []
    later = [one for one in timed if one.cell.python in run.question.next]
    if later:
        newest = max(later, key=lambda one: version_key(one.cell.python))
        base = next(
            (
                one
                for one in timed
                if one.cell.python == run.question.base and one.cell.variant_name == newest.cell.variant_name
            ),
            None,
        )
        if base is not None:
            changes = _changes(base, newest)
    return Durations(totals=totals, changes=tuple(changes[:MOST]))


def _changes(base: CellResults, later: CellResults) -> list[Change]:
    before = dict(zip(base.outcomes, base.seconds, strict=False))
    found = []
    for (test, outcome), after in zip(later.outcomes.items(), later.seconds, strict=False):
        known = before.get(test, -1.0)
        if known < 0 or after < 0 or abs(after - known) < _LEAST_SECONDS or outcome not in GREEN:
            continue
        change = Change(test=test, version=later.cell.python, before=known, after=after)
        if base.outcomes[test] in GREEN and not 1 / _LEAST_RATIO < change.ratio < _LEAST_RATIO:
            found.append(change)
    return sorted(found, key=lambda change: (-abs(change.after - change.before), change.test))
