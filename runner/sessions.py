"""The nox sessions of a matrix: ``compat-3.X`` for each interpreter and variant, ``compat`` for all, and ``report``.

The only module that knows nox. In a noxfile of your own, two lines::

    from forewarn.runner.sessions import compat
    compat()
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import nox

from . import execute
from .begin import now, open_results, prepare_run
from .capacity import memory
from .config import read_matrix
from .durations import Durations, read_durations
from .errors import ForewarnError
from .guardian import guarded, is_guarded
from .measure import Say, measure_group
from .model import Cell, Matrix, Status
from .parallel import measure_all
from .plan import EVERYTHING, groups, named, plan, session_name
from .record import ResultsFolder
from .reuse import take
from .runs import Run
from .session_options import Options, parse_options
from .version import import_root

if TYPE_CHECKING:
    from .record import CellRecord

#: Where a results folder is kept when nobody says otherwise, relative to matrix.yaml.
RESULTS = ".forewarn"


def compat(matrix: str | Path = "matrix.yaml", *, results: str | Path | None = None) -> None:
    """Add the sessions of a matrix to the noxfile that calls this.

    Args:
        matrix: the file, relative to the noxfile's folder.
        results: the results folder; ``.forewarn`` beside matrix.yaml where not given.

    A faulty matrix ends nox with exit code 2 and one line for each fault.
    """
    file = Path(matrix).absolute()
    try:
        checked = read_matrix(file)
    except ForewarnError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    folder = Path(results).absolute() if results is not None else file.parent / RESULTS
    shared = _Shared(checked, folder)
    cells = plan(checked)
    for group in groups(cells):
        _add_compat(shared, session_name(group[0]), group, f"Measure {', '.join(cell.id for cell in group)}.")
    # All in one session, so that cells of several environments can be measured at the same time.
    _add_compat(shared, EVERYTHING, cells, "Measure all cells (-- --parallel N).", default=False)
    _add_report(folder)


class _Shared:
    """What all sessions of this process share: the run, begun when the first of them starts."""

    def __init__(self, matrix: Matrix, results: Path) -> None:
        self.matrix = matrix
        self._results = results
        self._run: Run | None = None

    def run(self, session: nox.Session, options: Options) -> Run:
        if self._run is None:
            try:
                work = Path(session.cache_dir).absolute().parent / "forewarn"
                run = prepare_run(self.matrix, self._results, work, options, os.environ)
                open_results(run, options)
                self._run = run
            except OSError as error:
                print(f"error: cannot write {error.filename}: {error.strerror or error}", file=sys.stderr)
                raise SystemExit(ForewarnError.exit_code) from None
            except ForewarnError as error:
                print(error, file=sys.stderr)
                raise SystemExit(error.exit_code) from None
        return self._run


def _add_compat(shared: _Shared, name: str, cells: Sequence[Cell], told: str, *, default: bool = True) -> None:
    def measure(session: nox.Session) -> None:
        options = parse_options(session.posargs, shared.matrix)
        with execute.terminate_as_interrupt():
            run = shared.run(session, options)
            with contextlib.nullcontext() if is_guarded(run.work) else guarded(run.work):
                _measure(session, run, cells, options)

    measure.__doc__ = told
    nox.session(name=name, python=False, venv_backend="none", default=default)(measure)


def _add_report(results: Path) -> None:
    def report(session: nox.Session) -> None:
        """Build the reports from what was measured."""
        folder = ResultsFolder(results)
        folder.finish(now())
        code = execute.attach(report_command(results), cwd=import_root())
        if code == 1:
            session.error("the gate fails")
        if code != 0:
            # nox knows only 0 and 1; that evidence is missing must not be told apart by reading.
            raise SystemExit(code)

    nox.session(python=False, venv_backend="none")(report)


def _measure(session: nox.Session, run: Run, cells: Sequence[Cell], options: Options) -> None:
    chosen = [cell for cell in cells if not options.profiles or cell.profile.name in options.profiles]
    if options.cells:
        chosen = named(chosen, options.cells)
    if not chosen:
        session.skip(f"no cell of {', '.join((*options.profiles, *options.cells))} here")
    records = _records(run, chosen, options, session.log)
    if options.extra:
        _show_output(run, records)
    missing = [record for record in records if record.status is not Status.COMPLETE]
    if any(not record.cell.optional for record in missing):
        session.error("; ".join(f"{record.cell.id} {record.status}" for record in missing))
    if missing:
        session.skip(f"optional: {missing[0].reason}")


def _records(run: Run, cells: Sequence[Cell], options: Options, say: Say) -> list[CellRecord]:
    taken = {one.cell.id: one for one in take(run, cells)}
    for one in taken.values():
        say(one.in_words())
    done = {record.cell.id: record for record in _measured(run, [c for c in cells if c.id not in taken], options, say)}
    return [taken[cell.id].brief() if cell.id in taken else done[cell.id] for cell in cells]


def _measured(run: Run, cells: Sequence[Cell], options: Options, say: Say) -> Sequence[CellRecord]:
    slots = options.slots()
    if not cells:
        return ()
    with contextlib.closing(run.copies):
        if slots == 1:
            # In the order of the plan: what is cut short has what all verdicts need.
            return [one for group in groups(cells) for one in measure_group(run, group, say, extra=options.extra)]
        durations = read_durations(options.durations, required=False) if options.durations else Durations()
        return measure_all(run, cells, durations, say, slots=slots, memory=memory(), extra=options.extra)


def _show_output(run: Run, records: Sequence[CellRecord]) -> None:
    for record in records:
        log = run.results.cell_folder(record.cell) / "output.log"
        if log.is_file():
            print(log.read_text(encoding="utf-8", errors="replace"))


def report_command(results: Path) -> list[str]:
    """The words that build the reports of a results folder, with the Python that runs us."""
    return [sys.executable, "-m", str(__package__), "report", str(results)]
