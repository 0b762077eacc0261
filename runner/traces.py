"""Reads what a cell's process left behind, far enough to tell how it ended."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from .status import Traces


def read_traces(folder: Path) -> Traces:
    """Traces of the cell whose evidence is in ``folder``; files may be absent or cut anywhere."""
    fault, cases = _junit(folder / "junit.xml")
    log = EventLog()
    for record in read_records(folder / "tests.jsonl"):
        log.add(record)
    return Traces(
        junit=fault,
        cases=cases,
        probed=log.probed,
        collected=None if log.collected is None else len(log.collected),
        begun=log.begun,
        ended=len(log.collected or ()) - sum(1 for _ in log.lost()),
        outcomes=log.counts(),
        collection_errors=len(log.errors),
        finished=log.finished,
        running=log.running,
    )


def is_empty_shard(folder: Path) -> bool:
    """Whether the suite was collected and none of its tests fell to this part of it, which ended as it should."""
    records = list(read_records(folder / "tests.jsonl"))
    shards = [record for record in records if record.get("event") == "shard"]
    ended = any(record.get("event") == "finish" for record in records)
    return ended and bool(shards) and all(record.get("kept") == 0 and record.get("tests") for record in shards)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file with one JSON value a line; a last line that is cut is dropped."""
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and (record := _record(line)) is not None:
                    yield record
    except OSError:
        return


class EventLog:
    """What the events of tests.jsonl add up to, also while the suite runs."""

    def __init__(self) -> None:
        self.probed = False
        self.collected: frozenset[str] | None = None
        self.begun = 0
        self.outcomes: dict[str, str] = {}
        self.errors: set[str] = set()
        self.finished = False
        self._skips: set[str] = set()
        self._open: dict[str, None] = {}

    @property
    def running(self) -> str | None:
        """The test that began last and has not ended."""
        return next(reversed(self._open), None)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """(outcome, tests) of those that have ended."""
        return tuple(collections.Counter(self.outcomes.values()).items())

    def add(self, record: dict[str, Any]) -> None:
        """Take in one event; unknown ones are passed over."""
        self.probed = True
        name = str(record.get("id", ""))
        match record.get("event"):
            case "collected":
                self.collected = frozenset(map(str, record.get("ids") or ()))
            case "collection-error":
                self.errors.add(name)
            case "collection-skip":
                self._skips.add(name)
            case "begin":
                self.begun += 1
                self._open[name] = None
            case "end":
                self._open.pop(name, None)
                if record.get("outcome") != "rerun":
                    self.outcomes[name] = str(record.get("outcome"))
            case "finish":
                self.finished = True
            case _:
                pass

    def lost(self) -> Iterator[str]:
        """Collected tests without a result that no failed or skipped fixture above them explains."""
        if self.collected is None:
            return
        missing = self.collected - self.outcomes.keys()
        if not missing:
            return
        # Suites that multiply a test when it runs (scenarios) give the copies ids of their own.
        stems = {_stem(name) for name in self.outcomes}
        above = self.errors | self._skips
        for name in missing:
            if name not in stems and not any(part in above for part in _parents(name)):
                yield name


def _stem(name: str) -> str:
    return name.partition("(")[0].rstrip()


def _parents(name: str) -> Iterable[str]:
    """``a.B`` and ``a`` of ``a.B.test``; ``f.py::T`` and ``f.py`` of ``f.py::T::test``."""
    separator = "::" if "::" in name else "."
    while (cut := name.rpartition(separator)[0]) and cut != name:
        name = cut
        yield name


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _junit(path: Path) -> tuple[str | None, int]:
    """What is wrong with a JUnit file, or None, and the number of its test cases."""
    cases = 0

    def start(name: str, _attributes: object) -> None:
        nonlocal cases
        cases += name == "testcase"

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except FileNotFoundError:
        return "missing", 0
    except OSError as error:
        return f"unreadable ({error.strerror})", 0
    except expat.ExpatError as error:
        if path.stat().st_size == 0:
            return "empty", 0
        return f"not well-formed at line {error.lineno}", cases
    except (LookupError, ValueError):
        return "in an encoding that cannot be read", cases
    return None, cases
