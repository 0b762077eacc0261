"""The plan of any matrix: every cell once, by an id that can be a folder, a file's name and a line of a log."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from runner.durations import Durations
from runner.jobs import plan_jobs
from runner.model import Cell, Profile, Python, Variant
from runner.plan import split_id

#: As `collect` takes it.
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=,-]{0,199}")
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
PYTHONS = st.builds(Python, major=st.just(3), minor=st.integers(8, 16))
PROFILES = st.builds(Profile, name=NAMES)
VARIANTS = st.dictionaries(NAMES, NAMES, max_size=2).map(lambda axes: Variant(choices=tuple(axes.items())))


@given(
    st.sets(PYTHONS, min_size=1, max_size=4),
    st.lists(PROFILES, min_size=1, max_size=3, unique_by=lambda one: one.name),
    st.lists(VARIANTS, min_size=1, max_size=3, unique=True),
    st.integers(1, 5),
    st.none() | st.integers(1, 9),
)
def test_each_cell_is_in_one_job(
    pythons: set[Python], profiles: list[Profile], variants: list[Variant], shards: int, most: int | None
) -> None:
    cells = [
        Cell(python=python, profile=profile, variant=variant)
        for python, variant, profile in itertools.product(sorted(pythons), variants, profiles)
    ]
    planned = plan_jobs(cells, Durations(), most=most, shards=shards)
    ids = [cell.id for job in planned.jobs for cell in job.cells]
    assert len(set(ids)) == len(ids) == len(cells) * shards
    assert {split_id(name)[0] for name in ids} == {cell.id for cell in cells}
    assert len({job.id for job in planned.jobs}) == len(planned.jobs)
    assert all(ID.fullmatch(name) for name in (*ids, *(job.id for job in planned.jobs)))
    assert most is None or len(planned.jobs) <= most
