"""Nothing outlives a run, not even one that is killed: who is left is ended by a process that only waits for that."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from . import execute, strays

#: Every process of a run is started with it; its value is the folder that the run works in, or one below.
RUN_VARIABLE = "FOREWARN_RUN"


@contextlib.contextmanager
def guarded(work: Path) -> Iterator[None]:
    """See to it that no process of the run in ``work`` outlives this block, or this process.

    What an earlier run has left there, which was killed together with its guardian, is ended first: so nobody else may
    be at work in the folder.
    """
    strays.end_strays(RUN_VARIABLE, str(work))
    if not strays.can_see():
        yield
        return
    # Without the variable, else it would end itself.
    environment = {name: value for name, value in os.environ.items() if name != RUN_VARIABLE}
    command = [sys.executable, "-I", "-S", strays.__file__, RUN_VARIABLE, str(work)]
    guardian = execute.start_beside(command, environment=environment)
    assert guardian.stdin is not None  # noqa: S101 - as asked for
    try:
        yield
    except BaseException:
        strays.end_strays(RUN_VARIABLE, str(work))
        raise
    finally:
        with contextlib.suppress(OSError):
            guardian.stdin.write(strays.GOODBYE)
            guardian.stdin.close()
        guardian.wait()


def is_guarded(work: Path) -> bool:
    """Whether a run in this folder, or in one above it, has started us."""
    above = os.environ.get(RUN_VARIABLE)
    return above is not None and Path(above) in (work, *work.parents)
