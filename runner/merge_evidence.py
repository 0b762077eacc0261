"""Makes one evidence folder from several: lines that are told once, rows of JUnit, logs, and tests carried over."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .junit_rows import Row, Suite, read_suites, write_suites
from .model import TestTool
from .suite_log import RED, SuiteLog
from .traces import read_records
from .untrusted import is_plain

#: Files of records that mean the same whatever run they are of.
COMMON = ("modules.jsonl", "ignores.jsonl", "functions.jsonl", "lacking.jsonl", "loaded.jsonl")


def merge_lines(paths: Iterable[Path], into: Path, told: Callable[[str], str] = str) -> None:
    """All records, each once, as ``told`` tells a line; no file where none of these is there."""
    existing = [path for path in paths if is_plain(path)]
    lines = dict.fromkeys(told(json.dumps(record)) for path in existing for record in read_records(path))
    if existing:
        into.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def row_key(test: str, tool: TestTool) -> tuple[str, str]:
    """(classname, name) that a test tool writes into JUnit for an id of tests.jsonl."""
    if tool is TestTool.UNITTEST:
        classname = test.partition("(")[0].rstrip().rpartition(".")[0]
        return classname, test[len(classname) + 1 :] if classname else test
    path, bracket, parameters = test.partition("[")
    names = path.split("::")
    names[0] = names[0].removesuffix(".py").replace("/", ".")
    return ".".join(names[:-1]), f"{names[-1]}{bracket}{parameters}"


def block_key(block: str, tool: TestTool) -> tuple[str, str]:
    """As ``row_key``, of a module or class that was not collected."""
    return ("", block) if tool is TestTool.UNITTEST else row_key(block, tool)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Carried:
    """What one cell takes over from another."""

    source: Path
    """The folder with the evidence that is taken over."""
    log: SuiteLog
    """Its tests.jsonl."""
    suites: Sequence[Suite]
    """Its junit.xml."""
    tests: Collection[str]
    """Whose evidence is taken over."""
    part: Path
    """The folder with what was run anew."""
    lost: Collection[str] = ()
    """Tests that were not collected where the others were run anew."""
    order: Sequence[str] | None = None
    """All tests as they are collected now, where they may be others than in the source."""
    controls: Collection[str] = ()
    """Of what was run anew: tests that were run only to see that they end as in the source."""
    tool: TestTool
    roots: tuple[str, str]
    """A folder that the source tells of, and the one that stands for it here."""

    def here(self, text: str) -> str:
        """A text of the source as it would be told here."""
        before, now = self.roots
        return text if before == now else text.replace(before + os.sep, now + os.sep)


def carry_over(carried: Carried, into: Path) -> int:
    """Write the evidence of a cell that ran some of its tests; returns the exit status that all have together."""
    status = _tests(carried, into / "tests.jsonl")
    _junit(carried, into / "junit.xml")
    _warnings(carried, into / "warnings.jsonl")
    for name in COMMON:
        merge_lines([folder / name for folder in (carried.part, carried.source)], into / name, carried.here)
    return status


def copy_all(source: Path, into: Path) -> None:
    """Write the evidence of a cell that ran none of its tests."""
    for name in ("tests.jsonl", "junit.xml", "warnings.jsonl", *COMMON):
        if (source / name).is_file():
            shutil.copyfile(source / name, into / name)


def _tests(carried: Carried, into: Path) -> int:
    """The events in the order of the tests, those that were run anew where they stood before."""
    red = False
    with into.open("w", encoding="utf-8") as file:
        for record in _events(carried):
            red = red or record.get("event") == "collection-error" or record.get("outcome") in RED
            file.write(carried.here(json.dumps(record, separators=(",", ":"))) + "\n")
        file.write(json.dumps({"event": "finish", "exit_status": int(red)}) + "\n")
    return int(red)


def _events(carried: Carried) -> Iterator[dict[str, Any]]:
    anew: dict[str, list[dict[str, Any]]] = {}
    for record in read_records(carried.part / "tests.jsonl"):
        if record.get("event") in ("begin", "end"):
            anew.setdefault(str(record.get("id")), []).append(record)
        elif record.get("event") not in ("collected", "finish", "needed", "all"):
            yield record
    if carried.order is not None:
        yield from _in_order(carried, carried.order, anew)
        return
    lost = frozenset(carried.lost)
    ids = [test for test in carried.log.collected if test not in lost]
    yield {"event": "collected", "ids": ids, "deselected": 0}
    run = [test for test in ids if test not in carried.tests]
    controls = [test for test in run if test in carried.controls]
    yield {"event": "needed", "ids": [test for test in run if test not in carried.controls], "controls": controls}
    for record in read_records(carried.source / "tests.jsonl"):
        if record.get("event") in ("begin", "end"):
            test = str(record.get("id"))
            yield from [record] if test in carried.tests else anew.pop(test, ())
    for records in anew.values():
        yield from records


def _in_order(
    carried: Carried, order: Sequence[str], anew: Mapping[str, Sequence[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """The events of tests as if all had run now."""
    yield {"event": "collected", "ids": list(order), "deselected": 0}
    before: dict[str, list[dict[str, Any]]] = {}
    for record in read_records(carried.source / "tests.jsonl"):
        if record.get("event") in ("begin", "end") and record.get("id") in carried.tests:
            before.setdefault(str(record.get("id")), []).append(record)
    for test in order:
        yield from (before if test in carried.tests else anew).get(test, ())


def _junit(carried: Carried, into: Path) -> None:
    """Rows of what is carried over, then those of what was run anew, with what could not be collected then."""
    keys = {row_key(test, carried.tool) for test in carried.tests}
    kept = [
        dataclasses.replace(suite, rows=tuple(_told_here(row, carried) for row in suite.rows if row.key in keys))
        for suite in carried.suites
    ]
    write_suites(into, [*kept, *read_suites(carried.part / "junit.xml")])


def _told_here(row: Row, carried: Carried) -> Row:
    """A row; those of failures have paths in them."""
    return dataclasses.replace(row, text=carried.here(row.text.decode()).encode()) if row.kinds else row


def unknown_rows(suites: Iterable[Suite], log: SuiteLog, tool: TestTool) -> Iterator[Row]:
    """Rows of which it is not known what they are of."""
    known = {row_key(test, tool) for test in log.outcomes}
    known |= {block_key(block, tool) for block in (*log.errors, *log.skips)}
    return (row for suite in suites for row in suite.rows if row.key not in known)


def _warnings(carried: Carried, into: Path) -> None:
    """Those of tests that are carried over, and all of what was run anew."""
    with into.open("w", encoding="utf-8") as file:
        for record in _carried_warnings(carried):
            file.write(carried.here(json.dumps(record, separators=(",", ":"))) + "\n")
        for record in read_records(carried.part / "warnings.jsonl"):
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def _carried_warnings(carried: Carried) -> Iterator[dict[str, Any]]:
    left_out: dict[str, dict[str, Any]] = {}
    for record in read_records(carried.source / "warnings.jsonl"):
        number, like = record.get("id"), record.get("like")
        if record.get("test") in carried.tests:
            if isinstance(like, str) and like in left_out:
                # The record that said it in full is of a test that was run anew: this one says it now.
                first = left_out.pop(like)
                yield {**first, "id": f"c{like}", "test": record.get("test")}
                continue
            # Numbers name a record within the file: those of another process may be the same.
            renamed = {key: f"c{value}" for key, value in (("id", number), ("like", like)) if isinstance(value, str)}
            yield {**record, **renamed}
        elif isinstance(number, str):
            left_out[number] = record
