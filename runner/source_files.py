"""Which files make a project, and the digest that tells whether they are what they were."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import execute
from .file_state import State, state_of

#: Folders that are no part of a project, where git does not say what is.
_NOT_SOURCE = frozenset({"__pycache__", "build", "dist", "node_modules"})

#: Nanoseconds: what changed so shortly before it was read may change again without another time stamp (git calls such
#: an entry racy). Two seconds is the coarsest stamp of a file system in use.
_RACY = 2_000_000_000

#: Path → its state and digest when it was read. After each cell all files are looked at again, by when hardly one of
#: them has changed; only this process asks, so it ends with it.
_seen: dict[str, tuple[State, str]] = {}


def digest_of_files(folder: Path) -> str:
    """``sha256:…`` of the files that git knows or would add, or of all where git does not know the folder."""
    return digest_of(digests_of_files(folder))


def digest_of(files: Mapping[str, str]) -> str:
    """``sha256:…`` of files by the digest of each."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(files.items()))
    return f"sha256:{hashlib.sha256(lines.encode('utf-8', 'surrogateescape')).hexdigest()}"


def digests_of_files(folder: Path) -> dict[str, str]:
    """Digest of each such file: of its kind (``link``, ``program`` or ``file``) and its content."""
    found: dict[str, str] = {}
    for name in _files(folder):
        path = os.path.join(folder, name)  # noqa: PTH118 - of ten thousands of files
        try:
            state = os.lstat(path)
            if stat.S_ISDIR(state.st_mode):
                # A repository of its own: git names the folder alone.
                inner = digests_of_files(Path(path))
                found.update({f"{name.rstrip('/')}/{one}": digest for one, digest in inner.items()})
                continue
            found[name] = _digest(path, state_of(state))
        except OSError:  # deleted and not yet committed, or not for us to read: nor for the suite
            continue
    return found


def _digest(path: str, state: State) -> str:
    known = _seen.get(path)
    if known is not None and known[0] == state:
        return known[1]
    mode, _, changed, record_changed, _ = state
    is_settled = max(changed, record_changed) < time.time_ns() - _RACY
    if stat.S_ISLNK(mode):
        kind, content = "link", os.fsencode(os.readlink(path))  # noqa: PTH115
    else:
        kind = "program" if mode & stat.S_IXUSR else "file"
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
    digest = hashlib.sha256(b"%s\0%s" % (kind.encode(), content)).hexdigest()
    if is_settled and state_of(os.lstat(path)) == state:
        _seen[path] = (state, digest)
    return digest


def _files(folder: Path) -> Iterator[str]:
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = execute.output_of(command)
    if listing:
        # Bytecode is no source, also where nobody has told git so: it would be new after each run.
        # Of a submodule that is not there git only says that it is this folder.
        names = dict.fromkeys(name for name in listing.split("\0") if name and "__pycache__/" not in name)
        yield from (name for name in names if name != "./")
        return
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and not _is_built(name)]
        inside = os.path.relpath(root, folder).replace(os.sep, "/")
        yield from files if inside == "." else (f"{inside}/{name}" for name in files)


def _is_built(name: str) -> bool:
    return name in _NOT_SOURCE or name.endswith(".egg-info")
