"""Collecting depends on the set of results alone: not on order, repetition, or what was collected before."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.collect import collect
from runner.errors import EvidenceIncompleteError, UsageError

CELLS = ("3.12-plain", "3.13-plain")
JOBS: list[dict[str, Any]] = [
    {"job": "3.12", "cells": ["3.12-plain"]},
    {"job": "3.13-1of2", "cells": ["3.13-plain-shard=1of2"]},
    {"job": "3.13-2of2", "cells": ["3.13-plain-shard=2of2"]},
]
OWNERS = {cell: job["job"] for job in JOBS for cell in job["cells"]}


def write_run(folder: Path, job: str, *, digest: str = "sha256:1", **changes: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    plan: list[dict[str, Any]] = [
        {"cell": cell, "python": cell[:4], "profile": "plain", "variant": {}, "optional": False, "as_if": None}
        for cell in CELLS
    ]
    digests = {"matrix": "sha256:m", "plan": digest}
    run = {"format": 1, "forewarn": "0", "matrix": {}, "plan": plan, "target": {"revision": "abc"}, "job": job}
    run |= {"jobs": JOBS, "digests": digests, "started": "2026-01-01T00:00:00", "ended": None} | changes
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")


def write_cell(folder: Path, cell: str, status: str, started: str) -> None:
    path = folder / "cells" / cell
    path.mkdir(parents=True)
    record = {"format": 1, "cell": cell, "python": cell[:4], "profile": "plain", "variant": {}, "status": status}
    record |= {"started": started, "durations": {"tests": 1.0}, "reason": None if status == "complete" else "cut"}
    (path / "cell.json").write_text(json.dumps(record), encoding="utf-8")
    lines = [{"event": "session", "format": 1}, {"event": "begin", "id": cell}, {"event": "finish", "exit_status": 0}]
    (path / "tests.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    text = f"<testsuites><testsuite><testcase classname='x' name='{cell}'/></testsuite></testsuites>"
    (path / "junit.xml").write_text(text, encoding="utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


PIECES = st.lists(
    st.tuples(st.sampled_from(sorted(OWNERS)), st.sampled_from(["complete", "truncated"]), st.integers(1, 3)),
    min_size=1,
    max_size=5,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(PIECES, st.randoms(use_true_random=False), st.integers(0, 5))
def test_order_repetition_and_earlier_merges_play_no_part(
    pieces: list[tuple[str, str, int]], order: random.Random, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        folders = []
        for number, (cell, status, day) in enumerate(pieces):
            folder = top / "in" / str(number) / "deep"
            write_run(folder, OWNERS[cell])
            write_cell(folder, cell, status, f"2026-01-0{day}T00:00:00")
            folders.append(top / "in" / str(number))
        collect(folders, top / "all")
        expected = tree(top / "all")
        order.shuffle(folders)
        collect([*folders, folders[0]], top / "shuffled")
        assert tree(top / "shuffled") == expected
        collect([top / "all"], top / "again")
        collect([top / "again"], top / "again")
        assert tree(top / "again") == expected
        some, others = folders[:cut], folders[cut:]
        if some and others:
            collect(some, top / "some")
            collect(others, top / "others")
            collect([top / "others", top / "some"], top / "merged")
            assert tree(top / "merged") == expected


def test_missing_jobs_are_incomplete_cells_with_their_reason(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "3.13-1of2")
    write_cell(tmp_path / "a", "3.13-plain-shard=1of2", "complete", "2026")
    said = collect([tmp_path], tmp_path / "out")
    assert "! job 3.12 left no results of 3.12-plain" in said
    absent = json.loads((tmp_path / "out/cells/3.12-plain/cell.json").read_text())
    assert (absent["status"], absent["reason"]) == ("cancelled", "job 3.12 left no results")
    half = json.loads((tmp_path / "out/cells/3.13-plain/cell.json").read_text())
    assert (half["status"], half["reason"]) == ("truncated", "shard 2 of 2: job 3.13-2of2 left no results")
    # What was missing comes later: the note gives way to it.
    write_run(tmp_path / "late", "3.12")
    write_cell(tmp_path / "late", "3.12-plain", "complete", "2027")
    collect([tmp_path / "out", tmp_path / "late"], tmp_path / "out")
    assert json.loads((tmp_path / "out/cells/3.12-plain/cell.json").read_text())["status"] == "complete"


def test_the_more_complete_is_kept_and_then_the_later(tmp_path: Path) -> None:
    for number, (status, started) in enumerate([("complete", "1"), ("complete", "2"), ("crashed", "3")]):
        write_run(tmp_path / str(number), "3.12")
        write_cell(tmp_path / str(number), "3.12-plain", status, started)
    collect([tmp_path], tmp_path / "out")
    record = json.loads((tmp_path / "out/cells/3.12-plain/cell.json").read_text())
    assert (record["status"], record["started"]) == ("complete", "2")


def test_results_of_another_plan_are_refused_and_both_are_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_run(tmp_path / name, "3.12", digest=f"sha256:{name}")
    with pytest.raises(UsageError, match=r"the plan of .*a is sha256:a, of .*b it is sha256:b"):
        collect([tmp_path], tmp_path / "out")


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda folder: (folder / "run.json").write_text("[1]"), "no JSON object"),
        (lambda folder: (folder / "run.json").write_text('{"format": 9}'), "format 9"),
        (lambda folder: (folder / "cells/3.12-plain").rename(folder / "cells/3.12-other"), "is of the cell"),
        (lambda folder: (folder / "cells/3.12-plain").rename(folder / "cells/a b"), "no cell's id"),
        (lambda folder: write_cell(folder, "3.9-odd", "complete", "1"), "the plan has no cell '3.9-odd'"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, break_it: Any, message: str) -> None:
    write_run(tmp_path / "in", "3.12")
    write_cell(tmp_path / "in", "3.12-plain", "complete", "1")
    break_it(tmp_path / "in")
    with pytest.raises(UsageError, match=message):
        collect([tmp_path / "in"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    write_run(tmp_path / "in", "3.12")
    write_cell(tmp_path / "in", "3.12-plain", "complete", "1")
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    log = tmp_path / "in/cells/3.12-plain/output.log"
    log.symlink_to(secret)
    (tmp_path / "in/cells/3.13-plain").symlink_to(tmp_path / "in/cells/3.12-plain")
    (tmp_path / "in/around").symlink_to(tmp_path)
    collect([tmp_path / "in"], tmp_path / "out")
    assert not any(b"s3cret" in data for data in tree(tmp_path / "out").values())
    assert json.loads((tmp_path / "out/cells/3.13-plain/cell.json").read_text())["status"] == "cancelled"


def test_folders_without_results_are_told_from_no_results_at_all(tmp_path: Path) -> None:
    with pytest.raises(EvidenceIncompleteError, match="no job left any results"):
        collect([tmp_path], tmp_path / "out")
    (tmp_path / "photos").mkdir()
    with pytest.raises(UsageError, match="holds no results folder"):
        collect([tmp_path], tmp_path / "out")
