"""What a later version's compiler does otherwise, where that can be done here."""

import __future__

import ast
import builtins
import sys
from sys import _getframe

from . import callers

_INHERITED = 0x1FF2000  # the flags of ``from __future__`` imports


def install(version, doom):
    """Do as the later version does."""
    if version >= (3, 14) and sys.version_info < (3, 14):
        builtins.__build_class__ = _without_annotations(builtins.__build_class__, doom)
    if version >= (3, 13) and sys.version_info < (3, 13):
        builtins.compile = _compile_with_clean_docstrings(builtins.compile)


def _without_annotations(plain, doom):  # noqa: C901 - one class and one function, which share what they close over
    """3.14 does not put ``__annotations__`` into the namespace that a metaclass gets."""

    class Namespace(dict):
        """Has it for ``type.__new__``, which copies what a dict really holds, and for nobody else."""

        def _hides(self, key, frame):
            return (
                key == "__annotations__"
                and not callers.is_library(frame.f_code.co_filename)
                and doom.of(
                    frame, "__annotations__ in the class namespace", "KeyError: '__annotations__'", _ANNOTATIONS
                )
            )

        def __getitem__(self, key):
            if self._hides(key, _getframe(1)):
                raise KeyError(key)
            return dict.__getitem__(self, key)

        def __contains__(self, key):
            return not self._hides(key, _getframe(1)) and dict.__contains__(self, key)

        def get(self, key, default=None):
            return default if self._hides(key, _getframe(1)) else dict.get(self, key, default)

        def pop(self, key, *default):
            if self._hides(key, _getframe(1)):
                if not default:
                    raise KeyError(key)
                return default[0]
            return dict.pop(self, key, *default)

    def __build_class__(body, name, *bases, **more):  # noqa: N807
        metaclass = more.get("metaclass") or _metaclass_of(bases)
        as_texts = getattr(getattr(body, "__code__", None), "co_flags", 0) & _AS_TEXTS  # these stay where they were
        if as_texts or not isinstance(metaclass, type) or not _is_outside(metaclass):
            return plain(body, name, *bases, **more)

        def make(name, bases, namespace, **more):
            own = type(namespace) is dict and "__annotations__" in namespace
            return metaclass(name, bases, Namespace(namespace) if own else namespace, **more)

        make.__prepare__ = metaclass.__prepare__
        return plain(body, name, *bases, **dict(more, metaclass=make))

    return __build_class__


_AS_TEXTS = __future__.annotations.compiler_flag
_ANNOTATIONS = "annotations-class-namespace"


def _metaclass_of(bases):
    """The most derived metaclass of some bases; None where that is not for us to say."""
    found = type
    for base in bases:
        if not isinstance(base, type):
            return None
        if issubclass(type(base), found):
            found = type(base)
    return found


def _is_outside(metaclass):
    """Whether code outside of the standard library makes the classes of a metaclass."""
    new = metaclass.__dict__.get("__new__") or metaclass.__new__
    code = getattr(getattr(new, "__func__", new), "__code__", None)
    return code is not None and not callers.is_library(code.co_filename)


def _compile_with_clean_docstrings(plain):
    """3.13 strips a docstring's common indentation when it compiles."""

    def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
        if not dont_inherit:
            flags |= _getframe(1).f_code.co_flags & _INHERITED
        wanted = mode == "exec" and not flags & ast.PyCF_ONLY_AST and sys.flags.optimize < 2
        if wanted and not (isinstance(filename, str) and callers.is_library(filename)):
            try:
                tree = source
                if not isinstance(source, ast.AST):
                    tree = plain(source, filename, mode, flags | ast.PyCF_ONLY_AST, True, optimize, **more)
                if _clean(tree):
                    return plain(tree, filename, mode, flags, True, optimize, **more)
            except Exception:  # the plain compiler says what is wrong; a tree may be too deep for what a text is not
                pass
        return plain(source, filename, mode, flags, True, optimize, **more)

    return compile


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _clean(tree):
    """Clean all docstrings; whether any was changed. Definitions stand among statements: no expression is looked at."""
    changed = False
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        if body and isinstance(node, _DOCUMENTED) and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                text = _clean_docstring(value.value)
                changed = changed or text != value.value
                value.value = text
        waiting += body
        for name in ("orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, name, ())
    return changed


def _clean_docstring(text):
    """As ``inspect.cleandoc``, but blank lines at the ends stay."""
    lines = text.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip(" ")]
    margin = min(margins, default=0)
    return "\n".join([lines[0].lstrip(" "), *(line[margin:] for line in lines[1:])])
