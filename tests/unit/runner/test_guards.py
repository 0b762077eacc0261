"""Which lines a later Python does not run, by a file's own tests of the version."""

from __future__ import annotations

import ast
import importlib
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
