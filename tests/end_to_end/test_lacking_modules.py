"""A module that this build of the later Python does not have: the suite loses tests to it, and Python is not blamed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from command import forewarn

from runner.model import Interpreter
from runner.pythons import parse_python

pytestmark = pytest.mark.slow

# Nobody finds `colorsys` on the later version, as in a build that was made without it.
CONFTEST = """
import importlib.machinery, sys

if sys.version_info >= {later}:
    find = importlib.machinery.PathFinder.find_spec
    importlib.machinery.PathFinder.find_spec = staticmethod(
        lambda name, path=None, target=None: None if name == "colorsys" else find(name, path, target)
    )
    sys.modules.pop("colorsys", None)
"""
PYTEST = {
    "test_asks.py": "def test_asks():\n    import colorsys\n\ndef test_other():\n    import wave\n",
    "test_needs.py": "import colorsys\n\ndef test_needs():\n    pass\n",
    "test_swallows.py": """
try:
    import colorsys
except ImportError:
    pass
else:
    def test_swallows():
        pass

def test_stays():
    pass
""",
    "test_hides.py": """
import sys

def test_hides(monkeypatch):
    if sys.version_info >= {later}:
        monkeypatch.setitem(sys.modules, "fractions", None)
    import fractions
""",
}


def test_what_a_build_lacks_is_told(interpreters: Mapping[str, Interpreter], tmp_path: Path) -> None:
    base, later = sorted((one for one in interpreters if one != "3.15"), key=_numbers)[-2:]
    for name, text in {"conftest.py": CONFTEST, **PYTEST}.items():
        (tmp_path / name).write_text(text.replace("{later}", repr(_numbers(later))), encoding="utf-8")
    matrix = {
        "install": {"mode": "none", "requirements": ["pytest"]},
        "test": {"pytest": ["."]},
        "python": [base, later],
        "interpreters": {one: interpreters[one].executable for one in (base, later)},
        "profiles": {"plain": []},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    ran = forewarn(tmp_path, "run")
    report = json.loads((tmp_path / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    assert {test["id"]: test["verdicts"][later]["verdict"] for test in report["tests"]} == {
        "test_asks.py::test_asks": "changed-environment",
        "test_asks.py::test_other": "ok",
        "test_hides.py::test_hides": "breaks",
        "test_needs.py::test_needs": "changed-environment",
        "test_swallows.py::test_stays": "ok",
        "test_swallows.py::test_swallows": "changed-environment",
    }, ran.stdout
    told = {cause["title"] for cause in report["causes"] if cause["kind"] == "lacking"}
    assert told == {f"this build of Python {later} lacks the module colorsys, which Python {later} has"}
    assert ran.returncode == 1


def _numbers(version: str) -> tuple[int, int]:
    python = parse_python(version)
    return (python.major, python.minor)
