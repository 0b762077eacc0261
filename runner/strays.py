"""Ends processes that left their group or outlived a killed run, found by a variable that they inherited.

A process that makes a session of its own (a daemon) is not reached through the process group of its leader, and
nobody is left to reach anything when the run itself was killed. On Linux the environment that a process was started
with can be read; elsewhere nothing is found, and process groups are all there is.

As a program, ``strays.py VARIABLE VALUE``, it is a guardian: it waits for the end of its standard input, which comes
with the end of whoever holds the other side, however that ends, and then does the same.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
#: Looking, killing and looking again: a process may start another one in between.
_ROUNDS = 200
_PAUSE = 0.01


def end_strays(variable: str, value: str) -> int:
    """Kill every process that was started with a variable set to a value or to a path below it; returns how many.

    What they have started is killed too. We ourselves and those that we were started by are spared. A process is
    only killed while it still is the one that was looked at.
    """
    if not can_see():
        return 0
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        found = _kill_all(os.fsencode(variable), os.fsencode(value))
        killed |= found
        if not found:
            break
        time.sleep(_PAUSE)
    return len(killed)


def can_see() -> bool:
    """Whether this system lets us read what others were started with."""
    return hasattr(os, "pidfd_open") and (_PROC / "self" / "environ").exists()


def _kill_all(variable: bytes, value: bytes) -> set[int]:
    """One round."""
    marked = {pid for pid in _all() if _is_marked(pid, variable, value)}
    if not marked:
        return set()
    spared = set(_ancestors(os.getpid()))
    victims = (marked | _below(marked)) - spared
    return {pid for pid in victims if _kill(pid, variable, value, marked=pid in marked)}


def _kill(pid: int, variable: bytes, value: bytes, *, marked: bool) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # The number may have gone to somebody else since; the handle is of who has it now.
        if marked and not _is_marked(pid, variable, value):
            return False
        if _state(pid) in ("Z", "X"):
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _all() -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            yield int(entry.name)


def _is_marked(pid: int, variable: bytes, value: bytes) -> bool:
    try:
        entries = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    start = variable + b"="
    return any(one == start + value or one.startswith(start + value + b"/") for one in entries)


def _below(marked: set[int]) -> set[int]:
    """Whatever these started, also under a name or environment of its own."""
    children: dict[int, list[int]] = {}
    for pid in _all():
        children.setdefault(_parent(pid), []).append(pid)
    found: set[int] = set()
    waiting = list(marked)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        pid = _parent(pid)


def _stat(pid: int) -> list[str]:
    """State, parent, … : the fields behind the name, which may hold anything."""
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []


def _state(pid: int) -> str:
    return (_stat(pid) or ["X"])[0]


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if len(fields) > 1 else 0


def _guard(variable: str, value: str) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    if not sys.stdin.buffer.read().endswith(GOODBYE):
        end_strays(variable, value)


#: Tells the guardian that all went well.
GOODBYE = b"."

if __name__ == "__main__":
    _guard(*sys.argv[1:])
