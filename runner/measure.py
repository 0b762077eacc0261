"""Measures cells: finds the interpreter, makes the environment, runs each profile in it, records what came of it."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import as_if, execute
from . import environment as environments
from .command import Command, as_if_file, bytecode_folder, fail_after_file, shard_file, suite_command
from .confirm import confirm_cell
from .masking import Mask
from .model import Absent, Cell, Interpreter, Matrix, Python, Status, TestTool
from .record import CellRecord, ResultsFolder, write_json
from .status import classify
from .target import Checkout, last_words
from .traces import is_empty_shard, read_traces
from .upgrades import Index, look_for_upgrades

#: Variables that name folders of this machine: no part of what a result depends on.
_PLACES = ("PATH", "VIRTUAL_ENV", execute.EVIDENCE_VARIABLE, "PYTHONPYCACHEPREFIX")

Say = Callable[[str], None]
"""Takes one line for the person who watches."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """What all cells of one run have in common."""

    matrix: Matrix
    checkout: Checkout
    interpreters: Mapping[Python, Interpreter | Absent]
    results: ResultsFolder
    work: Path
    """Where environments are kept."""
    inherited: Mapping[str, str]
    """The environment that forewarn was started with."""
    uv: str | None
    now: Callable[[], datetime.datetime]
    reuse: bool = True
    """Whether an environment whose inputs are unchanged is used again."""


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
    blank = tuple(_blank(run, cell) for cell in cells)
    found = run.interpreters[cells[0].python]
    if isinstance(found, Absent):
        say(f"{cells[0].python}: unavailable: {found.reason}")
        return tuple(_closed(run, record, Status.UNAVAILABLE, found.reason) for record in blank)
    blank = tuple(dataclasses.replace(record, interpreter=found) for record in blank)
    for record in blank:
        run.results.open_cell(record)
    made = _environment(run, cells[0], found, say)
    if isinstance(made, environments.NotInstalled) and not Path(found.executable).is_file():
        reason = f"{found.executable} was there when the run began, and is gone"
        say(f"{cells[0].python}: unavailable: {reason}")
        return tuple(_closed(run, record, Status.UNAVAILABLE, reason) for record in blank)
    if isinstance(made, environments.NotInstalled):
        say(f"{environments.folder_name(cells[0])}: failed to install: {made.reason}")
        return tuple(_not_installed(run, record, made) for record in blank)
    return tuple(_measured(run, record, made, say, extra) for record in blank)


def _environment(
    run: Run, cell: Cell, interpreter: Interpreter, say: Say
) -> environments.Environment | environments.NotInstalled:
    folder = run.work / "environments" / environments.folder_name(cell)
    recipe = environments.Recipe(
        matrix=run.matrix,
        cell=cell,
        interpreter=interpreter,
        checkout=run.checkout,
        uv=run.uv,
        builder=base if isinstance(base := run.interpreters.get(run.matrix.base), Interpreter) else None,
    )
    made = environments.make(recipe, folder, run.inherited, reuse=run.reuse)
    if isinstance(made, environments.Environment):
        how = f"made in {made.seconds:.1f} s" if made.seconds else "reused"
        say(f"{environments.folder_name(cell)}: Python {interpreter.version} ({interpreter.source}), environment {how}")
    return made


def _measured(
    run: Run, record: CellRecord, made: environments.Environment, say: Say, extra: tuple[str, ...]
) -> CellRecord:
    folder = run.results.cell_folder(record.cell)
    command = suite_command(
        run.matrix,
        record.cell,
        python=made.python,
        target=run.checkout.path,
        folder=folder.absolute(),
        inherited=run.inherited,
        extra=extra,
    )
    record = dataclasses.replace(
        record,
        distributions=made.distributions,
        modules=made.modules,
        command=command.words,
        cwd=command.cwd,
        environment=command.changes,
        started=run.now(),
        inputs={**record.inputs, "environment": made.digest, "command": _digest(command)},
    )
    run.results.close_cell(dataclasses.replace(record, status=Status.CANCELLED, reason="the run was interrupted"))
    if record.cell.profile.fail_after:
        fail_after_file(folder.absolute()).write_text(json.dumps(record.cell.profile.filters), encoding="utf-8")
    if record.cell.shard is not None:
        number, of = record.cell.shard
        write_json(shard_file(folder.absolute()), {"number": number, "of": of})
    if record.cell.profile.as_if is not None:
        later = record.cell.profile.as_if
        library = as_if.prepare_library(record.cell.python, later, run.work)
        write_json(
            as_if_file(folder.absolute()), as_if.config(record.cell.python, later, library, run.matrix.knowledge)
        )
    limit = run.matrix.limits.cell
    environment = command.environment(run.inherited)
    mask = Mask(environment)
    try:
        ended = execute.run(
            command.words, cwd=command.cwd, environment=environment, log=folder / "output.log", timeout=limit
        )
    finally:  # also of what an interrupted run leaves
        shutil.rmtree(bytecode_folder(folder), ignore_errors=True)
        mask.evidence(folder)
    traces = read_traces(folder)
    status, reason = classify(ended, traces, run.matrix.test.tool, limit)
    if status is Status.FAILED_TO_START and record.cell.shard is not None and is_empty_shard(folder):
        status, reason = Status.COMPLETE, None
    if status is Status.FAILED_TO_START and not ended.fault:
        reason = f"{reason}: {last_words(folder / 'output.log')}"
    confirmed = _confirm(run, record, command, status)
    mask.file(folder / "confirm.jsonl")
    record = dataclasses.replace(
        record,
        status=status,
        reason=reason,
        exit_status=ended.exit_status,
        signal=None if ended.timed_out else ended.signal,  # that one was ours
        durations={"install": made.seconds, "tests": ended.seconds},
    )
    run.results.close_cell(record)
    _look_for_upgrades(run, record, made)
    said = f": {reason}" if reason else f"; {confirmed} that broke were run again" if confirmed else ""
    say(f"{record.cell.id}: {status}, {traces.in_words()} in {ended.seconds:.1f} s{said}")
    return record


def _confirm(run: Run, record: CellRecord, command: Command, status: Status) -> int:
    """Run again what breaks against the base, if this is a cell that decides and the base was measured before."""
    cell, limit = record.cell, run.matrix.limits.confirm
    decides = (
        not cell.shard and not cell.profile.filters and cell.profile.as_if is None and cell.python in run.matrix.next
    )
    if not decides or not limit or status is not Status.COMPLETE or run.matrix.test.tool is TestTool.COMMAND:
        return 0
    serial = run.matrix.test.tool is TestTool.PYTEST and "pytest-xdist" in record.distributions
    base = run.results.cell_folder(dataclasses.replace(cell, python=run.matrix.base))
    return confirm_cell(command, run.inherited, run.results.cell_folder(cell), base, limit, serial=serial)


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
    shutil.copyfile(fault.log, log)
    mask.file(log)
    return done


def _digest(command: Command) -> str:
    """Of what is started and with which changes; folders of this machine and the PATH are left out."""
    words = [word for word in command.words[1:] if not word.startswith("--junitxml=")]
    changes = {k: v for k, v in command.changes.items() if k not in _PLACES}
    text = json.dumps([words, changes], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
