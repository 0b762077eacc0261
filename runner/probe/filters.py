"""Which filter hides a warning, where the suite's own code has put it in force (the configuration's are read there)."""

import os
import sys
import warnings

from . import callers
from .evidence import category_name

#: Different filters that are remembered; a program that makes up filters is cut here.
_MOST = 1_000

#: Test tools put in force what the suite has configured.
_TOOLS = tuple(path.replace("/", os.sep) for path in ("/_pytest/", "/pluggy/", "/xdist/"))

_places = {}


def note(item):
    """Remember who puts a filter in force; called while that happens."""
    try:
        if item[0] == "ignore" and len(_places) < _MOST:
            place = _place(sys._getframe(2))
            if place is None:
                _places.pop(item, None)
            else:
                _places[item] = place
    except Exception:  # a filter may be anything that a suite puts into the list
        pass


def _place(frame):
    """(file, line) of the suite's own code that called the functions of ``warnings``; else None."""
    depth = 0
    while frame is not None and depth < 4 and frame.f_globals.get("__name__") in ("warnings", "_py_warnings"):
        frame, depth = frame.f_back, depth + 1
    if frame is None:
        return None
    file = frame.f_code.co_filename
    if any(part in file for part in _TOOLS) or callers.is_library(file) or callers.is_installed(file):
        return None
    return file, frame.f_lineno


def hidden_by(category, text, own):
    """[file, line, filter as text] of the suite's code that hides a warning; None where none does, or none can tell."""
    if not _places:
        return None
    try:
        inside = getattr(warnings, "_get_filters", None)  # 3.14 and later: each context may have its own
        for item in inside() if inside is not None else warnings.filters:
            if item is own:
                continue
            action, message, kind, module, line = item
            if not issubclass(category, kind) or not (message is None or _fits(message, text)):
                continue
            if module is not None or line:
                return None  # what the warning is charged to is not known here
            place = _places.get(item) if action == "ignore" else None
            return None if place is None else [*place, ":".join((action, _text(message), category_name(kind)))]
    except Exception:  # the suite's own filters and classes may raise whatever they like
        pass
    return None


def _fits(pattern, text):
    # The interpreter's own first filters have plain strings, which have to be equal.
    return pattern == text if isinstance(pattern, str) else pattern.match(text) is not None


def _text(pattern):
    return "" if pattern is None else str(getattr(pattern, "pattern", pattern))
