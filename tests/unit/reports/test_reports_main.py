from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from results_builder import HOSTILE, Folder

from reports.__main__ import main
from reports.errors import OutputError
from reports.write import write_document

T = "tests/test_a.py::test_x"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: "failed"})
    return folder.run()


def test_by_default_everything_is_written_and_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(results), "--today", "2026-11-20"]) == 1
    told = capsys.readouterr().out
    assert "3.12 → 3.13: 1 test breaks, 1 cause." in told
    for name in ("report.html", "report.md", "report.json"):
        assert str(results / name) in told
        assert (results / name).stat().st_size > 100
    assert not [path for path in results.iterdir() if path.suffix == ".tmp"]


def test_the_default_folder(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results.rename(results.parent / ".forewarn")
    monkeypatch.chdir(results.parent)
    assert main(["report", "--format", "json"]) == 1
    assert (results.parent / ".forewarn" / "report.json").exists()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--format", "md,json"], ["report.json", "report.md"]),
        (["--format", "html", "--format", "json"], ["report.html", "report.json"]),
        (["--format", "terminal"], []),
    ],
)
def test_formats_and_output(results: Path, tmp_path: Path, words: list[str], names: list[str]) -> None:
    out = tmp_path / "deep" / "out"
    assert main(["report", str(results), "--output", str(out), *words]) == 1
    assert sorted(path.name for path in out.iterdir()) == names if names else not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "pdf"], "there is no format 'pdf'"),
        (["--format", "html,"], "there is no format ''"),
        (["--today", "tomorrow"], "'tomorrow' is not a day"),
        (["/nonexistent/folder"], "there is no results folder"),
    ],
)
def test_mistakes_are_two_lines(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *words]) == 2
    error = capsys.readouterr().err.splitlines()
    assert error[0].startswith("error: ")
    assert said in error[0]
    assert error[1].startswith("hint: ")


def test_a_folder_that_cannot_be_written(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["report", str(results), "--output", str(blocked)]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_bad_option_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["report", "--nonsense"])


def test_reports_are_equal_bytes(results: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        main(["report", str(results), "--output", str(tmp_path / name), "--today", "2026-11-20"])
    for name in ("report.html", "report.md", "report.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_as_a_module_on_any_stream(tmp_path: Path, encoding: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {f"tests/test_a.py::test_x[{text}]": "passed" for text in HOSTILE if text.isprintable()})
    folder.tests("3.13", {f"tests/test_a.py::test_x[{text}]": "failed" for text in HOSTILE if text.isprintable()})
    done = subprocess.run(
        [sys.executable, "-m", "reports", "report", str(folder.run()), "--no-color"],
        env={"PYTHONIOENCODING": encoding, "COLUMNS": "80"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()
    assert b"\x1b" not in done.stdout
    assert json.loads((folder.path / "report.json").read_text())["summary"]["headline"].startswith("3.12 → 3.13")


@pytest.mark.parametrize(
    ("environment", "words", "colored"),
    [
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-color"], False),
        ({}, [], False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, [], False),
    ],
)
def test_colours(
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    words: list[str],
    colored: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main(["report", str(results), *words])
    assert ("\x1b[" in capsys.readouterr().out) is colored


def test_a_lone_surrogate_is_written_visibly(tmp_path: Path) -> None:
    write_document(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_bytes() == b"\\ud800"
    with pytest.raises(OutputError):
        write_document(tmp_path / "a" / "b", "x")
