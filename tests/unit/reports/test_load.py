from __future__ import annotations

import json
from pathlib import Path

import pytest
from results_builder import Folder, case, journal

from reports.errors import ResultsError
from reports.load import load_run
from reports.model import Status

T = "tests/test_a.py::test_x"


def test_planned_cells_without_a_folder_are_cancelled(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.plan.append({"cell": "3.13-plain", "python": "3.13", "profile": "plain", "variant": {}, "optional": True})
    run = load_run(folder.run())
    cell = run.cells[1].cell
    assert (cell.id, cell.status, cell.reason, cell.optional) == (
        "3.13-plain",
        Status.CANCELLED,
        "no evidence was left",
        True,
    )


def test_without_run_json_the_lowest_version_is_the_base(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for python in ("3.13", "3.9", "3.13t", "pypy3.8", "3.10"):
        folder.tests(python, {T: "passed"})
    question = load_run(folder.path).question
    assert (question.base, question.next) == ("3.9", ("3.10", "3.13", "3.13t", "pypy3.8"))
    assert dict(question.gate) == {"breaks": "any", "new-failure": "any", "changed-environment": "any"}


@pytest.mark.parametrize(
    ("profiles", "plain"),
    [
        ({"plain": [], "strict": ["error"]}, "plain"),
        ({"normal": [], "strict": ["error"]}, "normal"),
        ({"quiet": [], "plain": []}, "plain"),
        ({"strict": ["error"]}, "strict"),
    ],
)
def test_the_profile_without_filters_is_the_measured_one(
    tmp_path: Path, profiles: dict[str, list[str]], plain: str
) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    assert load_run(folder.run(profiles=profiles)).question.plain == plain


def test_without_run_json_the_cells_tell_the_measured_profile(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"}, profile="bare", filters=[])
    assert load_run(folder.path).question.plain == "bare"


@pytest.mark.parametrize("number", [2, 0, None, "1", [1]])
@pytest.mark.parametrize("name", ["run.json", "cells/3.12-plain/cell.json"])
def test_an_unknown_format_names_both_numbers(tmp_path: Path, name: str, number: object) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    (folder.run() / name).write_text(json.dumps({"format": number}))
    with pytest.raises(ResultsError) as error:
        load_run(folder.path)
    assert json.dumps(number) in error.value.message
    assert "reads format 1" in error.value.message
    assert error.value.hint


def test_an_unknown_format_of_the_journal(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    cell = folder.tests("3.12", {T: "passed"})
    (cell / "tests.jsonl").write_text('{"event": "session", "format": 7}\n')
    with pytest.raises(ResultsError, match="format 7"):
        load_run(folder.run())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("", "not JSON"),
        ("\x00" * 10, "not JSON"),
        ("[" * 100_000, "not JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_corrupt_cell_is_a_row_and_not_the_end(tmp_path: Path, text: str | None, said: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    broken = folder.tests("3.13", {T: "passed"}) / "cell.json"
    if text is None:
        broken.unlink()
    else:
        broken.write_text(text)
    first, second = load_run(folder.run()).cells
    assert first.cell.status is Status.COMPLETE
    assert (second.cell.status, second.cell.python, second.cell.profile) == (Status.TRUNCATED, "3.13", "plain")
    assert said in (second.cell.reason or "")
    assert second.outcomes == {T: "passed"}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_corrupt_run_is_a_note(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    (folder.path / "run.json").write_text(text)
    run = load_run(folder.path)
    assert "run.json" in run.notes[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "exploded"},
        {"status": 7},
        {"variant": [], "filters": "error", "distributions": None, "durations": "long", "interpreter": 3},
        {"durations": {"tests": True}},
        {"durations": {"tests": float("nan")}},
        {"python": None, "profile": 7, "cwd": []},
    ],
)
def test_fields_of_the_wrong_kind_are_no_crash(tmp_path: Path, fields: dict[str, object]) -> None:
    folder = Folder(tmp_path / "results")
    cell = folder.tests("3.12", {T: "passed"})
    record = json.loads((cell / "cell.json").read_text()) | fields
    (cell / "cell.json").write_text(json.dumps(record))
    (results,) = load_run(folder.path).cells
    assert results.outcomes == {T: "passed"}
    assert results.cell.seconds is None or results.cell.seconds == 1.5


@pytest.mark.parametrize("name", ["../../etc", "..", ".", "a/b", "a\\b", "", "nul\0", 7])
def test_a_plan_cannot_leave_the_folder(tmp_path: Path, name: object) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.plan.append({"cell": name})
    assert [one.cell.id for one in load_run(folder.run()).cells] == ["3.12-plain"]


def test_a_folder_without_a_cell_in_it_is_noted(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    (folder.path / "cells" / "stray").mkdir()
    run = load_run(folder.run())
    assert len(run.cells) == 1
    assert "stray" in run.notes[0]


@pytest.mark.parametrize("make", [False, True])
def test_no_results_folder(tmp_path: Path, make: bool) -> None:
    path = tmp_path / "results"
    if make:
        path.mkdir()
    with pytest.raises(ResultsError) as error:
        load_run(path)
    assert error.value.exit_code == 2
    assert str(error.value).startswith("error: ")
    assert "\nhint: " in str(error.value)


def test_a_journal_is_readable_when_cut_anywhere(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    cell = folder.cell("3.12", None, status="crashed", reason="x")
    journal(
        cell,
        {"event": "end", "id": T, "outcome": "passed"},
        {"event": "future"},
        {"event": "end", "id": T, "outcome": "odd"},
    )
    whole = (cell / "tests.jsonl").read_bytes()
    for size in range(0, len(whole), 7):
        (cell / "tests.jsonl").write_bytes(whole[:size])
        assert set(load_run(folder.run()).cells[0].outcomes.values()) <= {"passed"}
    (cell / "tests.jsonl").write_bytes(b"\xff\xfe\n[]\n" + whole)
    assert load_run(folder.path).cells[0].outcomes == {T: "passed"}


def test_ids_are_shared_between_cells_with_and_without_a_journal(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    row = case("tests.test_a", "test_x")
    folder.cell("3.11", [row])
    journal(folder.cell("3.12", [row]), {"event": "collected", "ids": [T]})
    run = load_run(folder.run())
    assert [test.id for test in run.tests] == [T]


def test_where_a_test_is(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    end = {"event": "end", "id": T, "outcome": "passed", "file": "tests/test_a.py", "line": 13}
    journal(folder.cell("3.12", [case("tests.test_a", "test_x", file="tests/test_a.py", line=3)]), end)
    folder.cell("3.13", [case("tests.test_b", "test_y", file="tests/test_b.py", line=3)])
    assert [(test.file, test.line) for test in load_run(folder.run()).tests] == [
        ("tests/test_a.py", 13),
        ("tests/test_b.py", 4),
    ]
