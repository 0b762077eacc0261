"""Which modules of the standard library this build of Python was asked for and does not have (lacking.jsonl).

Builds leave out what they found no headers for (``_lzma``, ``_tkinter``), and systems put parts into packages of their
own (Python's tests). The import fails as if the version had no such module, and is often swallowed.
"""

import os
import sys

from . import callers
from .evidence import Log

_DEPTH = 20


def watch():
    """Ask to be asked last: what comes here, nobody has found."""
    if not any(isinstance(finder, _Watcher) for finder in sys.meta_path[-1:]):
        sys.meta_path.append(_Watcher(is_of_this_python))


def watch_tests():
    """In a run as if: note who asks for Python's own tests, which are this version's and not the later one's."""
    sys.meta_path.insert(0, _Watcher(_is_test_of_python))


def is_of_this_python(name):
    """Whether this version of Python has a module, whatever this build has. 3.8 and 3.9 do not tell."""
    top = name.partition(".")[0]
    if top != "test":  # not among the names that Python tells
        return name == top and name in getattr(sys, "stdlib_module_names", ())
    tests = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "test")
    loaded = getattr(sys.modules.get("test"), "__file__", None)
    own = loaded is None or os.path.dirname(os.path.abspath(loaded)) == tests
    return own and not os.path.isfile(os.path.join(tests, "test_sys.py"))


def _is_test_of_python(name):
    package = sys.modules.get("test") if name.startswith("test.") else None
    return callers.is_library(getattr(package, "__file__", None) or "")


class _Watcher:
    """Finds nothing, and notes what it was asked for."""

    def __init__(self, is_meant):
        self._is_meant = is_meant
        self._log = None
        self._told = set()

    def find_spec(self, name, path=None, target=None):
        if not self._is_meant(name):
            return
        frames = [
            [frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name]
            for _, frame in zip(range(_DEPTH), callers.outside(callers.here()))
        ]
        key = (name, tuple(map(tuple, frames)))
        if frames and key not in self._told:
            self._told.add(key)
            if self._log is None:
                self._log = Log("lacking.jsonl")
            self._log.write({"module": name, "stack": frames})
        return
