"""Nothing is run twice: complete cells are taken from the cache where nothing that they depend on has changed."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from . import environment as environments
from .cache import LINE, Cache, Entry
from .cache_key import cell_inputs, key_of
from .changed import Earlier
from .confirm import is_confirmed
from .local_sources import unchanged
from .model import Cell, Interpreter, Status
from .record import CellRecord
from .runs import Run
from .source_files import digest_of_files

T = TypeVar("T")

#: Fields of a run that are told otherwise, or of no effect on outcomes. Whatever else it has is an input of each cell.
_NOT_HOW = frozenset(
    "matrix checkout interpreters results work inherited uv now copies reuse changed cache".split()  # noqa: SIM905
)

#: How long a result stands for what would be installed today, where nothing says which releases that are.
_A_DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cached:
    """A cell whose evidence was taken from the cache."""

    cell: Cell
    record: Mapping[str, Any]
    """Its cell.json."""

    def in_words(self) -> str:
        """One line: ``3.12-plain: cached, measured 2026-11-24T10:12:00.000+00:00``."""
        return f"{self.cell.id}: cached, measured {self.record['cached_from']}"

    def brief(self) -> CellRecord:
        """For those who ask what became of the cell; all else is in place already."""
        return CellRecord(cell=self.cell, status=Status.COMPLETE)


def take(run: Run, cells: Sequence[Cell]) -> tuple[Cached, ...]:
    """Put the evidence of those cells in place that need not run; the others' is left as it is.

    Args:
        run: without a cache, or where environments are made anew, nothing is taken.
        cells: the base's before those that are confirmed against it, as in a plan.
    """
    if run.cache is None or not run.reuse:
        return ()
    known = _Known(run)
    taken: _Done[Cached] = _Done(run, cells)
    for cell in cells:
        if taken.may_follow(cell) and (one := _take(run, run.cache, known, cell)) is not None:
            taken.add(cell, one)
    return tuple(taken.found.values())


def standing(run: Run, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells whose evidence is in the results folder, whole, and of the same inputs: an earlier run has left it.

    Args:
        run: what would measure them now.
        cells: the base's before those that are confirmed against it, as in a plan.
    """
    known = _Known(run)
    kept: _Done[Cell] = _Done(run, cells)
    for cell in cells:
        if kept.may_follow(cell) and _is_standing(run.results.read_cell(cell.id), known.key(cell)):
            kept.add(cell, cell)
    return tuple(kept.found.values())


class _Done(Generic[T]):
    """Cells that need not run, of those that this run is about."""

    def __init__(self, run: Run, cells: Sequence[Cell]) -> None:
        self._matrix = run.matrix
        self._ids = {cell.id for cell in cells}
        self.found: dict[str, T] = {}

    def may_follow(self, cell: Cell) -> bool:
        """Whether what it is confirmed against is not about to be measured anew."""
        base = dataclasses.replace(cell, python=self._matrix.base).id
        return not is_confirmed(self._matrix, cell) or base not in self._ids or base in self.found

    def add(self, cell: Cell, one: T) -> None:
        """Note one."""
        self.found[cell.id] = one


def _is_standing(record: Mapping[str, Any] | None, key: str | None) -> bool:
    if record is None or key is None or record.get("status") != Status.COMPLETE:
        return False
    inputs = record.get("inputs")
    return isinstance(inputs, dict) and inputs.get("cell") == key


def keep(run: Run, cell: Cell) -> None:
    """Note that all is known of a cell that has just been measured, and store its evidence, if it came to its end.

    Nothing is kept where the target's files have changed meanwhile: by whom and before which test is not known.
    """
    known = _Known(run)
    record = run.results.read_cell(cell.id)
    made, key = known.environment(cell), known.key(cell)
    if made is None or key is None or record is None:
        return
    if record.get("status") != Status.COMPLETE or record.get("cached_from") or _is_carried(run, record):
        return
    if digest_of_files(run.checkout.path) != run.checkout.digest:
        return
    run.results.sign_cell(cell.id, record, key)
    marker = environments.read_marker(made.folder, made.digest)
    if run.cache is not None and marker is not None:
        dated = made.recipe.is_dated and not marker["urls"]
        facts = {"key": key, "dated": dated, "sources": marker["sources"], "version": _version(made)}
        if run.cache.put(key, run.results.cell_folder(cell), facts) and (line := known.line(cell)):
            # Of the state of the target whose evidence is the last: what `--changed` compares with.
            run.cache.put(line, None, {"line": line, "key": key, "files": dict(run.checkout.files)}, LINE)


def _is_carried(run: Run, record: Mapping[str, Any]) -> bool:
    """Whether some of a cell's evidence is of another state of the target; what that proves is no better."""
    proven = record.get("proven") or {}
    source = run.results.read_cell(proven["by"]) if proven else None
    return bool(record.get("carried") or (source or {}).get("carried"))


def earlier(run: Run, cell: Cell, distributions: Mapping[str, str]) -> Earlier | None:
    """The last complete run of a cell of which nothing but the target's files was different; None where there is none.

    Args:
        run: the run of today.
        cell: of it.
        distributions: those of its environment.
    """
    line = _Known(run).line(cell)
    if run.cache is None or line is None:
        return None
    pointer = run.cache.get(line, LINE)
    if pointer is not None and pointer.facts.get("line") != line:
        return None
    files, key = (pointer.facts.get("files"), pointer.facts.get("key")) if pointer is not None else (None, None)
    if not isinstance(files, dict) or not isinstance(key, str) or not re.fullmatch("[0-9a-f]{64}", key):
        return None
    entry = run.cache.get(key)
    if entry is None or entry.facts.get("key") != key or not unchanged(entry.facts.get("sources")):
        return None
    record = _told(entry, cell)
    if record is None or record.get("distributions") != dict(distributions):
        return None
    return Earlier(files=files, evidence=entry.files, record=record)


def _take(run: Run, cache: Cache, known: _Known, cell: Cell) -> Cached | None:
    made, key = known.environment(cell), known.key(cell)
    entry = None if key is None else cache.get(key)
    if made is None or key is None or entry is None:
        return None
    record = _record(cell, made, entry, run.checkout.digest)
    if record is None or entry.facts.get("key") != key:
        cache.discard(key)  # nobody stores such an entry
        return None
    if not _holds(made, entry, record, run.now()):
        return None
    cache.touch(key)
    return Cached(cell=cell, record=run.results.restore_cell(cell, entry.files, record))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Environment:
    """Where a cell runs, whether it is there or not."""

    recipe: environments.Recipe
    digest: str
    folder: Path


class _Known:
    """What is looked up once for all cells of an environment."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._environments: dict[str, _Environment | None] = {}
        fields = {field.name: getattr(run, field.name) for field in dataclasses.fields(run)}
        self._how = {name: value for name, value in fields.items() if name not in _NOT_HOW}

    def environment(self, cell: Cell) -> _Environment | None:
        """None where the interpreter is not here."""
        name = environments.folder_name(cell)
        if name not in self._environments:
            self._environments[name] = self._look(cell)
        return self._environments[name]

    def key(self, cell: Cell) -> str | None:
        """The key of a cell with what is measured by now; None where it has no interpreter here."""
        made = self.environment(cell)
        inputs = None if made is None else self._inputs(cell, made, made.recipe, made.digest)
        return None if inputs is None else key_of({**inputs, "base": self._base(cell)})

    def line(self, cell: Cell) -> str | None:
        """As the key, but the same whatever the target's files are, and the evidence of the base."""
        made = self.environment(cell)
        if made is None:
            return None
        recipe = dataclasses.replace(made.recipe, checkout=dataclasses.replace(self._run.checkout, digest=""))
        return key_of({**self._inputs(cell, made, recipe, recipe.digest()), "line": True})

    def _inputs(self, cell: Cell, made: _Environment, recipe: environments.Recipe, digest: str) -> dict[str, Any]:
        how = {**self._how, "full": self._run.full and bool(cell.profile.filters)}
        recipe = dataclasses.replace(recipe, cell=cell)
        return cell_inputs(recipe, digest, made.folder, self._run.inherited, how)

    def _look(self, cell: Cell) -> _Environment | None:
        run = self._run
        found = run.interpreters.get(cell.python)
        if not isinstance(found, Interpreter):
            return None
        recipe = run.recipe(cell, found)
        return _Environment(recipe=recipe, digest=recipe.digest(), folder=environments.place(run.work, cell))

    def _base(self, cell: Cell) -> str | None:
        """Which evidence of the base's cell this one is confirmed against: when that was measured."""
        run = self._run
        if not is_confirmed(run.matrix, cell):
            return None
        base = run.results.read_cell(dataclasses.replace(cell, python=run.matrix.base).id)
        return str(base.get("started")) if base is not None and base.get("status") == Status.COMPLETE else None


def _record(cell: Cell, made: _Environment, entry: Entry, target: str) -> dict[str, Any] | None:
    """The cell.json of an entry, marked; None where it is not of this cell and these inputs."""
    record = _told(entry, cell)
    if record is None or (record["inputs"]["target"], record["inputs"]["environment"]) != (target, made.digest):
        return None
    return {**record, "optional": cell.optional, "cached_from": record["started"]}


def _told(entry: Entry, cell: Cell) -> dict[str, Any] | None:
    """The cell.json of an entry; None where it is not of this cell, or not complete."""
    try:
        record: dict[str, Any] = json.loads(entry.files["cell.json"])
        datetime.datetime.fromisoformat(record["started"]).astimezone()
        told = (record["cell"], record["status"])
        known = all(isinstance(record["inputs"][name], str) for name in ("target", "environment"))
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return record if known and told == (cell.id, Status.COMPLETE) else None


def _holds(made: _Environment, entry: Entry, record: Mapping[str, Any], now: datetime.datetime) -> bool:
    """Whether the environment that would be used or made now is the one that was measured."""
    marker = environments.read_marker(made.folder, made.digest)
    if marker is not None:
        return bool(marker["distributions"] == record.get("distributions"))
    if not unchanged(entry.facts.get("sources")) or entry.facts.get("version") != _version(made):
        return False
    age = now - datetime.datetime.fromisoformat(record["started"])
    return entry.facts.get("dated") is True or datetime.timedelta(0) <= age <= _A_DAY


def _version(made: _Environment) -> str | None:
    """The version that an installed target would have, or what some build backends make it of."""
    checkout = made.recipe.checkout
    return checkout.revision if checkout.version is None else checkout.version
