"""What stands behind ``--`` on nox's command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runner import model
from runner.errors import UsageError
from runner.model import Absent, Interpreter, StrictMode
from runner.session_options import Options, make_finder, parse_options

Make = Callable[..., model.Matrix]
HERE = model.Python(major=sys.version_info.major, minor=sys.version_info.minor)
NOWHERE = model.Python(major=3, minor=99)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param([], Options(), id="nothing"),
        pytest.param(["--profile", "strict"], Options(profiles=("strict",)), id="profile"),
        pytest.param(
            ["--profile", "strict", "--profile", "plain"], Options(profiles=("strict", "plain")), id="two profiles"
        ),
        pytest.param(["--interpreter", "3.15=/a"], Options(interpreters=("3.15=/a",)), id="interpreter"),
        pytest.param(["--download"], Options(download=True), id="download"),
        pytest.param(["--no-download"], Options(download=False), id="no download"),
        pytest.param(["--strict", "full"], Options(strict=StrictMode.FULL), id="strict"),
        pytest.param(["--recreate"], Options(recreate=True), id="recreate"),
        pytest.param(["--changed"], Options(changed=True), id="changed"),
        pytest.param(["--no-cache"], Options(cache=False), id="no cache"),
        pytest.param(["--cache-limit", "2K"], Options(cache_limit=2048), id="size of the cache"),
        pytest.param(["-k", "name"], Options(extra=("-k", "name")), id="for the test command"),
        pytest.param(
            ["--profile", "strict", "-k", "a and b", "tests/x.py::test"],
            Options(profiles=("strict",), extra=("-k", "a and b", "tests/x.py::test")),
            id="mixed",
        ),
        pytest.param(["--prof", "x", "-x"], Options(extra=("--prof", "x", "-x")), id="no abbreviations"),
        pytest.param(["-h"], Options(extra=("-h",)), id="help is the test command's"),
    ],
)
def test_words(matrix: Make, words: list[str], expected: Options) -> None:
    assert parse_options(words, matrix()) == expected


def test_a_profile_that_the_matrix_does_not_have(matrix: Make, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_options(["--profile", "lax"], matrix())
    assert caught.value.code == 2
    assert "choose from" in capsys.readouterr().err


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine with nothing on it."""
    return {"HOME": str(tmp_path), "PATH": ""}


def test_an_option_wins_over_matrix_yaml(matrix: Make, nowhere: dict[str, str]) -> None:
    one = matrix(interpreters=((str(HERE), "/no/such/python"),))
    by_file = make_finder(one, Options(), nowhere, None).find(HERE)
    assert isinstance(by_file, Absent)
    assert "matrix.yaml names /no/such/python" in by_file.reason
    by_option = make_finder(one, Options(interpreters=(f"{HERE}={sys.executable}",)), nowhere, None).find(HERE)
    assert isinstance(by_option, Interpreter)


def test_an_option_that_is_none(matrix: Make, nowhere: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="names no executable"):
        make_finder(matrix(), Options(interpreters=("3.12",)), nowhere, None)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for uv is a shell script")
@pytest.mark.parametrize(
    ("declared", "asked", "tried"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_downloads_only_where_wanted(
    matrix: Make, nowhere: dict[str, str], tmp_path: Path, declared: bool, asked: bool | None, tried: bool
) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho 'error: asked' >&2\nexit 1\n", encoding="utf-8")
    uv.chmod(0o755)
    finder = make_finder(matrix(download=declared), Options(download=asked), nowhere, str(uv))
    found = finder.find_all([NOWHERE])[NOWHERE]
    assert isinstance(found, Absent)
    assert ("error: asked" in found.reason) is tried
