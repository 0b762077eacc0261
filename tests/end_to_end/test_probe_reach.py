"""What the probe sees beyond the suite's own process and a test's own time, and by which names it calls places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from suite_runner import Ran, Suites

from runner.model import Interpreter
from runner.traces import read_records

pytestmark = pytest.mark.slow

SUITE = """
import gc, multiprocessing, subprocess, sys, unittest, warnings

CODE = "import warnings; warnings.warn('of a child', DeprecationWarning); warnings.warn('a second', FutureWarning)"

def warn(text):
    warnings.warn(text, DeprecationWarning)

class Loose:
    def __init__(self):
        self.itself = self

    def __del__(self):
        warn("of a finaliser")

class TestChildren(unittest.TestCase):
    def test_process(self):
        ended = subprocess.run([sys.executable, "-c", CODE], stderr=subprocess.PIPE)
        self.assertEqual(ended.returncode, 0)
        self.assertIn(b"FutureWarning: a second", ended.stderr)

    def test_silenced(self):
        ended = subprocess.run([sys.executable, "-W", "ignore", "-c", CODE], stderr=subprocess.PIPE)
        self.assertEqual(ended.stderr, b"")

    def test_spawned(self):
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=warn, args=("of a spawned one",))
        process.start()
        process.join()

    def test_forked(self):
        context = multiprocessing.get_context("fork")
        process = context.Process(target=warn, args=("of a forked one",))
        process.start()
        process.join()

class TestFinalisers(unittest.TestCase):
    def test_a_makes(self):
        gc.disable()
        Loose()

    def test_b_collects(self):
        gc.collect()
        gc.enable()

class TestOne(unittest.TestCase):
    def test_same(self):
        [self.fails() for _ in range(1)]

    def fails(self):
        raise ValueError("same")

class TestTwo(unittest.TestCase):
    def test_same(self):
        (lambda: self.fails())()

    def fails(self):
        raise ValueError("same")
"""


@pytest.fixture(scope="module")
def suites(interpreters: Mapping[str, Interpreter], tmp_path_factory: pytest.TempPathFactory) -> Suites:
    made = Suites(interpreters, tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("suites"))
    made.write({"test_reach.py": SUITE})
    return made


def warned(ran: Ran) -> dict[tuple[str, str], dict[str, Any]]:
    """The recorded warnings by name of the test and text."""
    records = list(read_records(ran.folder / "warnings.jsonl"))
    return {
        (record["test"].replace("::", ".").rpartition(".")[2], record["message"]): record
        for record in records
        if record.get("test")
    }


@pytest.mark.parametrize("tool", ["pytest", "xdist", "unittest"])
@pytest.mark.parametrize("name", ["3.8", "3.10", "3.12", "3.15"])
def test_children_finalisers_and_names(suites: Suites, name: str, tool: str) -> None:
    requirements = {"pytest": ["pytest"], "xdist": ["pytest", "pytest-xdist"], "unittest": []}[tool]
    arguments = {"pytest": ["test_reach.py"], "xdist": ["-n1", "test_reach.py"], "unittest": ["test_reach"]}[tool]
    environment = suites.environment(name, *requirements)
    ran = suites.run(environment, *arguments, tool="unittest" if tool == "unittest" else "pytest")
    plain = suites.run(environment, *arguments, tool="unittest" if tool == "unittest" else "pytest", probe=False)
    assert ran.ended.exit_status == plain.ended.exit_status == 1, ran.output
    outcomes = {
        test.replace("::", ".").split(".", 1)[1].removeprefix("py."): found for test, found in ran.outcomes.items()
    }
    assert {test for test, found in outcomes.items() if found != "passed"} == {"TestOne.test_same", "TestTwo.test_same"}

    found = warned(ran)
    for test in ("test_process", "test_silenced"):
        for text in ("of a child", "a second"):
            assert found[test, text]["when"] == "child"
    assert found["test_spawned", "of a spawned one"]["when"] == "child"
    assert found["test_forked", "of a forked one"]["when"] == "runtest"
    late = found["test_b_collects", "of a finaliser"]
    assert late["late"] is True
    assert [frame[2] for frame in late["stack"]][:3] == ["warn", "Loose.__del__", "TestFinalisers.test_b_collects"]
    assert not [one for one in found.values() if one.get("late") and one is not late]

    places = {record["function"] for record in read_records(ran.folder / "functions.jsonl")}
    assert places == {"TestOne.test_same", "TestOne.fails", "TestTwo.test_same", "TestTwo.fails"}


def test_a_child_imports_no_more_than_it_did(suites: Suites) -> None:
    environment = suites.environment("3.12", "pytest")
    code = "import sys, json; print(json.dumps(sorted(sys.modules)))"
    suites.write(
        {
            "test_lazy.py": f"""
import os, subprocess, sys

def loaded(**changes):
    variables = {{name: value for name, value in os.environ.items() if name != "FOREWARN_EVIDENCE"}}
    command = [sys.executable, "-c", {code!r}]
    return subprocess.run(command, env={{**variables, **changes}}, stdout=subprocess.PIPE).stdout

def test_modules():
    import json
    with_probe = set(json.loads(loaded(FOREWARN_EVIDENCE=os.environ["FOREWARN_EVIDENCE"])))
    without = set(json.loads(loaded()))
    assert with_probe - without <= {{"forewarn_probe", "forewarn_probe.children"}}
    assert "forewarn_probe.children" in with_probe
"""
        }
    )
    assert suites.run(environment, "test_lazy.py").ended.exit_status == 0


TEARDOWN = """
import warnings, pytest

@pytest.fixture
def closing():
    yield
    warnings.warn("closed the old way", DeprecationWarning)

def test_uses(closing):
    pass

def test_not():
    pass
"""


def test_what_only_a_teardown_warns_of_is_an_error_of_the_teardown(suites: Suites) -> None:
    environment = suites.environment("3.12", "pytest")
    suites.write({"test_teardown.py": TEARDOWN})
    ran = suites.run(environment, "test_teardown.py", fail_after=("error::DeprecationWarning",))
    assert ran.outcomes == {"test_teardown.py::test_uses": "error", "test_teardown.py::test_not": "passed"}


PRINTS = """
import logging

def test_fails():
    print("x" * 9_000 + "the end")
    logging.getLogger("shop").warning("low stock")
    assert False

def test_passes():
    print("quiet")
"""


@pytest.mark.parametrize("arguments", [("test_prints.py",), ("-n1", "test_prints.py")])
def test_what_a_failed_test_printed_is_recorded(suites: Suites, arguments: tuple[str, ...]) -> None:
    environment = suites.environment("3.12", "pytest", "pytest-xdist")
    suites.write({"test_prints.py": PRINTS})
    ran = suites.run(environment, *arguments)
    output = {record["id"].rpartition("::")[2]: record.get("output", "") for record in ran.of("end")}
    assert not output["test_passes"]
    assert "the end" in output["test_fails"]
    assert "low stock" in output["test_fails"]
    assert len(output["test_fails"]) == 4_000
