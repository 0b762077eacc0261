"""``limits.memory``: how much each process of a suite may take, and how it shows that one wanted more."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import UsageError

#: What runtimes say, in any language, when they get no more memory.
_SAID = (b"MemoryError", b"bad_alloc", b"Cannot allocate memory", b"cannot map zero-fill pages", b"out of memory")
#: Bytes at the end of a log that are looked at.
_END = 1 << 16


def limited(words: tuple[str, ...], memory: int | None) -> tuple[str, ...]:
    """The words that start a command whose processes may have ``memory`` bytes each; the process is the command's own.

    RLIMIT_DATA: what a process has for itself and can write. The address space would count what is only reserved or
    mapped from files, which is many times of what is used where there are threads. A shell sets it, because between
    ``fork`` and ``exec`` Python cannot where threads run, and afterwards the suite may have started others.
    """
    if memory is None:
        return words
    return ("/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"', str(memory >> 10), *words)


def check_platform(memory: int | None, platform: str = sys.platform) -> None:
    """See to it that a limit is kept where it is set.

    Raises:
        UsageError: this system has no such limit.
    """
    if memory is not None and platform != "linux":
        raise UsageError(
            f"limits.memory is kept on Linux alone, and this is {platform}",
            hint="remove it from matrix.yaml, or measure on Linux",
        )


def wanted_more(log: Path) -> bool:
    """Whether the last words of a suite that did not come to its end are of memory that it did not get."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _END))
            end = file.read()
    except OSError:
        return False
    return any(word in end for word in _SAID)
