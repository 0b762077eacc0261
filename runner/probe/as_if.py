"""``python -m forewarn_probe.as_if CONFIG -m MODULE ARGS``: a module run as if this Python were a later one.

What a later version removes raises that version's error where the target's code, its tests or a dependency ask for
it; modules of the standard library that are written in Python are the later version's own, where they run here; what
warns today of an end that comes by then ends; and what the later version begins to warn of warns. The standard
library's own code is spared: the later one has been changed together with what it uses. CONFIG is the JSON object that
``runner/as_if.py`` writes.
"""

import atexit
import json
import os
import runpy
import sys

from . import (
    as_if_announced,
    as_if_calls,
    as_if_functions,
    as_if_language,
    as_if_library,
    as_if_modules,
    as_if_names,
    as_if_opcodes,
    as_if_warnings,
    callers,
    children,
    lacking,
)
from .evidence import Log, say_lost
from .guards import Guards
from .qualnames import name_of


class Doom:
    """Decides whether a use is held against the code that makes it, and writes it down."""

    def __init__(self, version):
        self.version = version
        self._guards = Guards(version)
        self._log = Log("uses.jsonl")
        self._seen = set()

    def of(self, frame, what, error, record=None):
        """Whether the use that ``frame`` makes ends on the later version: nobody on the way guards it."""
        frames = list(callers.outside(frame))
        if not frames or any(self._guards.is_dead(one) for one in frames):
            return False
        place = frames[0]
        key = (what, place.f_code.co_filename, place.f_lineno, _test())
        if key not in self._seen:
            self._seen.add(key)
            self._log.write(
                {
                    "test": _test(),
                    **({"child": True} if children.test() else {}),
                    "what": what,
                    "error": error,
                    "record": record,
                    "file": place.f_code.co_filename,
                    "line": place.f_lineno,
                    "stack": [
                        [one.f_code.co_filename, one.f_lineno, name_of(one.f_code, one.f_lineno)] for one in frames[:20]
                    ],
                }
            )
        return True


def _test():
    from .spy import current_test

    return current_test() or children.test()


def install(config):
    """Make this interpreter behave as the later one."""
    version = tuple(config["version"])
    doom = Doom(version)
    if config.get("library"):
        callers.add_library(config["library"]["folder"])
        as_if_modules.overlay(config["library"]["folder"], config["library"]["modules"])
    as_if_functions.replace(config.get("functions", {}), (config.get("library") or {}).get("folder"))
    lacking.watch_tests()
    as_if_modules.remove(config.get("modules", ()), doom)
    as_if_names.remove(config.get("names", {}), doom)
    as_if_opcodes.refuse(config.get("opcodes", ()), doom)
    as_if_calls.refuse(config.get("calls", {}), doom)
    as_if_announced.announce(config.get("announced", ()), doom)
    as_if_warnings.end(config.get("warnings", ()), doom)
    as_if_language.install(version, doom)
    as_if_library.install(version, config.get("signatures", {}), doom)


def start_child(file):
    """Run this process so, too; one that cannot says that evidence was lost, and goes on."""
    try:
        install(_read(file))
        atexit.register(_tell_of_crash)
    except Exception:
        say_lost()


def _tell_of_crash():
    """Write down the exception that ends this process: it may be a fault of ours, which says nothing of the later one.

    The interpreter has left it where a debugger looks for it.
    """
    test, error = children.test(), getattr(sys, "last_value", None)
    if test is None or error is None:
        return
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = "" if trace is None else trace.tb_frame.f_code.co_filename
    Log("crashes.jsonl").write({"test": test, "type": type(error).__name__, "message": str(error), "file": file})


def _read(file):
    with open(file, "rb") as opened:
        return json.load(opened)


def main():
    config, rest = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if rest[:1] != ["-m"]:
        raise SystemExit("usage: as_if CONFIG -m MODULE ARGS")
    sys.argv = rest[1:]
    install(_read(config))
    os.environ[children.AS_IF_VARIABLE] = config
    runpy.run_module(rest[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
