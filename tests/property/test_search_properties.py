"""The search for what makes a test fail: right at any position, with few runs, and honest when it is not one test."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from runner.search import MOST, find_culprits


class Suite:
    """Fails behind tests as a rule says; counts how often it is run."""

    def __init__(self, size: int, *groups: frozenset[int]) -> None:
        self.names = [f"test_{number}" for number in range(size)]
        self._place = {name: number for number, name in enumerate(self.names)}
        self._groups = [frozenset(self.names[number] for number in group) for group in groups]
        self.runs = 0
        self.time_for = math.inf

    def fails(self, before: Sequence[str]) -> bool | None:
        places = [self._place[name] for name in before]
        assert all(one < two for one, two in itertools.pairwise(places)), "in run order, each once"
        self.runs += 1
        if self.runs > self.time_for:
            return None
        return any(group <= set(before) for group in self._groups)


SIZES = st.integers(1, 1_000)


@given(data=st.data(), size=SIZES)
def test_one_culprit_is_found_at_any_position_in_logarithmic_time(data: st.DataObject, size: int) -> None:
    position = data.draw(st.integers(0, size - 1))
    suite = Suite(size, frozenset({position}))
    found = find_culprits(suite.names, suite.fails)
    assert (found.items, found.complete) == ((f"test_{position}",), True)
    assert suite.runs <= math.ceil(math.log2(size)) + 1


@given(data=st.data(), size=SIZES)
def test_of_several_that_would_each_do_one_is_named_that_does(data: st.DataObject, size: int) -> None:
    culprits = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=20))
    suite = Suite(size, *(frozenset({one}) for one in culprits))
    found = find_culprits(suite.names, suite.fails)
    assert found.complete
    assert len(found.items) == 1
    assert suite.names.index(found.items[0]) in culprits


@given(data=st.data(), size=st.integers(2, 500))
def test_those_that_are_needed_together_are_all_named_or_it_is_said_that_there_are_more(
    data: st.DataObject, size: int
) -> None:
    together = data.draw(st.sets(st.integers(0, size - 1), min_size=2, max_size=6))
    suite = Suite(size, frozenset(together))
    found = find_culprits(suite.names, suite.fails)
    named = {suite.names.index(name) for name in found.items}
    if len(together) <= MOST:
        assert (named, found.complete) == (together, True)
    else:
        assert named < together
        assert (found.complete, found.reason) == (False, "many")
    assert suite.runs <= MOST * (math.ceil(math.log2(size)) + 1) + 1


@given(data=st.data(), size=st.integers(1, 500), runs=st.integers(0, 12))
def test_when_the_time_is_over_nothing_is_claimed(data: st.DataObject, size: int, runs: int) -> None:
    position = data.draw(st.integers(0, size - 1))
    suite = Suite(size, frozenset({position}))
    suite.time_for = runs
    found = find_culprits(suite.names, suite.fails)
    assert suite.runs <= runs + 1
    if suite.runs > runs:
        assert (found.complete, found.reason) == (False, "time")
        assert found.among is not None
        assert 1 <= found.among <= size


@given(size=st.integers(1, 200), answers=st.lists(st.sampled_from([True, False, None]), max_size=60))
def test_whatever_is_answered_it_ends_and_claims_only_what_failed(size: int, answers: list[bool | None]) -> None:
    said: dict[tuple[str, ...], bool | None] = {}
    rest = iter(answers)

    def fails(before: Sequence[str]) -> bool | None:
        said[tuple(before)] = answer = next(rest, False)
        return answer

    found = find_culprits([f"test_{number}" for number in range(size)], fails)
    if found.complete:
        assert said[found.items] is True
    else:
        assert found.reason in {"time", "many", "unsteady"}


@given(size=SIZES)
def test_a_failure_that_does_not_come_back_is_unsteady(size: int) -> None:
    found = find_culprits([f"test_{number}" for number in range(size)], lambda _before: False)
    assert (found.items, found.complete, found.reason) == ((), False, "unsteady")
