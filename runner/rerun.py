"""``forewarn run --changed``: only the test files that a change can affect; the others' evidence is carried over.

Of the cell's own last complete run, so that the cell's folder is complete by itself. The suite is collected in full.
Where anything is doubtful, the whole suite is run.
"""

from __future__ import annotations

import dataclasses
import os
import posixpath
import shutil
from collections.abc import Mapping
from pathlib import Path

from .changed import Earlier, affected
from .junit_rows import JUnitFault
from .merge_evidence import Carried, carry_over
from .model import TestTool
from .part import Doubt, Order, Ran, doubtful, fault_of, part_folder, roots_of, rows_of, run_command
from .record import write_json
from .suite_log import SuiteLog, read_log
from .traces import read_records

_PART, _BEFORE = "part", "before"


def run_changed(order: Order, earlier: Earlier, now: Mapping[str, str]) -> Ran:
    """Run what a change can affect, and put it together with the rest.

    Args:
        order: the cell's.
        earlier: its last run.
        now: digest of each file of the target today.

    Raises:
        Doubt: all tests have to be run.
        KeyboardInterrupt: with what was written by then in the folder.
    """
    before = order.folder / _BEFORE
    before.mkdir()
    try:
        for name, content in earlier.evidence.items():
            (before / name).write_bytes(content)
        return _run(order, earlier, now, before)
    finally:
        shutil.rmtree(before, ignore_errors=True)
        shutil.rmtree(order.folder / _PART, ignore_errors=True)


def _run(order: Order, earlier: Earlier, now: Mapping[str, str], before: Path) -> Ran:
    log = read_log(before / "tests.jsonl")
    doubt = "only pytest tells which file a test is of" if order.tool is not TestTool.PYTEST else doubtful(log)
    if doubt or (before / "uses.jsonl").exists():
        raise Doubt(doubt or "the forecast of a run as if is of the whole suite")
    inside = _inside(before, str(earlier.record.get("cwd")), order)
    names = {test: posixpath.normpath(posixpath.join(inside, _file(test))) for test in log.collected}
    try:
        found = affected(earlier.files, now, set(names.values()), lambda name: (order.source / name).read_bytes())
    except OSError as error:
        raise Doubt(f"{error.filename} cannot be read") from None
    if found.whole or not found.files:
        raise Doubt(found.whole or "no file has changed, and still it is another cell")
    suites = rows_of(before, "the run before", log, order.tool)
    folder = part_folder(order, order.folder / _PART)
    files = {posixpath.relpath(name, inside) for name in found.files}
    write_json(folder / "only.json", {"files": sorted(files)})
    ended = run_command(order, order.command.moved(order.folder, folder), folder)
    part = read_log(folder / "tests.jsonl")
    collected = _collected(folder)
    if fault := fault_of(ended, folder, order, [test for test in collected if _file(test) in files]):
        raise Doubt(fault, ended.seconds)
    kept = [test for test in log.collected if _file(test) not in files]
    if kept != [test for test in collected if _file(test) not in files]:
        raise Doubt("tests of other files are not those of before", ended.seconds)
    if _blocks(log, files) != _blocks(part, files):
        raise Doubt("what could not be collected is not what it was", ended.seconds)
    carried = Carried(
        source=before,
        log=log,
        suites=suites,
        tests=frozenset(kept),
        part=folder,
        order=collected,
        tool=order.tool,
        roots=roots_of(str(earlier.record.get("cwd")), order, order.target),
    )
    try:
        status = carry_over(carried, order.folder)
    except JUnitFault as fault:
        raise Doubt(f"the tests of changed files alone: junit.xml {fault}", ended.seconds) from None
    run = len(collected) - len(kept)
    head = f"--- {run} of {len(collected)} tests, of {', '.join(sorted(found.files))}; the others ran before\n"
    (order.folder / "output.log").write_bytes(head.encode() + (folder / "output.log").read_bytes())
    told = {"from": earlier.record["started"], "tests": len(kept), "run": run, "files": sorted(found.files)}
    return Ran(ended=dataclasses.replace(ended, exit_status=status), carried=told)


def _inside(before: Path, cwd: str, order: Order) -> str:
    """The folder that ids are relative to, relative to the target."""
    root = next((str(one.get("root")) for one in read_records(before / "tests.jsonl") if one.get("root")), "")
    if not root:
        raise Doubt("it is not known what the tests' ids are relative to")
    target = os.path.normpath(os.path.join(cwd, os.path.relpath(order.target, order.command.cwd)))  # noqa: PTH118
    return os.path.relpath(root, target).replace(os.sep, "/")


def _file(test: str) -> str:
    return test.partition("::")[0]


def _collected(folder: Path) -> list[str]:
    """All tests, as they were collected; those of some files were run."""
    for record in read_records(folder / "tests.jsonl"):
        if record.get("event") == "all":
            return list(map(str, record.get("ids") or ()))
    return []


def _blocks(log: SuiteLog, files: set[str]) -> tuple[list[str], list[str]]:
    """Modules, classes and folders that could not be collected, or were skipped, but those of some files."""
    return (
        [name for name in log.errors if _file(name) not in files],
        [name for name in log.skips if _file(name) not in files],
    )
