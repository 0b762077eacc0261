"""What a suite does not hear: its filters, marks, skips and expected failures, on real interpreters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow


CONFIGURATION = """
[pytest]
filterwarnings =
    ignore:There is no current event loop:DeprecationWarning
    ignore:nobody says this:UserWarning
    error::RuntimeWarning
"""
SUITE = """
import asyncio, sys, warnings
import pytest

def test_loop():
    asyncio.set_event_loop(None)
    asyncio.get_event_loop_policy()._local._set_called = False
    asyncio.get_event_loop()

@pytest.mark.filterwarnings("ignore:ours is going away")
def test_marked():
    warnings.warn("ours is going away and will be removed in Python 3.16", DeprecationWarning)

@pytest.mark.skipif(sys.version_info >= (3, 13), reason="broken on Python 3.13")
def test_skipped():
    pass

@pytest.mark.xfail(reason="was broken once")
def test_passes():
    pass
"""


CODE = """
import unittest, warnings

def old(what):
    warnings.warn(what + " is going away and will be removed in Python 3.16", DeprecationWarning, stacklevel=2)

class TestCode(unittest.TestCase):
    def test_block(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old("hidden")
        old("open")

    def test_named(self):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="named")
            old("named")

    @unittest.skip("broken on Python 3.13")
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()
"""


def run(folder: Path, code: int = 0) -> tuple[dict[str, Any], str]:
    ran = forewarn(folder, "run")
    assert ran.returncode == code, ran.stdout + ran.stderr
    return json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8")), ran.stdout


@pytest.mark.parametrize("tool", ["pytest", "unittest"])
@pytest.mark.parametrize("name", ["3.8", "3.12", "3.15"])
def test_filters_that_code_puts_in_force_and_decorators(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, name: str, tool: str
) -> None:
    if name not in interpreters:
        pytest.skip(f"no Python {name} here")
    (tmp_path / "test_code.py").write_text(CODE, encoding="utf-8")
    matrix = {
        "install": {"requirements": ["pytest"] if tool == "pytest" else []},
        "test": {tool: ["test_code.py" if tool == "pytest" else "test_code"]},
        "python": [name],
        "interpreters": {name: interpreters[name].executable},
        "profiles": {"plain": []},
        "gate": {"fail-on": "nothing"},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    report, _ = run(tmp_path, 3)  # one version alone answers no question
    found = {(one["kind"], one["source"], one["rule"]): one["what"] for one in report["ignores"]}
    text = "DeprecationWarning: {} is going away and will be removed in Python 3.16"
    assert found == {
        ("hides", "filter at test_code.py:10", "ignore::DeprecationWarning"): [text.format("hidden")],
        ("hides", "filter at test_code.py:16", "ignore:named:Warning"): [text.format("named")],
        ("skips", "skip", "broken on Python 3.13"): [],
    }


def test_what_hides_an_end_and_what_hides_nothing(interpreters: Mapping[str, Interpreter], tmp_path: Path) -> None:
    if not {"3.12", "3.13"} <= interpreters.keys():
        pytest.skip("needs 3.12 and 3.13")
    (tmp_path / "pytest.ini").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    matrix = {
        "install": {"requirements": ["pytest"]},
        "test": {"pytest": ["test_suite.py"]},
        "python": ["3.12", "3.13"],
        "gate": {"fail-on": "nothing"},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    report, shown = run(tmp_path)
    found = {(one["kind"], one["source"], one["rule"]): one for one in report["ignores"]}
    assert set(found) == {
        ("hides", "ini", "ignore:There is no current event loop:DeprecationWarning"),
        ("hides", "mark", "ignore:ours is going away"),
        ("skips", "skipif", "broken on Python 3.13"),
        ("passes", "xfail", "was broken once"),
        ("nothing", "ini", "ignore:nobody says this:UserWarning"),
    }
    loop = found["hides", "ini", "ignore:There is no current event loop:DeprecationWarning"]
    assert (loop["deadline"], loop["versions"], loop["tests"]) == ("3.14", ["3.12", "3.13"], 1)
    ours = found["hides", "mark", "ignore:ours is going away"]
    assert (ours["deadline"], ours["what"]) == (
        "3.16",
        ["DeprecationWarning: ours is going away and will be removed in Python 3.16"],
    )
    assert found["skips", "skipif", "broken on Python 3.13"]["versions"] == ["3.13"]
    assert "hides what ends in Python 3.14: DeprecationWarning: There is no current event loop" in shown
