"""What the compiler warns of is said by every run, not only by the one that compiles the files first."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow

TEST = """
import unittest
import helper

class A(unittest.TestCase):
    def test_a(self): self.assertTrue(helper.TEXT)
    def test_b(self):
        import late
        self.assertTrue(late.TEXT)
"""
OTHER = """
import unittest

class B(unittest.TestCase):
    def test_c(self): pass
"""
WARNS = 'TEXT = "\\d"\n'
UNCOLLECTED = {"test_a": "not collected", "test_b.B.test_c": "passed"}


@pytest.fixture
def project(interpreters: Mapping[str, Interpreter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if "3.12" not in interpreters:
        pytest.skip("needs 3.12")
    # Nothing of the run of these tests has a say in what is compiled and kept.
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"):
        monkeypatch.delenv(name, raising=False)
    for name, text in (("test_a.py", TEST), ("test_b.py", OTHER), ("helper.py", WARNS), ("late.py", WARNS)):
        (tmp_path / "suite").mkdir(exist_ok=True)
        (tmp_path / "suite" / name).write_text(text, encoding="utf-8")
    matrix = {
        "target": "suite",
        "test": {"unittest": ["discover"]},
        "python": ["3.12"],
        "profiles": {"plain": [], "strict": ["error::SyntaxWarning"]},
        "gate": {"fail-on": "nothing"},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    return tmp_path


def seen(project: Path, *words: str) -> tuple[list[str | None], dict[str, str]]:
    """In which tests the plain cell saw it, None before all of them; and the outcomes of the strict one."""
    ended = forewarn(project, "run", "--no-cache", *words)
    assert "there is no later version to compare with" in ended.stdout, ended.stdout + ended.stderr
    cells = project / ".forewarn" / "cells"
    lines = (cells / "3.12-plain" / "warnings.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    told = [one.get("test") for one in records if "escape" in one["message"]]
    tests = (cells / "3.12-strict" / "tests.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in tests]
    outcomes = {one["id"]: one["outcome"] for one in events if one.get("event") == "end"}
    errors = {one["id"]: "not collected" for one in events if one.get("event") == "collection-error"}
    return told, outcomes | errors


@pytest.mark.parametrize("words", [("--parallel", "1"), ("--parallel", "2")], ids=["in place", "in copies"])
def test_the_second_run_says_what_the_first_said(project: Path, words: tuple[str, ...]) -> None:
    first = seen(project, *words)
    assert first[0] == [None, "test_a.A.test_b"], first
    assert first[1] == UNCOLLECTED, first
    (project / "suite" / "helper.py").write_text("TEXT = 1\n", encoding="utf-8")
    second = seen(project, *words)
    assert second == seen(project, *words)
    assert second[0] == ["test_a.A.test_b"]
    assert second[1] == {"test_a.A.test_a": "passed", "test_a.A.test_b": "error", "test_b.B.test_c": "passed"}


def test_what_was_compiled_before_forewarn_came(project: Path, interpreters: Mapping[str, Interpreter]) -> None:
    words = [interpreters["3.12"].executable, "-W", "ignore", "-m", "unittest", "test_a"]
    subprocess.run(words, cwd=project / "suite", check=True, capture_output=True)
    assert list(project.glob("suite/__pycache__/helper.*.pyc"))
    told, outcomes = seen(project)
    assert told == [None, "test_a.A.test_b"]
    assert outcomes == UNCOLLECTED
