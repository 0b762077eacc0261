"""What was made to take many times its size in memory does not (``nox -s fuzz -- --large`` reads all of it)."""

from __future__ import annotations

import large
import pytest

CASES = (
    "junit: a row of failures",
    "junit: depth",
    "report.json: empty lists",
    "results: plan",
    "results: modules in a row",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_memory_is_bounded_by_size(name: str) -> None:
    size, _, taken, said = large.measure(name)
    assert not said.startswith("!"), said
    assert taken <= large.TIMES * size + large.FLOOR
