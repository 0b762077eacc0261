"""Names that a later version's modules and classes no longer have, hidden from all but the standard library."""

import types
from sys import _getframe

from . import callers
from .as_if_modules import when_loaded

#: Standard library code that looks names up for somebody else.
_GO_BETWEENS = ("unittest.mock", "importlib", "pkgutil", "operator", "functools", "copyreg", "pickle")


def remove(names, doom):
    """Hide ``{module: [name, Class.name, …]}``; modules that are not loaded yet, when they are."""
    for module, found in names.items():
        if module == "sys":  # ``types`` takes its class for that of all modules
            continue
        when_loaded(module, lambda loaded, found=tuple(found): _hide(loaded, found, doom))


def _hide(module, names, doom):
    direct = {}
    for path in names:
        owner, _, name = path.rpartition(".")
        if owner:
            _hide_in_class(module, owner, name, doom)
        elif hasattr(module, name):
            direct[name] = _gone(module.__name__, name, doom)
    watch(module, direct, hidden=True)


def _gone(module, name, doom):
    message = "module %r has no attribute %r" % (module, name)

    def gone(frame):
        if doom.of(frame, "%s.%s" % (module, name), "AttributeError: " + message):
            raise AttributeError(message)

    return gone


def watch(module, reactions, hidden=False):
    """Call ``reactions[name](frame)`` when code outside of the standard library asks a module for a name.

    A hidden name is not listed, and ``import *`` leaves it out.
    """
    if reactions and type(module) is types.ModuleType:
        module.__class__ = _module_class()
    cls = type(module)
    if hasattr(cls, "_forewarn_reactions"):
        cls._forewarn_reactions.update(reactions)
        if hidden:
            cls._forewarn_hidden.update(reactions)


def is_outside(frame, name):
    """Whether a look-up is made by, or for, code outside of the standard library."""
    code = frame.f_code
    if not callers.is_library(code.co_filename):
        # Code in C has no frame: what the interpreter itself looks up is not the code's that happens to run.
        return not name.startswith("_") or name in code.co_names or name in code.co_consts
    return not is_own(code, name) and (frame.f_globals.get("__name__") or "").startswith(_GO_BETWEENS)


def is_own(code, name):
    """Whether a look-up is the standard library's own, whatever it was called for."""
    return name in code.co_names and callers.is_library(code.co_filename)


def _module_class():
    """A class of its own for one module."""
    plain = types.ModuleType.__getattribute__
    reactions, hidden = {}, set()

    class Module(types.ModuleType):
        _forewarn_reactions = reactions
        _forewarn_hidden = hidden

        def __getattribute__(self, attribute):
            if attribute in reactions:
                frame = _getframe(1)
                if is_outside(frame, attribute):
                    reactions[attribute](frame)
            elif attribute == "__all__" and hidden and _is_star(_getframe(1).f_code.co_filename):
                return [name for name in plain(self, attribute) if name not in hidden]
            return plain(self, attribute)

        def __dir__(self):
            return [one for one in types.ModuleType.__dir__(self) if one not in hidden]

    Module.__name__ = Module.__qualname__ = "module"
    return Module


def _is_star(file):
    """Whether who asks for the list of names is outside of the standard library, or imports for somebody there."""
    return file.startswith("<frozen importlib") or not callers.is_library(file)


def _hide_in_class(module, owner, name, doom):
    try:
        cls = module
        for part in owner.split("."):
            cls = getattr(cls, part)
        value = vars(cls)[name]
        if hasattr(type(value), "__set__"):  # a slot or property: instances are written through it
            return
        setattr(cls, name, _Hidden(value, "%s.%s.%s" % (module.__name__, owner, name), name, doom))
    except (AttributeError, KeyError, TypeError):  # not there on this version, or a class of C code
        return


class _Hidden:
    """Stands where a class had a name: the standard library gets it, others an AttributeError."""

    def __init__(self, value, path, name, doom):
        self._value = value
        self._get = getattr(type(value), "__get__", None)
        self._path = path
        self._name = name
        self._doom = doom
        self._own = {}
        """id → code of the standard library that asks for itself: ``pathlib`` does, all the time."""

    def __get__(self, instance, owner=None):
        frame = _getframe(1)
        code = frame.f_code
        if id(code) not in self._own:
            if is_own(code, self._name):
                self._own[id(code)] = code
            elif is_outside(frame, self._name):
                self._refuse(frame, instance, owner)
        return self._value if self._get is None else self._get(self._value, instance, owner)

    def _refuse(self, frame, instance, owner):
        message = "%r object has no attribute %r" % (getattr(owner, "__name__", "?"), self._name)
        if instance is None:
            message = "type " + message
        if self._doom.of(frame, self._path, "AttributeError: " + message):
            raise AttributeError(message)
