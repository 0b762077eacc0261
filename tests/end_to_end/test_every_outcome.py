"""Every way in which a test can end, in pytest and in unittest, reaches report.json as it happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.model import Interpreter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

PYTEST_SUITE = {
    "tests/test_a.py": """
import os, pytest, time

tries = [0]

@pytest.mark.flaky(reruns=2)
def test_passes_at_last():
    tries[0] += 1
    assert tries[0] > 2

@pytest.mark.flaky(reruns=1)
def test_never_passes():
    assert 0

@pytest.fixture
def bad_teardown():
    yield
    raise ValueError("teardown")

@pytest.fixture
def bad_setup():
    raise ValueError("setup")

def test_fails_twice(bad_teardown): assert 0
def test_teardown(bad_teardown): pass
def test_setup(bad_setup): pass
@pytest.mark.xfail
def test_xfails(): assert 0
@pytest.mark.xfail
def test_xpasses(): pass
@pytest.mark.xfail(strict=True)
def test_xpasses_strictly(): pass
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.parametrize("x", ["a/b::c", "]", "\\u65e5", "\\x1b[0m", "<&\\"'|`@x", "a b", "\\n"])
def test_any_character(x): pass
class TestOuter:
    class TestInner:
        def test_nested(self): pass
def test_hangs():
    time.sleep(600)
""",
    "tests/test_skips.py": "import pytest\npytest.importorskip('no_such_module')\ndef test_x(): pass\n",
    "tests/test_imports.py": "import no_such_module\ndef test_x(): pass\n",
    "tests/sub/conftest.py": "",
    "tests/sub/test_b.py": "def test_b(): pass\n",
}
PYTEST_OUTCOMES = {
    "tests/test_a.py::test_passes_at_last": "passed",
    "tests/test_a.py::test_never_passes": "failed",
    "tests/test_a.py::test_fails_twice": "failed",
    "tests/test_a.py::test_teardown": "error",
    "tests/test_a.py::test_setup": "error",
    "tests/test_a.py::test_xfails": "xfailed",
    "tests/test_a.py::test_xpasses": "xpassed",
    "tests/test_a.py::test_xpasses_strictly": "failed",
    "tests/test_a.py::test_skipped": "skipped",
    "tests/test_a.py::test_hangs": "failed",
    "tests/test_a.py::TestOuter::TestInner::test_nested": "passed",
    "tests/test_skips.py": "skipped",
    "tests/test_imports.py": "error",
    "tests/sub/test_b.py::test_b": "passed",
}

UNITTEST_SUITE = {
    "tests/__init__.py": "",
    "tests/test_a.py": """
import asyncio, sys, time, unittest

class A(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.assertEqual(1, 2)
    def test_raises(self): raise RuntimeError("x\\x1b[31m \\ud800")
    @unittest.skip("no")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_xfails(self): self.fail("known")
    @unittest.expectedFailure
    def test_xpasses(self): pass
    def test_one_of_three(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

class SetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError("no database")
    def test_1(self): pass

class Skips(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise unittest.SkipTest("no database")
    def test_1(self): pass

class Async(unittest.IsolatedAsyncioTestCase):
    async def test_awaits(self): await asyncio.sleep(0)

class Hangs(unittest.TestCase):
    def test_sleeps(self): time.sleep(600)

if sys.version_info >= (3, 11):  # before, unittest's own tear-down waits for the coroutine for ever
    class AsyncHangs(unittest.IsolatedAsyncioTestCase):
        async def test_sleeps(self): await asyncio.sleep(600)
""",
    "tests/test_imports.py": "import no_such_module\n",
    "tests/test_skips.py": "import unittest\nraise unittest.SkipTest('no')\n",
}
UNITTEST_OUTCOMES = {
    "tests.test_a.A.test_passes": "passed",
    "tests.test_a.A.test_fails": "failed",
    "tests.test_a.A.test_raises": "error",
    "tests.test_a.A.test_skipped": "skipped",
    "tests.test_a.A.test_xfails": "xfailed",
    "tests.test_a.A.test_xpasses": "failed",
    "tests.test_a.A.test_one_of_three": "failed",
    "tests.test_a.SetUp.test_1": "error",
    "tests.test_a.Skips.test_1": "skipped",
    "tests.test_a.Async.test_awaits": "passed",
    "tests.test_a.Hangs.test_sleeps": "error",
    "tests.test_imports": "error",
    "tests.test_skips": "skipped",
}

Measure = Callable[[str, Mapping[str, str], Mapping[str, Any]], dict[str, Any]]


@pytest.fixture
def measure(interpreters: Mapping[str, Interpreter], tmp_path: Path) -> Measure:
    """Write a suite, run forewarn on it with one interpreter, and give its report."""

    def run(python: str, suite: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, Any]:
        if python not in interpreters:
            pytest.skip(f"no Python {python} here")
        for name, text in suite.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        whole = {"python": [python], "profiles": {"plain": []}, "limits": {"cell": 120, "test": 2}, **matrix}
        (tmp_path / "matrix.yaml").write_text(json.dumps(whole), encoding="utf-8")
        ended = subprocess.run(
            [sys.executable, "-m", "runner", "run"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 3, ended.stdout + ended.stderr  # one interpreter promises nothing
        report: dict[str, Any] = json.loads((tmp_path / ".forewarn" / "report.json").read_text(encoding="utf-8"))
        assert [cell["status"] for cell in report["cells"]] == ["complete"], ended.stdout
        return report

    return run


def outcomes(report: Mapping[str, Any]) -> dict[str, str]:
    cell = report["cells"][0]["id"]
    return {test["id"]: test["outcomes"][cell] for test in report["tests"]}


@pytest.mark.parametrize(
    ("python", "requirements", "arguments"),
    [
        pytest.param("3.8", ["pytest==7.4.4", "pytest-rerunfailures==13.0"], [], id="pytest 7.4 on 3.8"),
        pytest.param("3.12", ["pytest", "pytest-rerunfailures"], [], id="newest on 3.12"),
        pytest.param("3.12", ["pytest", "pytest-rerunfailures", "pytest-xdist"], ["-n", "2"], id="xdist"),
        pytest.param("3.15", ["pytest", "pytest-rerunfailures"], [], id="newest on 3.15"),
    ],
)
def test_pytest(measure: Measure, python: str, requirements: list[str], arguments: list[str]) -> None:
    matrix = {"install": {"requirements": requirements}, "test": {"pytest": ["tests", "-x", *arguments]}}
    report = measure(python, PYTEST_SUITE, matrix)
    found = outcomes(report)
    several = {test: outcome for test, outcome in found.items() if "test_any_character" in test}
    assert len(several) == 7
    assert set(several.values()) == {"passed"}
    assert {test: outcome for test, outcome in found.items() if test not in several} == PYTEST_OUTCOMES
    attempts = {test["name"]: test["attempts"] for test in report["tests"] if test.get("attempts")}
    assert {name: most for name, most in _numbers(attempts).items() if most > 1} == {
        "test_passes_at_last": 3,
        "test_never_passes": 2,
    }


def _numbers(attempts: Mapping[str, Any]) -> dict[str, int]:
    return {name: max(value.values()) if isinstance(value, dict) else value for name, value in attempts.items()}


@pytest.mark.parametrize("python", ["3.8", "3.11", "3.12", "3.15"])
def test_unittest(measure: Measure, python: str) -> None:
    report = measure(python, UNITTEST_SUITE, {"test": {"unittest": ["discover", "-s", "tests", "-t", "."]}})
    late = {} if python == "3.8" else {"tests.test_a.AsyncHangs.test_sleeps": "error"}
    assert outcomes(report) == UNITTEST_OUTCOMES | late


def test_any_command_that_writes_junit(measure: Measure) -> None:
    """What another runner writes is read as it stands; its id is all that JUnit tells."""
    program = (
        "import sys\n"
        'open(sys.argv[1], \'w\').write(\'<testsuite><testcase classname="suite" name="a"/>'
        '<testcase classname="suite" name="b"><failure/></testcase></testsuite>\')\n'
    )
    report = measure("3.12", {"run.py": program}, {"test": {"command": ["{python}", "run.py", "{junit}"]}})
    assert outcomes(report) == {"suite::a": "passed", "suite::b": "failed"}
