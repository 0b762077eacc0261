"""Runs the suite of a cell with warnings filters: only the tests that can end otherwise than in the plain cell.

What the others do is proven by the plain cell of the same environment, whose evidence is carried over, so that the
cell's folder is complete by itself. Where anything is doubtful, the whole suite is run.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import execute
from .command import Command
from .compiled import CompilerWarning, compiler_warnings
from .judge import disturbed, see, silent, unexplained
from .junit_rows import JUnitFault
from .merge_evidence import Carried, carry_over, copy_all
from .model import Cell, Matrix, Status, TestTool
from .needed import Need, Rules, select
from .part import Doubt, Order, Ran, doubtful, fault_of, part_folder, roots_of, rows_of, run_command
from .record import write_json
from .suite_log import SuiteLog, read_log
from .traces import read_records
from .untrusted import read_json

_PART = "part"
"""Folder for the evidence of the tests that are run anew, until it is put together with the others'."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plain:
    """The plain cell of the same environment."""

    cell: str
    command: Command
    folder: Path
    """With its evidence; absolute."""
    inputs: Mapping[str, str]
    """What cell.json must have among its ``inputs``, for its evidence to be of this run."""


def plain_of(matrix: Matrix, cell: Cell) -> Cell | None:
    """The plain cell of the same environment, where it can show how tests of a cell with filters end."""
    profile = cell.profile
    bare = next((one for one in matrix.profiles if not one.filters and one.as_if is None), None)
    if bare is None or not profile.filters or profile.fail_after or profile.as_if is not None:
        return None
    return None if matrix.test.tool is TestTool.COMMAND else dataclasses.replace(cell, profile=bare)


def run_suite(order: Order, plain: Plain | None) -> Ran:
    """Run a suite; in part where ``plain`` proves the rest.

    Raises:
        KeyboardInterrupt: with what was written by then in the folder.
    """
    if plain is None:
        return Ran(ended=run_command(order, order.command, order.folder))
    started = time.monotonic()
    try:
        ran = _reduced(order, plain)
    except Doubt as doubt:
        ran = Ran(ended=run_command(order, order.command, order.folder), whole=doubt.reason)
    # With all that was spent on finding out what has to be run, and whether that was enough.
    return dataclasses.replace(ran, ended=dataclasses.replace(ran.ended, seconds=time.monotonic() - started))


def _reduced(order: Order, plain: Plain) -> Ran:
    """Run what has to be run.

    Raises:
        Doubt: everything has.
    """
    record = read_json(plain.folder / "cell.json") or {}
    if record.get("status") != Status.COMPLETE or not _is_of(plain, record.get("inputs")):
        raise Doubt(f"{plain.cell} is not complete, or not of the same code and environment")
    log = read_log(plain.folder / "tests.jsonl")
    if doubt := doubtful(log):
        raise Doubt(f"{plain.cell}: {doubt}")
    rules = Rules(order.filters, all_warnings=log.filters)
    warnings = read_records(plain.folder / "warnings.jsonl")
    cwd = str(record.get("cwd"))
    compiled = _compiled(order, plain, roots_of(cwd, order, order.source))
    need = select(log.collected, warnings, rules, order.tool, compiled)
    if need.whole:
        raise Doubt(need.whole)
    if not need.process:
        copy_all(plain.folder, order.folder)
        (order.folder / "output.log").write_text(f"no test had to be run: see {plain.cell}\n", encoding="utf-8")
        ended = execute.Ended(exit_status=record.get("exit_status"))
        return Ran(ended=ended, proven=_proven(plain, len(log.collected), 0), started=False)
    return _part(order, plain, log, need, rules, roots_of(cwd, order, order.target))


def _is_of(plain: Plain, inputs: object) -> bool:
    """Whether evidence is of what this run is about; it may say more than that."""
    return isinstance(inputs, dict) and all(inputs.get(name) == value for name, value in plain.inputs.items())


def _compiled(order: Order, plain: Plain, roots: tuple[str, str]) -> list[tuple[str | None, CompilerWarning]]:
    """What the compiler warns of, each with the test that loaded the file."""
    before, now = roots
    loaded: dict[str, object] = {}
    for record in read_records(plain.folder / "loaded.jsonl"):
        file = str(record.get("file"))
        file = now + file[len(before) :] if file.startswith(before + os.sep) else file
        loaded[file] = record.get("test")
        if "***" in file or (record.get("test") is None and not Path(file).is_file()):
            raise Doubt(f"{file} was loaded, and is not there to be compiled")
    environment = order.command.environment(order.inherited)
    environment.pop("FOREWARN_EVIDENCE", None)
    found = compiler_warnings(order.python, order.python.parent.parent, loaded, environment)
    if found is None:
        raise Doubt("what the compiler warns of could not be found out")
    return [
        (test if isinstance(test := loaded[file], str) else None, warning)
        for file, warnings in found.items()
        for warning in warnings
    ]


def _part(order: Order, plain: Plain, log: SuiteLog, need: Need, rules: Rules, roots: tuple[str, str]) -> Ran:
    """Run the tests that are needed, and put them together with the others."""
    suites = rows_of(plain.folder, plain.cell, log, order.tool)
    folder = part_folder(order, order.folder / _PART)
    wanted = need.tests | need.controls
    places = [place for place, test in enumerate(log.collected) if test in wanted]
    write_json(folder / "needed.json", {"tests": log.collected, "needed": places, "failed": log.errors})
    command = order.command.moved(order.folder, folder)
    ended = run_command(order, command, folder)
    part = read_log(folder / "tests.jsonl")
    said = part.needed
    if said is None or said.get("whole") or ended.timed_out:
        # It ended before tests were chosen, or chose all, or hangs in a test that all would hang in.
        _move(folder, order.folder)
        return Ran(ended=ended, whole=None if said is None else str(said.get("whole") or "") or None)
    written = said.get("lost")
    lost = frozenset(map(str, written if isinstance(written, list) else ()))
    run = [test for test in log.collected if test in wanted and test not in lost]
    kept = frozenset(log.collected) - wanted - lost
    try:
        if fault := fault_of(ended, folder, order, run):
            raise Doubt(fault)
        _compare(order, plain, need, (log, part), rules)
        carried = Carried(
            source=plain.folder,
            log=log,
            suites=suites,
            tests=kept,
            part=folder,
            lost=lost,
            tool=order.tool,
            controls=need.controls - lost,
            roots=roots,
        )
        status = carry_over(carried, order.folder)
        head = f"--- {len(run)} of {len(run) + len(kept)} tests, the others are proven by {plain.cell}\n"
        (order.folder / "output.log").write_bytes(head.encode() + (folder / "output.log").read_bytes())
    except JUnitFault as fault:
        raise Doubt(f"some tests alone: junit.xml {fault}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ended = dataclasses.replace(ended, exit_status=status)
    return Ran(ended=ended, proven=_proven(plain, len(kept), len(run)))


def _compare(order: Order, plain: Plain, need: Need, logs: tuple[SuiteLog, SuiteLog], rules: Rules) -> None:
    """See that what a part shows is not of its being a part.

    Args:
        order: the cell's.
        plain: its plain cell.
        need: tests that the part ran.
        logs: of the plain run and of the part.
        rules: the filters.

    Raises:
        Doubt: it may be.
    """
    log, part = logs
    before = see(read_records(plain.folder / "warnings.jsonl"), rules)
    now = see(read_records(order.folder / _PART / "warnings.jsonl"), rules)
    if test := disturbed(need.controls, logs, before, now):
        raise Doubt(f"{test} ends otherwise behind tests for which warnings are errors")
    run = [test for test in log.collected if test in need.tests]
    if test := silent(run, part, before, now):
        raise Doubt(f"{test} did not warn as it does among the other tests")
    if not (tests := unexplained(run, log, part, now)):
        return
    # Is it the filters, or that the other tests are missing? The same tests once more, without filters.
    folder = order.folder / "control"
    try:
        write_json(part_folder(order, folder) / "needed.json", read_json(order.folder / _PART / "needed.json") or {})
        run_command(order, plain.command.moved(plain.folder, folder), folder)
        control = read_log(folder / "tests.jsonl")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for test in tests:
        if control.outcomes.get(test) != log.outcomes.get(test):
            raise Doubt(f"{test} fails without the other tests, and not by a warning")


def _move(folder: Path, into: Path) -> None:
    (folder / "needed.json").unlink()
    for path in folder.iterdir():
        path.replace(into / path.name)
    folder.rmdir()


def proven_in_words(proven: Mapping[str, Any] | None) -> str:
    """``; 12 of 400 tests run, the others proven by 3.12-plain``; nothing where all were run."""
    if not proven:
        return ""
    run, tests = proven.get("run"), proven.get("tests")
    if not isinstance(run, int) or not isinstance(tests, int) or not tests:
        return ""
    return f"; {run} of {run + tests} tests run, the others proven by {proven.get('by')}"


def _proven(plain: Plain, tests: int, run: int) -> dict[str, Any]:
    return {"by": plain.cell, "tests": tests, "run": run}
