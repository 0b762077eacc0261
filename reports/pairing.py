"""Parametrized tests whose ids differ between versions, told as one test.

Many parameters name themselves by ``str`` or ``repr``, and those of enums changed with 3.11 (and again with 3.12): the
same test is ``test_x[Color.RED]`` on one version and ``test_x[1]`` on the next. Left alone, it would be ``gone`` and
``new``, and what breaks in it would be missed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping

from .model import CellResults, Run, Status
from .texts import count, one_line


def pair_tests(run: Run) -> Run:
    """The run, with each test under its name on the base.

    Tests are paired where a function has as many parametrizations in both cells, those that both have stand at the
    same places, and so do the others. Anything less would be a guess.
    """
    question = run.question
    bases = {
        one.cell.variant_name: one
        for one in run.cells
        if one.cell.python == question.base and one.cell.profile == question.plain and one.cell.as_if is None
    }
    renamed: dict[str, Mapping[str, str]] = {}
    for one in run.cells:
        base = bases.get(one.cell.variant_name)
        if base is None or base is one or Status.COMPLETE not in {base.cell.status} & {one.cell.status}:
            continue
        if names := _pairs(base.outcomes, one.outcomes):
            renamed[one.cell.id] = names
    if not renamed:
        return run
    cells = tuple(_renamed(one, renamed[one.cell.id]) if one.cell.id in renamed else one for one in run.cells)
    named = {test for one in cells for test in one.outcomes}
    return dataclasses.replace(
        run,
        cells=cells,
        tests=tuple(test for test in run.tests if test.id in named),
        notes=(*run.notes, _note(run, renamed)),
    )


def _pairs(base: Mapping[str, object], other: Mapping[str, object]) -> Mapping[str, str]:
    """Id in the other cell → id on the base."""
    # Nearly all ids are the same: only functions of which some are not are looked at.
    alone = {test.partition("[")[0] for test in other.keys() - base.keys()}
    alone &= {test.partition("[")[0] for test in base.keys() - other.keys()}
    if not alone:
        return {}
    before, after = _by_function(base, alone), _by_function(other, alone)
    found: dict[str, str] = {}
    for function, ids in after.items():
        known = before.get(function, [])
        if ids == known or len(ids) != len(known):
            continue
        common = set(ids) & set(known)
        pairs = list(zip(ids, known, strict=True))
        if all((one in common) is (other in common) and (one == other or one not in common) for one, other in pairs):
            found.update((one, other) for one, other in pairs if one != other)
    return found


def _by_function(tests: Iterable[str], wanted: Container[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for test in tests:
        function, bracket, _ = test.partition("[")
        if bracket and function in wanted:
            found.setdefault(function, []).append(test)
    return found


def _renamed(results: CellResults, names: Mapping[str, str]) -> CellResults:
    return dataclasses.replace(
        results,
        outcomes={names.get(test, test): outcome for test, outcome in results.outcomes.items()},
        details={names.get(test, test): detail for test, detail in results.details.items()},
        confirmed={names.get(test, test): again for test, again in results.confirmed.items()},
        warnings=tuple(
            dataclasses.replace(one, tests=tuple(names.get(test, test) for test in one.tests))
            if not names.keys().isdisjoint(one.tests)
            else one
            for one in results.warnings
        ),
        names={base: test for test, base in names.items()},
    )


def _note(run: Run, renamed: Mapping[str, Mapping[str, str]]) -> str:
    versions = {one.cell.id: one.cell.as_if or one.cell.python for one in run.cells}
    cell, names = next(iter(renamed.items()))
    test, base = next(iter(names.items()))
    number = len({one for found in renamed.values() for one in found.values()})
    return (
        f"{count(number, 'test is', 'tests are')} named differently on other versions, because parameters print "
        f"differently, and told under the name on {run.question.base}: {one_line(base, 120)} is {one_line(test, 120)} "
        f"on {versions[cell]}"
    )
