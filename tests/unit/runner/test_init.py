"""The starter file, for the kinds of folders that people have."""

import datetime as dt
from pathlib import Path

import pytest

from runner.config import read_matrix
from runner.errors import UsageError
from runner.init import starter, write_starter
from runner.model import Matrix
from runner.releases import read_calendar

TODAY = read_calendar(dt.date(2026, 11, 20))


def start(folder: Path) -> Matrix:
    return read_matrix(write_starter(folder, calendar=TODAY)[0], calendar=TODAY)


def test_a_library_with_extras_and_groups(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("""
[project]
name = "lib"
requires-python = ">=3.13"
[project.optional-dependencies]
docs = ["sphinx"]
tests = ["pytest"]
[dependency-groups]
lint = ["ruff"]
""")
    matrix = start(tmp_path)
    assert matrix.install.extras == ("tests",)
    assert matrix.install.requirements == ()
    assert [str(python) for python in matrix.pythons] == ["3.13", "3.14", "3.15", "3.16"]
    assert [str(python) for python in matrix.optional] == ["3.16"]
    assert matrix.test.tool == "pytest"
    text = (tmp_path / "matrix.yaml").read_text()
    assert "# other extras: docs" in text
    assert "# other groups: lint" in text
    assert "requires Python >=3.13" in text


def test_a_group_that_brings_pytest(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[dependency-groups]\nall = ["pytest"]\ndev = ["pytest"]\n')
    assert start(tmp_path).install.groups == ("dev",)


def test_a_requirements_file_that_brings_pytest(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "test.txt").write_text("pytest\n")
    assert start(tmp_path).install.requirement_files == ("requirements/test.txt",)


def test_a_setup_py_project(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text('from setuptools import setup\nsetup(name="x", python_requires=">=3.6,<3.11")\n')
    matrix = start(tmp_path)
    assert matrix.install.requirements == ("pytest",)
    assert [str(python) for python in matrix.pythons] == ["3.10", "3.11"]
    assert not matrix.optional


def test_a_bare_folder_with_unittest_tests(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("import unittest\n")
    matrix = start(tmp_path)
    assert (matrix.test.tool, matrix.test.arguments) == ("unittest", ("discover", "-s", "tests"))
    assert matrix.test.pythonpath == ("src",)
    assert matrix.install.requirements == ()


def test_tests_that_are_a_package_are_imported_from_above(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "tests" / "test_a.py").write_text("import unittest\n")
    assert start(tmp_path).test.arguments == ("discover", "-s", "tests", "-t", ".")


def test_an_empty_folder(tmp_path: Path) -> None:
    matrix = start(tmp_path)
    assert matrix.install.requirements == ("pytest",)
    assert "No tests were found yet." in (tmp_path / "matrix.yaml").read_text()


def test_the_first_line_refers_to_a_schema_that_is_there(tmp_path: Path) -> None:
    written = write_starter(tmp_path, calendar=TODAY)
    first = written[0].read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=.forewarn/matrix.schema.json"
    assert written[1] == tmp_path / ".forewarn" / "matrix.schema.json"
    assert written[1].is_file()
    assert (tmp_path / ".forewarn" / ".gitignore").read_text() == "*\n"


def test_every_commented_key_is_valid_when_it_is_taken_in(tmp_path: Path) -> None:
    lines = starter(tmp_path, calendar=TODAY).splitlines()
    start_of_keys = ("# base", "# next", "# variants", "#   ", "#     ", "# env", "# ignore")
    taken = [line[2:] if line.startswith(start_of_keys) else line for line in lines]
    (tmp_path / "matrix.yaml").write_text("\n".join(taken))
    matrix = read_matrix(tmp_path / "matrix.yaml", calendar=TODAY)
    assert matrix.variants
    assert matrix.ignore
    assert [str(python) for python in matrix.next] == ["3.16"]


def test_names_that_would_break_the_file_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "a\\nfoo: bar"\n[project.optional-dependencies]\n"x: [\\n" = ["pytest"]\n'
    )
    assert start(tmp_path).install.requirements == ("pytest",)


def test_an_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    file = tmp_path / "matrix.yaml"
    file.write_text("python: [3.12]\n")
    with pytest.raises(UsageError, match="is there already") as caught:
        write_starter(tmp_path)
    assert caught.value.hint is not None
    assert file.read_text() == "python: [3.12]\n"
    write_starter(tmp_path, force=True)
    assert file.read_text().startswith("# yaml-language-server")


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_starter(tmp_path / "nowhere")
