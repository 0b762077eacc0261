"""Names of opcodes that a later version does not have: refused to code that writes them down.

The compiler of this Python still emits them. So names that come out of ``opcode.opname`` or ``opcode.opmap``, as they
do where a function is disassembled, are known by their type, and are found as ever.
"""

from sys import _getframe

from . import callers
from .as_if_modules import when_loaded


def refuse(names, doom):
    """Refuse names to who looks them up in ``opcode.opmap``, once ``dis``, which needs them all, is loaded."""
    if names:
        when_loaded("opcode", lambda _: __import__("dis"))
        when_loaded("dis", lambda dis: _refuse(dis, frozenset(names), doom))


def _refuse(dis, names, doom):
    import opcode

    own = {name: _OwnName(name) for name in names}
    found = _Opmap({own.get(name, name): number for name, number in opcode.opmap.items()})
    found.refused, found.doom = names, doom
    opcode.opmap = dis.opmap = found
    for table in (opcode.opname, getattr(dis, "_all_opname", [])):  # the second has specialised ones, too
        table[:] = [own.get(name, name) for name in table]


class _OwnName(str):
    """A name as this Python's own tables have it."""

    __slots__ = ()


class _Opmap(dict):
    """Name → number, without what is refused."""

    def __getitem__(self, name):
        if self._is_refused(name, _getframe(1)):
            raise KeyError(name)
        return dict.__getitem__(self, name)

    def __contains__(self, name):
        return dict.__contains__(self, name) and not self._is_refused(name, _getframe(1))

    def get(self, name, default=None):
        """As that of a dict."""
        return default if self._is_refused(name, _getframe(1)) else dict.get(self, name, default)

    def _is_refused(self, name, frame):
        if type(name) is not str or name not in self.refused or callers.is_library(frame.f_code.co_filename):
            return False
        return self.doom.of(frame, "opcode.opmap[%r]" % name, "KeyError: %r" % name)
