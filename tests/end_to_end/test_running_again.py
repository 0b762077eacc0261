"""Breaks are run again on the later Python: only what fails again, and alone, is put down to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow


#: On 3.12 and later three tests fail: one for want of imp, one on its first run only, one after another test.
PYTEST_SUITE = """
import os, pathlib, sys
LATER = sys.version_info >= (3, 12)
STATE = {}

def test_a_steady():
    pass

def test_b_spoils():
    STATE["spoiled"] = LATER

def test_c_touches():
    STATE["touched"] = True

def test_d_needs_imp():
    import imp

def test_e_flaky():
    mark = pathlib.Path(os.environ["MARKS"]) / ("%d.%d" % sys.version_info[:2])
    first = not mark.exists()
    mark.touch()
    assert not (LATER and first)

def test_f_depends_on_order():
    assert not STATE.get("spoiled")

def test_g_depends_on_two():
    assert not (STATE.get("spoiled") and STATE.get("touched")), "both"
"""
UNITTEST_SUITE = """
import unittest
{imports}
class Suite(unittest.TestCase):
{body}
"""


def as_unittest(source: str) -> str:
    head, _, rest = source.partition("\ndef ")
    body = ("\ndef " + rest).replace("():", "(self):").replace("\n", "\n    ")
    return UNITTEST_SUITE.format(imports=head, body=body)


@pytest.mark.parametrize("tool", ["pytest", "xdist", "unittest"])
def test_chance_and_order_are_told_from_the_version(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, tool: str
) -> None:
    if not {"3.11", "3.12"} <= interpreters.keys():
        pytest.skip("needs 3.11 and 3.12")
    (tmp_path / "marks").mkdir()
    source = as_unittest(PYTEST_SUITE) if tool == "unittest" else PYTEST_SUITE
    (tmp_path / "test_suite.py").write_text(source, encoding="utf-8")
    matrix = {
        "install": {"requirements": {"pytest": ["pytest"], "xdist": ["pytest-xdist"], "unittest": []}[tool]},
        "test": {
            "pytest": {"pytest": ["test_suite.py"]},
            "xdist": {"pytest": ["-n1", "test_suite.py"]},
            "unittest": {"unittest": ["test_suite"]},
        }[tool],
        "python": ["3.11", "3.12"],
        "profiles": {"plain": []},
        "env": {"MARKS": str(tmp_path / "marks")},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    ran = forewarn(tmp_path, "run")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    report: dict[str, Any] = json.loads((tmp_path / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    verdicts = {test["name"]: test["verdicts"]["3.12"]["verdict"] for test in report["tests"]}
    assert verdicts == {
        "test_a_steady": "ok",
        "test_b_spoils": "ok",
        "test_c_touches": "ok",
        "test_d_needs_imp": "breaks",
        "test_e_flaky": "flaky",
        "test_f_depends_on_order": "order-dependent",
        "test_g_depends_on_two": "order-dependent",
    }
    cell = tmp_path / ".forewarn" / "cells" / "3.12-plain"
    found = [json.loads(line) for line in (cell / "confirm.jsonl").read_text(encoding="utf-8").splitlines()]
    because = [one["because"] for one in found if one["verdict"] == "order-dependent"]
    names = [[name.replace("::", ".").rpartition(".")[2] for name in one] for one in because]
    assert names == [["test_b_spoils"], ["test_b_spoils", "test_c_touches"]]
    assert not (cell / "again").exists()
    assert report["gate"]["reasons"] == ["1 test breaks on 3.12"]
