"""The name of the function that a line is in, the same on every Python: ``Class.method``, ``outer.inner``.

A cause is known by it across interpreters, so comprehensions and lambdas, which some Pythons give a frame of their
own, count to the function around them. Installed code keeps plain names: nobody accepts a cause by those.
"""

import ast
import linecache

from . import callers
from .evidence import Log

_scopes = {}


def name_of(code, line):
    """The name for a frame of ``code`` that stands at ``line``."""
    file = code.co_filename
    if callers.is_library(file) or callers.is_installed(file):
        return code.co_name
    qualified = getattr(code, "co_qualname", None)  # 3.11 and later
    if qualified is None:
        return _by_line(file, line) or code.co_name
    return ".".join(part for part in qualified.split(".") if not part.startswith("<")) or "<module>"


def _by_line(file, line):
    """Read off the source; None where it cannot be read."""
    scopes = _scopes.get(file)
    if scopes is None:
        scopes = _scopes[file] = []
        try:
            _collect(ast.parse("".join(linecache.getlines(file))), "", scopes)
        except Exception:  # source that is gone, or that is not Python's
            pass
        if not scopes:
            scopes.append((0, 0, ""))
    # Scopes are in order of their start: the last that contains the line is the innermost.
    found = [name for start, end, name in scopes if start <= line <= end]
    return found[-1] if found else None if scopes[0][1] == 0 else "<module>"


def _collect(node, prefix, scopes):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + child.name
            scopes.append((child.lineno, child.end_lineno, name))
            _collect(child, name + ".", scopes)
        else:
            _collect(child, prefix, scopes)


class Functions:
    """Writes functions.jsonl: tracebacks name a method without its class, and some tools no function at all."""

    def __init__(self):
        self._log = Log("functions.jsonl")
        self._known = set()

    def note(self, traceback):
        """Take the frames of a failure: those of the target, and the innermost where that is installed code."""
        innermost = None
        while traceback is not None:
            code, line = traceback.tb_frame.f_code, traceback.tb_lineno
            if not callers.is_library(code.co_filename):
                innermost = (code, line)
                if not callers.is_installed(code.co_filename):
                    self._write(code, line, {})
            traceback = traceback.tb_next
        if innermost is not None and callers.is_installed(innermost[0].co_filename):
            self._write(*innermost, {"installed": True})

    def _write(self, code, line, more):
        file = code.co_filename
        if (file, line) not in self._known:
            self._known.add((file, line))
            self._log.write({"file": file, "line": line, "function": name_of(code, line), **more})
