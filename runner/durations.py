"""How long cells took before: from a results folder or a report.json. Reads both as hostile; missing is not wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
from collections.abc import Mapping
from pathlib import Path

from .errors import UsageError
from .model import Cell
from .record import write_json
from .untrusted import read_json

#: Seconds, where nothing was ever measured.
UNKNOWN = 60.0
ENVIRONMENT = 20.0
_LIMIT = 256 << 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class Durations:
    """Seconds of earlier cells, by id."""

    tests: Mapping[str, float] = dataclasses.field(default_factory=dict)
    install: Mapping[str, float] = dataclasses.field(default_factory=dict)
    memory: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Bytes at the peak of a cell's largest process."""

    def of(self, cell: Cell) -> tuple[float, bool]:
        """(seconds of this cell's tests, whether that is an estimate)."""
        shares = cell.shard[1] if cell.shard else 1
        whole = dataclasses.replace(cell, shard=None).id
        if cell.id in self.tests:
            return self.tests[cell.id], False
        if whole in self.tests:
            return self.tests[whole] / shares, shares > 1
        alike = [seconds for name, seconds in self.tests.items() if f"-{cell.profile.name}" in name]
        known = alike or list(self.tests.values())
        return (statistics.median(known) if known else UNKNOWN) / shares, True

    def environment(self, cell: Cell) -> float:
        """Seconds to make the environment of this cell; one that was only used again says nothing."""
        whole = dataclasses.replace(cell, shard=None).id
        known = [seconds for seconds in self.install.values() if seconds > 0]
        return self.install.get(whole) or (statistics.median(known) if known else ENVIRONMENT)


def read_durations(path: Path, *, required: bool) -> Durations:
    """What is known from a results folder, or from a report.json.

    Raises:
        UsageError: ``required``, and it is neither.
    """
    records = _folder(path) if path.is_dir() else _report(path)
    if not records and required:
        raise UsageError(
            f"--durations: {path} tells no duration of any cell", hint="name a results folder or a report.json"
        )
    return _durations(records)


def _durations(records: Mapping[str, _Cost]) -> Durations:
    return Durations(
        tests={name: one.tests for name, one in records.items() if one.tests is not None},
        install={name: one.install for name, one in records.items() if one.install is not None},
        memory={name: int(one.memory) for name, one in records.items() if one.memory is not None},
    )


def remember(file: Path, results: Path) -> Durations:
    """What ``file`` holds of earlier runs, with what ``results`` tells of the last one; both are in the file then."""
    known = {**_report(file), **_folder(results)}
    cells = [{"id": name, "status": "complete", **dataclasses.asdict(one)} for name, one in sorted(known.items())]
    with contextlib.suppress(OSError):  # they only make the next run shorter
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, {"cells": cells})
    return _durations(known)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Cost:
    """Of one complete cell; None where it is not told."""

    tests: float | None
    install: float | None = None
    memory: float | None = None


def _folder(path: Path) -> dict[str, _Cost]:
    found = {}
    for file in sorted(path.glob("cells/*/cell.json")):
        record = read_json(file) or {}
        durations, used = record.get("durations"), record.get("used")
        if isinstance(durations, dict) and record.get("status") == "complete":
            found[file.parent.name] = _Cost(
                tests=_number(durations.get("tests"), 1e6),
                install=_number(durations.get("install"), 1e6),
                memory=_number(used.get("memory"), 1e15) if isinstance(used, dict) else None,
            )
    return found


def _report(path: Path) -> dict[str, _Cost]:
    """Of a report.json, or of what `remember` has written."""
    cells = (read_json(path, _LIMIT, is_named=True) or {}).get("cells")
    return {
        cell["id"]: _Cost(
            tests=_number(cell.get("seconds", cell.get("tests")), 1e6),
            install=_number(cell.get("install"), 1e6),
            memory=_number(cell.get("memory"), 1e15),
        )
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict) and isinstance(cell.get("id"), str) and cell.get("status") == "complete"
    }


def _number(value: object, below: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < below:
        return None
    return float(value)
