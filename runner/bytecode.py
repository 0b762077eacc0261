"""Bytecode: where it lies, and how a copy of the target gets what the one before it compiled."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from .model import Python

#: Where the interpreter keeps bytecode if it is not to lie beside the sources.
VARIABLE = "PYTHONPYCACHEPREFIX"

_FOLDER = "__pycache__"
#: ``name.cpython-312.pyc``, ``name.cpython-312.opt-1.pyc``, ``name.cpython-312-pytest-9.0.2.pyc``.
_NAME = re.compile(r"(?P<stem>.+?)\.(?P<tag>[a-z]+-?\d+)\S*\.pyc")


def below(folder: Path) -> Iterator[Path]:
    """A folder, and all below it that can hold sources."""
    for path, names, _ in os.walk(folder):
        names[:] = [name for name in names if name != _FOLDER]
        yield Path(path)


def bytecode_of(folders: Iterable[Path], version: Python, prefix: str | None) -> dict[Path, list[Path]]:
    """Source → its bytecode, for one version of Python, of the sources in these folders, not below them.

    Args:
        folders: with sources.
        version: of the interpreter.
        prefix: the value of ``PYTHONPYCACHEPREFIX`` that it is started with.
    """
    ours = f"cpython-{version.major}{version.minor}"
    found: dict[Path, list[Path]] = {}
    for folder in folders:
        cache = Path(prefix, *folder.absolute().parts[1:]) if prefix else folder / _FOLDER
        for name in _names(cache):
            if (match := _NAME.fullmatch(name)) and (match["tag"] == ours or not match["tag"].startswith("cpython")):
                found.setdefault(folder / f"{match['stem']}.py", []).append(cache / name)
    return found


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - of thousands of folders, most of which are not there
    except OSError:
        return []


def keep(copy: Path, store: Path) -> None:
    """Take what was compiled in a copy of the target, which will be removed, for the next copy at the same place."""
    with contextlib.suppress(OSError):
        shutil.rmtree(store, ignore_errors=True)
        for folder in list(_caches(copy)):
            place = store / folder.relative_to(copy)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, place)


def restore(store: Path, copy: Path) -> None:
    """Put what was kept into a new copy. The interpreter uses it for sources of the same size and time stamp."""
    with contextlib.suppress(OSError):
        for folder in list(_caches(store)):
            place = copy / folder.relative_to(store)
            if place.parent.is_dir() and not place.exists():
                shutil.move(folder, place)


def _caches(root: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(root):
        if _FOLDER in names:
            names.remove(_FOLDER)
            if not (path := Path(folder, _FOLDER)).is_symlink():
                yield path
