"""Whatever an artifact or an event holds: one kind of error, and nothing outside of the folder."""

from __future__ import annotations

import io
import json
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.comment_text import mark, read_mark
from reports.errors import ResultsError, UsageError
from reports.github_event import EndedRun, RunOrder, read_event
from reports.unpack import unpack

PARTS = st.sampled_from(["..", ".", "", "cells", "a", "C:", "~", "\\", "con", "é", "a\nb", "x" * 300])
NAMES = st.lists(PARTS, min_size=1, max_size=8).map("/".join)
MODES = st.sampled_from([0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR]).map(
    lambda kind: kind | 0o644
)
ENDED = EndedRun(
    repository="o/r",
    repository_id=1,
    id=2,
    workflow=3,
    order=RunOrder(number=4, attempt=5),
    event="pull_request",
    commit="a" * 40,
    branch="b",
    head_repository="o/r",
)


def unpacked(content: bytes) -> None:
    """Nothing is outside, and there are only plain files, whether it was refused or not."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "artifact.zip").write_bytes(content)
        (work / "deep" / "results").mkdir(parents=True)
        try:
            unpack(work / "artifact.zip", work / "deep" / "results")
        except ResultsError as error:
            assert "\n" not in error.message  # noqa: PT017 - it need not be refused
        assert {path.name for path in work.iterdir()} == {"artifact.zip", "deep"}
        assert [path.name for path in (work / "deep").iterdir()] == ["results"]
        for path in (work / "deep" / "results").rglob("*"):
            assert stat.S_IFMT(path.lstat().st_mode) in {stat.S_IFREG, stat.S_IFDIR}


@given(st.lists(st.tuples(NAMES, MODES, st.binary(max_size=20)), max_size=4))
def test_no_member_gets_out(members: list[tuple[str, int, bytes]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, mode, content in members:
            member = zipfile.ZipInfo(name or "x")
            member.external_attr = mode << 16
            if member.filename not in archive.namelist():
                archive.writestr(member, content)
    unpacked(buffer.getvalue())


@given(st.binary(max_size=200), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6))
@example(b"PK\x05\x06" + b"\0" * 18, [])
def test_damage_is_one_kind_of_error(tail: bytes, changes: list[tuple[int, int]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run.json", '{"format": 1}' * 20)
        archive.writestr("cells/a/cell.json", "{}")
    content = bytearray(buffer.getvalue() + tail)
    for place, value in changes:
        content[place % len(content)] = value
    unpacked(bytes(content))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("a" * 40) | st.just("o/r"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ["id", "workflow_id", "run_number", "run_attempt", "event", "head_sha", "head_branch", "head_repository"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_an_event_is_ours_or_an_error(changes: dict[str, Any]) -> None:
    run = {"id": 2, "workflow_id": 3, "run_number": 4, "run_attempt": 5, "event": "pull_request", "head_branch": "b"}
    run |= {"head_sha": "a" * 40, "head_repository": {"full_name": "o/r"}, **changes}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "event.json"
        path.write_text(
            json.dumps({"workflow_run": run, "repository": {"full_name": "o/r", "id": 1}}), encoding="utf-8"
        )
        if not changes:
            assert read_event(path) == ENDED
            return
        try:
            found = read_event(path)
        except UsageError:
            return
        assert found.commit == "a" * 40
        assert found.head_repository in {"o/r", None}


@given(st.text(max_size=300))
@example(mark("forewarn", ENDED))
@example(mark("forewarn", ENDED).replace("3", "9" * 30))
def test_only_the_beginning_of_a_comment_is_a_mark(text: str) -> None:
    found = read_mark(text, "forewarn")
    assert (found is None) == (not text.startswith("<!-- forewarn-comment ") or "9" * 30 in text)
    assert read_mark(f"> {mark('forewarn', ENDED)}", "forewarn") is None
    assert read_mark(mark("forewarn", ENDED) + text, "forewarn") == (3, RunOrder(number=4, attempt=5))
    assert read_mark(mark("forewarn", ENDED) + text, "another") is None


def test_an_event_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_event(tmp_path / "event.json")
