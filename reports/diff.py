"""The verdict of each test, from the base to each later version (docs/verdicts.md, ADR 0004)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from .model import RED, CellResults, Outcome, Run, Verdict, VersionVerdict

_O, _V = Outcome, Verdict

# What an outcome says about the code, row by row in the order of _COLUMNS. A test that is green on both sides is
# `ok` only after the strict cells were asked, see `_confirmed`.
_COLUMNS = (_O.PASSED, _O.XFAILED, _O.SKIPPED, _O.FAILED, _O.MISSING)
_ROWS: Mapping[Outcome, tuple[Verdict, ...]] = {
    #          later: passed    xfailed    skipped       failed             missing
    _O.PASSED: (_V.OK, _V.HIDDEN, _V.HIDDEN, _V.BREAKS, _V.GONE),
    _O.XFAILED: (_V.OK, _V.OK, _V.HIDDEN, _V.BREAKS, _V.GONE),
    _O.SKIPPED: (_V.OK, _V.OK, _V.NEVER_RAN, _V.NEW_FAILURE, _V.GONE),
    _O.FAILED: (_V.FIXED, _V.FIXED, _V.HIDDEN, _V.ALWAYS_FAILING, _V.GONE),
    _O.MISSING: (_V.NEW, _V.NEW, _V.NEW, _V.NEW_FAILURE, _V.NEVER_RAN),
}
# For the table, a test that passed against expectation passed, and an error is a failure.
_SAME = {_O.XPASSED: _O.PASSED, _O.ERROR: _O.FAILED}
TABLE: Mapping[tuple[Outcome, Outcome], Verdict] = {
    (before, after): verdict for before, row in _ROWS.items() for after, verdict in zip(_COLUMNS, row, strict=True)
}

#: Worst first; where variants differ, the worst verdict is the version's.
SEVERITY: Mapping[Verdict, int] = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """The cells that decide one version's verdict in one variant; None where none was planned."""

    variant: str
    base: CellResults | None
    later: CellResults | None
    strict: tuple[CellResults, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """One later version against the base."""

    version: str
    pairs: tuple[Pair, ...]
    verdicts: Mapping[str, VersionVerdict]
    """By test id, for every test of the run."""


def compare(run: Run) -> tuple[Comparison, ...]:
    """The verdicts of every test, one comparison for each later version."""
    comparisons = []
    for version in run.question.next:
        pairs = tuple(_pairs(run, version))
        seen: dict[tuple[tuple[Outcome, ...], ...], VersionVerdict] = {}
        verdicts = {}
        for test in run.tests:
            pattern = tuple(_outcomes(pair, test.id) for pair in pairs)
            # A suite has few patterns of outcomes, however many tests.
            known = seen.get(pattern)
            if known is None:
                known = seen[pattern] = _worst(pairs, pattern)
            verdicts[test.id] = (
                known if known.verdict is not Verdict.BREAKS else _confirmed_break(pairs, test.id, known)
            )
        comparisons.append(Comparison(version=version, pairs=pairs, verdicts=verdicts))
    return tuple(comparisons)


#: What running again makes of a break, where it is not the version's doing.
_OTHERWISE = {"flaky": Verdict.FLAKY, "order-dependent": Verdict.ORDER_DEPENDENT}


def _confirmed_break(pairs: tuple[Pair, ...], test: str, known: VersionVerdict) -> VersionVerdict:
    """A break, or what it is instead, if every variant that shows it was found to be that."""
    shown = [pair.later for pair in pairs if pair.later is not None and pair.later.outcome(test) in RED]
    found = {_OTHERWISE.get(one.confirmed[test].verdict) if test in one.confirmed else None for one in shown}
    if None in found or not found:
        return known
    return dataclasses.replace(known, verdict=min((one for one in found if one), key=SEVERITY.__getitem__))


def _pairs(run: Run, version: str) -> Iterable[Pair]:
    """The variants that both versions have; where they share none, one pair without cells."""
    base = _by_variant(run, run.question.base)
    later = _by_variant(run, version)
    shared = [variant for variant in base if variant in later]
    for variant in shared or [""]:
        before, after = base.get(variant, {}), later.get(variant, {})
        yield Pair(
            variant=variant,
            base=before.get(run.question.plain),
            later=after.get(run.question.plain),
            strict=tuple(cell for profile, cell in sorted(after.items()) if profile != run.question.plain),
        )


def _by_variant(run: Run, version: str) -> dict[str, dict[str, CellResults]]:
    found: dict[str, dict[str, CellResults]] = {}
    for results in run.cells:
        if results.cell.python == version and results.cell.as_if is None:
            found.setdefault(results.cell.variant_name, {})[results.cell.profile] = results
    return found


def _outcomes(pair: Pair, test: str) -> tuple[Outcome, ...]:
    """Of the base, the later version, and its strict cells."""
    cells = (pair.base, pair.later, *pair.strict)
    return tuple(Outcome.UNKNOWN if cell is None else cell.outcome(test) for cell in cells)


def _worst(pairs: tuple[Pair, ...], pattern: tuple[tuple[Outcome, ...], ...]) -> VersionVerdict:
    found = [
        (decide(outcomes[0], outcomes[1], outcomes[2:]), pair.variant)
        for pair, outcomes in zip(pairs, pattern, strict=True)
    ]
    verdict, variant = min(found, key=lambda one: SEVERITY[one[0]])
    differ = len({one for one, _ in found}) > 1
    return VersionVerdict(verdict=verdict, variant=variant if differ else "")


def decide(before: Outcome, after: Outcome, strict: tuple[Outcome, ...] = ()) -> Verdict:
    """The verdict of one test.

    Args:
        before: its outcome on the base.
        after: its outcome on the later version.
        strict: its outcomes in the later version's cells with warnings as errors.
    """
    before, after = _SAME.get(before, before), _SAME.get(after, after)
    verdict = TABLE.get((before, after), Verdict.UNKNOWN)
    return _confirmed(strict) if verdict is Verdict.OK else verdict


def _confirmed(strict: tuple[Outcome, ...]) -> Verdict:
    """What becomes of an `ok` once the strict cells are asked. Missing evidence is never ok."""
    if Outcome.FAILED in strict or Outcome.ERROR in strict:
        return Verdict.STRICT_ONLY
    if Outcome.UNKNOWN in strict or Outcome.MISSING in strict:
        return Verdict.UNKNOWN
    return Verdict.OK


def breaks_in(comparisons: Iterable[Comparison], test: str) -> str | None:
    """The first later version on which the test breaks."""
    return next((one.version for one in comparisons if one.verdicts[test].verdict is Verdict.BREAKS), None)
