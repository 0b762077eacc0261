"""Fails a test after it ended, for warnings that filters would have raised in its middle (fail-after.json).

Raising changes what a suite does: an ``except Exception`` swallows it, a clean-up is left out. Here the test runs as in
a plain run, and is judged by what was recorded.
"""

import json
import os
import re

from .evidence import FOLDER_VARIABLE, category_name

#: Warnings that one failure names.
_MOST = 10


class Judge:
    """Collects what warned, and says what of it a test fails for."""

    def __init__(self, filters):
        self._rules = list(map(_rule, filters))
        self._of = {}

    def note(self, test, category, text, frames):
        """Take one warning that no test had asked for."""
        if test is not None and self._is_error(category, text, frames):
            self._of.setdefault(test, []).append((category, text, frames))

    def verdict(self, test):
        """The failure of a test as a text with a traceback; None where it has none.

        What warned while its module was imported is the test's, too.
        """
        found = list(self._of.pop(test, ()))
        parts = test.split("::")
        for end in range(1, len(parts)):
            found = self._of.get("::".join(parts[:end]), []) + found
        return _failure(found)

    def afterwards(self, test):
        """The failure of a test's teardown, which is judged by itself."""
        return _failure(self._of.pop(test, ()))

    def _is_error(self, category, text, frames):
        for action, message, kind, module, line in reversed(self._rules):
            if (
                kind in {base.__name__ for base in category.__mro__} | set(map(category_name, category.__mro__))
                and (not message or re.match(re.escape(message), text, re.IGNORECASE))
                and (not line or any(frame[1] == line for frame in frames[:4]))
                and (not module or any(_is_module(frame[0], module) for frame in frames[:4]))
            ):
                return action == "error"
        return False


def judge():
    """A judge, where this cell wants one."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    try:
        with open(os.path.join(folder, "fail-after.json"), "rb") as file:
            return Judge(json.load(file))
    except (OSError, ValueError):
        return None


def _rule(text):
    """(action, message, category, module, line) of a filter as ``-W`` takes it; later ones win."""
    action, message, category, module, line = (text.split(":") + [""] * 5)[:5]
    return action, message, category or "Warning", module, int(line or 0)


def _is_module(file, module):
    dotted = re.sub(r"(/__init__)?\.py$", "", file.replace(os.sep, "/")).replace("/", ".")
    return dotted == module or dotted.endswith("." + module)


def _failure(found):
    return "\n\n".join(_described(*one) for one in found[:_MOST]) if found else None


def _described(category, text, frames):
    lines = ["%s: %s" % (category.__name__, text)]
    lines += ['  File "%s", line %d, in %s' % frame for frame in reversed(frames)]
    return "\n".join(lines)
