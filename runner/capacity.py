"""How many cores and how much memory this machine lets us use, with the limits of a container."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
#: Part of the free memory that is left for everybody else.
_RESERVE = 0.1


def cores(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use: those it is bound to, and no more than its container's share."""
    try:
        bound = len(os.sched_getaffinity(0))
    except AttributeError:  # pragma: no cover - macOS, Windows
        bound = os.cpu_count() or 1
    return max(1, min(bound, _quota(cgroup) or bound))


def memory(cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Bytes that can be used without harm to others; None where the system does not say."""
    known = [value for value in (_available(meminfo), _left(cgroup)) if value is not None]
    return int(min(known) * (1 - _RESERVE)) if known else None


def _quota(cgroup: Path) -> int | None:
    """Whole cores of the container's share, by cgroup 2 or 1."""
    words = _text(cgroup / "cpu.max").split() or [
        _text(cgroup / "cpu" / "cpu.cfs_quota_us"),
        _text(cgroup / "cpu" / "cpu.cfs_period_us"),
    ]
    try:
        quota, period = int(words[0]), int(words[1])
    except (ValueError, IndexError):  # "max": no limit
        return None
    return max(1, quota // period) if quota > 0 and period > 0 else None


def _left(cgroup: Path) -> int | None:
    """What the container may still take, by cgroup 2 or 1."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(_text(cgroup / limit)) - int(_text(cgroup / used)))
        except ValueError:  # absent, or "max"
            continue
    return None


def _available(meminfo: Path) -> int | None:
    for line in _text(meminfo).splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
