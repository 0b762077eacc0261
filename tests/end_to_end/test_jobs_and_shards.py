"""A plan's jobs as CI runs them, each in a folder of its own, against the same matrix run in one go."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.model import Interpreter
from runner.record import EVIDENCE_FILES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

UNITTEST = """
import unittest

GREEN = []

def setUpModule():
    GREEN.append(1)

class First(unittest.TestCase):
    def test_a(self): self.assertTrue(GREEN)
    def test_b(self): self.fail("always")

class Second(unittest.TestCase):
    def test_a(self): self.skipTest("not here")
    def test_b(self): self.assertTrue(GREEN)
"""
PYTEST = """
import warnings
import pytest

@pytest.fixture(scope="module")
def resource():
    return []

@pytest.mark.parametrize("word", ["x", "y::z", "a/b"])
def test_words(resource, word):
    resource.append(word)

def test_warns():
    warnings.warn("old", DeprecationWarning)

@pytest.mark.xfail
def test_expected():
    assert False
"""


def forewarn(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def outcomes(folder: Path) -> dict[str, Any]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert all(cell["status"] == "complete" for cell in report["cells"]), report["cells"]
    return {test["id"]: (test["outcomes"], test["file"], test["line"]) for test in report["tests"]}


def causes(folder: Path) -> dict[str, Any]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {cause["id"]: (cause["function"], cause["origin"], sorted(cause["tests"])) for cause in report["causes"]}


@pytest.mark.parametrize("tool", ["unittest", "pytest", "pytest -n2"])
def test_the_union_of_all_shards_is_the_whole_suite(
    tmp_path: Path, interpreters: Mapping[str, Interpreter], tool: str
) -> None:
    base = max(set(interpreters) & {"3.11", "3.12", "3.13"})
    later = f"3.{int(base.split('.')[1]) + 1}"
    text = UNITTEST if tool == "unittest" else PYTEST
    for name in ("test_one", "test_two", "test_three"):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "test_broken.py").write_text("import no_such_module_anywhere", encoding="utf-8")
    program, *arguments = tool.split()
    requirements = {"unittest": [], "pytest": ["pytest"], "pytest -n2": ["pytest", "pytest-xdist"]}[tool]
    matrix = {
        "test": {program: arguments},
        "install": {"mode": "none", "requirements": requirements},
        "python": [base],
        "forecast": [later],
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    forewarn(tmp_path, "run", "--results", "whole")
    planned = forewarn(tmp_path, "plan", "--shards", "5", "--format", "json")
    (tmp_path / "plan.json").write_text(planned.stdout, encoding="utf-8")
    for job in json.loads(planned.stdout)["jobs"]:
        ended = forewarn(tmp_path, "run", "--job", job["job"], "--plan", "plan.json", "--results", f"art/{job['job']}")
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert forewarn(tmp_path, "collect", "art", "--into", "merged").returncode == 0
    codes = {forewarn(tmp_path, "report", name).returncode for name in ("whole", "merged")}
    assert len(codes) == 1
    assert outcomes(tmp_path / "merged") == outcomes(tmp_path / "whole")
    assert causes(tmp_path / "merged") == causes(tmp_path / "whole")
    left = {file.name for cell in (tmp_path / "whole" / "cells").iterdir() for file in cell.iterdir()}
    assert left <= set(EVIDENCE_FILES), "what a cell leaves, and collect would not take"
    parts = json.loads((tmp_path / f"merged/cells/{base}-plain/cell.json").read_text())["shards"]
    assert [part["status"] for part in parts] == ["complete"] * 5


def test_a_job_that_never_came_is_an_incomplete_report(tmp_path: Path, interpreters: Mapping[str, Interpreter]) -> None:
    base, later = sorted(set(interpreters) & {"3.11", "3.12", "3.13"})[-2:]
    (tmp_path / "test_one.py").write_text(UNITTEST, encoding="utf-8")
    matrix = {"test": {"unittest": []}, "python": [base, later], "profiles": {"plain": []}}
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    assert forewarn(tmp_path, "run", "--job", base, "--results", "art/one").returncode == 0
    collected = forewarn(tmp_path, "collect", "art")
    assert f"! job {later} left no results of {later}-plain" in collected.stdout
    reported = forewarn(tmp_path, "report")
    assert reported.returncode == 3
    assert f"job {later} left no results" in reported.stdout
    badge = json.loads(forewarn(tmp_path, "badge", "--format", "json").stdout)
    assert badge["message"] == f"unknown for {later}"


def test_two_runs_in_one_second_have_folders_of_their_own(
    tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    """Python knows bytecode by the second and the size of its source, and nox loads a file that names the folder."""
    (tmp_path / "test_a.py").write_text(UNITTEST, encoding="utf-8")
    base = max(set(interpreters) & {"3.11", "3.12", "3.13"})
    matrix = {"test": {"unittest": []}, "install": {"mode": "none"}, "python": [base]}
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    noxfile = tmp_path / ".nox" / "forewarn" / "noxfile.py"
    for name in ("one", "two"):
        forewarn(tmp_path, "run", "--no-cache", "--results", name)
        assert (tmp_path / name / "cells").is_dir()
        # As if it had been compiled in the second in which the next one is written.
        py_compile.compile(str(noxfile), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
