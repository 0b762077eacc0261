"""What a later version's compiler does otherwise, where that can be done here."""

import __future__

import ast
import builtins
import sys
import types
from sys import _getframe

from . import callers
from .as_if_modules import when_loaded

_INHERITED = 0x1FF2000  # the flags of ``from __future__`` imports


def install(version, doom):
    """Do as the later version does."""
    if version >= (3, 14) and sys.version_info < (3, 14):
        builtins.__build_class__ = _without_annotations(builtins.__build_class__, doom)
    if version >= (3, 13) and sys.version_info < (3, 13):
        if sys.version_info >= (3, 9):  # before, nothing was asked for its own binding
            setattr(builtins, _UNCHAINED, _unchained)
        builtins.compile = _compile_as_3_13(builtins.compile)
        when_loaded("typing", _pass_over_names_of_classes)


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


def _compile_as_3_13(plain):
    """3.13: docstrings without indentation, two more names in each class, class methods that wrap no property."""

    def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
        if not dont_inherit:
            flags |= _getframe(1).f_code.co_flags & _INHERITED
        wanted = mode == "exec" and not flags & ast.PyCF_ONLY_AST
        if wanted and not (isinstance(filename, str) and callers.is_library(filename)):
            edited = _Edited()
            try:
                tree = source
                if not isinstance(source, ast.AST):
                    tree = plain(source, filename, mode, flags | ast.PyCF_ONLY_AST, True, optimize, **more)
                if edited.edit(tree):
                    return plain(tree, filename, mode, flags, True, optimize, **more)
            except Exception:  # the plain compiler says what is wrong; a tree may be too deep for what a text is not
                pass
            finally:
                edited.undo()
        return plain(source, filename, mode, flags, True, optimize, **more)

    return compile


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (ast.Module, ast.ClassDef, *_FUNCTIONS)


class _Edited:
    """A syntax tree as 3.13 compiles it. It may be somebody's, who goes on to use it: what is added goes again."""

    def __init__(self):
        self._undo = []

    def edit(self, tree):
        """Whether anything was changed. Definitions stand among statements: no expression is looked at for them."""
        changed = False
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            body = getattr(node, "body", None)
            if not isinstance(body, list):
                continue
            changed = self._clean(node, body) or changed
            waiting += body
            for name in ("orelse", "finalbody", "handlers", "cases"):
                waiting += getattr(node, name, ())
            if isinstance(node, ast.ClassDef):
                self._name_more(node)
                changed = True
            elif isinstance(node, _FUNCTIONS):
                changed = self._unchain(node.decorator_list) or changed
        return changed

    def undo(self):
        for undo in reversed(self._undo):
            undo()

    def _unchain(self, decorators):
        """``@classmethod`` upon another decorator does what 3.13 does; whether there was one."""
        if not hasattr(builtins, _UNCHAINED):
            return False
        found = [at for at, one in enumerate(decorators[:-1]) if getattr(one, "id", "") == "classmethod"]
        for at in found:
            plain = decorators[at]
            made = ast.Call(ast.Name(_UNCHAINED, ast.Load()), [plain], [])
            for one in (made, made.func):
                ast.copy_location(one, plain)
            decorators[at] = made
            self._undo.append(lambda at=at, plain=plain: decorators.__setitem__(at, plain))
        return bool(found)

    def _clean(self, node, body):
        if not (body and isinstance(node, _DOCUMENTED) and isinstance(body[0], ast.Expr)) or sys.flags.optimize > 1:
            return False
        value = body[0].value
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            return False
        plain = value.value
        value.value = _clean_docstring(plain)
        return value.value != plain

    def _name_more(self, node):
        """``__firstlineno__`` at the begin, behind the docstring; ``__static_attributes__`` at the end."""
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        is_documented = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        for at, name, value in (
            (1 if is_documented else 0, "__firstlineno__", ast.Constant(first, kind=None)),
            (len(node.body) + 1, "__static_attributes__", _names_of_self(node)),
        ):
            made = ast.Assign(targets=[ast.Name(name, ast.Store())], value=value, type_comment=None)
            for one in ast.walk(made):
                # Where nothing can be counted as a line of its own.
                ast.copy_location(one, node)
                one.end_lineno, one.end_col_offset = node.lineno, node.col_offset
            node.body.insert(at, made)
            self._undo.append(lambda at=at: node.body.pop(at))


class _Unchained(classmethod):
    """3.13 binds whatever a class method wraps to the class, and does not ask it for its own binding."""

    def __get__(self, instance, owner=None):
        import ctypes

        # As the interpreter does it, which does not mind that a property cannot be called.
        bind = ctypes.pythonapi.PyMethod_New
        bind.restype, bind.argtypes = ctypes.py_object, (ctypes.py_object, ctypes.py_object)
        return bind(self.__func__, type(instance) if owner is None else owner)


def _unchained(decorator):
    """What stands for ``classmethod`` as a decorator upon others."""
    if decorator is not classmethod:
        return decorator  # another thing of that name

    def decorate(value):
        binds = getattr(type(value), "__get__", None) is not None and not isinstance(value, types.FunctionType)
        return _Unchained(value) if binds else classmethod(value)

    return decorate


_UNCHAINED = "__forewarn_classmethod__"


def _names_of_self(node):
    """What the methods of a class set of their first argument."""
    found = {}
    for function in node.body:
        arguments = function.args.posonlyargs + function.args.args if isinstance(function, _FUNCTIONS) else []
        for one in ast.walk(function) if arguments else ():
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                owner = getattr(one.value, "id", None)
                if owner == arguments[0].arg:
                    found[one.attr] = ast.Constant(one.attr, kind=None)
    return ast.Tuple(list(found.values()), ast.Load())


def _pass_over_names_of_classes(typing):
    """What 3.13 puts into each class is no part of a protocol."""
    plain = getattr(typing, "EXCLUDED_ATTRIBUTES", None)
    if plain is not None:
        typing.EXCLUDED_ATTRIBUTES = type(plain)([*plain, "__firstlineno__", "__static_attributes__"])


def _clean_docstring(text):
    """As ``inspect.cleandoc``, but blank lines at the ends stay."""
    lines = text.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip(" ")]
    margin = min(margins, default=0)
    return "\n".join([lines[0].lstrip(" "), *(line[margin:] for line in lines[1:])])
