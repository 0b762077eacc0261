"""What warns today of an end that has come by the later version: the warning becomes that version's error."""

import builtins
import re

from . import spy

#: Kinds of errors that records name; anything else is raised as the nearest of these.
_KINDS = (
    "AttributeError ImportError ModuleNotFoundError TypeError ValueError RuntimeError NameError SyntaxError KeyError "
    "NotImplementedError OSError LookupError IndexError ArithmeticError AssertionError RecursionError OverflowError"
).split()


def end(rules, doom):
    """Raise for warnings that a rule knows: ``{"category", "pattern", "error", "message", "record"}``."""
    compiled = [(rule, re.compile(rule["pattern"])) for rule in rules]

    def judge(category, text, frame):
        names = {one.__name__ for one in getattr(category, "__mro__", ())}
        for rule, pattern in compiled:
            if rule["category"] in names and pattern.search(text):
                message = rule["message"]
                if doom.of(frame, rule["subject"], "%s: %s" % (rule["error"], message), rule["record"]):
                    return _error(rule["error"], message)
        return None

    if compiled:
        spy.judge = judge


def _error(kind, message):
    return (getattr(builtins, kind) if kind in _KINDS else RuntimeError)(message)
