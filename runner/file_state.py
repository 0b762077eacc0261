"""The state of a file: as long as it is the same, so is the file."""

from __future__ import annotations

import os

State = tuple[int, int, int, int, int]
"""Kind and rights, size, when its content and when its record last changed (nanoseconds), its number. That a record has
changed (``ctime``) cannot be undone, so what was changed and put back is seen, too; not on Windows, which has no such
time."""


def state_of(found: os.stat_result) -> State:
    """The state by what the system says of a file."""
    return (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
