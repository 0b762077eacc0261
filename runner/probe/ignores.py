"""What the suite itself has decided not to hear: filters that ignore, skips and expected failures (ignores.jsonl).

Filters that code puts in force are told with the warnings that they hide (``filters``).
"""

import sys

from .evidence import Log


def write(config, items):
    """Write the rules of pytest's configuration and of the tests' marks, each once, with the tests that it is on."""
    log = Log("ignores.jsonl")
    file = str(getattr(config, "inipath", None) or getattr(config, "inifile", None) or "")
    for text in _lines(config.getini("filterwarnings")):
        log.write({"kind": "ini", "text": text, "file": file})
    for text in _lines(getattr(config.known_args_namespace, "pythonwarnings", None)):
        log.write({"kind": "option", "text": text})
    found = {}
    for item in items:
        _add_unittest(found, getattr(item, "cls", None), getattr(item, "originalname", None) or item.name, item.nodeid)
        for mark in item.iter_markers():
            if mark.name == "filterwarnings":
                for text in mark.args:
                    found.setdefault(("mark", str(text), ""), []).append(item.nodeid)
            elif mark.name in ("skip", "skipif", "xfail"):
                reason = mark.kwargs.get("reason") or (mark.args[0] if mark.name == "skip" and mark.args else "")
                conditions = " or ".join(arg for arg in mark.args if isinstance(arg, str) and mark.name != "skip")
                found.setdefault((mark.name, str(reason), conditions), []).append(item.nodeid)
    _write(log, found)


def write_unittest(tests, name_of):
    """Write the rules of a unittest suite: the interpreter's options, and what its decorators skip and expect."""
    log = Log("ignores.jsonl")
    for text in _lines(sys.warnoptions):
        log.write({"kind": "option", "text": text})
    found = {}
    for test in tests:
        _add_unittest(found, type(test), getattr(test, "_testMethodName", ""), name_of(test))
    _write(log, found)


def _add_unittest(found, cls, method, test):
    """What unittest's decorators have left on a method and its class; a condition that did not hold leaves nothing."""
    function = getattr(cls, method, None)
    for holder in (function, cls):
        if getattr(holder, "__unittest_skip__", False) is True:
            found.setdefault(("skip", str(getattr(holder, "__unittest_skip_why__", "")), ""), []).append(test)
        if getattr(holder, "__unittest_expecting_failure__", False) is True:
            found.setdefault(("xfail", "expectedFailure", ""), []).append(test)


def _write(log, found):
    for (kind, text, condition), tests in found.items():
        log.write({"kind": kind, "text": text, "condition": condition, "tests": tests})


def _lines(value):
    return [str(line) for line in value or () if str(line).strip()]
