"""Sees warnings in the Python processes that a suite starts; imported by every interpreter of the environment.

A child pays next to nothing until something warns: one entry in the interpreter's own list of filters, which calls
for the whole spy when it is first asked. Forked children have their parent's spy.
"""

import os
import sys

#: What pytest says of the test that runs: "path::name (call)".
_VARIABLE = "PYTEST_CURRENT_TEST"


class _Text:
    """Stands where a filter has its pattern of the message."""

    def match(self, text):
        _waiting.text = text
        return True


class _Asked(type):
    def __subclasscheck__(cls, category):
        try:
            _waiting.ask(category)
        except Exception:  # whatever is wrong with us is not the suite's business
            pass
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

    def ask(self, category):
        """Hand a warning to the spy, which asks by itself from then on, where its entry is first."""
        if self._busy:
            return
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
            return
        self._enter()
        self._spy.witness(category, self.text)

    def _enter(self):
        """Whose warnings they are. A child of a fork server belongs to a test that nobody here knows."""
        test = None
        if os.getpid() == self._pid:
            from .evidence import test_of_unittest

            test = self._started_in or _running() or test_of_unittest()
        if self._spy.test != test:
            self._spy.enter(test, "child")


def _running():
    return os.environ.get(_VARIABLE, "").rpartition(" (")[0] or None


def _filters():
    module = sys.modules.get("warnings") or sys.modules.get("_warnings")
    return getattr(module, "filters", None)


_waiting = None


def start():
    """Wait for a warning, where this process belongs to a suite that is measured."""
    global _waiting
    if not os.environ.get("FOREWARN_EVIDENCE"):
        return
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
    if _waiting is not None and filters is not None and _waiting.entry in filters:
        filters.remove(_waiting.entry)


start()
