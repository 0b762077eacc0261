"""Which source files a suite loads, and in which test (loaded.jsonl): the compiler may have warned of them long ago."""

import sys

from . import callers
from .evidence import Log, quoted


class Loaded:
    """Writes each file once, when it is noticed."""

    def __init__(self):
        self._log = Log("loaded.jsonl")
        self._count = 0
        self._seen = set()

    def note(self, test=None):
        """Look at what was loaded since the last look; next to nothing where that is nothing."""
        if len(sys.modules) == self._count:
            return
        self._count = len(sys.modules)
        lines = []
        for name in set(sys.modules).difference(self._seen):
            self._seen.add(name)
            variables = getattr(sys.modules.get(name), "__dict__", None)
            file = variables.get("__file__") if isinstance(variables, dict) else None
            if isinstance(file, str) and file.endswith(".py") and not callers.is_library(file):
                lines.append('{"file":%s,"test":%s}\n' % (quoted(file), quoted(test) if test else "null"))
        if lines:
            self._log.write_text("".join(lines))
