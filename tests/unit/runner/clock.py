"""The clock of a file system, which is coarser than that of the machine."""

from __future__ import annotations

from pathlib import Path


def next_tick(folder: Path) -> None:
    """Return when a file that is written now has another time stamp than one that was written before the call."""
    file = folder / "tick"
    file.touch()
    before = file.stat().st_ctime_ns
    while file.stat().st_ctime_ns == before:
        file.touch()
    file.unlink()
