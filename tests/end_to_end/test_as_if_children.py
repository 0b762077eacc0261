"""A forecast sees what the suite's child processes do: workers of pytest-xdist, programs, processes by spawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow

CASES = """
import multiprocessing, os, subprocess, sys, unittest


def run(code, **more):
    return subprocess.run([sys.executable, "-c", code], **more).returncode


def work():
    import asynchat


class Children(unittest.TestCase):
    def test_own(self):
        import imp

    def test_program(self):
        self.assertEqual(run("import imp"), 0)

    def test_guarded(self):
        self.assertEqual(run("try:\\n import imp\\nexcept ImportError: pass"), 0)

    def test_grandchild(self):
        code = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import smtpd']))"
        self.assertEqual(run(code), 0)

    def test_warned(self):
        self.assertEqual(run("import warnings; warnings.warn('old ways', DeprecationWarning)"), 0)

    def test_spawned(self):
        child = multiprocessing.get_context("spawn").Process(target=work)
        child.start()
        child.join()
        self.assertEqual(child.exitcode, 0)

    def test_nothing(self):
        self.assertEqual(run("import json, re, dataclasses"), 0)
"""
DOOMED = {"test_own", "test_program", "test_grandchild", "test_spawned", "test_warned"}
FINE = {"test_guarded", "test_nothing"}
#: What the project knows itself, and no part of Python: nothing but the warning tells of it.
OLD_WAYS = {
    "id": "old-ways",
    "subject": "old ways",
    "message-pattern": "^old ways$",
    "category": "DeprecationWarning",
    "removed-in": "3.12",
    "after-removal": "RuntimeError: no old ways",
}


def measured(folder: Path, interpreters: Mapping[str, Interpreter], test: Mapping[str, Any], *needs: str) -> Any:
    (folder / "test_children.py").write_text(CASES, encoding="utf-8")
    matrix = {
        "install": {"mode": "none", "requirements": list(needs)},
        "test": test,
        "python": ["3.11"],
        "forecast": ["3.12"],
        "interpreters": {"3.11": interpreters["3.11"].executable},
        "profiles": {"plain": []},
        "knowledge": [OLD_WAYS],
    }
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    ran = forewarn(folder, "run")
    assert ran.returncode in (1, 3), ran.stderr
    return json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("test", "needs"),
    [
        pytest.param({"pytest": ["test_children.py"]}, ["pytest"], id="pytest"),
        pytest.param({"pytest": ["-n", "2", "test_children.py"]}, ["pytest", "pytest-xdist"], id="xdist"),
        pytest.param({"unittest": ["test_children"]}, [], id="unittest"),
    ],
)
def test_what_a_child_process_uses_breaks_its_test(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, test: Mapping[str, Any], needs: list[str]
) -> None:
    report = measured(tmp_path, interpreters, test, *needs)
    verdicts = {one["id"].rpartition("::")[2]: one["verdicts"]["3.12"]["verdict"] for one in report["tests"]}
    assert {name.rpartition(".")[2] for name, verdict in verdicts.items() if verdict == "will-break"} == DOOMED
    assert {name.rpartition(".")[2] for name in verdicts} == DOOMED | FINE
    [cause] = [one for one in report["causes"] if one["in_child"] and "'imp'" in one["title"]]
    assert (cause["title"], cause["kind"]) == ("ModuleNotFoundError: No module named 'imp'", "use")
    assert "test_program" in cause["tests"][0]
    assert "importlib" in cause["replacement"]
