"""An independent witness of a suite's outcomes: plain pytest or unittest, without any of forewarn's code."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: pytest's own categories, as its terminal counts them.
PYTEST_WITNESS = """
import json, os
RANK = ["passed", "xpassed", "skipped", "xfailed", "error", "failed"]
found, modules = {}, {}

def pytest_runtest_logreport(report):
    category = CONFIG.hook.pytest_report_teststatus(report=report, config=CONFIG)[0]
    if category == "" or category not in RANK:
        category = "passed" if report.passed else category
    if category in RANK:
        before = found.get(report.nodeid, "passed")
        found[report.nodeid] = max(before, category, key=RANK.index)

def pytest_collectreport(report):
    if not report.passed:
        modules[report.nodeid] = "error" if report.failed else "skipped"

def pytest_configure(config):
    global CONFIG
    CONFIG = config

def pytest_sessionfinish(session):
    with open(os.environ["WITNESS_OUTPUT"], "w") as file:
        json.dump({"tests": found, "modules": modules}, file)
"""

UNITTEST_WITNESS = """
import json, os, sys, unittest
found, modules = {}, {}
RANK = ["passed", "skipped", "xfailed", "error", "failed"]

def note(test, outcome):
    kind = type(test).__name__
    if kind == "_ErrorHolder":
        word, _, rest = test.id().partition(" (")
        if not word.startswith("tearDown"):
            modules[rest.rstrip(")")] = outcome
        return
    if kind in ("_FailedTest", "ModuleSkipped"):
        modules[test._testMethodName] = outcome
        return
    name = test.id()
    found[name] = max(found.get(name, "passed"), outcome, key=RANK.index)

class Result(unittest.TextTestResult):
    def addSuccess(self, test): super().addSuccess(test); note(test, "passed")
    def addFailure(self, test, err): super().addFailure(test, err); note(test, "failed")
    def addError(self, test, err): super().addError(test, err); note(test, "error")
    def addSkip(self, test, reason): super().addSkip(test, reason); note(test, "skipped")
    def addExpectedFailure(self, test, err): super().addExpectedFailure(test, err); note(test, "xfailed")
    def addUnexpectedSuccess(self, test): super().addUnexpectedSuccess(test); note(test, "failed")
    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err: note(test, "failed" if issubclass(err[0], test.failureException) else "error")

class Runner(unittest.TextTestRunner):
    resultclass = Result

sys.argv[0] = "python -m unittest"
sys.path[0] = ""
try:
    unittest.main(module=None, testRunner=Runner)
finally:
    with open(os.environ["WITNESS_OUTPUT"], "w") as file:
        json.dump({"tests": found, "modules": modules}, file)
"""

_OURS = ("--junitxml=", "junit_family=")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Witnessed:
    """Outcomes of a plain run."""

    outcomes: Mapping[str, str]
    modules: Mapping[str, str]
    """Module or class → ``error`` or ``skipped``, where none of its tests was run."""
    seconds: float


def witness(record: Mapping[str, Any], folder: Path) -> Witnessed:
    """Run the suite of a cell plainly, in the environment and folder of its cell.json."""
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "outcomes.json"
    output.unlink(missing_ok=True)
    (folder / "witness_plugin.py").write_text(PYTEST_WITNESS, encoding="utf-8")
    (folder / "witness_unittest.py").write_text(UNITTEST_WITNESS, encoding="utf-8")
    changes = {name: value for name, value in record["environment"].items() if not name.startswith("FOREWARN_")}
    merged = {**os.environ, **changes, "WITNESS_OUTPUT": str(output)}
    python, *words = record["command"]
    if record["tool"] == "unittest":
        command = [python, str(folder / "witness_unittest.py"), *words[words.index("--") + 1 :]]
    else:
        merged["PYTHONPATH"] = os.pathsep.join(part for part in (str(folder), changes.get("PYTHONPATH") or "") if part)
        command = [
            python,
            "-m",
            "pytest",
            "-p",
            "witness_plugin",
            *_arguments(words),
            "--continue-on-collection-errors",
        ]
    started = time.monotonic()
    subprocess.run(
        command,
        cwd=record["cwd"],
        env={name: value for name, value in merged.items() if value is not None},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    found = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {"tests": {}, "modules": {}}
    return Witnessed(outcomes=found["tests"], modules=found["modules"], seconds=time.monotonic() - started)


def compare(said: Mapping[str, str], plain: Witnessed) -> dict[str, str]:
    """Test id → how forewarn's outcome differs from the plain run's, for those that differ."""
    found = {}
    for test in said.keys() | plain.outcomes.keys():
        expected = plain.outcomes.get(test) or _from_module(test, plain.modules) or "missing"
        if said.get(test, "missing") != expected:
            found[test] = f"{test}: forewarn {said.get(test, 'missing')}, plain {expected}"
    return found


def _from_module(test: str, modules: Mapping[str, str]) -> str | None:
    for name, outcome in modules.items():
        if test == name or test.startswith((f"{name}::", f"{name}.", f"{name}/")):
            return outcome
    return None


def _arguments(words: list[str]) -> list[str]:
    """The user's arguments among the words of a cell's pytest command."""
    begin = words.index("forewarn_probe.pytest_plugin") + 1
    end = next(index for index, word in enumerate(words) if word.startswith(_OURS[0]))
    return words[begin:end]
