"""What warns today of an end that has come by the later version: the warning becomes that version's error."""

import builtins
import re
import warnings

from . import callers, spy

#: Kinds of errors that records name; anything else is raised as the nearest of these.
_KINDS = (
    "AttributeError ImportError ModuleNotFoundError TypeError ValueError RuntimeError NameError SyntaxError KeyError "
    "NotImplementedError OSError LookupError IndexError ArithmeticError AssertionError RecursionError OverflowError"
).split()


def end(rules, doom):
    """Raise for warnings that a rule knows: ``{"category", "pattern", "error", "message", "record", "by_anybody"}``.

    A record of Python's is about what Python warns of; one of the project's own, about whoever says so.
    """
    compiled = [(rule, re.compile(rule["pattern"])) for rule in rules]

    def judge(category, text, frame):
        itself = _warns_itself(frame)
        names = {one.__name__ for one in getattr(category, "__mro__", ())}
        for rule, pattern in compiled:
            if itself and not rule["by_anybody"]:
                continue
            if rule["category"] in names and pattern.search(text):
                message = rule["message"]
                if doom.of(frame, rule["subject"], "%s: %s" % (rule["error"], message), rule["record"]):
                    return _error(rule["error"], message)
        return None

    if compiled:
        spy.judge = judge


def _warns_itself(frame):
    """Whether a warning is the own of a project that says what Python says, such as a backport; C code has no frame."""
    while frame is not None and frame.f_code.co_filename == warnings.__file__:
        frame = frame.f_back
    if frame is None or callers.is_library(frame.f_code.co_filename):
        return False
    return any("warn" in name or "deprecat" in name for name in frame.f_code.co_names)


def _error(kind, message):
    return (getattr(builtins, kind) if kind in _KINDS else RuntimeError)(message)
