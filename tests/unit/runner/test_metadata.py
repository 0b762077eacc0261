"""What is read from a project's files without running them."""

from pathlib import Path

import pytest

from runner import model
from runner.metadata import Metadata, read_metadata


def project(folder: Path, **files: str) -> Metadata:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_metadata(folder)


def test_the_standard_table(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        pyproject_DOT_toml="""
[project]
name = "lib"
dynamic = ["version"]
requires-python = ">=3.10"
[project.optional-dependencies]
test = ["pytest>=8"]
docs = ["sphinx"]
[dependency-groups]
dev = [{include-group = "test"}, "ruff"]
test = ["pytest-asyncio"]
""",
        tests__test_a_DOT_py="",
    )
    assert found == Metadata(
        is_project=True,
        name="lib",
        requires_python=">=3.10",
        extras=("test", "docs"),
        groups=("dev", "test"),
        dynamic=frozenset({"version"}),
        test_tool=model.TestTool.PYTEST,
        test_extras=("test",),
        test_groups=("test",),
        tests="tests",
    )


def test_setup_cfg(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        setup_DOT_cfg="""
[metadata]
name = old
version = attr: old.__version__
[options]
python_requires = >=3.9
[options.extras_require]
test =
    pytest
    coverage
""",
    )
    assert (found.name, found.version, found.requires_python) == ("old", None, ">=3.9")
    assert (found.extras, found.test_extras, found.is_project) == (("test",), ("test",), True)
    assert found.dynamic == {"version"}


def test_setup_py_with_literal_values(tmp_path: Path) -> None:
    text = "import setuptools\n"
    text += 'setuptools.setup(name="x", version="1", python_requires=">=3.8", extras_require={"t": ["pytest"]})'
    found = project(tmp_path, setup_DOT_py=text)
    assert (found.name, found.version, found.requires_python, found.extras) == ("x", "1", ">=3.8", ("t",))
    assert not found.dynamic


@pytest.mark.parametrize(
    ("call", "dynamic"),
    [
        ("setup(name='x', python_requires=f())", {"requires_python"}),
        ("setup(**words)", {"requires_python", "version", "extras"}),
        ("setup(name='x')", set()),
        ("setup(", set()),
        ("'\\d'; setup()", set()),
    ],
)
def test_setup_py_with_computed_values(tmp_path: Path, call: str, dynamic: set[str]) -> None:
    found = project(tmp_path, setup_DOT_py=call)
    assert found.is_project
    assert found.dynamic == dynamic


def test_flit_and_poetry_tables(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    flit = project(tmp_path / "f", pyproject_DOT_toml='[tool.flit.metadata]\nmodule = "m"\nrequires-python = ">=3.6"\n')
    assert (flit.name, flit.requires_python) == ("m", ">=3.6")
    poetry = project(
        tmp_path, pyproject_DOT_toml='[tool.poetry]\nname = "p"\n[tool.poetry.dependencies]\npython = "^3.9"\n'
    )
    assert poetry.name == "p"
    assert poetry.dynamic == {"requires_python"}


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        ({}, None),
        ({"pytest_DOT_ini": ""}, "pytest"),
        ({"pyproject_DOT_toml": "[tool.pytest.ini_options]\n"}, "pytest"),
        ({"setup_DOT_cfg": "[tool:pytest]\n"}, "pytest"),
        ({"tox_DOT_ini": "[pytest]\n"}, "pytest"),
        ({"requirements__test_DOT_txt": "-r a.txt\npytest==8\n"}, "pytest"),
        ({"dev-requirements_DOT_txt": "pytest-cov\n"}, "pytest"),
        ({"test_a_DOT_py": "import pytest\n"}, "pytest"),
        ({"test_a_DOT_py": "def test(): pass\n"}, "pytest"),
        ({"test_a_DOT_py": "import unittest\n"}, "unittest"),
        ({"a__tests__test_a_DOT_py": "from unittest import mock, TestCase\n"}, "unittest"),
        ({"test_a_DOT_py": "import unittest\n", "test_b_DOT_py": "from pytest import raises\n"}, "pytest"),
        ({"_DOT_venv__test_a_DOT_py": "import unittest\n"}, None),
        ({"module_DOT_py": "import unittest\n"}, None),
    ],
    ids=str,
)
def test_the_test_tool(tmp_path: Path, files: dict[str, str], tool: str | None) -> None:
    assert project(tmp_path, **files).test_tool == tool


@pytest.mark.parametrize("name", ["pyproject_DOT_toml", "setup_DOT_cfg", "setup_DOT_py", "tox_DOT_ini"])
@pytest.mark.parametrize("text", ["[", "\x00", "=", "[project]\nname = 3\n", "[dependency-groups]\na = 3\n", "(" * 500])
def test_broken_files_say_nothing(tmp_path: Path, name: str, text: str) -> None:
    found = project(tmp_path, **{name: text})
    assert (found.name, found.requires_python, found.test_tool) == (None, None, None)


def test_an_empty_folder_is_no_project(tmp_path: Path) -> None:
    assert read_metadata(tmp_path) == Metadata()
