"""Which functions refuse a call that the version before took."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from knowledge.calls import Parameters, refuses, written


def parameters(function: Callable[..., Any]) -> Parameters:
    found = inspect.signature(function).parameters.values()
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [(one.name, int(one.kind), one.default is not one.empty or one.kind in stars) for one in found]


def function(text: str) -> Callable[..., Any]:
    found: dict[str, Any] = {}
    exec(f"def f({text}): pass", found)  # noqa: S102 - the parameters below
    result: Callable[..., Any] = found["f"]
    return result


@pytest.mark.parametrize(
    ("before", "later", "expected"),
    [
        ("a", "a", False),
        ("a", "a, b=1", False),
        ("a", "a, *, b=1", False),
        ("a", "a, b", True),
        ("a, b=1", "a, b", True),
        ("a, b=1", "a", True),
        ("a, b=1", "a, *, b=1", True),
        ("a, b=1", "a, **more", True),
        ("a, *, b=1", "a, **more", False),
        ("a, *, b", "a", True),
        ("a", "a, /", True),
        ("a, /", "a", False),
        ("a, /, b", "a, /, b", False),
        ("a, b", "*rest", True),
        ("a, b, /", "*rest", False),
        ("a, b", "*rest, **more", False),
        ("a, b, c", "a, b, d=1, *, c", True),
        ("*rest, **more", "a", False),
    ],
)
def test_what_was_taken_and_is_refused(before: str, later: str, expected: bool) -> None:
    assert refuses(parameters(function(before)), parameters(function(later))) is expected


@pytest.mark.parametrize(
    "text", ["", "a", "a, b=None", "a, /, b=None", "a, /", "a, *, b", "a, *rest, b=None, **more", "*, a", "**more"]
)
def test_parameters_are_written_as_they_were(text: str) -> None:
    assert written(parameters(function(text))) == text
