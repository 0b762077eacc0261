"""Halving finds the one earlier test that makes another fail, and says so when there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from runner.culprit import find_culprit


@given(st.integers(1, 300), st.data())
def test_a_single_culprit_is_found_in_few_runs(number: int, data: st.DataObject) -> None:
    tests = [f"t{index}" for index in range(number)]
    culprit = data.draw(st.sampled_from(tests))
    runs = 0

    def fails_after(earlier: Sequence[str]) -> bool:
        nonlocal runs
        runs += 1
        assert list(earlier) == [test for test in tests if test in set(earlier)], "in their order"
        return culprit in earlier

    assert find_culprit(tests, fails_after) == culprit
    assert runs <= 2 * math.ceil(math.log2(number)) if number > 1 else runs == 0


@given(st.integers(2, 60), st.data())
def test_two_that_only_do_it_together_are_not_blamed_alone(number: int, data: st.DataObject) -> None:
    tests = [f"t{index}" for index in range(number)]
    pair = set(data.draw(st.lists(st.sampled_from(tests), min_size=2, max_size=2, unique=True)))
    found = find_culprit(tests, lambda earlier: pair <= set(earlier))
    assert found is None


@given(st.integers(2, 60), st.integers(0, 5))
def test_no_answer_is_no_culprit(number: int, answered: int) -> None:
    left = answered

    def fails_after(_: Sequence[str]) -> bool | None:
        nonlocal left
        left -= 1
        return None if left < 0 else False

    assert find_culprit([f"t{index}" for index in range(number)], fails_after) is None
