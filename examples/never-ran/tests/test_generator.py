"""A generator as a test, a form that pytest dropped long ago and reports differently since."""

from __future__ import annotations

from typing import Iterator

from greenhouse import Vent


def check_position(position: int) -> None:
    assert Vent().position == position


def test_every_position() -> Iterator[tuple]:
    for position in (0, 10, 20):
        yield check_position, position


def test_beside_it() -> None:
    check_position(0)
