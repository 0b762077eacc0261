"""Finds results folders below downloaded ones, and reads what is needed to merge them. Trusts none of them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import EvidenceIncompleteError, UsageError
from .faults import quote
from .jobs import planned_cells
from .untrusted import JSON_LIMIT, is_plain, read_json

FORMAT = 1
#: Bytes of one file and of everything; and how far is looked for results folders.
FILE_LIMIT = 512 << 20
TOTAL_LIMIT = 16 << 30
_DEPTH = 16
_FOLDERS = 200_000
#: An id of a cell, a shard or a job. They become names of folders, and are printed.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=,-]{0,199}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evidence:
    """One cell, or shard of one, in one results folder."""

    id: str
    folder: Path
    complete: bool
    ran: bool
    """Whether its tests were started."""
    started: str
    digest: str
    """Of cell.json: the last word where all else is the same."""

    @property
    def rank(self) -> tuple[bool, bool, str, str]:
        """The highest of several of one cell is kept: the more complete, then the later."""
        return (self.complete, self.ran, self.started, self.digest)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """One results folder."""

    path: Path
    run: dict[str, Any]
    evidence: tuple[Evidence, ...]


def find(folders: Sequence[Path]) -> list[Found]:
    """All results folders in and below ``folders``, in no order that means anything.

    Raises:
        UsageError: a folder is not there, holds no results, or they are none of ours.
        EvidenceIncompleteError: all folders are empty: no job left anything.
    """
    found: dict[str, Found] = {}
    empty: list[Path] = []
    told: dict[str, Any] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", hint="name the folders that the jobs' results are in")
        paths = list(_results_below(folder))
        if not paths and any(folder.iterdir()):
            raise UsageError(
                f"{folder} holds no results folder",
                hint="one has run.json and cells/ in it; uploads leave out names that begin with a dot unless told",
            )
        if not paths:
            empty.append(folder)
        for path in paths:
            found.setdefault(os.path.realpath(path), _read(path, told))
    if not found:
        raise EvidenceIncompleteError(
            f"{', '.join(map(str, empty))}: no job left any results", hint="the jobs' own logs say why"
        )
    return [found[path] for path in sorted(found)]


def _results_below(top: Path) -> Iterator[Path]:
    """Folders with a run.json or with cells, without following links; what is inside of one is not looked at."""
    stack = [(top, 0)]
    seen = 0
    while stack:
        folder, depth = stack.pop()
        seen += 1
        if seen > _FOLDERS:
            raise UsageError(f"{top} holds more than {_FOLDERS} folders", hint="name the results folders themselves")
        if is_plain(folder / "run.json") or any(_cell_folders(folder / "cells")):
            yield folder
            continue
        if depth < _DEPTH:
            with os.scandir(folder) as entries:
                stack += [(Path(one.path), depth + 1) for one in entries if one.is_dir(follow_symlinks=False)]


def _cell_folders(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
    except OSError:
        return
    yield from (folder / name for name in names if is_plain(folder / name / "cell.json"))


def _read(path: Path, told: dict[str, Any]) -> Found:
    """Read one folder; what others told before, such as the whole plan, is kept once (``told``)."""
    run = _document(path / "run.json") if is_plain(path / "run.json") else {}
    run = {key: told.setdefault(digest_of(value), value) for key, value in run.items()}
    strange = next((name for name in _names(run) if not _ID.fullmatch(name)), None)
    if strange is not None:
        raise UsageError(f"{path / 'run.json'} names {quote(strange)}, which is no id of a cell or a job")
    # What was merged from shards or stands for what is missing is made anew from what is beside it.
    parts = [folder for where in ("cells", "shards") for folder in _cell_folders(path / where)]
    evidence = [one for one in map(_evidence, parts) if one is not None]
    return Found(path=path, run=run, evidence=tuple(evidence))


def _names(run: Mapping[str, Any]) -> Iterator[str]:
    """Every id that a run.json has in its plan."""
    plan = run.get("plan")
    for entry in plan if isinstance(plan, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("cell"), str):
            yield entry["cell"]
    for job, cells in planned_cells(run):
        yield from (job, *cells)


def _evidence(folder: Path) -> Evidence | None:
    if not _ID.fullmatch(folder.name):
        raise UsageError(f"{folder.parent} holds {quote(folder.name)}, which is no cell's id")
    record = _document(folder / "cell.json")
    if record.get("cell") != folder.name:
        raise UsageError(f"{folder / 'cell.json'} is of the cell {quote(str(record.get('cell')))}")
    if record.get("collected") is True:
        return None
    durations = record.get("durations")
    return Evidence(
        id=folder.name,
        folder=folder,
        complete=record.get("status") == "complete",
        ran=isinstance(durations, dict) and "tests" in durations,
        started=str(record.get("started") or ""),
        digest=digest_of(record),
    )


def digest_of(value: object) -> str:
    """Of a value that was read from JSON."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _document(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if value is None:
        raise UsageError(f"{path} is not one of ours: it is no JSON object of at most {JSON_LIMIT >> 20} MiB")
    if value.get("format") != FORMAT:
        raise UsageError(
            f"{path} has format {json.dumps(value.get('format'))[:40]}; this version of forewarn reads format {FORMAT}"
        )
    return value
