"""Functions of modules that stay this version's, as the later version has them (``knowledge/functions.py``)."""

import os

from .as_if_modules import when_loaded


def replace(functions, folder):
    """Let ``{module: {function or Class.method: source}}`` take the place of what is there.

    Args:
        functions: what ``knowledge/functions.json`` has for the two versions.
        folder: of the later version's library, for the names of files in tracebacks; None keeps the module's own.
    """
    for module, found in functions.items():
        when_loaded(module, lambda loaded, found=found: _replace(loaded, found, folder))


def _replace(module, found, folder):
    file = getattr(module, "__file__", None) or "<frozen>"
    if folder is not None:
        file = os.path.join(folder, *module.__name__.split(".")) + ".py"
    # Functions first: a method's decorators and defaults are asked for when it is defined.
    for path in sorted(found, key=lambda path: ("." in path, path)):
        try:
            _define(module, path, found[path], file)
        except Exception:  # nosec B112 # noqa: S112 - another build of this version: it keeps its own
            continue


def _define(module, path, source, file):
    owner, _, name = path.rpartition(".")
    where = getattr(module, owner) if owner else module
    code = compile(_within(source) if owner else source, file, "exec")
    defined = {}
    exec(code, vars(module), defined)  # nosec B102 # noqa: S102 - Python's own source, out of our package
    value = defined["define"](where, name) if owner else defined[name]
    inner = getattr(value, "fget", None) or getattr(value, "__func__", value)
    if hasattr(inner, "__qualname__"):
        inner.__qualname__ = path
    setattr(where, name, value)


def _within(source):
    """A method's definition where ``super()`` finds its class, as in a class statement."""
    inside = "\n    ".join(source.split("\n"))
    return "def define(__class__, name):\n    %s\n    return locals()[name]\n" % inside
