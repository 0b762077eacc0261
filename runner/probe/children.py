"""Sees warnings in the Python processes that a suite starts; imported by every interpreter of the environment.

A child pays next to nothing until something warns: one entry in the interpreter's own list of filters, which calls
for the whole spy when it is first asked. Forked children have their parent's spy. Children of a suite that runs as if
its Python were a later one run so, too: workers of pytest-xdist among them.
"""

import os
import sys
from sys import _getframe

#: Names the file that says what a later Python is like, to the children of a suite that runs as if.
AS_IF_VARIABLE = "FOREWARN_AS_IF"

#: What pytest says of the test that runs: "path::name (call)".
_VARIABLE = "PYTEST_CURRENT_TEST"


class _Text:
    """Stands where a filter has its pattern of the message."""

    def match(self, text):
        _waiting.text = text
        return True


class _Asked(type):
    def __subclasscheck__(cls, category):
        error = None
        try:
            error = _waiting.ask(category, _getframe(1))
        except Exception:  # whatever is wrong with us is not the suite's business
            pass
        if error is not None:
            raise error
        return False


class _Category(Warning, metaclass=_Asked):
    """Stands where a filter has its category."""


class _Waiting:
    def __init__(self):
        self.text = ""
        self.entry = ("ignore", _Text(), _Category, None, 0)
        self._pid = os.getpid()
        # As it is now: a pytest in the child will set its own.
        self._started_in = _running()
        self._spy = None
        self._busy = False
        self.stopped = False
        """Whether this process has turned out to be the suite's own, which knows its tests itself."""

    def ask(self, category, frame):
        """Hand a warning to the spy, which asks by itself from then on, where its entry is first.

        Returns the error that it becomes as if Python were a later one; None in all other processes.
        """
        if self._busy:
            return None
        if self._spy is None:
            self._busy = True  # what the spy's own imports warn of
            text = self.text
            try:
                from . import spy

                self._spy = spy.start(child=True)
            finally:
                self._busy = False
            self.text = text
        elif self._spy.is_first():
            return None
        test = self.test()
        if self._spy.test != test:
            self._spy.enter(test, "child")
        return self._spy.witness(category, self.text, frame)

    def test(self):
        """Whose child this is. A child of a fork server belongs to a test that nobody here knows."""
        if os.getpid() != self._pid:
            return None
        from .evidence import test_of_unittest

        return self._started_in or _running() or test_of_unittest()


def _running():
    return os.environ.get(_VARIABLE, "").rpartition(" (")[0] or None


def _filters():
    module = sys.modules.get("warnings") or sys.modules.get("_warnings")
    return getattr(module, "filters", None)


_waiting = None


def test():
    """The test that this process was started by; None where it is the suite's own process."""
    return None if _waiting is None or _waiting.stopped else _waiting.test()


def start():
    """Wait for a warning, where this process belongs to a suite that is measured."""
    if not os.environ.get("FOREWARN_EVIDENCE"):
        return
    _watch()
    if os.environ.get(AS_IF_VARIABLE):
        from . import as_if

        as_if.start_child(os.environ[AS_IF_VARIABLE])


def _watch():
    global _waiting
    try:
        import _warnings

        waiting = _Waiting()
        _warnings.filters.insert(0, waiting.entry)
        _waiting = waiting
    except (ImportError, AttributeError):  # another implementation: its children are not watched
        pass


def stop():
    """This process has a spy of its own."""
    filters = _filters()
    if _waiting is None:
        return
    _waiting.stopped = True
    if filters is not None and _waiting.entry in filters:
        filters.remove(_waiting.entry)


start()
