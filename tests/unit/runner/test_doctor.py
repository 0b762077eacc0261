"""``forewarn doctor``: what it prints and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner.__main__ import main

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOREWARN_INTERPRETERS", raising=False)
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


@pytest.mark.parametrize(
    ("matrix", "code", "said"),
    [
        pytest.param(f"python: ['{HERE}']", 0, "compared with nothing later", id="one"),
        pytest.param(f"python: ['{HERE}', '3.98']", 3, "not found: 3.98: their cells will be unavailable", id="absent"),
        pytest.param(f"python: ['{HERE}', '3.98']\noptional: ['3.98']", 0, "3.98 (optional)", id="optional"),
        pytest.param(
            f"python: ['{HERE}', '3.98', '3.99']\noptional: ['3.98']", 3, "not found: 3.99: their", id="one of two"
        ),
        pytest.param(
            f"python: ['{HERE}']\ninterpreters: {{'{HERE}': bin/python}}", 3, "which is not a file", id="wrong path"
        ),
    ],
)
def test_what_is_said(folder: Path, capsys: pytest.CaptureFixture[str], matrix: str, code: int, said: str) -> None:
    (folder / "matrix.yaml").write_text(f"{matrix}\n", encoding="utf-8")
    assert main(["doctor"]) == code
    assert said in capsys.readouterr().out


def test_each_interpreter_is_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "matrix.yaml").write_text(f"python: ['{HERE}', '3.99']\n", encoding="utf-8")
    main(["doctor", "--interpreter", f"{HERE}={sys.executable}"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("3.")]
    exact = ".".join(map(str, sys.version_info[:3]))
    assert [row[:3] for row in rows] == [[HERE, exact, "--interpreter"], ["3.99", "—", "no"]]
    assert rows[0][3] == sys.executable


def test_a_path_relative_to_the_working_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "matrix.yaml").write_text(f"python: ['{HERE}']\n", encoding="utf-8")
    (folder / "python").symlink_to(sys.executable)
    assert main(["doctor", "--interpreter", f"{HERE}=python"]) == 0
    assert str(folder / "python") in capsys.readouterr().out


def test_tools_that_are_not_here(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "matrix.yaml").write_text(f"python: ['{HERE}']\n", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("UV", "/no/such/uv")
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "uv: not found; virtualenv and pip make the environments" in output
    assert "git: not found" in output


def test_nothing_is_written(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(f"python: ['{HERE}']\n", encoding="utf-8")
    main(["doctor"])
    assert [path.name for path in folder.iterdir()] == ["matrix.yaml"]
