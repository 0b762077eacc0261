"""The command line: exit codes and messages. The commands' own work is tested end to end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runner.__main__ import main
from runner.run import select

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOREWARN_INTERPRETERS", raising=False)
    return tmp_path


def matrix(folder: Path, text: str) -> None:
    (folder / "matrix.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param([], "forewarn --help", id="no command"),
        pytest.param(["run"], "forewarn init", id="no matrix"),
        pytest.param(["doctor"], "forewarn init", id="no matrix for doctor"),
        pytest.param(["report", "nowhere"], "nowhere", id="no results"),
    ],
)
def test_what_a_user_gets_wrong_is_a_message_and_two(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["run", "--python", "3.97"], "3.97 is not in the matrix", id="python"),
        pytest.param(["run", "--python", "three"], "--python", id="no python"),
        pytest.param(["run", "--profile", "lax"], "no profile 'lax'", id="profile"),
        pytest.param(["doctor", "--interpreter", "3.98"], "3.15=/path", id="interpreter"),
    ],
)
def test_what_the_matrix_does_not_have(
    folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix(folder, "python: ['3.98', '3.99']\n")
    assert main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_faulty_record_is_told_before_anything_is_measured(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    matrix(folder, f'python: ["{HERE}"]\ntest: {{pytest: [.]}}\nknowledge: [{{id: own, message-pattern: x}}]\n')
    assert main([command]) == 2
    assert "a new record names what is deprecated" in capsys.readouterr().err
    assert [one.name for one in folder.iterdir()] == ["matrix.yaml"]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("forewarn ")


def test_help_lists_the_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    output = capsys.readouterr().out
    for word in ("init", "doctor", "run", "report", "evidence incomplete"):
        assert word in output


def test_init_writes_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert (folder / "matrix.yaml").is_file()
    assert main(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["init", "--force"]) == 0


def test_doctor_shows_what_is_here_and_what_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matrix(folder, f"python: ['{HERE}', '3.99']\n")
    assert main(["doctor", "--interpreter", f"{HERE}={sys.executable}"]) == 3
    output = capsys.readouterr().out
    assert "--interpreter" in output
    assert "no 3.99 on" in " ".join(output.split())
    assert "a run ends with 3" in " ".join(output.split())
    matrix(folder, f"python: ['{HERE}', '3.99']\noptional: ['3.99']\n")
    assert main(["doctor"]) == 0


def test_a_selection_keeps_the_order() -> None:
    assert select((), (), ()) == ()
