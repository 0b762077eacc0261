"""What functions of the standard library do otherwise in a later version, where it is not that version's own."""

import builtins
import collections.abc
import functools
import os
import sys
import threading
import warnings
from sys import _getframe

from . import callers
from .as_if_modules import when_loaded


def install(version, signatures, doom):
    """Do as the later version does."""
    if signatures:
        when_loaded("inspect", lambda module: _new_signatures(module, signatures))
    if sys.version_info < (3, 12) <= version:
        _warn_of_forks()
        when_loaded("sqlite3.dbapi2", lambda module: _warn_of_default_adapters(module, doom))
        if sys.version_info >= (3, 10):
            when_loaded("asyncio.events", lambda events: _no_loop_out_of_nothing(events, version, doom))
    if sys.version_info < (3, 13) <= version:
        when_loaded("re", lambda module: _by_keyword(module, doom))
        when_loaded("typing", lambda module: _with_type_parameters(module, doom))
        when_loaded("asyncio.base_events", _tell_of_unclosed_generators)
        if sys.version_info >= (3, 10):
            when_loaded("ast", _types_of_fields)
    if (3, 9) <= sys.version_info < (3, 14) <= version:
        when_loaded("typing", _unions_as_they_are_written)
    if sys.version_info < (3, 14) <= version and sys.platform not in ("darwin", "win32"):
        when_loaded("multiprocessing.context", _fork_from_a_server)


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


def _no_loop_out_of_nothing(events, version, doom):
    """3.14 makes no event loop where there is none. 3.12 and 3.13 warn of it, 3.10 and 3.11 do so in silence."""
    policy = events.BaseDefaultEventLoopPolicy
    plain = policy.get_event_loop
    warned = "There is no current event loop"

    def get_event_loop(self):
        local = self._local
        if local._loop is not None:
            return plain(self)
        if version >= (3, 14):
            message = "There is no current event loop in thread %r." % threading.current_thread().name
            if doom.of(_getframe(1), "asyncio.get_event_loop", "RuntimeError: " + message, _NO_LOOP):
                raise RuntimeError(message)
        elif not local._set_called and threading.current_thread() is threading.main_thread():
            frame, level = _getframe(1), 2
            while frame is not None and (frame.f_globals.get("__name__") or "").partition(".")[0] == "asyncio":
                frame, level = frame.f_back, level + 1
            if doom.of(_getframe(1), "asyncio.get_event_loop", "DeprecationWarning: " + warned, _NO_LOOP):
                warnings.warn(warned, DeprecationWarning, stacklevel=level)
        return plain(self)

    policy.get_event_loop = get_event_loop


_NO_LOOP = "asyncio-get-event-loop-no-loop"


def _fork_from_a_server(context):
    """3.14 starts processes by a server, so that they inherit nothing that was not sent to them."""
    context._default_context._default_context = context._concrete_contexts["forkserver"]


def _warn_of_forks():
    """3.12 warns where a process with several threads forks."""
    plain = getattr(os, "fork", None)
    if plain is None:
        return

    @functools.wraps(plain)
    def fork():
        child = plain()
        if child and threading.active_count() > 1:
            warnings.warn(
                "This process (pid=%d) is multi-threaded, use of fork() may lead to deadlocks in the child."
                % os.getpid(),
                DeprecationWarning,
                stacklevel=2,
            )
        return child

    os.fork = fork


def _warn_of_default_adapters(module, doom):
    """3.12 warns where dates go through the default adapters and converters of sqlite3."""

    def warn_first(plain, what, record):
        message = (
            "The default %s is deprecated as of Python 3.12; see the sqlite3 documentation for suggested replacement "
            "recipes" % what
        )

        def warned(value):
            if doom.of(_getframe(1), "sqlite3 default %s" % what, "DeprecationWarning: " + message, record):
                warnings.warn(message, DeprecationWarning, stacklevel=2)
            return plain(value)

        return warned

    for (kind, protocol), plain in list(module.adapters.items()):
        if kind in (module.datetime.date, module.datetime.datetime):
            name = kind.__name__
            module.adapters[kind, protocol] = warn_first(plain, name + " adapter", "sqlite3-%s-adapter" % name)
    for name, plain in list(module.converters.items()):
        if name in ("DATE", "TIMESTAMP"):
            what = name.lower()
            module.converters[name] = warn_first(plain, what + " converter", "sqlite3-%s-converter" % what)


def _by_keyword(module, doom):
    """3.13 warns where a count, or flags, are given by position."""
    for name, most, first in (("sub", 3, "count"), ("subn", 3, "count"), ("split", 2, "maxsplit")):
        setattr(module, name, _by_keyword_from(getattr(module, name), most, first, doom))


def _by_keyword_from(plain, most, first, doom):
    message = "%r is passed as positional argument" % first

    @functools.wraps(plain)
    def function(*arguments, **more):
        if len(arguments) > most:
            frame = _getframe(1)
            outside = not callers.is_library(frame.f_code.co_filename)
            if outside and doom.of(frame, "re.%s" % plain.__name__, "DeprecationWarning: " + message, _POSITIONAL):
                warnings.warn(message, DeprecationWarning, stacklevel=2)
        return plain(*arguments, **more)

    return function


_POSITIONAL = "re-positional-count"


def _with_type_parameters(module, doom):
    """3.13 warns where an annotation is evaluated without saying which type parameters there are."""
    for owner, name, most in ((module, "_eval_type", 3), (module.ForwardRef, "_evaluate", 3)):
        if hasattr(owner, name):
            setattr(owner, name, _with_type_parameters_from(getattr(owner, name), most, doom))


def _with_type_parameters_from(plain, most, doom):
    what = "typing.%s" % plain.__qualname__
    message = (
        "Failing to pass a value to the 'type_params' parameter of %r is deprecated, as it leads to incorrect "
        "behaviour when calling %s on a stringified annotation that references a PEP 695 type parameter. "
        "It will be disallowed in Python 3.15." % (what, what)
    )

    @functools.wraps(plain)
    def function(*arguments, **more):
        if "type_params" not in more and len(arguments) <= most:
            frame = callers.past_ours(_getframe(1))
            outside = not callers.is_library(frame.f_code.co_filename)
            if outside and doom.of(frame, what, "DeprecationWarning: " + message):
                warnings.warn(message, DeprecationWarning, stacklevel=2)
        return plain(*arguments, **more)

    return function


def _tell_of_unclosed_generators(module):
    """3.13 warns where an asynchronous generator is dropped, and the loop that is to close it does not come to it."""

    def _asyncgen_finalizer_hook(self, generator):
        self._asyncgens.discard(generator)
        if not self.is_closed():
            self.call_soon_threadsafe(self.create_task, _Closing(generator))

    module.BaseEventLoop._asyncgen_finalizer_hook = _asyncgen_finalizer_hook


def _unions_as_they_are_written(module):
    """3.14 shows ``Union[int, str]`` and ``Optional[int]`` as ``int | str`` and ``int | None``."""

    def __repr__(self):  # noqa: N807
        return " | ".join("None" if one is type(None) else module._type_repr(one) for one in self.__args__)

    module._UnionGenericAlias.__repr__ = __repr__


_PLAIN = {"identifier": str, "string": str, "int": int, "constant": object}


def _types_of_fields(module):
    """3.13 tells the types of the fields of syntax trees, and needs them to show one; docstrings say them.

    What stands for several (``expr = BoolOp(...) | ...``) has none there, nor have classes that others derive from it.
    """
    for cls in list(vars(module).values()):
        text = (getattr(cls, "__doc__", None) or "").partition("(")
        if isinstance(cls, type) and issubclass(cls, module.AST) and cls is not module.AST and " = " not in text[0]:
            inside = text[2].rpartition(")")[0]
            fields = [part.split() for part in inside.split(", ")]
            cls._field_types = {field[1]: _type_of(field[0], module) for field in fields if len(field) == 2}


def _type_of(text, module):
    kind = text.rstrip("*?")
    found = _PLAIN.get(kind) or getattr(module, kind, object)
    if text.endswith("*"):
        return list[found]
    if not text.endswith("?"):
        return found
    import typing  # not before it starts anew

    return typing.Optional[found]


class _Closing(collections.abc.Coroutine):
    """Closes an asynchronous generator, and tells when it is dropped before it began."""

    def __init__(self, generator):
        self._closing = generator.aclose()
        self._name = getattr(generator, "__qualname__", "?")
        self._began = False

    def send(self, value):
        self._began = True
        return self._closing.send(value)

    def throw(self, *arguments):
        self._began = True
        return self._closing.throw(*arguments)

    def close(self):
        self._closing.close()

    def __await__(self):
        self._began = True
        return self._closing.__await__()

    def __del__(self):
        if not self._began:
            warnings.warn(
                "coroutine method 'aclose' of %r was never awaited" % self._name, RuntimeWarning, stacklevel=1
            )
