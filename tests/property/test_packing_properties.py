"""What a packing and a split into shards promise for any input."""

from __future__ import annotations

import importlib
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.packing import Group, lower_bound, pack

# The probe has no annotations: it runs on Python 3.8.
shard: Any = importlib.import_module("runner.probe.shard")

SECONDS = st.floats(0.1, 1000)
GROUPS = st.lists(
    st.builds(Group, cost=st.floats(0, 100), items=st.lists(SECONDS, min_size=1, max_size=6).map(tuple)),
    min_size=1,
    max_size=20,
)


@given(GROUPS, st.integers(1, 12))
def test_every_item_is_packed_once_and_no_bin_too_many(groups: list[Group], bins: int) -> None:
    packing = pack(groups, bins)
    packed = sorted((group, item) for parts in packing.bins for group, items in parts for item in items)
    assert packed == [(group, item) for group, one in enumerate(groups) for item in range(len(one.items))]
    assert 1 <= len(packing.bins) <= bins
    assert max(packing.loads) >= lower_bound(groups, bins) * (1 - 1e-6)
    assert packing == pack(groups, bins)


@given(st.lists(SECONDS, min_size=1, max_size=40), st.integers(1, 8))
def test_a_packing_of_single_items_is_as_good_as_is_proven(items: list[float], bins: int) -> None:
    groups = [Group(cost=0.0, items=(item,)) for item in items]
    # Filling a bin before the next is opened never needs more than twice an even share.
    assert max(pack(groups, bins).loads) <= 2 * lower_bound(groups, bins)


TESTS = st.sets(
    st.builds(
        "{}::{}test_{}{}".format,
        st.sampled_from(["a.py", "b/c.py", "d.py"]),
        st.sampled_from(["", "One::", "Two::"]),
        st.integers(0, 6),
        st.sampled_from(["", "[x]", "[y::z]", "[/]"]),
    ),
    max_size=60,
)


@given(TESTS, st.integers(1, 7), st.randoms(use_true_random=False))
def test_shards_share_no_test_leave_none_and_do_not_know_an_order(
    tests: set[str], of: int, order: random.Random
) -> None:
    levels = [shard.pytest_levels(test) for test in tests]
    parts = shard.choose(sorted(levels), of)
    assert len(parts) == of
    assert sorted(names[-1] for part in parts for names in part) == sorted(tests)
    order.shuffle(levels)
    assert shard.choose(sorted(levels), of) == parts


def test_files_stay_whole_until_they_are_more_than_a_part() -> None:
    small = [shard.pytest_levels(f"{file}.py::test_{number}") for file in "abcd" for number in range(5)]
    for part in shard.choose(small, 2):
        assert len(part) == 10
        assert all(len([names for names in part if names[0] == file]) in (0, 5) for file in ("a.py", "b.py"))
    big = [shard.pytest_levels(f"a.py::{owner}::test_{number}") for owner in ("X", "Y") for number in range(5)]
    assert [{names[1] for names in part} for part in shard.choose(big, 2)] == [{"a.py::X"}, {"a.py::Y"}]
