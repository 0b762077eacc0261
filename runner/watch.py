"""Follows cells through the evidence that they leave, while other processes measure them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .changed import carried_in_words, minute
from .model import Cell, Status
from .record import ResultsFolder
from .traces import EventLog, parse_record
from .untrusted import open_plain

_RED = ("failed", "error")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Glimpse:
    """A cell at one moment."""

    cell: Cell
    phase: str
    """``waiting``, ``environment``, ``running`` or ``done``."""
    status: Status | None = None
    """Once it is done."""
    reason: str | None = None
    collected: int | None = None
    collection_errors: int = 0
    """Modules that could not be imported, fixtures above tests that failed."""
    outcomes: tuple[tuple[str, int], ...] = ()
    """(outcome, tests) of those that have ended."""
    seconds: float | None = None
    cached_from: str | None = None
    """When its tests ran, where its evidence is from the cache."""
    carried: object = None
    """What `--changed` took over, as the record has it."""

    @property
    def ended(self) -> int:
        """Tests that have ended."""
        return sum(count for _, count in self.outcomes)

    @property
    def failures(self) -> int:
        """Tests that failed or had an error, and what could not be collected."""
        return self.collection_errors + sum(count for outcome, count in self.outcomes if outcome in _RED)

    def marked(self) -> str:
        """That line, with a sign before it: ``✓`` all is well, ``✗`` tests failed, ``!`` it is not complete."""
        sign = "!" if self.status is not Status.COMPLETE else "✗" if self.failures else "✓"
        return f"{sign} {self.in_words()}"

    def in_words(self) -> str:
        """One line: ``3.12-plain: complete, 38 passed, 2 failed in 1.2 s``, or when it is cached since when."""
        parts = ["cached" if self.cached_from else str(self.status or self.phase)]
        parts += [f"{count} {outcome}" for outcome, count in self.outcomes]
        if self.collection_errors:
            parts.append(f"{self.collection_errors} not collected")
        if self.cached_from:
            return f"{self.cell.id}: {', '.join(parts)}, measured {minute(self.cached_from)}"
        line = f"{self.cell.id}: {', '.join(parts)}"
        if self.seconds:
            line += f" in {self.seconds:.1f} s"
        line += carried_in_words(self.carried)
        return f"{line}: {self.reason}" if self.reason else line


class Watcher:
    """Reads what one cell has added to its evidence since the last look."""

    def __init__(self, results: ResultsFolder, cell: Cell) -> None:
        self._results = results
        self._cell = cell
        self._log = EventLog()
        self._offset = 0

    def look(self, *, over: bool = False) -> Glimpse:
        """The cell now; with ``over`` nobody measures any more and its record is the last word."""
        record = self._results.read_cell(self._cell.id)
        if record is None:
            status = Status.CANCELLED if over else None
            reason = "it was not started" if over else None
            return Glimpse(cell=self._cell, phase="done" if over else "waiting", status=status, reason=reason)
        self._read_more(self._results.cell_folder(self._cell) / "tests.jsonl")
        status = _status(record.get("status"))
        done = over or status is not Status.CANCELLED
        started = record.get("command") is not None
        return Glimpse(
            cell=self._cell,
            phase="done" if done else "running" if started else "environment",
            status=status if done else None,
            reason=str(record.get("reason") or "") or None if done else None,
            collected=None if self._log.collected is None else len(self._log.collected),
            collection_errors=len(self._log.errors),
            outcomes=self._log.counts(),
            seconds=_seconds(record.get("durations")),
            cached_from=record.get("cached_from"),
            carried=record.get("carried"),
        )

    def _read_more(self, path: Path) -> None:
        try:
            with open_plain(path) as file:
                file.seek(self._offset)
                lines = file.readlines()
        except OSError:
            return
        for line in lines:
            if not line.endswith(b"\n"):
                break
            self._offset += len(line)
            if (record := parse_record(line)) is not None:
                self._log.add(record)


def _status(value: object) -> Status:
    """As the record says; one that says nothing we know is not done yet, or never will be."""
    try:
        return Status(str(value))
    except ValueError:
        return Status.CANCELLED


def _seconds(durations: object) -> float | None:
    seconds = durations.get("tests") if isinstance(durations, dict) else None
    return seconds if isinstance(seconds, int | float) else None
