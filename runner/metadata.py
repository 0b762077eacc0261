"""What a project says about itself in its files, read without running any of its code."""

from __future__ import annotations

import ast
import configparser
import dataclasses
import re
import tomllib
import warnings
from typing import TYPE_CHECKING, Any

from . import paths
from .model import TestTool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LARGEST_FILE = 1_000_000
_MOST_TEST_FILES = 2_000
_NO_TESTS_IN = {"node_modules", "build", "dist", "venv", "env", "site-packages", "__pycache__"}
_PYTEST_FILES = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "conftest.py",
    "tests/conftest.py",
)
_UNSEEN = "**"
"""Stands in the keywords of ``setup()`` for those that it gets from a mapping."""
_USES_PYTEST = re.compile(r"^\s*(import|from) pytest\b", re.MULTILINE)
_USES_UNITTEST = re.compile(r"^\s*(import unittest|from unittest\b|class .*\bTestCase\))", re.MULTILINE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metadata:
    """A project as its files declare it; None and empty where they say nothing."""

    is_project: bool = False
    """Whether it can be built and installed."""
    name: str | None = None
    version: str | None = None
    requires_python: str | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Dependency groups (PEP 735)."""
    dynamic: frozenset[str] = frozenset()
    """Of ``version``, ``requires_python`` and ``extras``: those that only a build of the project can tell."""
    test_tool: TestTool | None = None
    """The tool that was recognised, or None."""
    test_extras: tuple[str, ...] = ()
    """Extras that bring pytest."""
    test_groups: tuple[str, ...] = ()
    """Groups that bring pytest."""
    test_requirement_files: tuple[str, ...] = ()
    """Requirement files that bring pytest, relative to the project."""
    tests: str | None = None
    """Folder of the tests, relative to the project, where it has a usual name."""


def read_metadata(folder: Path) -> Metadata:
    """Read pyproject.toml, setup.cfg, setup.py and the names and imports of test files.

    Files that are missing or cannot be understood count as saying nothing.
    """
    pyproject = _toml(folder / "pyproject.toml")
    cfg = _ini(folder / "setup.cfg")
    setup = _setup_call(folder / "setup.py")
    project = _table(pyproject, "project")
    declared = _from_project(project) if "name" in project else _from_setuptools(cfg, setup)
    if "name" not in project:
        declared = _with_older_tables(declared, _table(pyproject, "tool"))
    groups = _table(pyproject, "dependency-groups")
    files = tuple(file for file in _requirement_files(folder) if _brings_pytest(_read(file).splitlines()))
    found = dataclasses.replace(
        declared,
        is_project=_is_project(folder, pyproject, cfg),
        groups=tuple(groups),
        test_groups=tuple(name for name, lines in groups.items() if _brings_pytest(lines)),
        test_requirement_files=tuple(file.relative_to(folder).as_posix() for file in files),
        tests=next((name for name in ("tests", "test") if paths.is_folder(folder / name)), None),
    )
    tool = TestTool.PYTEST if _configures_pytest(folder, pyproject, cfg) else _test_tool(folder, found)
    return dataclasses.replace(found, test_tool=tool)


def _from_project(project: Mapping[str, Any]) -> Metadata:
    """What the standard table of pyproject.toml declares."""
    extras = _table(project, "optional-dependencies")
    names = {"version": "version", "requires-python": "requires_python", "optional-dependencies": "extras"}
    return Metadata(
        name=_text(project["name"]),
        version=_text(project.get("version")),
        requires_python=_text(project.get("requires-python")),
        extras=tuple(extras),
        test_extras=tuple(name for name, lines in extras.items() if _brings_pytest(lines)),
        dynamic=frozenset(names[key] for key in _list(project.get("dynamic")) if key in names),
    )


def _from_setuptools(cfg: Mapping[str, Any], call: Mapping[str, Any]) -> Metadata:
    """What setup.cfg and the call in setup.py declare; the file wins, as it does in setuptools."""
    meta, options = _table(cfg, "metadata"), _table(cfg, "options")
    extras = _table(cfg, "options.extras_require") or _table(call, "extras_require")
    version = _text(meta.get("version")) or _text(call.get("version"))
    requires = _text(options.get("python_requires")) or _text(call.get("python_requires"))
    from_elsewhere = bool(re.match("(attr|file):", version or ""))
    # `setup(**keywords)` may hold anything; a keyword with a computed value is there without a value.
    unseen = _UNSEEN in call
    computed = {
        "version": from_elsewhere or (not version and (unseen or "version" in call)),
        "requires_python": not requires and (unseen or "python_requires" in call),
        "extras": not extras and (unseen or "extras_require" in call),
    }
    return Metadata(
        name=_text(meta.get("name")) or _text(call.get("name")),
        version=None if from_elsewhere else version,
        requires_python=requires,
        extras=tuple(extras),
        test_extras=tuple(name for name, lines in extras.items() if _brings_pytest(lines)),
        dynamic=frozenset(name for name, is_computed in computed.items() if is_computed),
    )


def _with_older_tables(declared: Metadata, tool: Mapping[str, Any]) -> Metadata:
    """What Flit's and Poetry's own tables declare, from before there was a standard one."""
    flit = _table(_table(tool, "flit"), "metadata")
    poetry = _table(tool, "poetry")
    if flit:
        name = _text(flit.get("dist-name")) or _text(flit.get("module"))
        requires = _text(flit.get("requires-python"))
        return dataclasses.replace(declared, name=name, requires_python=requires, dynamic=frozenset({"version"}))
    if poetry:
        # Poetry's ^3.9 becomes a specifier only when it builds.
        python = "python" in _table(poetry, "dependencies")
        return dataclasses.replace(
            declared,
            name=_text(poetry.get("name")),
            version=_text(poetry.get("version")),
            extras=tuple(_table(poetry, "extras")),
            dynamic=frozenset({"requires_python"} if python else ()),
        )
    return declared


def _is_project(folder: Path, pyproject: Mapping[str, Any], cfg: Mapping[str, Any]) -> bool:
    if "build-system" in pyproject or "project" in pyproject or paths.is_file(folder / "setup.py"):
        return True
    return "name" in _table(cfg, "metadata")


def _configures_pytest(folder: Path, pyproject: Mapping[str, Any], cfg: Mapping[str, Any]) -> bool:
    if "pytest" in _table(pyproject, "tool") or "tool:pytest" in cfg or "pytest" in _ini(folder / "tox.ini"):
        return True
    return any(paths.is_file(folder / name) for name in _PYTEST_FILES)


def _test_tool(folder: Path, found: Metadata) -> TestTool | None:
    """The tool by what is required and what the test modules import."""
    if found.test_extras or found.test_groups or found.test_requirement_files:
        return TestTool.PYTEST
    sources = [_read(file) for file in _test_files(folder)]
    if any(_USES_PYTEST.search(source) for source in sources):
        return TestTool.PYTEST
    if any(_USES_UNITTEST.search(source) for source in sources):
        return TestTool.UNITTEST
    return TestTool.PYTEST if sources else None


def _requirement_files(folder: Path) -> Iterator[Path]:
    for pattern in ("*requirements*.txt", "*requirements*.in", "requirements/*.txt", "requirements/*.in"):
        yield from sorted(folder.glob(pattern))


def _brings_pytest(lines: Any) -> bool:
    """Whether one of the requirements is pytest or a plugin of it."""
    return any(re.match(r"\s*pytest\b", line, re.IGNORECASE) for line in _list(lines) if isinstance(line, str))


def _test_files(folder: Path) -> Iterator[Path]:
    """Python files with the usual names of test modules, at most three folders deep."""
    seen = 0
    for pattern in ("*.py", "*/*.py", "*/*/*.py", "*/*/*/*.py"):
        for file in sorted(folder.glob(pattern)):
            parts = file.relative_to(folder).parts
            if _NO_TESTS_IN.intersection(parts) or any(part.startswith(".") for part in parts):
                continue
            seen += 1
            if seen > _MOST_TEST_FILES:
                return
            if re.fullmatch(r"test.*\.py|.*_test\.py", file.name):
                yield file


def _read(file: Path) -> str:
    """The text of a file; nothing where it is missing, huge or not text."""
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(file))
    except (ValueError, RecursionError):
        return {}


def _ini(file: Path) -> dict[str, dict[str, Any]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(_read(file))
    except (configparser.Error, AttributeError):  # of its own: a key without a value, and a line that continues it
        return {}
    sections = {name: dict(parser[name]) for name in parser.sections()}
    extras = sections.get("options.extras_require", {})
    split = {name: (lines or "").splitlines() for name, lines in extras.items()}
    return sections | {"options.extras_require": split}


def _setup_call(file: Path) -> dict[str, Any]:
    """The keywords of setup.py's ``setup(…)``; None stands for a value that is computed."""
    try:
        with warnings.catch_warnings():
            # Old files have invalid escapes; that is not the reader's business.
            warnings.simplefilter("ignore")
            tree = ast.parse(_read(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "setup":
            return {word.arg or _UNSEEN: _literal(word.value) for word in node.keywords}
    return {}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None
