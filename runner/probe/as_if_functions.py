"""Functions of modules that stay this version's, as the later version has them (``knowledge/functions.py``)."""

import os
import sys

from .as_if_modules import when_loaded


def replace(functions, folder):
    """Let ``{module: {function or Class.method: source}}`` take the place of what is there.

    Args:
        functions: what ``knowledge/functions.json`` has for the two versions.
        folder: of the later version's library, for the names of files in tracebacks; None keeps the module's own.
    """
    if functions and folder is not None:
        when_loaded("linecache", _tell)
    for module, found in functions.items():
        when_loaded(module, lambda loaded, found=found: _replace(loaded, found, folder))


def _replace(module, found, folder):
    file = getattr(module, "__file__", None) or "<frozen>"
    if folder is not None:
        file = os.path.join(folder, *module.__name__.split(".")) + ".py"
    lines = []
    # Functions first: a method's decorators and defaults are asked for when it is defined.
    for path in sorted(found, key=lambda path: ("." in path, path)):
        owner, _, name = path.rpartition(".")
        source = _within(found[path]) if owner else found[path]
        try:
            _define(module, owner, name, compile("\n" * len(lines) + source, file, "exec"))
        except Exception:  # nosec B112 # noqa: S112 - another build of this version: it keeps its own
            continue
        lines += source.splitlines(keepends=True)
        lines[-1] += "\n"
    if folder is not None:
        # For tracebacks. Without a time stamp nobody looks for the file.
        _sources[file] = (len(lines), None, lines, file)
        _tell(sys.modules.get("linecache"))


_sources = {}


def _tell(linecache):
    """Give the sources to whoever shows lines, once that is loaded."""
    if hasattr(linecache, "cache"):
        linecache.cache.update(_sources)


def _define(module, owner, name, code):
    where = getattr(module, owner) if owner else module
    defined = {}
    exec(code, vars(module), defined)  # nosec B102 # noqa: S102 - Python's own source, out of our package
    value = defined["define"](where, name) if owner else defined[name]
    inner = getattr(value, "fget", None) or getattr(value, "__func__", value)
    if hasattr(inner, "__qualname__"):
        inner.__qualname__ = "%s.%s" % (owner, name) if owner else name
    setattr(where, name, value)


def _within(source):
    """A method's definition where ``super()`` finds its class, as in a class statement."""
    inside = "\n    ".join(source.split("\n"))
    return "def define(__class__, name):\n    %s\n    return locals()[name]\n" % inside
