"""What a cell's folder tells of how its process ended, whatever state the files are in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.traces import EventLog, read_records, read_traces

TESTS: list[dict[str, Any]] = [
    {"event": "session", "format": 1, "tool": "pytest"},
    {"event": "collected", "ids": ["a.py::t1", "a.py::t2", "b.py::C::t3[x]"], "deselected": 0},
    {"event": "begin", "id": "a.py::t1"},
    {"event": "end", "id": "a.py::t1", "outcome": "passed"},
    {"event": "begin", "id": "a.py::t2"},
    {"event": "end", "id": "a.py::t2", "outcome": "rerun"},
    {"event": "end", "id": "a.py::t2", "outcome": "failed"},
    {"event": "begin", "id": "b.py::C::t3[x]"},
    {"event": "end", "id": "b.py::C::t3[x]", "outcome": "error"},
    {"event": "finish", "exit_status": 1},
]
JUNIT = (
    '<?xml version="1.0"?><testsuites><testsuite name="s"><testcase name="a"/>'
    '<testcase name="é"><failure message="m">x</failure></testcase></testsuite></testsuites>'
)


def lines(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def log_of(records: list[dict[str, Any]]) -> EventLog:
    log = EventLog()
    for record in records:
        log.add(record)
    return log


def test_a_whole_run(tmp_path: Path) -> None:
    (tmp_path / "tests.jsonl").write_bytes(lines(TESTS))
    (tmp_path / "junit.xml").write_text(JUNIT, encoding="utf-8")
    seen = read_traces(tmp_path)
    assert (seen.junit, seen.cases, seen.collected, seen.begun, seen.ended) == (None, 2, 3, 3, 3)
    assert seen.finished
    assert seen.running is None
    assert dict(seen.outcomes) == {"passed": 1, "failed": 1, "error": 1}


def test_an_empty_folder(tmp_path: Path) -> None:
    seen = read_traces(tmp_path)
    assert (seen.junit, seen.probed, seen.collected, seen.finished) == ("missing", False, None, False)


def test_a_log_cut_at_any_byte_is_what_came_before(tmp_path: Path) -> None:
    whole = lines(TESTS)
    for cut in range(len(whole)):
        (tmp_path / "tests.jsonl").write_bytes(whole[:cut])
        assert len(list(read_records(tmp_path / "tests.jsonl"))) == whole[:cut].count(b"\n")
        assert not read_traces(tmp_path).finished


def test_junit_cut_at_any_byte_is_never_whole(tmp_path: Path) -> None:
    whole = JUNIT.encode()
    for cut in range(len(whole)):
        (tmp_path / "junit.xml").write_bytes(whole[:cut])
        fault = read_traces(tmp_path).junit
        assert fault == "empty" if cut == 0 else "not well-formed" in str(fault)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(
            b'<?xml version="1.0" encoding="no-such"?><a/>', "in an encoding that cannot be read", id="unknown"
        ),
        pytest.param(b'<?xml version="1.0" encoding="shift_jis"?><a/>', "encoding that cannot", id="multi-byte"),
        pytest.param(b'<?xml version="1.0" encoding="latin-1"?><testsuite name="\xe9"/>', None, id="one byte"),
        pytest.param(b"<testcase/><testcase/>", "not well-formed at line 1", id="two roots"),
        pytest.param(b"<a>&undefined;</a>", "not well-formed at line 1", id="entity"),
        pytest.param(b"\x00", "not well-formed at line 1", id="no text"),
        pytest.param(b"\n\n<a><b></a>", "not well-formed at line 3", id="the line is named"),
    ],
)
def test_a_strange_junit_file_is_a_fault_and_no_exception(tmp_path: Path, content: bytes, fault: str | None) -> None:
    (tmp_path / "junit.xml").write_bytes(content)
    found = read_traces(tmp_path).junit
    assert found is None if fault is None else fault in str(found)


@pytest.mark.parametrize(
    ("content", "declared", "cases", "red"),
    [
        pytest.param("<testsuite><testcase/></testsuite>", 0, 1, 0, id="nothing said"),
        pytest.param(
            '<testsuites tests="9"><testsuite tests="2"><testcase/></testsuite></testsuites>', 2, 1, 0, id="1"
        ),
        pytest.param(
            '<testsuites><testsuite tests="2"><testcase/></testsuite><testsuite tests="1"/></testsuites>',
            3,
            1,
            0,
            id="suites add up",
        ),
        pytest.param(
            '<testsuite tests="3"><testsuite tests="2"/><testcase><failure/></testcase></testsuite>',
            3,
            1,
            1,
            id="those inside are part of the outer one",
        ),
        pytest.param('<testsuite tests="-1"/>', 0, 0, 0, id="no number"),
        pytest.param('<testsuite name="pytest" tests="15"/>', 0, 0, 0, id="pytest counts something else"),
    ],
)
def test_what_a_junit_file_says_of_itself(tmp_path: Path, content: str, declared: int, cases: int, red: int) -> None:
    (tmp_path / "junit.xml").write_text(content, encoding="utf-8")
    seen = read_traces(tmp_path)
    assert (seen.junit, seen.declared, seen.cases, seen.red_cases) == (None, declared, cases, red)


def test_evidence_that_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "lost").write_bytes(b"0")
    assert not read_traces(tmp_path).lost
    (tmp_path / "lost").write_bytes(b"1")
    assert read_traces(tmp_path).lost


def test_folders_in_the_place_of_files(tmp_path: Path) -> None:
    """As `-o {junit}` of unittest-xml-reporting makes one."""
    for name in ("junit.xml", "tests.jsonl"):
        (tmp_path / name).mkdir()
    seen = read_traces(tmp_path)
    assert "unreadable" in str(seen.junit)
    assert not seen.probed


@pytest.mark.parametrize("junk", [b"\xff\xfe\n", b"[]\n", b"1\n", b"{\n", b"[" * 100_000 + b"\n"])
def test_junk_lines_are_passed_over(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "tests.jsonl").write_bytes(junk + lines(TESTS))
    assert read_traces(tmp_path).finished


def test_the_test_that_was_running() -> None:
    assert log_of(TESTS[:5]).running == "a.py::t2"


@pytest.mark.parametrize(
    ("records", "lost"),
    [
        pytest.param([{"event": "collected", "ids": ["m.C.a", "m.C.b"]}], {"m.C.a", "m.C.b"}, id="nothing ran"),
        pytest.param(
            [{"event": "collected", "ids": ["m.C.a", "m.D.b"]}, {"event": "collection-error", "id": "m.C"}],
            {"m.D.b"},
            id="setUpClass failed",
        ),
        pytest.param(
            [{"event": "collected", "ids": ["m.C.a"]}, {"event": "collection-skip", "id": "m"}], set(), id="skipped"
        ),
        pytest.param(
            [{"event": "collected", "ids": ["m.C.a"]}, {"event": "end", "id": "m.C.a (x.y)", "outcome": "passed"}],
            set(),
            id="scenarios",
        ),
        pytest.param(
            [{"event": "collected", "ids": ["f.py::T::a"]}, {"event": "collection-error", "id": "f.py"}],
            set(),
            id="module",
        ),
        pytest.param(
            [{"event": "collected", "ids": ["f.py::t"]}, {"event": "end", "id": "f.py::t", "outcome": "rerun"}],
            {"f.py::t"},
            id="only a rerun",
        ),
        pytest.param(
            [
                {"event": "collected", "ids": ["pkg/f.py::t", "g.py::t"]},
                {"event": "collection-error", "id": "pkg/f.py"},
            ],
            {"g.py::t"},
            id="another module",
        ),
        pytest.param([{"event": "end", "id": "f.py::t", "outcome": "passed"}], set(), id="nothing was collected"),
        pytest.param([{"event": "something new"}], set(), id="unknown event"),
    ],
)
def test_tests_without_a_result_that_nothing_explains(records: list[dict[str, Any]], lost: set[str]) -> None:
    assert set(log_of(records).lost()) == lost
