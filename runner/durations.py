"""How long cells took before: from a results folder or a report.json. Reads both as hostile; missing is not wrong."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping
from pathlib import Path

from .errors import UsageError
from .model import Cell
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
    tests: dict[str, float] = {}
    install: dict[str, float] = {}
    for name, (seconds, made) in records.items():
        if seconds is not None:
            tests[name] = seconds
        if made is not None:
            install[name] = made
    return Durations(tests=tests, install=install)


def _folder(path: Path) -> dict[str, tuple[float | None, float | None]]:
    found = {}
    for file in sorted(path.glob("cells/*/cell.json")):
        record = read_json(file) or {}
        durations = record.get("durations")
        if isinstance(durations, dict) and record.get("status") == "complete":
            found[file.parent.name] = (_seconds(durations.get("tests")), _seconds(durations.get("install")))
    return found


def _report(path: Path) -> dict[str, tuple[float | None, float | None]]:
    cells = (read_json(path, _LIMIT, is_named=True) or {}).get("cells")
    return {
        cell["id"]: (_seconds(cell.get("seconds")), None)
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict) and isinstance(cell.get("id"), str) and cell.get("status") == "complete"
    }


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        return None
    return float(value)
