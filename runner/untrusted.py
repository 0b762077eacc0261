"""Reads files that somebody else may have written: a run on another machine, or the code under test itself.

``reports/untrusted.py`` is its like for what reports read: the two packages share no code.
"""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path
from typing import Any, BinaryIO

#: Bytes of a cell.json, a run.json or a plan; ours have a hundredth of it.
JSON_LIMIT = 32 << 20
#: What a document may take in memory: so many bytes for each of its own, and so many in any case.
_TIMES, _FLOOR = 9, 48 << 20
#: Bytes of an object, of a list, and of a short text or number, as Python holds them.
_OBJECT, _LIST, _VALUE = 232, 88, 72


def is_plain(path: Path) -> bool:
    """Whether a file is there that is no link, device or pipe: one leads out of the folder, the others never end."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def open_plain(path: Path) -> BinaryIO:
    """Open a file of a results folder for reading.

    Raises:
        OSError: there is none, or it is a link, a device or a pipe.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is a link, a folder or a device", str(path))
    return path.open("rb")


def read_json(path: Path, limit: int = JSON_LIMIT, *, is_named: bool = False) -> dict[str, Any] | None:
    """A file's JSON object, or None where there is none that can be read.

    Args:
        path: the file.
        limit: bytes; a longer one is none of ours.
        is_named: the user named it himself, and may have named a link or a pipe.
    """
    try:
        with path.open("rb") if is_named else open_plain(path) as file:
            data = file.read(limit + 1)
        value = json.loads(data) if len(data) <= limit and not is_bomb(data) else None
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_bomb(data: bytes) -> bool:
    """Whether JSON could take many times its size in memory: ``[[],[],…`` takes thirty times as much."""
    text = len(data) * (1 if data.isascii() else 4) * 2
    held = data.count(b"{") * _OBJECT + data.count(b"[") * _LIST + data.count(b",") * _VALUE
    return text + held > len(data) * _TIMES + _FLOOR
