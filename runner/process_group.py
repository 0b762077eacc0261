"""Process groups: waits for the end of one without polling, and brings it about. Started by ``execute`` alone."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

#: Seconds between asking a process group to end and ending it.
GRACE = 10.0

#: macOS has it from Python 3.13 on, Windows never.
_CAN_LOOK = hasattr(os, "waitid")


class Process(Protocol):
    """A process that was started and is not waited for; what is needed of ``subprocess.Popen``."""

    pid: int
    returncode: Any
    """As Popen has it: an int once it has ended, negative for a signal."""

    def wait(self) -> int:
        """Wait for its end."""

    def terminate(self) -> None:
        """Ask it to end."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Usage:
    """What a process and those of its descendants that were waited for have used."""

    cpu: float
    """Seconds, user and system."""
    memory: int
    """Bytes that the largest of these processes had resident at its peak."""


class Group:
    """A process that leads a group of its own, and all that it starts."""

    def __init__(self, process: Process, end_tree: Callable[[int], object] | None = None) -> None:
        """Take a process that leads a group.

        Args:
            process: its leader.
            end_tree: ends the process with this number and its descendants, where the system has no groups.
        """
        self._process = process
        self._end_tree = end_tree
        self._lock = threading.Lock()
        self._over = False
        self._timers: list[threading.Timer] = []
        self.timed_out = False
        self.usage: Usage | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the leader's end and end what it left; its exit code, negative for a signal.

        After ``timeout`` seconds the stacks are asked for (SIGABRT, which faulthandler answers), then it is killed.

        Raises:
            KeyboardInterrupt: Ctrl-C, after the group was asked to end and has ended.
        """
        if timeout is not None:
            self._after(timeout, self._time_out)
        try:
            self._await()
        except BaseException:
            self.end(signal.SIGINT)
            self._await()
            raise
        finally:
            self._close()
        return int(self._process.returncode)

    def end(self, first: signal.Signals) -> None:
        """Ask the group to end, and see to it that it does; returns at once."""
        self._send(first)
        self._after(GRACE, lambda: self._send(getattr(signal, "SIGKILL", signal.SIGTERM)))

    def _time_out(self) -> None:
        self.timed_out = True
        self.end(getattr(signal, "SIGABRT", signal.SIGTERM))

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, call)
        timer.daemon = True
        with self._lock:
            if self._over:
                return
            self._timers.append(timer)
            timer.start()

    def _send(self, number: signal.Signals) -> None:
        with self._lock:
            if not self._over:  # else its number may be somebody else's by now
                self._signal(number)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, number)
            elif number == signal.SIGINT or self._end_tree is None:  # pragma: no cover - Windows
                self._process.terminate()
            else:  # pragma: no cover - Windows
                self._end_tree(self._process.pid)

    def _await(self) -> None:
        """Return when the leader has ended. It is not reaped, so that its number stays its own."""
        if _CAN_LOOK:
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:  # pragma: no cover - Windows, and macOS before Python 3.13
            self._process.wait()

    def _close(self) -> None:
        """Whatever the leader left running ends with it."""
        with self._lock:
            self._over = True
            if os.name == "posix":
                with contextlib.suppress(OSError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        for timer in self._timers:
            timer.cancel()
        if self._process.returncode is None and _CAN_LOOK:
            _, status, used = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            unit = 1 if sys.platform == "darwin" else 1024
            self.usage = Usage(cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss * unit)
        else:  # pragma: no cover - as above
            self._process.wait()


class Children:
    """The groups that this process waits for now, so that all of them can be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[Group] = set()
        self.stopping = False

    def add(self, group: Group) -> None:
        """Take in a group; one that comes too late is ended at once."""
        with self._lock:
            self._groups.add(group)
            stopping = self.stopping
        if stopping:
            group.end(signal.SIGINT)

    def remove(self, group: Group) -> None:
        """It is over."""
        with self._lock:
            self._groups.discard(group)

    def stop(self) -> None:
        """Ask all to end, and whatever is added from now on."""
        with self._lock:
            self.stopping = True
            groups = list(self._groups)
        for group in groups:
            group.end(signal.SIGINT)

    def resume(self) -> None:
        """What is added from now on may run."""
        with self._lock:
            self.stopping = False
