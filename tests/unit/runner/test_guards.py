"""Which lines a later Python does not run, by a file's own tests of the version."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

#: The probe has no types: it runs on 3.8.
guards: Any = importlib.import_module("runner.probe.guards")
LATER = (3, 14)


def dead(source: str) -> list[str]:
    lines = source.strip("\n").splitlines()
    found = guards.Guards(LATER).dead_lines(ast.parse("\n".join(lines)))
    return [lines[number - 1].strip() for number in sorted(found)]


@pytest.mark.parametrize(
    ("condition", "alive"),
    [
        ("sys.version_info >= (3, 14)", True),
        ("sys.version_info < (3, 14)", False),
        ("sys.version_info[:2] == (3, 14)", True),
        ("sys.version_info[0] == 2", False),
        ("sys.version_info[1] >= 13", True),
        ("sys.version_info.major >= 3", True),
        ("sys.version_info.minor < 12", False),
        ("version_info > (3, 13)", True),
        ("not sys.version_info >= (3, 14)", False),
        ("sys.version_info >= (3, 12) and sys.version_info < (3, 14)", False),
        ("sys.version_info < (3, 9) or sys.version_info >= (3, 13)", True),
        ("sys.version_info < (3, 9) and anything()", False),
        ("bool(sys.version_info >= (3,))", True),
    ],
)
def test_conditions(condition: str, alive: bool) -> None:
    source = f"if {condition}:\n    new()\nelse:\n    old()\n"
    assert dead(source) == (["old()"] if alive else ["new()"])


@pytest.mark.parametrize(
    "condition", ["anything()", "sys.version_info > threshold()", "sys.platform == 'x'", "sys.version_info[5] > 1"]
)
def test_what_is_not_understood_is_alive(condition: str) -> None:
    assert dead(f"if {condition}:\n    new()\nelse:\n    old()\n") == []


def test_constants_of_the_module() -> None:
    assert dead("PY314 = sys.version_info >= (3, 14)\nif not PY314:\n    old()\n") == ["old()"]


def test_an_early_return() -> None:
    source = """
def f():
    if sys.version_info >= (3, 14):
        return new()
    old()
    older()
"""
    assert dead(source) == ["old()", "older()"]


def test_code_behind_a_branch_that_goes_on_lives() -> None:
    assert dead("def f():\n    if sys.version_info >= (3, 14):\n        new()\n    both()\n") == []


def test_skipped_tests() -> None:
    source = """
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="gone")
def test_a():
    old()
@unittest.skipUnless(sys.version_info < (3, 14), "gone")
class TestB:
    x = 1
@pytest.mark.skipif("sys.version_info >= (3, 14)")
def test_c():
    older()
@pytest.mark.skipif(sys.version_info < (3, 14), reason="new")
def test_d():
    new()
"""
    assert dead(source) == ["old()", "x = 1", "older()"]


def test_nested_and_other_statements() -> None:
    source = """
try:
    if sys.version_info < (3, 14):
        import imp
except ImportError:
    pass
with x:
    value = (
        new()
        if sys.version_info >= (3, 14)
        else
        old()
    )
"""
    assert dead(source) == ["import imp", "old()"]


class Frame:
    """Stands on a line of a module's file."""

    def __init__(self, file: Path, line: int, variables: dict[str, Any]) -> None:
        self.f_code = SimpleNamespace(co_filename=str(file))
        self.f_lineno = line
        self.f_globals = variables


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], ModuleType]:
    """Import a module from a text."""
    monkeypatch.syspath_prepend(tmp_path)

    def load(name: str, text: str) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


def test_a_constant_of_a_module_that_is_loaded_later_is_seen(
    read: Callable[[str, str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from guards_compat import NEW\n\ndef f():\n    if not NEW:\n        old()\n"
    (tmp_path / "guards_user.py").write_text(text, encoding="utf-8")
    variables: dict[str, Any] = {"__package__": ""}
    asked = guards.Guards(LATER)
    # As the file's own import of it would find it: nothing is known yet.
    assert not asked.is_dead(Frame(tmp_path / "guards_user.py", 5, variables))
    compat = read("guards_compat", "import sys\nNEW = sys.version_info >= (3, 14)\n")
    variables["NEW"] = compat.NEW
    assert asked.is_dead(Frame(tmp_path / "guards_user.py", 5, variables))


def test_a_file_is_read_once_when_all_that_it_imports_was_there(
    read: Callable[[str, str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite imports as it goes, and what it does is asked for at each step."""
    module = read("guards_whole", "import sys\nfrom os import path\nOLD = 1\n\ndef f():\n    old()\n")
    asked = guards.Guards(LATER)
    assert not asked.is_dead(Frame(tmp_path / "guards_whole.py", 6, vars(module)))
    # What a second reading would find: a line that the later version does not run.
    text = "import sys\n\n\ndef f():\n    if sys.version_info < (3, 9):\n        old()\n"
    (tmp_path / "guards_whole.py").write_text(text, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "guards_another", ModuleType("guards_another"))
    assert not asked.is_dead(Frame(tmp_path / "guards_whole.py", 6, vars(module)))
    assert guards.Guards(LATER).is_dead(Frame(tmp_path / "guards_whole.py", 6, vars(module)))
