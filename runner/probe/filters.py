"""Which filter hides a warning, where the suite's own code has put it in force (the configuration's are read there)."""

import itertools
import os
import warnings
from sys import _getframe

from . import callers
from .evidence import category_name

#: Different filters that are remembered; a program that makes up filters is cut here.
_MOST = 1_000

#: Test tools put in force what the suite has configured.
_TOOLS = tuple(path.replace("/", os.sep) for path in ("/_pytest/", "/pluggy/", "/xdist/"))

_places = {}

#: Filters of the standard library's own, and the file that has put them in force.
_silencers = {}

#: Whether filters were put elsewhere than before all others: then their number says nothing of their order.
_mixed = False


def note(item, first=True):
    """Remember who puts a filter in force; called while that happens."""
    global _mixed
    _mixed = _mixed or not first
    try:
        if item[0] == "ignore" and len(_places) < _MOST:
            frame = _caller(_getframe(2))
            place = _place(frame)
            if place is None:
                _places.pop(item, None)
            else:
                _places[item] = place
            if frame is not None and callers.is_library(frame.f_code.co_filename):
                _silencers[item] = frame.f_code.co_filename
            else:
                _silencers.pop(item, None)
    except Exception:  # a filter may be anything that a suite puts into the list
        pass


def _caller(frame):
    """Whoever called the functions of ``warnings``."""
    depth = 0
    while frame is not None and depth < 4 and frame.f_globals.get("__name__") in ("warnings", "_py_warnings"):
        frame, depth = frame.f_back, depth + 1
    return frame


def _place(frame):
    """(file, line) of a frame where it is the suite's own code; else None."""
    if frame is None:
        return None
    file = frame.f_code.co_filename
    if any(part in file for part in _TOOLS) or callers.is_library(file) or callers.is_installed(file):
        return None
    return file, frame.f_lineno


def hidden_by(category, text, own):
    """[file, line, filter as text] of the suite's code that hides a warning; None where none does, or none can tell."""
    item = _first(category, text, own) if _places else None
    place = _places.get(item) if item is not None else None
    return None if place is None else [*place, ":".join(("ignore", _text(item[1]), category_name(item[2])))]


def is_silenced(category, text, own, frame):
    """Whether the standard library silences a warning that it causes itself: that is nobody else's business."""
    item = _first(category, text, own) if _silencers else None
    file = _silencers.get(item) if item is not None else None
    while file is not None and frame is not None and callers.is_library(frame.f_code.co_filename):
        if frame.f_code.co_filename == file:
            return True
        frame = frame.f_back
    return False


def _first(category, text, own):
    """The filter that decides on a warning, where it is one that ignores for all modules; None for all others."""
    try:
        for item in _current():
            if item is own:
                continue
            action, message, kind, module, line = item
            if not issubclass(category, kind) or not (message is None or _fits(message, text)):
                continue
            # What the warning is charged to is not known here.
            return item if action == "ignore" and module is None and not line else None
    except Exception:  # the suite's own filters and classes may raise whatever they like
        pass
    return None


def count():
    """How many filters are in force."""
    try:
        return len(_current())
    except Exception:
        return 0


def decides_inside(category, text, own, outside):
    """Whether a filter decides that was put before the last ``outside`` ones; False where that is not known.

    Whatever else such a run is given in filters is behind it, and is not asked.
    """
    try:
        entries = _current()
        inside = len(entries) - outside
        if inside <= 0 or _mixed:
            return False
        for item in itertools.islice(entries, inside + 1):  # one is our own
            if item is not own and item[3] is None and not item[4] and _is_for(item, category, text):
                return True
    except Exception:
        pass
    return False


def raises(category, text, own):
    """Whether the warning becomes an error, or may become one."""
    try:
        for item in _current():
            if item is own or not _is_for(item, category, text):
                continue
            if item[0] == "error" or (item[3] is None and not item[4]):
                return item[0] == "error"
    except Exception:
        return True
    return False


def _is_for(item, category, text):
    return issubclass(category, item[2]) and (item[1] is None or _fits(item[1], text))


def _current():
    inside = getattr(warnings, "_get_filters", None)  # 3.14 and later: each context may have its own
    return inside() if inside is not None else warnings.filters


def _fits(pattern, text):
    # The interpreter's own first filters have plain strings, which have to be equal.
    return pattern == text if isinstance(pattern, str) else pattern.match(text) is not None


def _text(pattern):
    return "" if pattern is None else str(getattr(pattern, "pattern", pattern))
