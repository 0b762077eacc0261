"""What a later version's compiler and defaults do otherwise, where that can be done here."""

import ast
import builtins
import sys
import threading

from . import callers
from .as_if_modules import when_loaded

_INHERITED = 0x1FF2000  # the flags of ``from __future__`` imports


def install(version, signatures, doom):
    """Do as the later version does."""
    if signatures:
        when_loaded("inspect", lambda module: _new_signatures(module, signatures))
    if version >= (3, 14) and sys.version_info < (3, 14):
        builtins.__build_class__ = _without_annotations(builtins.__build_class__, doom)
    if version >= (3, 13) and sys.version_info < (3, 13):
        builtins.compile = _compile_with_clean_docstrings(builtins.compile)
    if version >= (3, 14) and (3, 10) <= sys.version_info < (3, 12):
        when_loaded("asyncio.events", lambda events: _no_loop_out_of_nothing(events, doom))
    if version >= (3, 14) and sys.version_info < (3, 14) and sys.platform not in ("darwin", "win32"):
        when_loaded("multiprocessing.context", _fork_from_a_server)


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
            if self._hides(key, sys._getframe(1)):
                raise KeyError(key)
            return dict.__getitem__(self, key)

        def __contains__(self, key):
            return not self._hides(key, sys._getframe(1)) and dict.__contains__(self, key)

        def get(self, key, default=None):
            return default if self._hides(key, sys._getframe(1)) else dict.get(self, key, default)

        def pop(self, key, *default):
            if self._hides(key, sys._getframe(1)):
                if not default:
                    raise KeyError(key)
                return default[0]
            return dict.pop(self, key, *default)

    def __build_class__(body, name, *bases, **more):  # noqa: N807
        metaclass = more.get("metaclass") or _metaclass_of(bases)
        if not isinstance(metaclass, type) or not _is_outside(metaclass):
            return plain(body, name, *bases, **more)

        def make(name, bases, namespace, **more):
            own = type(namespace) is dict and "__annotations__" in namespace
            return metaclass(name, bases, Namespace(namespace) if own else namespace, **more)

        make.__prepare__ = metaclass.__prepare__
        return plain(body, name, *bases, **dict(more, metaclass=make))

    return __build_class__


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


def _new_signatures(module, signatures):
    """Functions written in C describe themselves otherwise, or for the first time."""
    table = {}
    for name, found in signatures.items():
        owner = sys.modules.get(name) or builtins
        for path, text in found.items():
            value = owner
            try:
                for part in path.split("."):
                    value = getattr(value, part)
            except AttributeError:
                continue
            table[id(value)] = (value, text)
    plain = module._signature_from_callable

    def _signature_from_callable(obj, *arguments, **more):
        known = table.get(id(obj))
        if known is None or known[0] is not obj:
            return plain(obj, *arguments, **more)
        if known[1] is None:
            raise ValueError("no signature found for %r" % (obj,))
        return module._signature_fromstr(
            more.get("sigcls", module.Signature), obj, known[1], more.get("skip_bound_arg", True)
        )

    module._signature_from_callable = _signature_from_callable


def _no_loop_out_of_nothing(events, doom):
    """3.14 makes no event loop where there is none. 3.12 and 3.13 warn of it, 3.10 and 3.11 do so in silence."""
    policy = events.BaseDefaultEventLoopPolicy
    plain = policy.get_event_loop

    def get_event_loop(self):
        if self._local._loop is None:
            message = "There is no current event loop in thread %r." % threading.current_thread().name
            if doom.of(sys._getframe(1), "asyncio.get_event_loop", "RuntimeError: " + message, _NO_LOOP):
                raise RuntimeError(message)
        return plain(self)

    policy.get_event_loop = get_event_loop


_NO_LOOP = "asyncio-get-event-loop-no-loop"


def _fork_from_a_server(context):
    """3.14 starts processes by a server, so that they inherit nothing that was not sent to them."""
    context._default_context._default_context = context._concrete_contexts["forkserver"]


def _compile_with_clean_docstrings(plain):
    """3.13 strips a docstring's common indentation when it compiles."""

    def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & _INHERITED
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
