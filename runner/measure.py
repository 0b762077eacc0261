"""Measures cells: finds the interpreter, makes the environment, runs each profile in it, records what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from . import bytecode, reuse
from . import environment as environments
from .changed import carried_in_words
from .command import Command, suite_command, with_bytecode
from .compiled import uncover
from .confirm import confirm_cell, is_confirmed
from .errors import ForewarnError
from .execute import EVIDENCE_VARIABLE, Ended
from .instructions import tell_probe
from .masking import Mask
from .memory_limit import wanted_more
from .model import Absent, Cell, Interpreter, Status, TestTool
from .part import Doubt, Order, Ran
from .recipe import install_mode
from .record import CellRecord
from .rerun import run_changed
from .runs import Run
from .sizes import show_size
from .status import Traces, classify
from .strict import Plain, plain_of, proven_in_words, run_suite
from .target import last_words
from .traces import is_empty_shard, read_traces
from .upgrades import Index, look_for_upgrades
from .workspace import Workspace, workspace

Say = Callable[[str], None]
"""Takes one line for the person who watches."""

#: What a process becomes that is refused memory outside of a test.
_CUT_SHORT = (Status.CRASHED, Status.TRUNCATED, Status.FAILED_TO_START)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prepared:
    """Cells that share an environment, before they run."""

    records: tuple[CellRecord, ...]
    environment: environments.Environment | None
    """None: it could not be made, and the records say why; nothing is left to measure."""


def measure_group(run: Run, cells: Sequence[Cell], say: Say, *, extra: tuple[str, ...] = ()) -> tuple[CellRecord, ...]:
    """Measure cells that share an environment: one record and one evidence folder each, whatever happens.

    Args:
        run: what they have in common with all others.
        cells: not empty; same interpreter, same variant.
        say: told one line at each step.
        extra: arguments for the test command behind those of matrix.yaml.

    Raises:
        KeyboardInterrupt: with the cells that were not done recorded as cancelled.
    """
    prepared = prepare(run, cells, say)
    if prepared.environment is None:
        return prepared.records
    done = []
    for record in prepared.records:
        done.append(measure_cell(run, record, prepared.environment, say, extra=extra))
        follow_up(run, done[-1], prepared.environment, say)
    return tuple(done)


def prepare(run: Run, cells: Sequence[Cell], say: Say) -> Prepared:
    """Find the interpreter of cells that share an environment, and make that; each has a record from here on."""
    blank = tuple(_blank(run, cell) for cell in cells)
    found = run.interpreters[cells[0].python]
    if isinstance(found, Absent):
        say(f"{cells[0].python}: unavailable: {found.reason}")
        closed = tuple(_closed(run, record, Status.UNAVAILABLE, found.reason) for record in blank)
        return Prepared(records=closed, environment=None)
    blank = tuple(dataclasses.replace(record, interpreter=found) for record in blank)
    for record in blank:
        run.results.open_cell(record)
    made = _environment(run, cells[0], found, say)
    if isinstance(made, environments.NotInstalled) and not Path(found.executable).is_file():
        reason = f"{found.executable} was there when the run began, and is gone"
        say(f"{cells[0].python}: unavailable: {reason}")
        closed = tuple(_closed(run, record, Status.UNAVAILABLE, reason) for record in blank)
        return Prepared(records=closed, environment=None)
    if isinstance(made, environments.NotInstalled):
        say(f"{environments.folder_name(cells[0])}: failed to install: {made.reason}")
        return Prepared(records=tuple(_not_installed(run, record, made) for record in blank), environment=None)
    return Prepared(records=blank, environment=made)


def _environment(
    run: Run, cell: Cell, interpreter: Interpreter, say: Say
) -> environments.Environment | environments.NotInstalled:
    folder = environments.place(run.work, cell)
    made = environments.make(run.recipe(cell, interpreter), folder, run.inherited, reuse=run.reuse)
    if isinstance(made, environments.Environment):
        how = f"made in {made.seconds:.1f} s" if made.seconds else "reused"
        say(f"{environments.folder_name(cell)}: Python {interpreter.version} ({interpreter.source}), environment {how}")
    return made


def measure_cell(
    run: Run, record: CellRecord, made: environments.Environment, say: Say, *, extra: tuple[str, ...] = ()
) -> CellRecord:
    """Run the suite of one cell and record what came of it.

    Raises:
        KeyboardInterrupt: with the cell recorded as cancelled.
    """
    try:
        with _place(run, record.cell) as place:
            done, traces = _measured(run, record, made, place, extra)
    except ForewarnError as error:  # there is no place for this cell; others may still have one
        reason = error.message + (f"; {error.hint}" if error.hint else "")
        done = _closed(run, record, Status.FAILED_TO_START, reason)
        say(f"{record.cell.id}: {done.status}: {reason}")
        return done
    said = f": {done.reason}" if done.reason else ""
    said += (
        proven_in_words(done.proven)
        + carried_in_words(done.carried)
        + (f"; run in full: {done.whole}" if done.whole else "")
    )
    say(f"{record.cell.id}: {done.status}, {traces.in_words()} in {done.durations['tests']:.1f} s{said}")
    return done


def follow_up(run: Run, record: CellRecord, made: environments.Environment, say: Say) -> None:
    """Ask what a cell's failures are worth, once the base's cell is there to compare with.

    What breaks against the base is run again, if this is a cell that decides, and the index is asked for repaired
    releases of the dependencies by which tests break. Then all is known of the cell, and it is kept.
    """
    if record.status is Status.COMPLETE and is_confirmed(run.matrix, record.cell):
        with _place(run, record.cell) as place:
            confirmed = _confirm(run, record, _command(run, record.cell, made, place), place)
        if confirmed:
            say(f"{record.cell.id}: {confirmed} tests that broke were run again")
    if record.command is not None:
        _look_for_upgrades(run, record, made)
    reuse.keep(run, record.cell)


def _place(run: Run, cell: Cell) -> contextlib.AbstractContextManager[Workspace]:
    return workspace(
        run.matrix.isolation,
        install_mode(run.matrix, run.checkout),
        run.checkout.path,
        run.inherited,
        name=f"{run.work}/{cell.id}",
        parallel=run.parallel,
        copies=run.copies,
    )


def _command(
    run: Run,
    cell: Cell,
    made: environments.Environment,
    place: Workspace,
    extra: tuple[str, ...] = (),
) -> Command:
    return suite_command(
        run.matrix,
        cell,
        python=made.python,
        place=place,
        folder=run.results.cell_folder(cell).absolute(),
        inherited=run.inherited,
        extra=extra,
    )


def _measured(
    run: Run, record: CellRecord, made: environments.Environment, place: Workspace, extra: tuple[str, ...]
) -> tuple[CellRecord, Traces]:
    folder = run.results.cell_folder(record.cell)
    command = _command(run, record.cell, made, place, extra)
    digest = command.digest(target=place.target, folder=folder.absolute(), own=dict(run.matrix.env))
    record = dataclasses.replace(
        record,
        distributions=made.distributions,
        modules=made.modules,
        command=command.words,
        cwd=command.cwd,
        environment=command.changes,
        started=run.now(),
        inputs={**record.inputs, "environment": made.digest, "command": digest},
    )
    run.results.close_cell(dataclasses.replace(record, status=Status.CANCELLED, reason="the run was interrupted"))
    tell_probe(run, record.cell, folder.absolute())

    @functools.cache
    def hides_nothing() -> bool:
        place.fill()
        return record.cell.profile.as_if is None and _hides_nothing(run, record.cell, made, place)

    order = Order(
        command=command,
        ready=lambda wanted: with_bytecode(wanted, run.matrix) if hides_nothing() else wanted,
        source=run.checkout.path,
        target=place.target,
        folder=folder.absolute(),
        inherited=run.inherited,
        limit=run.matrix.limits.cell,
        tool=run.matrix.test.tool,
        filters=record.cell.profile.filters,
        python=made.python,
    )
    ran = _ran(run, record, order, _plain(run, record, made, place, extra))
    ended = ran.ended
    traces = read_traces(folder)
    status, reason = _how_it_ended(run, record.cell, ended, traces)
    record = dataclasses.replace(
        record,
        status=status,
        reason=reason,
        exit_status=ended.exit_status,
        signal=None if ended.timed_out else ended.signal,  # that one was ours
        durations={"install": made.seconds, "tests": ended.seconds},
        command=record.command if ran.started else None,
        proven=ran.proven,
        carried=ran.carried,
        whole=ran.whole,
        used={} if ended.usage is None else {"cpu": ended.usage.cpu, "memory": ended.usage.memory},
    )
    run.results.close_cell(record)
    return record, traces


def _how_it_ended(run: Run, cell: Cell, ended: Ended, traces: Traces) -> tuple[Status, str | None]:
    """The status of a cell whose suite has ended, and why it is not complete."""
    folder, limits = run.results.cell_folder(cell), run.matrix.limits
    status, reason = classify(ended, traces, run.matrix.test.tool, limits.cell)
    if status is Status.FAILED_TO_START and cell.shard is not None and is_empty_shard(folder):
        return Status.COMPLETE, None
    if status is Status.FAILED_TO_START and not ended.fault:
        reason = f"{reason}: {last_words(folder / 'output.log')}"
    if status in _CUT_SHORT and limits.memory is not None and wanted_more(folder / "output.log"):
        reason = f"{reason}; its memory was not enough (limits.memory: {show_size(limits.memory)})"
    return status, reason


def _ran(run: Run, record: CellRecord, order: Order, plain: Plain | None) -> Ran:
    """Run the suite, or of it what has to be run."""
    if not run.changed or plain is not None or record.cell.shard is not None:
        return run_suite(order, plain)
    before = reuse.earlier(run, record.cell, record.distributions)
    if before is None:
        return dataclasses.replace(run_suite(order, None), whole="there is no run before to compare with")
    try:
        return run_changed(order, before, run.checkout.files)
    except Doubt as doubt:
        ran = run_suite(order, None)
        ended = dataclasses.replace(ran.ended, seconds=ran.ended.seconds + doubt.seconds)
        return dataclasses.replace(ran, ended=ended, whole=doubt.reason)


def _plain(
    run: Run, record: CellRecord, made: environments.Environment, place: Workspace, extra: tuple[str, ...]
) -> Plain | None:
    """The plain cell that proves what a strict one need not run again; None where the whole suite is to be run."""
    plain = None if run.full else plain_of(run.matrix, record.cell)
    if plain is None:
        return None
    folder = run.results.cell_folder(plain).absolute()
    command = _command(run, plain, made, place, extra)
    digest = command.digest(target=place.target, folder=folder, own=dict(run.matrix.env))
    return Plain(cell=plain.id, command=command, folder=folder, inputs={**record.inputs, "command": digest})


def _hides_nothing(run: Run, cell: Cell, made: environments.Environment, place: Workspace) -> bool:
    """Whether what the compiler warns of is said again in this cell, although files were compiled before."""
    environment = with_bytecode(_command(run, cell, made, place), run.matrix).environment(run.inherited)
    environment.pop(EVIDENCE_VARIABLE, None)
    folders = {(place.target / name).parent for name in run.checkout.files if name.endswith(".py")}
    folders |= {*place.target.parents}  # with conftests that pytest loads
    for part in run.matrix.test.pythonpath:
        folders |= {*bytecode.below((place.target / part).resolve())}
    return uncover(made.python, cell.python, made.python.parent.parent, folders, environment)


def _confirm(run: Run, record: CellRecord, command: Command, place: Workspace) -> int:
    """Run again what breaks against the base, which was measured before; how many tests that were."""
    folder = run.results.cell_folder(record.cell)
    serial = run.matrix.test.tool is TestTool.PYTEST and "pytest-xdist" in record.distributions
    base = run.results.cell_folder(dataclasses.replace(record.cell, python=run.matrix.base))
    limit = run.matrix.limits.confirm or 0.0
    confirmed = confirm_cell(command, run.inherited, folder, base, limit, serial=serial, ready=place.fill)
    Mask(command.environment(run.inherited)).file(folder / "confirm.jsonl")
    return confirmed


def _look_for_upgrades(run: Run, record: CellRecord, made: environments.Environment) -> None:
    """Ask which releases of a dependency are repaired, where tests break by one. Strict cells would only repeat it."""
    limit = run.matrix.limits.upgrades
    if run.uv and limit and not record.cell.profile.filters and run.matrix.test.tool is not TestTool.COMMAND:
        index = Index(run.uv, made.python, run.work / "releases", run.inherited)
        look_for_upgrades(run.results.cell_folder(record.cell), index, limit, target=run.checkout.name)


def _blank(run: Run, cell: Cell) -> CellRecord:
    return CellRecord(
        cell=cell,
        status=Status.CANCELLED,
        tool=run.matrix.test.tool,
        inputs={"target": run.checkout.digest},
    )


def _closed(run: Run, record: CellRecord, status: Status, reason: str) -> CellRecord:
    shutil.rmtree(run.results.cell_folder(record.cell), ignore_errors=True)
    done = dataclasses.replace(record, status=status, reason=reason)
    run.results.close_cell(done)
    return done


def _not_installed(run: Run, record: CellRecord, fault: environments.NotInstalled) -> CellRecord:
    mask = Mask({**run.inherited, **dict(run.matrix.env)})
    done = _closed(
        run,
        dataclasses.replace(record, durations={"install": fault.seconds}),
        Status.FAILED_TO_INSTALL,
        mask.text(fault.reason),
    )
    log = run.results.cell_folder(record.cell) / "output.log"
    if fault.log.is_file():  # else there was no room for it
        shutil.copyfile(fault.log, log)
        mask.file(log)
    return done
