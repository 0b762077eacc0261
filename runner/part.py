"""What it takes to run some of a cell's tests, in a folder of their own."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import execute
from .command import Command, bytecode_folder, shard_file
from .junit_rows import JUnitFault, Suite, read_suites
from .masking import Mask
from .merge_evidence import row_key, unknown_rows
from .model import Status, TestTool
from .status import LOST, classify
from .suite_log import SuiteLog, read_log
from .traces import read_traces


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """A cell's suite that is to be run."""

    command: Command
    ready: Callable[[Command], Command]
    """Has all be there that a command needs, this one or one like it; called before anything is started. What it
    returns is to be started: it may use bytecode that hides nothing of what compilers warn of."""
    source: Path
    """The target's own folder."""
    target: Path
    """Where the suite finds the target: there, or in a copy, which is not there before the first start."""
    folder: Path
    """For its evidence; absolute, and there."""
    inherited: Mapping[str, str]
    limit: float | None
    """Seconds."""
    tool: TestTool
    filters: Sequence[str]
    python: Path
    """The environment's interpreter."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ran:
    """How a cell's suite was run."""

    ended: execute.Ended
    proven: Mapping[str, Any] | None = None
    """For cell.json: ``by`` which cell, how many ``tests`` of it were carried over, how many were ``run``."""
    carried: Mapping[str, Any] | None = None
    """For cell.json: from when the evidence of how many ``tests`` is, how many were ``run``, of which ``files``."""
    whole: str | None = None
    """Why the whole suite was run, where less was tried."""
    started: bool = True


class Doubt(Exception):  # noqa: N818 - no error: the whole suite is run
    """Why all tests have to be run, and the seconds that were spent to find that out."""

    def __init__(self, reason: str, seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


def run_command(order: Order, command: Command, folder: Path) -> execute.Ended:
    """Run a cell's command, or one like it, to its end; secrets are hidden in the evidence in ``folder``."""
    command = order.ready(command)
    try:
        return execute.run(
            command.started(),
            cwd=command.cwd,
            environment=command.environment(order.inherited),
            log=folder / "output.log",
            timeout=order.limit,
        )
    finally:  # also of what an interrupted run leaves
        shutil.rmtree(bytecode_folder(folder), ignore_errors=True)
        Mask(command.environment(order.inherited)).evidence(folder)


def doubtful(log: SuiteLog) -> str | None:
    """Why a plain run proves nothing of single tests."""
    if log.parallel:
        return "several processes ran tests, each in an order of its own"
    if not log.collected or len(set(log.collected)) != len(log.collected):
        return "two tests have the same id" if log.collected else "no test was collected"
    places = {test: place for place, test in enumerate(log.collected)}
    order = [places.get(test, -1) for test in log.begun]
    if order != sorted(order) or -1 in order:
        return "tests did not run as they were collected"
    return None


def roots_of(cwd: str, order: Order, target: Path) -> tuple[str, str]:
    """Folders that stand for each other: where another cell's copy of the target was, and where ``target`` is.

    Args:
        cwd: of that cell.
        order: of this one.
        target: what this one finds there: its copy, or the source.
    """
    before = Path(os.path.normpath(Path(cwd) / os.path.relpath(order.target, order.command.cwd)))
    now = target
    while before != now and before.name == now.name and before.name:
        before, now = before.parent, now.parent
    return str(before), str(now)


def rows_of(folder: Path, name: str, log: SuiteLog, tool: TestTool) -> list[Suite]:
    """The rows of a run that is to prove something, one for each test.

    Args:
        folder: its evidence.
        name: how it is called in a doubt.
        log: its tests.jsonl.
        tool: of the suite.

    Raises:
        Doubt: tests cannot be told apart.
    """
    try:
        suites = read_suites(folder / "junit.xml")
    except JUnitFault as fault:
        raise Doubt(f"{name}: junit.xml {fault}") from None
    rows = {row.key for suite in suites for row in suite.rows}
    keys = [row_key(test, tool) for test in log.outcomes]
    if len(set(keys)) != len(keys) or not rows.issuperset(keys) or any(unknown_rows(suites, log, tool)):
        raise Doubt(f"{name}: tests cannot be told apart in junit.xml")
    return suites


def fault_of(ended: execute.Ended, folder: Path, order: Order, run: Sequence[str]) -> str | None:
    """Why a part shows nothing: it did not come to its end."""
    status, reason = classify(ended, read_traces(folder), order.tool, order.limit)
    if status is Status.COMPLETE or (not run and read_log(folder / "tests.jsonl").finished):
        return None
    return f"some tests alone: {reason}"


def part_folder(order: Order, folder: Path) -> Path:
    """A new folder for the evidence of some of a cell's tests."""
    folder.mkdir()
    (folder / LOST).write_bytes(b"0")
    if shard_file(order.folder).is_file():
        shutil.copyfile(shard_file(order.folder), shard_file(folder))
    return folder
