"""Sees every warning at the moment it is issued, whatever becomes of it, and changes nothing (ADR 0009).

The first entry of ``warnings.filters`` is asked about each warning before any other. Ours never matches, so the
search goes on as if it were not there; being asked is enough. It sees what the suite's own filters ignore, what
``recwarn`` and ``pytest.warns`` swallow, what is raised as an error and caught, what C code issues, and what happens
in threads.
"""

import collections
import gc
import itertools
import linecache
import os
import threading
import warnings
from sys import _getframe

from . import around, callers, children, compiling, fail_after, filters
from .evidence import Log, category_name, quoted
from .qualnames import name_of

#: Frames kept of one stack, from the warning outwards.
DEPTH = 40

#: Different places and texts recorded for one test; a loop that warns with a new text each time is cut here.
MOST_FOR_ONE_TEST = 200

#: Different warnings with their stacks that are remembered, so that they are written out once.
MOST_REMEMBERED = 5_000
#: Lists of filters that one thread was last asked by.
MOST_HELD = 100

#: Where a test tool calls into the suite, and its innards begin.
_TOOLS = tuple(
    path.replace("/", os.sep)
    for path in ("/_pytest/python.py", "/_pytest/unittest.py", "/_pytest/fixtures.py", "/pluggy/_callers.py")
)

_OWN = __file__.rpartition("spy.py")[0]

_OURS, _TOOL, _SUITE = range(3)

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
        """What the filter was asked about last, on each thread."""
        self._renew_lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew_lock)
        self._seen = set()
        self._written = {}
        self._numbers = itertools.count(1)
        self._kinds = {}
        self._entry = ("ignore", _Text(self._asked), _category_class(self, self._asked), _Module(self._asked), 0)
        self.test = None
        self.when = "config"
        self._capture = None
        self._collecting = 0
        self.judge = fail_after.judge()
        """Takes warnings that a test is failed for after its end; None in most cells."""
        self.on_import = False
        """Whether anything warned while a module was imported."""
        self.raised = None
        """A list: takes where warnings became errors while the suite was loaded. None: nobody asks."""
        self._outside = 0
        self._after = None

    def _renew_lock(self):
        # The thread that holds it comes again where what it makes here has the garbage collector call a finaliser that
        # warns; and in a forked process that thread is not there to let go of it.
        self._lock = threading.RLock()

    def install(self):
        """Become the first filter, where we are not: whoever leaves ``catch_warnings`` puts an older list back."""
        entries = warnings.filters
        if type(entries) is _Filters:
            if entries.entry is self._entry:
                return
            # What warned before the suite's process was known as one had it taken for a child.
            entries = [item for item in entries if item is not entries.entry]
        warnings.filters = _Filters(entries, self._entry)
        mutated = getattr(warnings, "_filters_mutated", None) or getattr(warnings, "_filters_mutated_lock_held", None)
        if mutated is not None:
            try:
                mutated()
            except RuntimeError:  # 3.14 and later want a lock held; the list itself is what counts
                pass

    def watch_collector(self):
        """Know while the garbage collector works: what a finaliser warns of then may be of any earlier test."""
        if hasattr(gc, "callbacks"):
            gc.callbacks.append(self._on_collection)

    def _on_collection(self, phase, info):
        self._collecting = threading.get_ident() if phase == "start" else 0

    def enter(self, test, when):
        """From now on warnings belong to ``test`` (None: to no test) in the phase ``when``."""
        self.install()
        with self._lock:
            if when == "between":
                self._after = self.test
            self._outside = filters.count()
            self.test, self.when = test, when
            if self._seen:
                self._seen.clear()
            self._capture = _capture()

    def is_first(self):
        """Whether its entry is asked before all others."""
        return type(warnings.filters) is _Filters

    def witness(self, category, text, frame):
        """Note the warning that is being issued; called by the filter, on the thread that issues it.

        Returns the error that it becomes in a run as if Python were a later one; None in all others.
        """
        if filters.is_silenced(category, text, self._entry, frame):
            return None
        error = None if judge is None else judge(category, text, frame)
        frames, place = self._frames(frame)
        source = compiling.place(self._asked, category, text, frame)
        if self.raised is not None and self.when != "runtest" and filters.raises(category, text, self._entry):
            self.raised.append((self.when, self.test))
        decided = self.when == "runtest" and filters.decides_inside(category, text, self._entry, self._outside)
        with self._lock:
            key = (category, text, place[:6], source, decided)
            if key in self._seen or len(self._seen) >= MOST_FOR_ONE_TEST:
                return error
            self._seen.add(key)
            if not self.on_import and self.when in ("config", "collect"):
                self.on_import = any(code.co_name == "<module>" for code, _ in frames)
            test, when, captured = self.test, self.when, _capture() is not self._capture
            if self.judge is not None and not captured:
                self.judge.note(test, category, text, _named(frames))
            late = self._collecting == threading.get_ident()
            thread = threading.current_thread()
            away = None if thread is threading.main_thread() else thread.name
            importing, fixture = around.look(frame) if when == "runtest" else (False, None)
            same = (category, text, place, source, when, captured, late, away, decided, importing, fixture)
            known = self._written.get(same)
            number = None
            if known is None and len(self._written) < MOST_REMEMBERED:
                number = "%d-%d" % (os.getpid(), next(self._numbers))
                # With the code objects, so that their ids stay theirs.
                self._written[same] = (number, frames)
        if known is not None:
            after = ',"after":%s' % quoted(self._after) if when == "between" and self._after else ""
            name = "null" if test is None else quoted(test)
            self._log.write_text('{"test":%s,"like":"%s"%s}\n' % (name, known[0], after))
            return error
        flags = {
            "id": number,
            "captured": captured and test is not None,
            "decided": decided,
            "late": late,
            "thread": away,
            "importing": importing,
            "fixture": fixture,
            "after": self._after if when == "between" else None,
            "ignored_at": filters.hidden_by(category, text, self._entry),
        }
        self._write(test, when, category, text, flags, ([source] if source else []) + _named(frames))
        return error

    def _write(self, test, when, category, text, flags, frames):
        """A record of a warning that is not written yet; of the flags those that are raised."""
        record = {"test": test, "when": when, "category": category_name(category), "message": text[:4000]}
        record.update({name: value for name, value in flags.items() if value})
        record.update(_about(category, frames))
        self._log.write(record)

    def _frames(self, frame):
        """From the code that issued the warning outwards: ((code, line), …), and what tells the place in short."""
        found, place = [], []
        kinds = self._kinds
        while frame is not None and len(found) < DEPTH:
            code = frame.f_code
            file = code.co_filename
            kind = kinds.get(file)
            if kind is None:
                kind = kinds[file] = _kind(file)
            if kind is _TOOL and found:
                break  # the test tool called the test: what called the tool says nothing
            if kind is not _OURS:
                line = frame.f_lineno
                found.append((code, line))
                place += (id(code), line)
            frame = frame.f_back
        return tuple(found), tuple(place)


def _kind(file):
    if file.startswith(_OWN) or file == warnings.__file__:
        return _OURS
    return _TOOL if file.endswith(_TOOLS) else _SUITE


def _named(frames):
    return [(code.co_filename, line, name_of(code, line)) for code, line in frames]


def _about(category, frames):
    """What a record says of the class of a warning and of where it comes from."""
    found = {}
    if getattr(category, "__module__", "builtins") != "builtins":
        found["bases"] = [category_name(base) for base in category.__mro__[1:-3]]
    if frames:
        found["file"], found["line"] = frames[0][:2]
        place = next((frame for frame in frames if not callers.is_library(frame[0])), None)
        if place is not None and place is not frames[0]:
            found["place"] = list(place[:2])
        source = linecache.getline(place[0], place[1]).strip() if place else ""
        if source:
            found["source"] = source[:400]
    found["stack"] = [list(frame) for frame in frames]
    return found


class _Text:
    """Stands where a filter has its pattern of the message: it is asked first, and says yes."""

    def __init__(self, asked):
        self._asked = asked

    def match(self, text):
        self._hold(warnings.filters)
        self._asked.module = None
        try:
            self._asked.text = str(text)
        except Exception:
            self._asked.text = ""
        return True

    def _hold(self, asked):
        # C code goes through the list without holding it, for as a rule no code of Python runs meanwhile; where ours
        # does, the garbage collector may call finalisers that put other filters in force.
        held = getattr(self._asked, "held", None)
        if held is None:
            held = self._asked.held = collections.deque(maxlen=MOST_HELD)
        if not held or held[-1] is not asked:
            held.append(asked)


class _Module:
    """Stands where a filter has its pattern of the module: C code asks it before the category."""

    def __init__(self, asked):
        self._asked = asked

    def match(self, name, *_position):  # 3.15 and later name a position in the path of a file
        self._asked.module = name
        return True


def _category_class(spy, asked):
    """Stands where a filter has its category: it is asked next, tells the spy, and says no."""

    class Meta(type):
        def __subclasscheck__(cls, category):
            if getattr(asked, "wanted", None) is not None:
                return compiling.found(asked, category)
            error = None
            try:
                error = spy.witness(category, getattr(asked, "text", ""), _getframe(1))
            except Exception:  # whatever is wrong with us is not the suite's business
                pass
            if error is not None:
                raise error
            return False

    return Meta("Warning", (Warning,), {})


class _Filters(list):
    """A list of filters whose first entry stays, through ``simplefilter``, ``resetwarnings`` and copies."""

    def __init__(self, entries, entry):
        super().__init__(entries)
        self.entry = entry
        """Ours, which stays."""
        super().insert(0, entry)

    def insert(self, index, item):
        filters.note(item, first=index == 0)
        super().insert(max(1, index) if index >= 0 else index, item)

    def append(self, item):
        filters.note(item, first=False)
        super().append(item)

    def __getitem__(self, key):
        found = super().__getitem__(key)
        if isinstance(key, slice):
            return _Filters([item for item in found if item is not self.entry], self.entry)
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
        if not self or list.__getitem__(self, 0) is not self.entry:
            super().insert(0, self.entry)


def _capture():
    """What takes the warnings that are shown now: another one than at the test's start means a test asked for it."""
    taker = getattr(warnings, "_showwarnmsg_impl", None)
    return getattr(taker, "__self__", taker)


def start(child=False):
    """A spy that writes to this cell's warnings.jsonl, installed.

    Args:
        child: this process was started by the suite, and runs none of its tests.
    """
    global _THE_SPY
    if not child:
        children.stop()
    _THE_SPY = Spy(Log("warnings.jsonl"))
    _THE_SPY.watch_collector()
    _THE_SPY.enter(None, "child" if child else "config")
    return _THE_SPY
