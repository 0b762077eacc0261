"""Names that a later version's modules and classes no longer have, hidden from all but the standard library."""

import sys
import types

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
    direct = frozenset(name for name in names if "." not in name and hasattr(module, name))
    for path in names:
        owner, _, name = path.rpartition(".")
        if owner:
            _hide_in_class(module, owner, name, doom)
    if direct and type(module) is types.ModuleType:
        module.__class__ = _module_class(module.__name__, direct, doom)


def _is_outside(frame, name):
    """Whether a look-up is made by, or for, code outside of the standard library."""
    code = frame.f_code
    if not callers.is_library(code.co_filename):
        # Code in C has no frame: what the interpreter itself looks up is not the code's that happens to run.
        return not name.startswith("_") or name in code.co_names or name in code.co_consts
    own = name in code.co_names  # its own use, whatever it was called for
    return not own and (frame.f_globals.get("__name__") or "").startswith(_GO_BETWEENS)


def _module_class(name, hidden, doom):
    plain = types.ModuleType.__getattribute__

    class Module(types.ModuleType):
        def __getattribute__(self, attribute):
            if attribute in hidden:
                frame = sys._getframe(1)
                message = "module %r has no attribute %r" % (name, attribute)
                if _is_outside(frame, attribute) and doom.of(
                    frame, "%s.%s" % (name, attribute), "AttributeError: " + message
                ):
                    raise AttributeError(message)
            return plain(self, attribute)

        def __dir__(self):
            return [one for one in types.ModuleType.__dir__(self) if one not in hidden]

    Module.__name__ = Module.__qualname__ = "module"
    return Module


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
        self._path = path
        self._name = name
        self._doom = doom

    def __get__(self, instance, owner=None):
        frame = sys._getframe(1)
        message = "%r object has no attribute %r" % (getattr(owner, "__name__", "?"), self._name)
        if instance is None:
            message = "type " + message
        if _is_outside(frame, self._name) and self._doom.of(frame, self._path, "AttributeError: " + message):
            raise AttributeError(message)
        get = getattr(type(self._value), "__get__", None)
        return self._value if get is None else get(self._value, instance, owner)
