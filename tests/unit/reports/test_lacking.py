"""What fails for want of a module that only this build of Python lacks is not put down to Python."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from results_builder import Folder, case, failure, lines

from reports.conclude import conclude
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.view import Report

DAY = datetime.date(2026, 11, 20)
T, U = "tests/test_a.py::test_x", "tests/test_b.py::test_y"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "results")


def report(folder: Folder) -> Report:
    return conclude(load_run(folder.run(base="3.12", next=["3.14"])), Knowledge(), DAY)


def words(found: Report) -> dict[str, str]:
    return {test: one.verdict.value for test, one in found.comparisons[0].verdicts.items()}


def lacks(cell: Path, module: str, file: str = "/home/dev/target/tests/test_a.py", where: str = "<module>") -> None:
    lines(cell / "lacking.jsonl", {"module": module, "stack": [[file, 3, where], ["/x/_pytest/y.py", 1, "z"]]})


def fails(error: str) -> list[str]:
    text = f"    def test_x():\n>       import it\nE       {error}\n\ntests/test_a.py:4: {error.partition(':')[0]}"
    return [
        case("tests.test_a", "test_x", failure(error, text), file="tests/test_a.py", line=1),
        case("tests.test_b", "test_y", file="tests/test_b.py", line=1),
    ]


@pytest.mark.parametrize(
    "error",
    [
        "ModuleNotFoundError: No module named '_lzma'",
        "ModuleNotFoundError: Standard library module '_lzma' was not found",
        "ImportError: No module named '_lzma', please install it",
    ],
)
def test_a_failure_by_such_a_module_is_a_changed_environment(folder: Folder, error: str) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    lacks(folder.cell("3.14", fails(error)), "_lzma", where="test_x")
    found = report(folder)
    assert words(found) == {T: "changed-environment", U: "ok"}
    [cause] = found.causes.causes
    assert cause.kind == "lacking"
    assert cause.title == "this build of Python 3.14 lacks the module _lzma, which Python 3.14 has"
    assert cause.replacement == "Install a full build of it, or the package that your system has the module in."
    assert not found.gate.passed


@pytest.mark.parametrize(
    "error", ["ModuleNotFoundError: No module named 'shop'", "ValueError: No module named '_lzma'"]
)
def test_another_failure_beside_it_is_a_break(folder: Folder, error: str) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    lacks(folder.cell("3.14", fails(error)), "_lzma")
    assert words(report(folder))[T] == "breaks"


def test_without_the_record_an_error_is_a_break(folder: Folder) -> None:
    """A module that the version has not, or that somebody hides, is not recorded."""
    folder.tests("3.12", {T: "passed", U: "passed"})
    folder.cell("3.14", fails("ModuleNotFoundError: No module named 'cgi'"))
    assert words(report(folder))[T] == "breaks"


def test_what_the_base_lacks_too_is_no_difference(folder: Folder) -> None:
    lacks(folder.tests("3.12", {T: "passed", U: "passed"}), "_lzma")
    lacks(folder.cell("3.14", fails("ModuleNotFoundError: No module named '_lzma'")), "_lzma")
    assert words(report(folder))[T] == "breaks"


def test_tests_that_are_gone_from_a_file_that_lacks_a_module(folder: Folder) -> None:
    other = "tests/test_a.py::test_skipped"
    folder.tests("3.12", {T: "passed", other: "skipped", U: "passed"})
    lacks(folder.tests("3.14", {}), "test.test_argparse")
    found = report(folder)
    assert words(found) == {T: "changed-environment", other: "gone", U: "gone"}
    [cause] = found.causes.causes
    assert (cause.kind, cause.file, cause.line, cause.tests) == ("lacking", "tests/test_a.py", 3, (T,))
    assert "lacks the module test.test_argparse" in cause.title


def test_what_is_asked_for_in_a_test_takes_no_tests_away(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    lacks(folder.tests("3.14", {}), "_lzma", where="test_other")
    assert words(report(folder)) == {T: "gone"}


def test_a_variant_that_breaks_otherwise_decides(folder: Folder) -> None:
    for variant in ({"db": "1"}, {"db": "2"}):
        folder.tests("3.12", {T: "passed", U: "passed"}, variant=variant)
    lacks(folder.cell("3.14", fails("ModuleNotFoundError: No module named '_lzma'"), variant={"db": "1"}), "_lzma")
    folder.cell("3.14", fails("ValueError: mine"), variant={"db": "2"})
    assert words(report(folder))[T] == "breaks"


def test_unittest_ids_have_no_file(folder: Folder) -> None:
    folder.cell("3.12", [case("tests.test_a.Case", "test_x")], tool="unittest")
    lacks(folder.cell("3.14", [], tool="unittest"), "_lzma")
    assert set(words(report(folder)).values()) == {"changed-environment"}
