"""Does a run as if break what it should not? CPython's own tests, on one version as if it were a later one.

Each module of the base's tests runs on the base, on the base as if it were the later version, and on the later version.
A test that fails as if and on neither of the two is looked up in the later version's tests: where it reads the same
there, the later version passes it, and the run as if is wrong. Prints a table, and each such test.

    python bench/own_tests.py 3.12 3.13 --interpreter 3.12=/path/to/python3.12

The interpreters need their ``test`` package. Tests that look at the library's own text fail rightly: it is another one.

Exit status: 0 none is wrong, 1 some are, 2 a module could not be run on one of the two versions, and is not known.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge.measure import _found, _given  # noqa: E402
from runner.as_if import config, prepare_library  # noqa: E402
from runner.pythons import parse_python  # noqa: E402

MODULES = """
    asyncio.test_base_events asyncio.test_locks asyncio.test_queues asyncio.test_runners asyncio.test_selector_events
    asyncio.test_streams asyncio.test_taskgroups asyncio.test_tasks asyncio.test_timeouts test_base64 test_collections
    test_contextlib test_copy test_dataclasses test_functools test_heapq test_inspect test_random test_reprlib
    test_selectors test_subprocess
""".split()  # noqa: SIM905 - a list of words
_SECONDS = 120

#: Runs the tests of one module; the first argument is the file for the probe, or nothing.
_RUN = """
import json, os, sys, unittest
told, probe, name = sys.argv[1:]
if told:
    sys.path.insert(0, probe)
    from forewarn_probe import as_if, as_if_modules, spy
    refuse = as_if_modules._Removed.find_spec
    # Python's own tests are refused in a run as if; here they are what is looked at.
    as_if_modules._Removed.find_spec = lambda self, name, path=None, target=None: (
        None if name.startswith("test.") else refuse(self, name, path, target))
    as_if.install(json.load(open(told)))
    sys.path.remove(probe)
import unittest
failed = []
class Result(unittest.TestResult):
    def addError(self, test, error): failed.append(test.id())
    def addFailure(self, test, error): failed.append(test.id())
    def addSubTest(self, test, subtest, error): failed.extend([test.id()] if error is not None else [])
result = Result()
suite = unittest.defaultTestLoader.loadTestsFromName(name)
if unittest.defaultTestLoader.errors:  # no such module here, or one that does not import
    os._exit(1)
suite.run(result)
print("\\nRESULT" + json.dumps([result.testsRun, failed]), flush=True)
os._exit(0)
"""
#: Prints each test method of one module, without what is no code: {Class.method: its tree}.
_READ = """
import ast, importlib.util, json, sys
spec = importlib.util.find_spec(sys.argv[1])
tree = ast.parse(open(spec.origin, encoding="utf-8").read())
print(json.dumps({"%s.%s" % (owner.name, one.name): ast.unparse(one)
    for owner in ast.walk(tree) if isinstance(owner, ast.ClassDef)
    for one in owner.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}))
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", metavar="3.X")
    parser.add_argument("later", metavar="3.Y")
    parser.add_argument("--module", nargs="+", default=MODULES, metavar="NAME", help="below the package test")
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH")
    options = parser.parse_args(argv)
    found = {**_found(), **dict(_given(options.interpreter))}
    if missing := [version for version in (options.base, options.later) if version not in found]:
        print(f"error: no Python {', '.join(missing)} here", file=sys.stderr)
        return 2
    wrong, unknown = 0, 0
    print(f"| {options.base} as if {options.later} | tests | fail as if alone | which the later version has so |")
    print("| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(found[options.base], found[options.later], Path(folder))
        bench.prepare(options.base, options.later)
        for module in options.module:
            compared = bench.compare(f"test.{module.replace('asyncio.', 'test_asyncio.')}")
            if compared is None:
                unknown += 1
                print(f"| {module} | not run | | not known |", flush=True)
                continue
            tests, alone = compared
            same = [test for test in alone if bench.is_same(test)]
            wrong += len(same)
            print(f"| {module} | {tests} | {len(alone)} | {' '.join(same) or '–'} |", flush=True)
    return 2 if unknown else 1 if wrong else 0


class _Bench:
    def __init__(self, base: str, later: str, work: Path) -> None:
        self._base = base
        self._later = later
        self._work = work
        self._read: dict[tuple[str, str], dict[str, str]] = {}

    def prepare(self, base: str, later: str) -> None:
        """Write what the probe is told, and put the probe beside it."""
        first, second = parse_python(base), parse_python(later)
        (self._work / "forewarn_probe").symlink_to(ROOT / "runner" / "probe")
        told = config(first, second, prepare_library(first, second, self._work))
        (self._work / "as-if.json").write_text(json.dumps(told), encoding="utf-8")

    def compare(self, module: str) -> tuple[int, list[str]] | None:
        """How many tests there are, and which fail as if, but neither on the base nor on the later version.

        None where one of the two versions does not run them by itself.
        """
        plain, later = self._run(self._base, module, ""), self._run(self._later, module, "")
        if plain is None or later is None or not plain[0]:
            return None
        as_if = self._run(self._base, module, str(self._work / "as-if.json"))
        if as_if is None:
            return plain[0], ["hangs or dies"]
        others = {*plain[1], *later[1]}
        return plain[0], [test for test in dict.fromkeys(as_if[1]) if test not in others]

    def is_same(self, test: str) -> bool:
        """Whether the later version's tests have this one, and it reads the same; what hangs or dies is as bad."""
        module, owner, name = test.rsplit(".", 2) if test.count(".") > 1 else ("", "", "")
        both = [self._sources(python, module).get(f"{owner}.{name}") for python in (self._base, self._later)]
        return not module or (both[0] is not None and both[0] == both[1])

    def _run(self, python: str, module: str, told: str) -> tuple[int, list[str]] | None:
        with tempfile.TemporaryDirectory() as folder:
            command = [python, "-W", "ignore", "-c", _RUN, told, str(self._work), module]
            caches = {"PYTHONPYCACHEPREFIX": str(self._work / ("as-if" if told else "plain"))}
            try:
                run = subprocess.run(
                    command,
                    cwd=folder,
                    env={**os.environ, **caches},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return None
        answer = run.stdout.rpartition("RESULT")[2] if "RESULT" in run.stdout else ""
        if not answer:
            return None
        found: list[Any] = json.loads(answer)
        return found[0], found[1]

    def _sources(self, python: str, module: str) -> dict[str, str]:
        key = (python, module)
        if key not in self._read:
            run = subprocess.run([python, "-c", _READ, module], capture_output=True, text=True, check=False)
            self._read[key] = json.loads(run.stdout) if run.returncode == 0 else {}
        return self._read[key]


if __name__ == "__main__":
    sys.exit(main())
