"""A profile that fails tests after their end: nothing in them changes, nothing that warned is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow


LIBRARY = """
import warnings

def old():
    warnings.warn("old is going", DeprecationWarning, stacklevel=2)
    return 1
"""
SUITE = """
import pathlib, threading, unittest, warnings
import library

DONE = []

class Suite(unittest.TestCase):
    def test_calls(self):
        self.assertEqual(library.old(), 1)
        DONE.append("the line behind it ran")

    def test_done(self):
        self.assertEqual(DONE, ["the line behind it ran"])

    def test_expected(self):
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            library.old()

    def test_other_category(self):
        warnings.warn("mind", UserWarning)

    def test_quiet(self):
        pass

    def test_swallows(self):
        try:
            library.old()
        except Exception:
            pass

    def test_thread(self):
        thread = threading.Thread(target=library.old)
        thread.start()
        thread.join()
"""


@pytest.mark.parametrize("tool", ["pytest", "unittest", "xdist"])
@pytest.mark.parametrize("name", ["3.8", "3.12", "3.15"])
def test_outcomes(interpreters: Mapping[str, Interpreter], tmp_path: Path, tool: str, name: str) -> None:
    if name not in interpreters:
        pytest.skip(f"no Python {name} here")
    (tmp_path / "library.py").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    arguments = {"pytest": ["test_suite.py"], "xdist": ["-n1", "test_suite.py"], "unittest": ["test_suite"]}[tool]
    matrix = {
        "install": {"requirements": {"pytest": ["pytest"], "xdist": ["pytest-xdist"], "unittest": []}[tool]},
        "test": {"unittest" if tool == "unittest" else "pytest": arguments, "pythonpath": ["."]},
        "python": [name],
        "interpreters": {name: interpreters[name].executable},
        "profiles": {
            "plain": [],
            "after": {"filters": ["error::DeprecationWarning"], "fail": "after"},
        },
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    ran = forewarn(tmp_path, "run")
    report: dict[str, Any] = json.loads((tmp_path / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    found = {test["name"]: test["outcomes"] for test in report["tests"]}
    assert {test: outcomes[f"{name}-after"] for test, outcomes in found.items()} == {
        "test_calls": "failed",
        "test_done": "passed",
        "test_expected": "passed",
        "test_other_category": "passed",
        "test_quiet": "passed",
        "test_swallows": "failed",
        "test_thread": "failed",
    }, ran.stdout + ran.stderr
    assert {outcomes[f"{name}-plain"] for outcomes in found.values()} == {"passed"}
    causes = {(cause["title"], cause["function"]) for cause in report["causes"]}
    assert causes == {("DeprecationWarning: old is going", "old")}
