"""Measures the cells of a matrix beside each other on this machine: a thread waits for each that runs."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from . import execute
from .durations import Durations
from .measure import Prepared, Say, follow_up, measure_cell, prepare
from .model import Cell, Matrix
from .plan import groups
from .record import CellRecord
from .runs import Run
from .schedule import Schedule, Task

#: Bytes that an installation, and a cell of which nothing is known, are expected to need.
_MEMORY = 256 << 20
#: Seconds that asking what failures are worth is expected to take; nothing waits for it.
_FOLLOW_UP = 1.0

_MAKE, _RUN, _ASK = "make", "run", "ask"


def measure_all(
    run: Run,
    cells: Sequence[Cell],
    durations: Durations,
    say: Say,
    *,
    slots: int,
    memory: int | None,
    extra: tuple[str, ...] = (),
) -> tuple[CellRecord, ...]:
    """Measure cells, at most ``slots`` at the same time, in the order that ends soonest.

    Args:
        run: what the cells have in common.
        cells: of one matrix.
        durations: of earlier runs.
        say: told one line at each step, from any thread.
        slots: how many may run at once.
        memory: bytes that they may use together; None is no bound.
        extra: arguments for the test command behind those of matrix.yaml.

    Raises:
        KeyboardInterrupt: with the cells that were not done recorded as cancelled.
    """
    work = _Work(dataclasses.replace(run, parallel=slots > 1), cells, say, extra)
    schedule = Schedule(tasks(run.matrix, cells, durations), slots=slots, memory=memory)
    with execute.stoppable(), ThreadPoolExecutor(max_workers=slots, thread_name_prefix="cell") as pool:
        running: dict[Future[None], str] = {}
        try:
            while not schedule.is_over:
                while (task := schedule.next()) is not None:
                    running[pool.submit(work.do, task.key)] = task.key
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    schedule.end(running.pop(done))
                    done.result()
        except BaseException:
            execute.stop_all()
            while running:  # each ends its record; a second Ctrl-C changes nothing
                with contextlib.suppress(KeyboardInterrupt):
                    wait(running)
                    break
            raise
    return tuple(work.records[cell.id] for cell in cells)


def tasks(matrix: Matrix, cells: Sequence[Cell], durations: Durations) -> list[Task]:
    """What is done for cells: environments are made, cells are run, and are asked what their failures are worth.

    A cell with warnings filters comes after the plain one of its environment, which says which tests it concerns.
    """
    made = {cell.id: _key(_MAKE, group[0]) for group in groups(cells) for cell in group}
    listed = []
    for group in groups(cells):
        cost = max(durations.environment(cell) for cell in group)
        listed.append(Task(key=made[group[0].id], seconds=cost, memory=_MEMORY))
    for cell in cells:
        after = {made[cell.id]} | {_key(_RUN, one) for one in _plain_of(cell, cells)}
        alone = any(fnmatch.fnmatchcase(cell.id, pattern) for pattern in matrix.isolation.alone)
        memory = durations.memory.get(cell.id, _MEMORY)
        seconds, _ = durations.of(cell)
        run = Task(key=_key(_RUN, cell), seconds=seconds, memory=memory, after=frozenset(after), alone=alone)
        base = dataclasses.replace(cell, python=matrix.base)
        ask = Task(
            key=_key(_ASK, cell),
            seconds=_FOLLOW_UP,
            memory=memory,
            after=frozenset({run.key, _key(_RUN, base)}),
            alone=alone,
        )
        listed += [run, ask]
    return listed


def _plain_of(cell: Cell, cells: Iterable[Cell]) -> list[Cell]:
    """The plain cells of the same environment and part of the suite, where this one has filters."""
    if not cell.profile.filters:
        return []
    return [
        one
        for one in cells
        if not one.profile.filters
        and one.profile.as_if is None
        and (one.python, one.variant, one.shard) == (cell.python, cell.variant, cell.shard)
    ]


def _key(kind: str, cell: Cell) -> str:
    return f"{kind} {cell.id}"


class _Work:
    """What the tasks of one run do and leave to each other."""

    def __init__(self, run: Run, cells: Sequence[Cell], say: Say, extra: tuple[str, ...]) -> None:
        self._run, self._say, self._extra = run, say, extra
        self._groups = {group[0].id: group for group in groups(cells)}
        self._first = {cell.id: group[0].id for group in self._groups.values() for cell in group}
        self._prepared: dict[str, Prepared] = {}
        self.records: dict[str, CellRecord] = {}

    def do(self, key: str) -> None:
        """Do one task."""
        kind, _, cell_id = key.partition(" ")
        {_MAKE: self._make, _RUN: self._measure, _ASK: self._ask}[kind](cell_id)

    def _make(self, cell_id: str) -> None:
        prepared = prepare(self._run, self._groups[cell_id], self._say)
        self._prepared[cell_id] = prepared
        self.records |= {record.cell.id: record for record in prepared.records}

    def _measure(self, cell_id: str) -> None:
        made = self._prepared[self._first[cell_id]].environment
        if made is not None:
            record = self.records[cell_id]
            self.records[cell_id] = measure_cell(self._run, record, made, self._say, extra=self._extra)

    def _ask(self, cell_id: str) -> None:
        made = self._prepared[self._first[cell_id]].environment
        if made is not None:
            follow_up(self._run, self.records[cell_id], made, self._say)
