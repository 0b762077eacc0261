"""Reads files that somebody else may have written: no link is followed, and JSON takes no more memory than it may.

``runner/untrusted.py`` is its like for what the runner reads: the two packages share no code.
"""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path
from typing import Any, BinaryIO

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


def parse_json(data: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: one sentence that says why it is none, with line and column where they are known.
    """
    if is_bomb(data):
        raise ValueError("it would take many times its size in memory")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_bomb(data: bytes) -> bool:
    """Whether JSON could take many times its size in memory: ``[[],[],…`` takes thirty times as much."""
    text = len(data) * (1 if data.isascii() else 4) * 2
    held = data.count(b"{") * _OBJECT + data.count(b"[") * _LIST + data.count(b",") * _VALUE
    return text + held > len(data) * _TIMES + _FLOOR
