"""What a later version begins to warn of: modules, names and functions that it has, and that are to end.

A suite whose filters make errors of warnings, or that counts them, breaks by them. Only where a module stays as this
version has it: the later version's own modules bring their warnings with them.
"""

import builtins
import functools
import gc
import sys
import warnings
from sys import _getframe

from . import callers
from .as_if_modules import when_loaded
from .as_if_names import watch


def announce(entries, doom):
    """Warn as ``{"record", "when", "module", "name", "category", "message", "own"}`` say."""
    for entry in entries:
        if entry["module"] != "sys":
            when_loaded(entry["module"], functools.partial(_announce, entry=entry, doom=doom))


def _announce(module, entry, doom):
    said = _Announcement(entry, doom)
    if entry["when"] == "call":
        try:
            _wrap(module, entry["name"], said, entry["own"])
        except (AttributeError, KeyError, TypeError):  # not there on this version, or a class of C code
            pass
    elif not entry["own"] and entry["when"] == "import":
        said.on_import()
    elif not entry["own"] and hasattr(module, entry["name"]):
        watch(module, {entry["name"]: said.on_access})


class _Announcement:
    def __init__(self, entry, doom):
        self._doom = doom
        self._message = entry["message"]
        self._category = getattr(builtins, entry["category"])
        self._record = entry["record"]
        self._name = entry["name"]
        self._what = ("%s.%s" % (entry["module"], entry["name"])).rstrip(".")

    def is_due(self, frame):
        text = "%s: %s" % (self._category.__name__, self._message)
        return self._doom.of(frame, self._what, text, self._record)

    def on_access(self, frame):
        # ``import *`` asks for every name, and so does whoever looks a module through.
        if (self._name in frame.f_code.co_names or self._name in frame.f_code.co_consts) and self.is_due(frame):
            warnings.warn(self._message, self._category, stacklevel=3)

    def on_import(self):
        """For the frame that imports, past the loader; the import system's own frames do not count."""
        frame = callers.here(1)
        while frame is not None and callers.is_import(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and not callers.is_library(frame.f_code.co_filename) and self.is_due(frame):
            warnings.warn(self._message, self._category, stacklevel=4)

    def before(self, plain):
        """A function that warns its caller, and then does what another one does."""

        @functools.wraps(plain)
        def warned(*arguments, **more):
            frame = _getframe(1)
            if not callers.is_library(frame.f_code.co_filename) and self.is_due(frame):
                warnings.warn(self._message, self._category, stacklevel=2)
            return plain(*arguments, **more)

        return warned


def _wrap(module, path, said, own):
    """Have a function or class warn; where the module is the later one, it does so itself, but for its C code."""
    owner, _, name = path.rpartition(".")
    if not owner:
        value = vars(module)[name]
        if own and (hasattr(value, "__code__") or isinstance(value, type)):
            return
        if isinstance(value, type):
            _wrap_in_class(value, "__init__", said)
            return
        warned = said.before(value)
        for one in (module, sys.modules.get(getattr(value, "__module__", None) or "")):
            if one is not None and vars(one).get(name) is value:
                setattr(one, name, warned)
        return
    cls = module
    for part in owner.split("."):
        cls = getattr(cls, part)
    value = vars(cls)[name]
    if own and hasattr(getattr(value, "__func__", value), "__code__"):
        return
    _wrap_in_class(cls, name, said)


def _wrap_in_class(cls, name, said):
    value = vars(cls)[name]
    if isinstance(value, (classmethod, staticmethod)):
        warned = type(value)(said.before(value.__func__))
    elif type(value).__name__ == "classmethod_descriptor":
        warned = _class_method(value, said)
    elif hasattr(type(value), "__set__"):
        return
    else:
        warned = said.before(value)
    try:
        setattr(cls, name, warned)
    except TypeError:  # a class of C code: its dictionary is the only way in
        import ctypes

        gc.get_referents(cls.__dict__)[0][name] = warned
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def _class_method(value, said):
    """A class method of C code, which is called bound only."""

    def plain(cls, *arguments, **more):
        return value.__get__(None, cls)(*arguments, **more)

    plain.__name__, plain.__doc__ = value.__name__, value.__doc__
    return classmethod(said.before(plain))
