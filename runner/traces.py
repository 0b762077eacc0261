"""Reads what a cell's process left behind, far enough to tell how it ended."""

from __future__ import annotations

import collections
import dataclasses
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from .status import LOST, Traces
from .untrusted import is_bomb, open_plain

#: Elements inside of each other; all that are open are held.
DEEPEST = 1_000


def read_traces(folder: Path) -> Traces:
    """Traces of the cell whose evidence is in ``folder``; files may be absent or cut anywhere."""
    junit = _read_junit(folder / "junit.xml")
    log = EventLog()
    for record in read_records(folder / "tests.jsonl"):
        log.add(record)
    return Traces(
        junit=junit.fault,
        cases=junit.cases,
        declared=junit.declared,
        red_cases=junit.red,
        probed=log.probed,
        collected=None if log.collected is None else len(log.collected),
        begun=log.begun,
        ended=len(log.collected or ()) - sum(1 for _ in log.lost()),
        outcomes=log.counts(),
        collection_errors=len(log.errors),
        finished=log.finished,
        running=log.running,
        lost=_is_lost(folder),
    )


def _is_lost(folder: Path) -> bool:
    try:
        return (folder / LOST).read_bytes() == b"1"
    except OSError:
        return False


def is_empty_shard(folder: Path) -> bool:
    """Whether the suite was collected and none of its tests fell to this part of it, which ended as it should."""
    records = list(read_records(folder / "tests.jsonl"))
    shards = [record for record in records if record.get("event") == "shard"]
    ended = any(record.get("event") == "finish" for record in records)
    return ended and bool(shards) and all(record.get("kept") == 0 and record.get("tests") for record in shards)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file with one JSON value a line; a last line that is cut is dropped."""
    try:
        with open_plain(path) as file:
            for line in file:
                if line.endswith(b"\n") and (record := parse_record(line)) is not None:
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
                ids = record.get("ids")
                self.collected = frozenset(map(str, ids if isinstance(ids, list) else ()))
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


def parse_record(line: bytes) -> dict[str, Any] | None:
    """One line of such a file; None where it is none."""
    try:
        value = None if is_bomb(line) else json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@dataclasses.dataclass
class _JUnit:
    """What a JUnit file holds."""

    fault: str | None = None
    """What is wrong with it."""
    cases: int = 0
    red: int = 0
    """Failures and errors."""
    declared: int = 0
    """Tests that its suites say they have: the outermost ones that say so, together."""
    root: bool = False
    _depth: int = 0
    _counted: int | None = None
    """Depth of the suite whose number was taken: those inside of it are part of it."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._depth += 1
        if self._depth > DEEPEST:
            raise _RefusedError(f"nested more than {DEEPEST:,} deep")
        self.cases += name == "testcase"
        self.red += name in ("failure", "error")
        if name in ("testsuite", "testsuites"):
            self.root = True
            count = attributes.get("tests", "")
            # pytest counts phases and subtests, not rows.
            says = name == "testsuite" and attributes.get("name") != "pytest" and count.isdecimal() and len(count) < 10
            if self._counted is None and says:
                self._counted = self._depth
                self.declared += int(count)

    def end(self, _name: str) -> None:
        if self._counted == self._depth:
            self._counted = None
        self._depth -= 1


def _read_junit(path: Path) -> _JUnit:
    """Far enough to tell whether it is whole."""
    found = _JUnit()
    parser = expat.ParserCreate()
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.EntityDeclHandler = _refuse
    try:
        with open_plain(path) as file:
            parser.ParseFile(file)
    except FileNotFoundError:
        found.fault = "missing"
    except OSError as error:
        found.fault = f"unreadable ({error.strerror})"
    except expat.ExpatError as error:
        empty = path.stat().st_size == 0
        found.fault = "empty" if empty else f"not well-formed at line {error.lineno}"
    except _RefusedError as error:
        found.fault = str(error)
    except (LookupError, ValueError):
        found.fault = "in an encoding that cannot be read"
    else:
        found.fault = None if found.root else "no JUnit: its root is neither <testsuites> nor <testsuite>"
    return found


class _RefusedError(Exception):
    """What no test tool writes: the file was made to grow in memory."""


def _refuse(*_: object) -> None:
    raise _RefusedError("with an entity, which no test tool declares")
