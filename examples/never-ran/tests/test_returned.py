"""Tests which hand a coroutine back to pytest, by way of a decorator or a plain ``return``."""

from __future__ import annotations

import functools
from typing import Any, Callable

from greenhouse import Sensor


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator which does not know about coroutines: what it makes is a plain function."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return functools.update_wrapper(wrapper, function, assigned=("__name__", "__doc__"), updated=())


@logged
async def test_behind_a_plain_decorator() -> None:
    assert await Sensor([21.5]).read() == 99, "never compared"


def test_that_returns_its_coroutine() -> Any:
    return Sensor([]).read()
