"""Writes the results folder (docs/results-format.md). The only module of the runner that knows its form."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import UsageError
from .masking import mask_secrets
from .model import Cell, Interpreter, Status, TestTool
from .status import LOST, RUNNING
from .untrusted import read_json

#: 1: first form.
FORMAT = 1

#: What a cell leaves behind; nothing else is taken over, whoever copies evidence.
EVIDENCE_FILES = (
    "cell.json",
    "junit.xml",
    "tests.jsonl",
    "warnings.jsonl",
    "functions.jsonl",
    "modules.jsonl",
    "ignores.jsonl",
    "lacking.jsonl",
    "loaded.jsonl",
    "confirm.jsonl",
    "upgrades.jsonl",
    "as-if.json",
    "uses.jsonl",
    "crashes.jsonl",
    "output.log",
)

_NOT_DONE = "the run ended before this cell was done"

#: What may stand in a results folder before its first run, beside reports and names that begin with a dot.
_OURS = frozenset({"cells", "matrix.schema.json", "narrowed", "nox.log", "shards"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellRecord:
    """What is known of one cell; becomes its cell.json."""

    cell: Cell
    status: Status
    reason: str | None = None
    tool: TestTool = TestTool.PYTEST
    interpreter: Interpreter | None = None
    distributions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    modules: Mapping[str, str] = dataclasses.field(default_factory=dict)
    command: Sequence[str] | None = None
    cwd: Path | None = None
    environment: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    exit_status: int | None = None
    signal: str | None = None
    started: datetime.datetime | None = None
    durations: Mapping[str, float] = dataclasses.field(default_factory=dict)
    used: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """``cpu`` seconds and the peak of ``memory`` in bytes, where the system tells."""
    inputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    proven: Mapping[str, Any] | None = None
    """Which cell's evidence was carried over: ``by``, ``tests``, ``run``."""
    carried: Mapping[str, Any] | None = None
    """What `--changed` took over from the cell's run before."""
    whole: str | None = None
    """Why a cell with filters ran the whole suite, where less was tried."""

    def to_json(self) -> dict[str, Any]:
        """The cell.json of this record."""
        interpreter = self.interpreter
        return {
            "format": FORMAT,
            "cell": self.cell.id,
            "python": str(self.cell.python),
            "profile": self.cell.profile.name,
            "variant": dict(self.cell.variant.choices),
            "optional": self.cell.optional,
            "filters": list(self.cell.profile.filters),
            "fail": "after" if self.cell.profile.fail_after else "at-once",
            "as_if": _as_if(self.cell),
            "shard": None if self.cell.shard is None else list(self.cell.shard),
            "status": self.status.value,
            "reason": self.reason,
            "tool": self.tool.value,
            "interpreter": None
            if interpreter is None
            else {
                "implementation": interpreter.implementation,
                "version": interpreter.version,
                "build": interpreter.build,
                "executable": interpreter.executable,
                "free_threaded": interpreter.free_threaded,
                "source": interpreter.source,
            },
            "distributions": dict(sorted(self.distributions.items())),
            "modules": dict(sorted(self.modules.items())),
            "command": None if self.command is None else list(self.command),
            "cwd": None if self.cwd is None else str(self.cwd),
            "environment": mask_secrets(self.environment),
            "exit_status": self.exit_status,
            "signal": self.signal,
            "started": None if self.started is None else self.started.isoformat(timespec="milliseconds"),
            "durations": {name: round(seconds, 3) for name, seconds in self.durations.items()},
            "used": {name: round(value, 3) for name, value in self.used.items()},
            "inputs": dict(self.inputs),
            "cached_from": None,
            "proven": None if self.proven is None else dict(self.proven),
            "carried": None if self.carried is None else dict(self.carried),
            "whole": self.whole,
        }


class ResultsFolder:
    """One results folder on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def cell_folder(self, cell: Cell) -> Path:
        """Where the evidence of ``cell`` goes."""
        return self.path / "cells" / cell.id

    def begin(self, run: Mapping[str, Any], *, keep: Iterable[str] = ()) -> None:
        """Start a run: evidence of cells other than ``keep`` is removed, run.json is written.

        Args:
            run: the fields of run.json but ``format``.
            keep: ids of cells whose evidence stays.

        Raises:
            UsageError: the folder cannot be written, or holds something else.
        """
        self.check()
        kept = set(keep)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            ignore_in_git(self.path)
            for folder in self._cell_folders():
                if folder.name not in kept and (folder / "cell.json").exists():
                    shutil.rmtree(folder)
            write_json(self.path / "run.json", {"format": FORMAT, **run})
        except OSError as error:
            raise UsageError(
                f"cannot write the results folder {self.path}: {error.strerror or error}",
                hint="name another one with --results",
            ) from error

    def check(self) -> None:
        """See that nothing of somebody else's would be overwritten or taken for old evidence.

        Raises:
            UsageError: the folder is there and is no results folder, or leads out of itself.
        """
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except OSError:  # not there yet, or writing will say what is wrong
            return
        if link := next((name for name in names if name in _OURS and (self.path / name).is_symlink()), None):
            raise UsageError(f"{self.path / link} is a link: nothing is written or removed through it")
        if "run.json" in names or any((folder / "cell.json").exists() for folder in self._cell_folders()):
            return
        if strange := [name for name in names if name not in _OURS and not name.startswith((".", "report."))]:
            raise UsageError(
                f"{self.path} is no results folder: it holds {strange[0]}",
                hint="name a new or an empty one with --results",
            )

    def open_cell(self, record: CellRecord) -> Path:
        """Empty the folder of a cell that is about to run. Until it is done, its record says so."""
        folder = self.cell_folder(record.cell)
        if folder.is_symlink():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / LOST).write_bytes(b"0")
        self.close_cell(dataclasses.replace(record, status=Status.CANCELLED, reason=_NOT_DONE))
        return folder

    def close_cell(self, record: CellRecord) -> None:
        """Write the cell's last word."""
        folder = self.cell_folder(record.cell)
        folder.mkdir(parents=True, exist_ok=True)
        if record.status is not Status.CANCELLED:
            for name in (LOST, RUNNING):
                (folder / name).unlink(missing_ok=True)
        write_json(folder / "cell.json", record.to_json())

    def forget(self, cells: Iterable[Cell]) -> None:
        """Remove the evidence of cells that are about to be measured anew."""
        for cell in cells:
            shutil.rmtree(self.cell_folder(cell), ignore_errors=True)

    def sign_cell(self, cell_id: str, record: Mapping[str, Any], key: str) -> None:
        """Note in a cell's record that nothing is left to do for it, and what all of it depends on."""
        inputs = {**(record.get("inputs") or {}), "cell": key}
        write_json(self.path / "cells" / cell_id / "cell.json", {**record, "inputs": inputs})

    def restore_cell(self, cell: Cell, files: Mapping[str, bytes], record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put evidence from elsewhere in place, with ``record`` as its cell.json, written last; returns that."""
        folder = self.cell_folder(cell)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in files.items():
            if name != "cell.json":
                (folder / name).write_bytes(content)
        write_json(folder / "cell.json", record)
        return record

    def finish(self, ended: datetime.datetime) -> None:
        """Note that the run came to its end."""
        run = self.read_run()
        if run is not None:
            write_json(self.path / "run.json", {**run, "ended": ended.isoformat(timespec="milliseconds")})

    def read_run(self) -> dict[str, Any] | None:
        """The run.json of this folder, or None where there is none that can be read."""
        return read_json(self.path / "run.json")

    def read_cell(self, cell_id: str) -> dict[str, Any] | None:
        """The cell.json of one cell, or None where there is none that can be read."""
        return read_json(self.path / "cells" / cell_id / "cell.json")

    def cells_of(self, digest: str) -> frozenset[str]:
        """Ids of the cells whose evidence is of the target with this digest."""
        found = {folder.name: self.read_cell(folder.name) for folder in self._cell_folders()}
        return frozenset(
            name
            for name, record in found.items()
            if record is not None
            and isinstance(inputs := record.get("inputs"), dict)
            and inputs.get("target") == digest
        )

    def _cell_folders(self) -> list[Path]:
        try:
            return sorted(one for one in (self.path / "cells").iterdir() if one.is_dir() and not one.is_symlink())
        except OSError:
            return []


def plan_json(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """The ``plan`` field of run.json."""
    return [
        {
            "cell": cell.id,
            "python": str(cell.python),
            "profile": cell.profile.name,
            "variant": dict(cell.variant.choices),
            "optional": cell.optional,
            "as_if": _as_if(cell),
        }
        for cell in cells
    ]


def _as_if(cell: Cell) -> str | None:
    return None if cell.profile.as_if is None else str(cell.profile.as_if)


def ignore_in_git(folder: Path) -> None:
    """Keep a folder out of git, unless it says itself what is.

    Raises:
        OSError: it cannot be written.
    """
    with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as file:
        file.write("*\n")


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write ``value`` so that a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("x", encoding="utf-8") as file:  # never through a link that waits under this name
            json.dump(value, file, indent=1)
            file.write("\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
