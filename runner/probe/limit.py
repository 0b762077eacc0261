"""The time limit of one test: all stacks to standard error, then the test fails and the suite goes on."""

import faulthandler
import os
import signal
import sys
import time

from .evidence import TEST_LIMIT_VARIABLE

#: Seconds after which a test that did not end is failed once more.
_AGAIN = 5.0


class TestTimeout(BaseException):
    """A test took longer than the matrix allows. Not an Exception: a test must not swallow it by accident."""


class TestLimit:
    """Bounds what runs between ``start`` and ``stop``, by SIGALRM in the main thread.

    A suite may use that signal itself (pytest-timeout does): an alarm of its own that comes sooner stays, one that
    comes later is put back.

    Where there is no SIGALRM (Windows) the process is ended after its stacks were printed; the cell is then
    truncated and names the test that was running.
    """

    def __init__(self, fail):
        """``fail(message)`` raises what the test tool counts as a failure."""
        text = os.environ.get(TEST_LIMIT_VARIABLE, "")
        try:
            self._seconds = float(text) if text else None
        except ValueError:
            self._seconds = None
        self._fail = fail
        self._deadline = None
        self._has_alarm = hasattr(signal, "setitimer")
        self._theirs = None

    @property
    def is_set(self):
        """Whether there is a limit at all."""
        return self._seconds is not None

    def begin_test(self):
        """A new test: its setup, call and teardown share one limit."""
        if self._seconds is not None:
            self._deadline = time.monotonic() + self._seconds

    def start(self):
        """Arm for one phase. A phase that starts after the deadline gets the whole limit, to clean up."""
        if self._seconds is None:
            return
        left = (self._deadline or 0) - time.monotonic()
        left = left if left > 0.05 else self._seconds
        if not self._has_alarm:
            faulthandler.dump_traceback_later(left, exit=True, file=sys.__stderr__)
            return
        try:
            timer = signal.getitimer(signal.ITIMER_REAL)
            if 0 < timer[0] <= left:
                return
            handler = signal.signal(signal.SIGALRM, self._on_alarm)
            self._theirs = (handler, timer, time.monotonic())
            # Again and again: raised inside a callback or a finaliser, the first failure may be swallowed.
            signal.setitimer(signal.ITIMER_REAL, left, _AGAIN)
        except ValueError:  # not in the main thread: the limit of the whole cell still holds
            pass

    def stop(self):
        """Disarm."""
        if self._seconds is None:
            return
        if not self._has_alarm:
            faulthandler.cancel_dump_traceback_later()
            return
        if self._theirs is None:
            return
        (handler, (left, interval), since), self._theirs = self._theirs, None
        if signal.getsignal(signal.SIGALRM) != self._on_alarm:  # the test has set one for what comes after it
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL if handler is None else handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - since), 0.001), interval)

    def _on_alarm(self, signum, frame):
        __tracebackhide__ = True
        try:
            faulthandler.dump_traceback(file=sys.__stderr__, all_threads=True)
        except (OSError, ValueError, AttributeError, RuntimeError):
            pass
        self._fail("test took longer than the limit of %g s (limits.test)" % self._seconds)
