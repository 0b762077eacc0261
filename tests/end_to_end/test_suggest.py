"""Filters that are suggested are proven: with them, every test of every cell ends as it did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.model import Interpreter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

SUITE = """
import unittest, warnings

def old():
    warnings.warn("old call is going (soon)", DeprecationWarning)

class Suite(unittest.TestCase):
    def test_old(self):
        old()

    def test_notices_filters(self):
        with warnings.catch_warnings():
            warnings.warn("later: {}".format(1), FutureWarning)

    def test_steady(self):
        pass
"""


def forewarn(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("tool", ["pytest", "unittest"])
def test_each_line_is_proven_by_a_run(interpreters: Mapping[str, Interpreter], tmp_path: Path, tool: str) -> None:
    pythons = [name for name in ("3.11", "3.12") if name in interpreters]
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    matrix = {
        "install": {"requirements": ["pytest"] if tool == "pytest" else []},
        "test": {"pytest": ["test_suite.py"]} if tool == "pytest" else {"unittest": ["test_suite"]},
        "python": pythons,
        "profiles": {"plain": []},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    assert forewarn(tmp_path, "run").returncode in (0, 3)
    ended = forewarn(tmp_path, "suggest-filters")
    assert ended.returncode == 0, ended.stderr
    lines = [line.strip() for line in ended.stdout.splitlines()]
    assert lines[0] == "filterwarnings ="
    assert "error::DeprecationWarning" in lines
    assert r"default:old\ call\ is\ going\ \(soon\):DeprecationWarning" in lines
    assert "error::PendingDeprecationWarning" in lines
    assert "default:later:FutureWarning" in lines
    proofs = [line for line in lines if line.startswith("# error::") and "proven, no outcome changed" in line]
    assert len(proofs) == 3
    assert all(f"{python}-plain: 3 tests in " in proof for proof in proofs for python in pythons)


def test_without_results_it_is_one_message(tmp_path: Path) -> None:
    ended = forewarn(tmp_path, "suggest-filters")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: .forewarn is no results folder")
    assert "Traceback" not in ended.stderr
