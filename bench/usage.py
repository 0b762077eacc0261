"""Runs a command to its end, and says what it used by the system's word."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class Usage:
    """What a process and those that it started and waited for have used."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    memory: float = 0.0
    """Peak of the largest of them in MiB."""


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    output: Path = Path(os.devnull),
    errors: bool = True,
) -> tuple[Usage, int]:
    """What a command used, and its exit code (negative: the signal that ended it).

    Args:
        command: words.
        environment: all variables.
        cwd: working folder; this process' own where not given.
        output: where it writes to.
        errors: whether its messages go there, too; else they go where ours go.
    """
    with output.open("wb") as file:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT if errors else None,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(wall=wall, cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / 1024), process.returncode
