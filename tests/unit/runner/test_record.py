"""The results folder as it is written."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from runner import model
from runner.errors import UsageError
from runner.masking import mask_secrets
from runner.record import CellRecord, ResultsFolder, plan_json, write_json


@pytest.fixture
def results(tmp_path: Path) -> ResultsFolder:
    return ResultsFolder(tmp_path / "results")


def record(cell: model.Cell, digest: str = "sha256:1") -> CellRecord:
    return CellRecord(cell=cell, status=model.Status.COMPLETE, inputs={"target": digest})


def test_a_cell_that_was_opened_and_never_closed_says_so(results: ResultsFolder, cell: model.Cell) -> None:
    results.open_cell(record(cell))
    found = results.read_cell(cell.id)
    assert found is not None
    assert (found["status"], found["reason"]) == ("cancelled", "the run ended before this cell was done")


def test_what_only_serves_a_running_cell_goes_with_its_last_word(results: ResultsFolder, cell: model.Cell) -> None:
    folder = results.open_cell(record(cell))
    (folder / "running-test").write_text("left by a crash", encoding="utf-8")
    results.close_cell(record(cell))
    assert [path.name for path in folder.iterdir()] == ["cell.json"]


def test_opening_a_cell_empties_it(results: ResultsFolder, cell: model.Cell) -> None:
    folder = results.open_cell(record(cell))
    (folder / "junit.xml").write_text("old", encoding="utf-8")
    assert {path.name for path in results.open_cell(record(cell)).iterdir()} == {"cell.json", "lost"}


def test_evidence_of_another_target_goes_and_of_the_same_stays(results: ResultsFolder, cell: model.Cell) -> None:
    other = model.Cell(python=cell.python, profile=model.Profile(name="plain"))
    results.close_cell(record(cell, "sha256:new"))
    results.close_cell(record(other, "sha256:old"))
    assert results.cells_of("sha256:new") == {cell.id}
    results.begin({}, keep=results.cells_of("sha256:new"))
    assert results.read_cell(cell.id) is not None
    assert results.read_cell(other.id) is None


def test_a_results_folder_ignores_itself_in_git(results: ResultsFolder) -> None:
    results.begin({})
    assert (results.path / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_the_end_is_noted(results: ResultsFolder) -> None:
    results.begin({"ended": None, "plan": []})
    results.finish(datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    assert results.read_run() == {"format": 1, "ended": "2026-11-20T00:00:00.000+00:00", "plan": []}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param((), id="empty"),
        pytest.param(("nox.log", "matrix.schema.json", "report.html", ".coverage"), id="before the first run"),
        pytest.param(("run.json", "notes.txt"), id="after a run"),
        pytest.param(("cells/3.12-plain/cell.json", "README"), id="put together from other machines"),
    ],
)
def test_a_results_folder_is_known_by_what_it_holds(results: ResultsFolder, names: tuple[str, ...]) -> None:
    for name in names:
        (results.path / name).parent.mkdir(parents=True, exist_ok=True)
        (results.path / name).write_text("", encoding="utf-8")
    results.begin({})
    assert results.read_run() is not None


def test_a_folder_of_somebody_elses_is_left_alone(results: ResultsFolder) -> None:
    files = {"pyproject.toml": "[project]", ".gitignore": "*.pyc\n", "cells/precious/data.csv": "1"}
    for name, text in files.items():
        (results.path / name).parent.mkdir(parents=True, exist_ok=True)
        (results.path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"it holds pyproject\.toml"):
        results.begin({})
    assert {name: (results.path / name).read_text(encoding="utf-8") for name in files} == files
    assert not (results.path / "run.json").exists()


def test_only_evidence_is_removed(results: ResultsFolder, cell: model.Cell) -> None:
    results.close_cell(record(cell))
    (results.path / "cells" / "no evidence").mkdir()
    (results.path / ".gitignore").write_text("own\n", encoding="utf-8")
    results.begin({})
    assert [path.name for path in (results.path / "cells").iterdir()] == ["no evidence"]
    assert (results.path / ".gitignore").read_text(encoding="utf-8") == "own\n"


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        ResultsFolder(tmp_path / "file" / "results").begin({})
    assert "--results" in str(caught.value)


def test_a_file_that_is_no_json_is_no_record(results: ResultsFolder, cell: model.Cell) -> None:
    results.cell_folder(cell).mkdir(parents=True)
    for content in ("", "{", "[]", "\x00"):
        (results.cell_folder(cell) / "cell.json").write_text(content, encoding="utf-8")
        assert results.read_cell(cell.id) is None


def test_values_that_look_secret_are_hidden() -> None:
    environment = {"API_TOKEN": "x", "DB_PASSWORD": "y", "HOME": "/home", "GITHUB_AUTH": "", "MY_SECRET": None}
    assert mask_secrets(environment) == {
        "API_TOKEN": "***",
        "DB_PASSWORD": "***",
        "GITHUB_AUTH": "",
        "HOME": "/home",
        "MY_SECRET": None,
    }


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        *((name, True) for name in ("GH_TOKEN", "my_secret_key", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "X_API_KEY")),
        *((name, False) for name in ("PATH", "PYTHONWARNINGS", "HOME", "LANG", "MONKEY")),
    ],
)
def test_which_names_look_secret(name: str, hidden: bool) -> None:
    assert mask_secrets({name: "value"}) == {name: "***" if hidden else "value"}


def test_secrets_do_not_reach_the_cells_record(results: ResultsFolder, cell: model.Cell) -> None:
    made = CellRecord(cell=cell, status=model.Status.COMPLETE, environment={"API_TOKEN": "hunter2", "A": "b"})
    for write in (results.open_cell, results.close_cell):
        write(made)
        assert "hunter2" not in (results.cell_folder(cell) / "cell.json").read_text(encoding="utf-8")


def test_a_reader_sees_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_text_that_is_not_unicode_can_be_written(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"path": "caf\udce9"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="ascii")) == {"path": "caf\udce9"}


PLANNED = {"cell": "3.12-strict", "python": "3.12", "profile": "strict", "variant": {}, "optional": False}


def test_the_plan(cell: model.Cell) -> None:
    assert plan_json([cell]) == [{**PLANNED, "as_if": None}]
