"""Baselines merge in any order, and a file says what it was written from."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reports.baseline import Entry, dump_baseline, merge_baselines, read_baseline
from reports.texts import visible

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20).map(visible)
ANY_TEXTS = st.text(max_size=20)
IDS = st.integers(0, 5).map(lambda number: f"c{number:010x}")
ENTRIES = st.builds(
    Entry,
    id=IDS,
    cause=TEXTS,
    where=TEXTS,
    reason=TEXTS,
    owner=TEXTS,
    expires=st.sampled_from(["", "3.16", "2027-10-01"]),
)
BASELINES = st.lists(ENTRIES, max_size=5).map(lambda entries: {entry.id: entry for entry in entries})


@given(st.lists(BASELINES, max_size=4), st.randoms())
def test_order_plays_no_part(baselines: list[dict[str, Entry]], random: object) -> None:
    shuffled = list(baselines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge_baselines(shuffled) == merge_baselines(baselines)


@given(BASELINES, BASELINES, BASELINES)
def test_merging_is_associative_and_idempotent(a: dict[str, Entry], b: dict[str, Entry], c: dict[str, Entry]) -> None:
    assert merge_baselines([merge_baselines([a, b]), c]) == merge_baselines([a, merge_baselines([b, c])])
    assert merge_baselines([a, a]) == a


@given(st.builds(Entry, id=IDS, cause=ANY_TEXTS, where=ANY_TEXTS, reason=ANY_TEXTS))
def test_what_cannot_be_seen_is_spelled_out(entry: Entry) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "baseline.yaml"
        file.write_text(dump_baseline({entry.id: entry}), encoding="utf-8")
        shown = {name: visible(text) for name, text in dataclasses.asdict(entry).items()}
        assert read_baseline(file) == {entry.id: Entry(**shown)}


@given(BASELINES)
def test_a_file_is_read_as_it_was_written(entries: dict[str, Entry]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "baseline.yaml"
        file.write_text(dump_baseline(entries), encoding="utf-8")
        assert read_baseline(file) == entries
        assert dump_baseline(read_baseline(file)) == dump_baseline(entries)
