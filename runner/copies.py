"""Working copies of a project, which cells hand on to each other: only what differs is copied anew."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import bytecode
from .file_state import State, state_of

#: How the places of cells are named, in the folder for temporary files.
PREFIX = "fw-"

#: Not copied: what belongs to one place or is made anew.
LEFT_OUT = frozenset({"__pycache__", ".forewarn", ".nox", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
#: Bytes of a file that is read at once.
_SMALL = 1 << 20
#: Large, and only read by suites.
_LINKED = frozenset({".git", "node_modules"})

_States = Mapping[str, tuple[State, State]]
"""Path in a copy → the states of the source, and of the copy, when that had been made."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Copy:
    """A copy that nobody uses now."""

    folder: Path
    source: Path
    states: _States


class Copies:
    """The working copies of one run, as many as were ever used at the same time.

    Each that is given is what a new copy would be, wherever it was before and whatever was done to it there.
    """

    def __init__(self, make_folder: Callable[[], Path], compiled: Path) -> None:
        """Make nothing yet.

        Args:
            make_folder: makes the folder in which those wait that nobody uses, on the file system of their places.
            compiled: where bytecode of copies is kept. It knows the path of its source, so each place has its own, and
                a copy that is there again need not be compiled again.
        """
        self._make_folder = make_folder
        self._compiled = compiled
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._idle: list[_Copy] = []
        self._states: dict[Path, _States] = {}
        self._count = 0

    def give(self, source: Path, into: Path) -> None:
        """Have a copy of a folder at a place that is not there yet.

        Raises:
            OSError: it cannot be made.
        """
        with self._lock:
            old = next((one for one in self._idle if one.source == source), None)
            if old is not None:
                self._idle.remove(old)
        states = None if old is None else _handed_on(old, into)
        self._states[into] = _copied(source, into, {}) if states is None else states
        bytecode.restore(self._bytecode_of(into), into)

    def take_back(self, source: Path, copy: Path) -> None:
        """Keep what was given, for the next; where that cannot be, it stays at its place."""
        states = self._states.pop(copy, None)
        if states is None:
            return
        bytecode.keep(copy, self._bytecode_of(copy))
        with contextlib.suppress(OSError):
            with self._lock:
                if self._folder is None:
                    self._folder = self._make_folder()
                self._count += 1
                place = self._folder / str(self._count)
            copy.rename(place)
            with self._lock:
                self._idle.append(_Copy(folder=place, source=source, states=states))

    def _bytecode_of(self, place: Path) -> Path:
        return self._compiled / hashlib.sha256(os.fsencode(place)).hexdigest()[:12]

    def close(self) -> None:
        """Remove those that nobody uses."""
        with self._lock:
            folder, self._folder, self._idle = self._folder, None, []
        if folder is not None:
            remove(folder)


def _handed_on(old: _Copy, into: Path) -> _States | None:
    """Move a copy to a place and have it be a new one; None where what a suite left in it does not allow that."""
    try:
        old.folder.rename(into)
        return _copied(old.source, into, old.states)
    except OSError:
        with contextlib.suppress(OSError):
            into.rename(old.folder)
        remove(old.folder)
        return None


def _copied(source: Path, into: Path, known: _States) -> _States:
    made: dict[str, tuple[State, State]] = {}
    _mirror(str(source), str(into), "", known, made)
    return made


def _mirror(
    source: str,
    into: str,
    inside: str,
    known: _States,
    made: dict[str, tuple[State, State]],
) -> None:
    """Make one folder what the other is; ``inside`` is its path in the copy, with a slash at the end."""
    there = _open_folder(into, known.get(inside))
    made[inside] = (state := state_of(os.lstat(into)), state)
    for entry in _entries(source):
        place, name = os.path.join(into, entry.name), f"{inside}{entry.name}"  # noqa: PTH118 - a thousand times
        old = there.pop(entry.name, None)
        link = _link_of(entry)
        if link is not None:
            if old is None or not old.is_symlink() or os.readlink(place) != link:  # noqa: PTH115
                _discard(old)
                os.symlink(link, place, target_is_directory=entry.is_dir())  # noqa: PTH211
        elif entry.is_dir():
            if old is not None and not old.is_dir(follow_symlinks=False):
                _discard(old)
            _mirror(entry.path, place, f"{name}/", known, made)
        else:
            now = state_of(entry.stat())
            if old is None or known.get(name) != (now, state_of(old.stat(follow_symlinks=False))):
                _discard(old)
                _copy_file(entry.path, place, size=now[1])
                made[name] = (now, state_of(os.lstat(place)))
            else:
                made[name] = known[name]
    for old in there.values():
        _discard(old)


def _open_folder(path: str, known: tuple[State, State] | None) -> dict[str, os.DirEntry[str]]:
    """What is in a folder of the copy, which has the rights that it was made with from here on."""
    try:
        os.mkdir(path)  # noqa: PTH102
    except FileExistsError:
        if known is not None and os.lstat(path).st_mode != known[0][0]:
            os.chmod(path, stat.S_IMODE(known[0][0]))  # noqa: PTH101
        with os.scandir(path) as entries:
            return {entry.name: entry for entry in entries}
    return {}


def _entries(source: str) -> Iterator[os.DirEntry[str]]:
    """Those of a folder that are copied or linked."""
    # Some keep temporary files in their project: a copy is not to hold itself, nor those of other cells.
    has_places = os.path.samefile(source, tempfile.gettempdir())  # noqa: PTH121 - both are texts in the end
    with os.scandir(source) as entries:
        for entry in entries:
            if has_places and entry.name.startswith(PREFIX):
                continue
            if entry.is_symlink() or (entry.name in _LINKED and entry.is_dir()):
                yield entry
            elif entry.is_dir():
                is_environment = os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))  # noqa: PTH110, PTH118
                if entry.name not in LEFT_OUT and not is_environment:
                    yield entry
            elif entry.is_file():
                yield entry


def _link_of(entry: os.DirEntry[str]) -> str | None:
    """Where a link in the copy points to, if it has one for an entry."""
    if entry.name in _LINKED and entry.is_dir():
        return entry.path
    return os.readlink(entry.path) if entry.is_symlink() else None  # noqa: PTH115


def _copy_file(source: str, place: str, *, size: int) -> None:
    """As ``shutil.copy2``, which takes twice the system calls, and thrice the time where several cells copy at once."""
    if sys.platform != "linux" or size > _SMALL:
        shutil.copy2(source, place)
        return
    reading = os.open(source, os.O_RDONLY)
    try:
        writing = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            while left := memoryview(os.read(reading, _SMALL)):
                while left:  # a disk that is nearly full takes a part
                    left = left[os.write(writing, left) :]
            state = os.fstat(reading)
            for name in os.listxattr(reading):
                with contextlib.suppress(OSError):  # as there: not every file system takes every one
                    os.setxattr(writing, name, os.getxattr(reading, name))
            os.fchmod(writing, stat.S_IMODE(state.st_mode))
            os.utime(writing, ns=(state.st_atime_ns, state.st_mtime_ns))
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _discard(entry: os.DirEntry[str] | None) -> None:
    if entry is not None and entry.is_dir(follow_symlinks=False):
        remove(Path(entry.path))
        if os.path.lexists(entry.path):
            raise FileExistsError(f"{entry.path} cannot be removed")
    elif entry is not None:
        os.unlink(entry.path)  # noqa: PTH108


def remove(folder: Path) -> None:
    """Remove a folder as far as it can be, also what a suite has left unreadable in it."""

    def make_writable(function: object, path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120 - a text, as shutil gives it
            os.chmod(path, 0o700)  # noqa: PTH101
            function(path)  # type: ignore[operator]

    shutil.rmtree(folder, onerror=make_writable)
