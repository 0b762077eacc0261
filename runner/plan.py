"""From a matrix to the ordered cells that will be run."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping

from .model import Cell, Matrix, Profile, Python, Variant

#: The nox session that measures all cells.
EVERYTHING = "compat"

_SHARD = re.compile(r"(.+)-shard=([1-9][0-9]{0,3})of([1-9][0-9]{0,3})")


def plan(matrix: Matrix) -> tuple[Cell, ...]:
    """All cells, grouped by interpreter and variant, so that those which share an environment are neighbours.

    The base comes first, then the other interpreters ascending: a run that is cut short has what all verdicts
    need. ``exclude`` takes cells out, ``include`` puts cells in, in this order, as in GitHub's matrices.
    """
    pythons = sorted(matrix.pythons, key=lambda python: (python != matrix.base, python))
    pairs = [(python, variant) for python in pythons for variant in variants(matrix)]
    cells = [
        _cell(matrix, python, profile, variant)
        for python, variant in pairs
        for profile in matrix.profiles
        if not _excluded(matrix, python, profile, variant)
    ]
    forecast = [
        _cell(matrix, matrix.base, forecast_profile(later), variant)
        for variant in variants(matrix)
        for later in matrix.forecast
    ]
    behind = sum(cell.python == matrix.base for cell in cells)
    cells[behind:behind] = forecast
    for entry in matrix.include:
        cells += _included(matrix, dict(entry))
    return tuple({cell.id: cell for cell in cells}.values())


def forecast_profile(later: Python) -> Profile:
    """The profile of cells that run the base as if it were a later version."""
    return Profile(name=f"as-if-{later}", as_if=later)


def variants(matrix: Matrix) -> tuple[Variant, ...]:
    """The product of the variant axes; one empty variant where there is none."""
    axes = [[((axis, value), requirements) for value, requirements in values] for axis, values in matrix.variants]
    return tuple(
        Variant(
            choices=tuple(choice for choice, _ in combination),
            requirements=tuple(itertools.chain.from_iterable(added for _, added in combination)),
        )
        for combination in itertools.product(*axes)
    )


def groups(cells: Iterable[Cell]) -> tuple[tuple[Cell, ...], ...]:
    """The cells that share one environment: same interpreter, same variant."""
    found: dict[tuple[Python, Variant], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.python, cell.variant), []).append(cell)
    return tuple(tuple(group) for group in found.values())


def named(cells: Iterable[Cell], ids: Iterable[str]) -> list[Cell]:
    """Those of ``cells`` whose ids are among ``ids``, and shards of them: ``3.12-plain-shard=1of3``."""
    wanted: dict[str, list[tuple[int, int] | None]] = {}
    for name in ids:
        whole, shard = split_id(name)
        wanted.setdefault(whole, []).append(shard)
    return [dataclasses.replace(cell, shard=shard) for cell in cells for shard in wanted.get(cell.id, ())]


def split_id(name: str) -> tuple[str, tuple[int, int] | None]:
    """The id of the whole cell, and which shard of it an id names."""
    found = _SHARD.fullmatch(name)
    return (found[1], (int(found[2]), int(found[3]))) if found else (name, None)


def session_name(cell: Cell) -> str:
    """The nox session that makes this cell's environment: ``compat-3.12``, ``compat-3.12-pytest=old``."""
    return "-".join(part for part in ("compat", str(cell.python), str(cell.variant)) if part)


def _cell(matrix: Matrix, python: Python, profile: Profile, variant: Variant) -> Cell:
    return Cell(python=python, profile=profile, variant=variant, optional=python in matrix.optional)


def _included(matrix: Matrix, wanted: Mapping[str, str]) -> list[Cell]:
    """Cells of an ``include`` entry: what it does not name is taken in every value."""
    return [
        _cell(matrix, python, profile, variant)
        for python in matrix.pythons
        for variant in variants(matrix)
        for profile in matrix.profiles
        if _matches(wanted, python, profile, variant)
    ]


def _excluded(matrix: Matrix, python: Python, profile: Profile, variant: Variant) -> bool:
    return any(_matches(dict(entry), python, profile, variant) for entry in matrix.exclude)


def _matches(wanted: Mapping[str, str], python: Python, profile: Profile, variant: Variant) -> bool:
    known = {"python": str(python), "profile": profile.name, **dict(variant.choices)}
    return all(known.get(key) == value for key, value in wanted.items())
