"""Sees every warning at the moment it is issued, whatever becomes of it, and changes nothing (ADR 0009).

The first entry of ``warnings.filters`` is asked about each warning before any other. Ours never matches, so the
search goes on as if it were not there; being asked is enough. It sees what the suite's own filters ignore, what
``recwarn`` and ``pytest.warns`` swallow, what is raised as an error and caught, what C code issues, and what happens
in threads.
"""

import linecache
import os
import sys
import threading
import warnings

from . import callers, fail_after
from .evidence import Log, category_name

#: Frames kept of one stack, from the warning outwards.
DEPTH = 40

#: Different places and texts recorded for one test; a loop that warns with a new text each time is cut here.
MOST_FOR_ONE_TEST = 200

#: Where a test tool calls into the suite, and its innards begin.
_TOOLS = tuple(
    path.replace("/", os.sep)
    for path in ("/_pytest/python.py", "/_pytest/unittest.py", "/_pytest/fixtures.py", "/pluggy/_callers.py")
)

_OWN = __file__.rpartition("spy.py")[0]

#: In a run as if Python were a later one: answers (category, text, frame) with the error that is raised, or None.
judge = None

_THE_SPY = None


def current_test():
    """The test that runs now, None outside of tests."""
    return _THE_SPY.test if _THE_SPY is not None else None


class Spy:
    """Writes one record for each different warning of a test."""

    def __init__(self, log):
        self._log = log
        self._asked = threading.local()
        self._lock = threading.Lock()
        self._seen = set()
        self._entry = ("ignore", _Text(self._asked), _category_class(self), None, 0)
        self.test = None
        self.when = "config"
        self._capture = None
        self.judge = fail_after.judge()
        """Takes warnings that a test is failed for after its end; None in most cells."""
        self.on_import = False
        """Whether anything warned while a module was imported."""

    def install(self):
        """Become the first filter, where we are not: whoever leaves ``catch_warnings`` puts an older list back."""
        if isinstance(warnings.filters, _Filters):
            return
        warnings.filters = _Filters(warnings.filters, self._entry)
        mutated = getattr(warnings, "_filters_mutated", None) or getattr(warnings, "_filters_mutated_lock_held", None)
        if mutated is not None:
            try:
                mutated()
            except RuntimeError:  # 3.14 and later want a lock held; the list itself is what counts
                pass

    def enter(self, test, when):
        """From now on warnings belong to ``test`` (None: to no test) in the phase ``when``."""
        self.install()
        with self._lock:
            self.test, self.when = test, when
            self._seen.clear()
            self._capture = _capture()

    def witness(self, category):
        """Note the warning that is being issued; called by the filter, on the thread that issues it.

        Returns the error that it becomes in a run as if Python were a later one; None in all others.
        """
        text = getattr(self._asked, "text", "")
        frames = _frames(sys._getframe(2))
        error = None if judge is None else judge(category, text, sys._getframe(2))
        with self._lock:
            key = (category, text, frames[:3])
            if key in self._seen or len(self._seen) >= MOST_FOR_ONE_TEST:
                return error
            self._seen.add(key)
            if self.when in ("config", "collect") and any(frame[2] == "<module>" for frame in frames):
                self.on_import = True
            test, when, captured = self.test, self.when, _capture() is not self._capture
            if self.judge is not None and not captured:
                self.judge.note(test, category, text, frames)
        record = {"test": test, "when": when, "category": category_name(category), "message": text[:4000]}
        if getattr(category, "__module__", "builtins") != "builtins":
            record["bases"] = [category_name(base) for base in category.__mro__[1:-3]]
        if frames:
            record["file"], record["line"] = frames[0][:2]
            place = next((frame for frame in frames if not callers.is_library(frame[0])), None)
            source = linecache.getline(place[0], place[1]).strip() if place else ""
            if source:
                record["source"] = source[:400]
        record["stack"] = [list(frame) for frame in frames]
        if captured and test is not None:
            record["captured"] = True
        thread = threading.current_thread()
        if thread is not threading.main_thread():
            record["thread"] = thread.name
        self._log.write(record)
        return error


class _Text:
    """Stands where a filter has its pattern of the message: it is asked first, and says yes."""

    def __init__(self, asked):
        self._asked = asked

    def match(self, text):
        try:
            self._asked.text = str(text)
        except Exception:
            self._asked.text = ""
        return True


def _category_class(spy):
    """Stands where a filter has its category: it is asked next, tells the spy, and says no."""

    class Meta(type):
        def __subclasscheck__(cls, category):
            error = None
            try:
                error = spy.witness(category)
            except Exception:  # whatever is wrong with us is not the suite's business
                pass
            if error is not None:
                raise error
            return False

    return Meta("Warning", (Warning,), {})


class _Filters(list):
    """A list of filters whose first entry stays, through ``simplefilter``, ``resetwarnings`` and copies."""

    def __init__(self, filters, entry):
        super().__init__(filters)
        self._entry = entry
        super().insert(0, entry)

    def insert(self, index, item):
        super().insert(max(1, index) if index >= 0 else index, item)

    def __getitem__(self, key):
        found = super().__getitem__(key)
        if isinstance(key, slice):
            return _Filters([item for item in found if item is not self._entry], self._entry)
        return found

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self._first()

    def __delitem__(self, key):
        super().__delitem__(key)
        self._first()

    def clear(self):
        super().clear()
        self._first()

    def copy(self):
        return self[:]

    def _first(self):
        if not self or list.__getitem__(self, 0) is not self._entry:
            super().insert(0, self._entry)


def _capture():
    """What takes the warnings that are shown now: another one than at the test's start means a test asked for it."""
    taker = getattr(warnings, "_showwarnmsg_impl", None)
    return getattr(taker, "__self__", taker)


def _frames(frame):
    """((file, line, function), …) from the code that issued the warning outwards, without our own frames."""
    found = []
    while frame is not None and len(found) < DEPTH:
        code = frame.f_code
        file = code.co_filename
        if found and file.endswith(_TOOLS):
            break  # the test tool called the test: what called the tool says nothing
        if not file.startswith(_OWN) and file != warnings.__file__:
            found.append((file, frame.f_lineno, getattr(code, "co_qualname", code.co_name)))
        frame = frame.f_back
    return tuple(found)


def start():
    """A spy that writes to this cell's warnings.jsonl, installed."""
    global _THE_SPY
    _THE_SPY = Spy(Log("warnings.jsonl"))
    _THE_SPY.install()
    return _THE_SPY
