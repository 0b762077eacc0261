"""Keeps the evidence of complete cells on this machine: one file for each key, trusted for nothing when it is read.

An entry is a line that says what it is, a line with the digest of the rest, and a zip archive with the evidence and
``entry.json``, the facts that whoever stored it wants to see again. It is written to a temporary name and moved, so
that it is whole or not there, whoever is killed and however many write at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import re
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import UsageError
from .record import EVIDENCE_FILES, ignore_in_git

FOLDER_VARIABLE = "FOREWARN_CACHE"
DEFAULT_LIMIT = 1 << 30
"""Bytes."""

CELL, LINE = "cell", "line"
"""Kinds of entries: the evidence of a cell, and which evidence was the last of one whose target changes."""

_HEAD = b"forewarn cell 1\n"
_FACTS = "entry.json"
_ENTRY = re.compile(r"[0-9a-f]{64}\.(?:cell|line)")
_TEMPORARY = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{32}\.tmp")
#: Seconds after which what a killed writer has left is removed.
_ABANDONED = 3600.0
#: Bytes of one entry, as it is stored and unpacked: more is not worth its place.
_ENTRY_LIMIT = 128 << 20
_UNPACKED_LIMIT = 1 << 30
_DAMAGED = (ValueError, KeyError, OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """What is kept of one cell."""

    facts: Mapping[str, Any]
    files: Mapping[str, bytes]
    """Content by name; names are those of evidence files."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contents:
    """How full a cache is."""

    entries: int
    bytes: int


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where entries are: ``FOREWARN_CACHE``, or below the user's cache folder."""
    if named := environment.get(FOLDER_VARIABLE):
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path  # noqa: PLC0415 - costs start-up time

    return user_cache_path("forewarn") / "cells"


class Cache:
    """The entries below one folder. What cannot be written or read is as if it were not there."""

    def __init__(self, folder: Path, *, limit: int = DEFAULT_LIMIT) -> None:
        """Of this folder, which need not exist; ``limit`` is in bytes."""
        self.folder = folder
        self._limit = limit

    def get(self, key: str, kind: str = CELL) -> Entry | None:
        """The entry of a key; a damaged one is removed and is none."""
        path = self._path(key, kind)
        try:
            with path.open("rb") as file:
                content = file.read(_ENTRY_LIMIT + 1)
        except OSError:
            return None
        try:
            return _unpack(content)
        except _DAMAGED:
            self.discard(key, kind)
            return None

    def touch(self, key: str) -> None:
        """Note that an entry was of use; those that are not are removed first."""
        with contextlib.suppress(OSError):
            os.utime(self._path(key))

    def put(self, key: str, folder: Path | None, facts: Mapping[str, Any], kind: str = CELL) -> bool:
        """Keep the evidence files in ``folder``, if one is given, under a key; whether that could be done."""
        path = self._path(key, kind)
        temporary = path.with_name(f".{key}.{uuid.uuid4().hex}.tmp")
        try:
            content = _pack(folder, facts)
            if len(content) > min(_ENTRY_LIMIT, self._limit):
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            ignore_in_git(self.folder)  # it may be inside of the project, which it must not change
            temporary.write_bytes(content)
            temporary.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            return False
        self._trim()
        return True

    def discard(self, key: str, kind: str = CELL) -> None:
        """Remove an entry."""
        with contextlib.suppress(OSError):
            self._path(key, kind).unlink(missing_ok=True)

    def contents(self) -> Contents:
        """How many cells there are, and the size of all entries."""
        found = self._files(_ENTRY)
        cells = sum(path.suffix == f".{CELL}" for path, _, _ in found)
        return Contents(entries=cells, bytes=sum(size for _, size, _ in found))

    def clear(self) -> Contents:
        """Remove all entries; returns what they were. Whatever else lies in the folder stays.

        Raises:
            UsageError: an entry cannot be removed.
        """
        before = self.contents()
        for pattern in (_ENTRY, _TEMPORARY):
            for path, _, _ in self._files(pattern):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise UsageError(f"cannot remove {path}: {error.strerror or error}") from error
        return before

    def _path(self, key: str, kind: str = CELL) -> Path:
        return self.folder / key[:2] / f"{key}.{kind}"

    def _files(self, pattern: re.Pattern[str]) -> list[tuple[Path, int, float]]:
        """(path, size, time of last use) of what has such a name, in no order."""
        return list(_listed(self.folder, pattern))

    def _trim(self) -> None:
        """Remove what was not of use for longest, until the rest is within the limit; and what was abandoned."""
        for path, _, changed in self._files(_TEMPORARY):
            if changed < time.time() - _ABANDONED:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
        entries = sorted(self._files(_ENTRY), key=lambda entry: entry[2])
        excess = sum(size for _, size, _ in entries) - self._limit
        for path, size, _ in entries:
            if excess <= 0:
                return
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            excess -= size


def _listed(folder: Path, pattern: re.Pattern[str]) -> Iterator[tuple[Path, int, float]]:
    for one in _entries_of(folder):
        if re.fullmatch(r"[0-9a-f]{2}", one.name):
            for file in _entries_of(Path(one.path)):
                # Another process may have removed it since it was listed.
                with contextlib.suppress(OSError):
                    if pattern.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                        found = file.stat(follow_symlinks=False)
                        yield Path(file.path), found.st_size, found.st_mtime


def _entries_of(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _pack(folder: Path | None, facts: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_FACTS, json.dumps(facts))
        for path in [] if folder is None else [folder / name for name in EVIDENCE_FILES]:
            if path.is_file():
                archive.writestr(path.name, path.read_bytes())
    content = buffer.getvalue()
    return _HEAD + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _unpack(stored: bytes) -> Entry:
    """Read an entry.

    Raises:
        ValueError, zipfile.BadZipFile, …: it is not what was stored (all of them are in ``_DAMAGED``).
    """
    start = len(_HEAD) + 65
    digest, content = stored[len(_HEAD) : start], stored[start:]
    if not stored.startswith(_HEAD) or digest != hashlib.sha256(content).hexdigest().encode() + b"\n":
        raise ValueError("not an entry, or not a whole one")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = archive.infolist()
        names = [one.filename for one in found]
        if len(set(names)) != len(names) or not {*names} <= {_FACTS, *EVIDENCE_FILES}:
            raise ValueError("names that no entry has")
        if sum(one.file_size for one in found) > _UNPACKED_LIMIT:
            raise ValueError("larger than any entry")
        files = {one.filename: archive.read(one) for one in found}
    facts = json.loads(files.pop(_FACTS))
    if not isinstance(facts, dict):
        raise ValueError("facts that are none")  # noqa: TRY004 - of the same kind as the others
    return Entry(facts=facts, files=files)
