"""The example suites, as files: each is complete, and its expected.yaml says one thing about each test."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.config import read_matrix
from runner.model import TestTool

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SUITES = (
    "manual-loop",
    "asyncio-run",
    "pytest-asyncio-strict",
    "pytest-asyncio-auto",
    "unittest-isolated",
    "never-ran",
    "closed-loop",
    "anyio-trio",
    "stress",
)
OUTCOMES = {"passed", "failed", "error", "skipped", "xfailed", "xpassed", "missing"}
PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")

every_suite = pytest.mark.parametrize("suite", SUITES)


@cache
def expected(suite: str) -> Any:
    return yaml.safe_load((EXAMPLES / suite / "expected.yaml").read_text(encoding="utf-8"))


def outcomes(suite: str) -> dict[str, dict[str, str]]:
    """Cell → test → outcome."""
    data = expected(suite)
    found: dict[str, dict[str, str]] = {cell: {} for cell in data["cells"]}
    for group in data["outcomes"]:
        exceptions = {
            f"{python}-{rest}": word
            for rest, words in group["except"].items()
            for word, pythons in words.items()
            for python in pythons
        }
        assert exceptions.keys() <= found.keys()
        for cell, tests in found.items():
            tests.update(dict.fromkeys(group["tests"], exceptions.get(cell, "passed")))
    return found


def test_every_folder_is_listed() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/matrix.yaml")} == set(SUITES)


@every_suite
def test_the_matrix_is_read_and_only_reports(suite: str) -> None:
    matrix = read_matrix(EXAMPLES / suite / "matrix.yaml")
    assert tuple(map(str, matrix.pythons)) == PYTHONS
    assert matrix.install.exclude_newer == "2026-11-01"
    assert matrix.gate == {}
    assert matrix.test.tool is (TestTool.UNITTEST if suite == "unittest-isolated" else TestTool.PYTEST)


@every_suite
def test_it_is_complete(suite: str) -> None:
    names = {path.name for path in (EXAMPLES / suite).iterdir()}
    assert {"matrix.yaml", "expected.yaml", "pyproject.toml", "README.md", "tests"} <= names


@every_suite
def test_its_code_is_valid_on_the_oldest_python(suite: str) -> None:
    for file in (EXAMPLES / suite).glob("*/**/*.py"):
        module = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
        assert file.stat().st_size == 0 or ast.get_docstring(module), f"{file} has no docstring"


@every_suite
def test_each_test_is_listed_once_and_counted(suite: str) -> None:
    data = expected(suite)
    listed = Counter(test for group in data["outcomes"] for test in group["tests"])
    assert set(listed.values()) == {1}
    assert len(listed) == data["tests"]


@every_suite
def test_counts_of_cells_are_those_of_their_tests(suite: str) -> None:
    for cell, tests in outcomes(suite).items():
        counts = Counter(tests.values())
        assert counts.keys() <= OUTCOMES
        assert counts == expected(suite)["cells"][cell], cell


@every_suite
def test_every_interpreter_was_measured_with_every_profile(suite: str) -> None:
    data = expected(suite)
    assert tuple(data["measured-on"]) == PYTHONS
    profiles = {profile.name for profile in read_matrix(EXAMPLES / suite / "matrix.yaml").profiles}
    measured = {tuple(cell.split("-")[:2]) for cell in data["cells"]}
    assert measured == {(python, profile) for python in PYTHONS for profile in profiles}


@every_suite
def test_each_note_is_about_something(suite: str) -> None:
    data = expected(suite)
    subjects = [*data["cells"], *(test for group in data["outcomes"] for test in group["tests"])]
    for note in data["notes"]:
        assert note["text"].strip()
        for pattern in note["about"]:
            # The interpreter whose cells are left out has none to be about.
            excluded = pattern in PYTHONS
            assert excluded or any(fnmatch.fnmatchcase(subject, pattern) for subject in subjects), pattern


@every_suite
def test_each_listed_test_is_in_its_file(suite: str) -> None:
    for group in expected(suite)["outcomes"]:
        for test in group["tests"]:
            path, name = split(test)
            source = (EXAMPLES / suite / path).read_text(encoding="utf-8")
            assert re.search(rf"def {re.escape(name)}\(", source), test


def split(test: str) -> tuple[str, str]:
    """File and function of a node id, or of unittest's dotted name."""
    if "::" in test:
        path, *_, name = test.split("[", 1)[0].split("::")
        return path, name
    *module, _, name = test.split(".")
    return "/".join(module) + ".py", name


def test_the_readme_has_their_numbers_of_tests() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([\w-]+)\]\(\1\) \| (\d+) \|", readme, flags=re.MULTILINE)
    assert {name: int(count) for name, count in rows} == {suite: expected(suite)["tests"] for suite in SUITES}


def test_the_main_example_breaks_35_tests_in_3_14() -> None:
    """The figure that README and documentation quote."""
    cells = outcomes("manual-loop")
    broken = {test for test, word in cells["3.14-plain"].items() if word in ("failed", "error")}
    assert len(broken) == 35
    assert all(cells["3.13-plain"][test] == "passed" for test in broken)
    assert broken == {test for test, word in cells["3.12-strict"].items() if word in ("failed", "error")}
