from __future__ import annotations

from pathlib import Path

import pytest
from results_builder import Folder, case, failure, journal, node_case, suite

from reports.load import load_run
from reports.model import CellResults, Outcome, Run, Status

T = "tests/test_a.py::test_x"


def results_of(run: Run, cell: str) -> CellResults:
    return next(results for results in run.cells if results.cell.id == cell)


def outcome(path: Path, test: str = T, cell: str = "3.12-plain") -> Outcome:
    return results_of(load_run(path), cell).outcome(test)


def end(outcome: str, test: str = T, **fields: object) -> dict[str, object]:
    return {"event": "end", "id": test, "outcome": outcome, **fields}


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("", "passed"),
        (failure("assert 0"), "failed"),
        (failure("collection failure at will", tag="error"), "error"),
        ('<skipped type="pytest.skip" message="no database"/>', "skipped"),
        ('<skipped type="pytest.xfail" message=""/>', "xfailed"),
        ('<skipped type="XFAIL" message="expected failure"/>', "xfailed"),
        ("<skipped>xfail</skipped>", "skipped"),
        ('<skipped message="xfail-marked test passes unexpectedly"/>', "xpassed"),
        (failure("[XPASS(strict)] ", "[XPASS(strict)] "), "failed"),
        (failure("assert 1 != 1") + failure("contains 1 failed subtest"), "failed"),
        (failure("teardown", tag="error") + failure("call"), "failed"),
    ],
)
def test_one_row(tmp_path: Path, inner: str, expected: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", [case("tests.test_a", "test_x", inner, file="tests/test_a.py")])
    assert outcome(folder.run()) == expected


@pytest.mark.parametrize(
    ("rows", "events", "expected", "attempts"),
    [
        pytest.param(["failed", "passed"], None, "passed", 2, id="no journal: a later pass is a rerun"),
        pytest.param(["failed", "failed", "passed"], None, "passed", 3, id="three attempts"),
        pytest.param(["failed", "error"], None, "failed", 1, id="call and teardown"),
        pytest.param(["passed", "error"], None, "error", 1, id="pass, then teardown"),
        pytest.param(["failed", "passed"], ["failed"], "failed", 1, id="journal without rerun: the worst wins"),
        pytest.param(["failed", "passed"], ["rerun", "passed"], "passed", 2, id="journal with rerun"),
        pytest.param(["passed", "passed"], ["rerun", "passed"], "passed", 2, id="a rerun leaves an empty row"),
        pytest.param(["passed", "failed"], ["rerun", "failed"], "failed", 2, id="a rerun that fails again"),
    ],
)
def test_several_rows(tmp_path: Path, rows: list[str], events: list[str] | None, expected: str, attempts: int) -> None:
    folder = Folder(tmp_path / "results")
    cell = folder.cell("3.12", [node_case(T, row) for row in rows])
    if events is not None:
        journal(cell, *(end(word) for word in events))
    results = results_of(load_run(folder.run()), "3.12-plain")
    assert results.outcome(T) == expected
    detail = results.details.get(T)
    assert (detail.attempts if detail else 1) == attempts


@pytest.mark.parametrize(("code", "expected"), [(0, "passed"), (1, "failed"), (None, "passed")])
def test_a_tool_that_did_not_end_with_0_forgives_no_failure(tmp_path: Path, code: int | None, expected: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", [node_case(T, "failed"), node_case(T, "passed")], exit_status=code)
    assert results_of(load_run(folder.run()), "3.12-plain").outcome(T) == expected


@pytest.mark.parametrize(
    ("row", "probe", "expected", "noted"),
    [
        ("passed", "xpassed", "xpassed", False),
        ("skipped", "xfailed", "xfailed", False),
        ("failed", "error", "failed", False),
        ("error", "failed", "error", False),
        ("passed", "failed", "failed", True),
        ("failed", "passed", "failed", True),
        ("passed", "skipped", "skipped", True),
    ],
)
def test_two_witnesses(tmp_path: Path, row: str, probe: str, expected: str, noted: bool) -> None:
    folder = Folder(tmp_path / "results")
    journal(folder.cell("3.12", [node_case(T, row)]), end(probe, message="KeyError: 'x'"))
    results = results_of(load_run(folder.run()), "3.12-plain")
    assert results.outcome(T) == expected
    assert bool(results.notes) is noted
    assert (results.details[T].note is not None) is noted


def test_a_test_that_only_the_probe_saw_counts(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    journal(folder.cell("3.12", [node_case("tests/test_a.py::test_y")]), end("failed", message="KeyError: 'x'"))
    results = results_of(load_run(folder.run()), "3.12-plain")
    assert results.outcome(T) == "failed"
    assert results.details[T].failures[0].message == "KeyError: 'x'"


def test_a_crashed_cell_tells_what_was_running_and_no_more(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    rest = "tests/test_a.py::test_rest"
    done = "tests/test_a.py::test_done"
    folder.tests("3.12", {done: "passed", T: "passed", rest: "passed"})
    cell = folder.cell("3.13", None, status="crashed", signal="SIGSEGV", reason="a signal ended it")
    journal(
        cell,
        {"event": "collected", "ids": [done, T, rest]},
        end("passed", done),
        {"event": "begin", "id": T},
        finish=False,
    )
    results = results_of(load_run(folder.run()), "3.13-plain")
    assert [results.outcome(test) for test in (done, T, rest)] == ["passed", "error", "unknown"]
    assert results.details[T].failures[0].message == "was running when the process ended (SIGSEGV)"
    assert results.cell.status is Status.CRASHED


def test_a_cell_that_was_ended_from_outside_blames_no_test(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    done = "tests/test_a.py::test_done"
    folder.tests("3.12", {done: "passed", T: "passed"})
    cell = folder.cell("3.13", None, status="cancelled", reason="the run was interrupted")
    begun = {"event": "begin", "id": T}
    journal(cell, {"event": "collected", "ids": [done, T]}, end("failed", done), begun, finish=False)
    results = results_of(load_run(folder.run()), "3.13-plain")
    assert [results.outcome(test) for test in (done, T)] == ["failed", "unknown"]


@pytest.mark.parametrize("rows", [None, suite(node_case(T))[:-30], "", "<html/>"])
def test_a_complete_cell_without_a_whole_junit_is_truncated(tmp_path: Path, rows: str | None) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", rows)
    results = results_of(load_run(folder.run()), "3.12-plain")
    assert results.cell.status is Status.TRUNCATED
    assert "junit.xml" in (results.cell.reason or "")


def test_an_incomplete_cell_keeps_its_status_and_notes_the_fault(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", suite(node_case(T), node_case(T))[:-20], status="timed-out", reason="300 s")
    results = results_of(load_run(folder.run()), "3.12-plain")
    assert results.cell.status is Status.TIMED_OUT
    assert any("junit.xml" in note for note in results.notes)


MODULE = case(
    "", "tests.test_a", failure("collection failure", "E   ModuleNotFoundError: No module named 'cgi'", "error")
)
MODULE_XUNIT1 = MODULE.replace('name="tests.test_a"', 'name="tests.test_a" file="tests/test_a.py"')
PACKAGE = MODULE.replace("tests.test_a", "tests")
CONFTEST = MODULE.replace("tests.test_a", "tests.conftest").replace("<testcase", '<testcase file="tests/conftest.py"')
CLASS = case("tests.test_a", "TestC", failure("collection failure", "E   TypeError: x", "error"))


@pytest.mark.parametrize(
    "row", [MODULE, MODULE_XUNIT1, PACKAGE, CONFTEST], ids=["xunit2", "xunit1", "package", "conftest"]
)
def test_a_module_that_fails_to_import_makes_its_tests_errors(tmp_path: Path, row: str) -> None:
    folder = Folder(tmp_path / "results")
    other = "tests/test_a.py::TestC::test_m[a::b]"
    folder.tests("3.12", {T: "passed", other: "passed", "elsewhere/test_b.py::test_y": "passed"})
    folder.cell("3.13", [row, node_case("elsewhere/test_b.py::test_y")])
    run = load_run(folder.run())
    results = results_of(run, "3.13-plain")
    assert results.outcome(T) is results.outcome(other) is Outcome.ERROR
    assert results.details[T].failures[0].message == "collection: ModuleNotFoundError: No module named 'cgi'"
    assert len(run.tests) == 3, "the module itself is no test where its tests are known"


def test_a_class_that_fails_to_collect_takes_its_tests_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    inside = "tests/test_a.py::TestC::test_m"
    folder.tests("3.12", {T: "passed", inside: "passed"})
    folder.cell("3.13", [CLASS, node_case(T)])
    results = results_of(load_run(folder.run()), "3.13-plain")
    assert [results.outcome(test) for test in (T, inside)] == ["passed", "error"]


def test_the_probe_names_the_module_too(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    event = {"event": "collection-error", "id": "tests/test_a.py", "message": "SyntaxError: bad"}
    journal(folder.cell("3.13", [MODULE]), event)
    results = results_of(load_run(folder.run()), "3.13-plain")
    assert results.details[T].failures[0].message == "collection: SyntaxError: bad"


def test_a_root_conftest_takes_everything(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    cell = folder.cell("3.13", None, status="failed-to-start", reason="exit status 4")
    journal(cell, {"event": "collection-error", "id": "conftest.py", "message": "ImportError: no"})
    assert outcome(folder.run(), T, "3.13-plain") is Outcome.ERROR


def test_a_module_whose_tests_nobody_knows_is_one_entry(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", [MODULE_XUNIT1])
    folder.cell("3.13", [MODULE_XUNIT1])
    run = load_run(folder.run())
    assert [test.id for test in run.tests] == ["tests/test_a.py"]
    assert {results.outcome("tests/test_a.py") for results in run.cells} == {Outcome.ERROR}


def test_a_module_that_is_skipped_hides_its_tests(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.cell(
        "3.13", [case("", "tests.test_a", "<skipped message=\"collection skipped\">('a', 2, 'Skipped: no')</skipped>")]
    )
    results = results_of(load_run(folder.run()), "3.13-plain")
    assert results.outcome(T) is Outcome.SKIPPED
    assert "Skipped: no" in (results.details[T].reason or "")


def test_unittest_ids_and_modules(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    test = "pkg.test_a.T.test_x"
    journal(
        folder.cell("3.12", [case("pkg.test_a.T", "test_x")], tool="unittest"), end("passed", test), tool="unittest"
    )
    error = {"event": "collection-error", "id": "pkg.test_a", "message": "ImportError: no"}
    journal(
        folder.cell("3.13", [case("", "pkg.test_a", failure("collection failure", tag="error"))]),
        error,
        tool="unittest",
    )
    run = load_run(folder.run())
    assert [one.id for one in run.tests] == [test]
    assert results_of(run, "3.13-plain").outcome(test) is Outcome.ERROR


def test_a_failed_subtest_row_is_never_hidden_by_its_test(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    rows = [case("m.T", "test_sub (i=1)", failure("1 != 0")), case("m.T", "test_sub")]
    folder.cell("3.12", rows)
    run = load_run(folder.run())
    assert [(test.id, run.cells[0].outcome(test.id)) for test in run.tests] == [("m.T::test_sub", "failed")]
