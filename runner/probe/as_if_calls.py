"""Calls that a later version's function refuses, where its module stays as this version has it."""

import functools
import types
from sys import _getframe

from . import callers
from .as_if_modules import when_loaded

#: Coroutine functions and generator functions: what wraps them would be neither.
_SUSPENDED = 0x20 | 0x80 | 0x200


def refuse(table, doom):
    """Refuse what parameters do not take: ``{module: {function: parameters as a def has them}}``."""
    for module, functions in table.items():
        when_loaded(module, functools.partial(_refuse, functions=functions, doom=doom))


def _refuse(module, functions, doom):
    for path, parameters in functions.items():
        owner, _, name = path.rpartition(".")
        try:
            place = getattr(module, owner) if owner else module
            value = vars(place)[name]
            plain = getattr(value, "__func__", value)
            if not isinstance(plain, types.FunctionType) or plain.__code__.co_flags & _SUSPENDED:
                continue
            refusing = _refusing(plain, "%s.%s" % (module.__name__, path), _stub(path, name, parameters), doom)
            setattr(place, name, type(value)(refusing) if plain is not value else refusing)
        except (AttributeError, KeyError, SyntaxError, TypeError):  # not there on this version
            continue


def _stub(path, name, parameters):
    """A function with these parameters, which says what is wrong with a call as the later one does."""
    found = {}
    exec("def %s(%s): pass" % (name, parameters), found)  # nosec B102 # noqa: S102 - measured parameters
    found[name].__qualname__ = path
    return found[name]


def _refusing(plain, what, stub, doom):
    knowing = []

    @functools.wraps(plain)
    def call(*arguments, **more):
        message = None
        try:
            stub(*arguments, **more)
        except TypeError as error:
            message = str(error)
        if message is None:
            try:
                return plain(*arguments, **more)
            except TypeError as error:
                if error.__traceback__.tb_next is None:  # only the later one can be called so: the caller tries both
                    knowing.append(True)
                raise
        frame = callers.past_ours(_getframe(1))
        outside = not knowing and not callers.is_library(frame.f_code.co_filename)
        if outside and doom.of(frame, what, "TypeError: " + message):
            raise TypeError(message)
        return plain(*arguments, **more)

    return call
