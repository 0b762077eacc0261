"""What became of a cell, from how its process ended and what it left."""

from __future__ import annotations

import pytest

from runner import model
from runner.execute import Ended
from runner.status import Traces, classify

DONE = Traces(cases=2, probed=True, collected=2, begun=2, ended=2, finished=True)
NOTHING = Traces(junit="missing")
PYTEST, UNITTEST, COMMAND = model.TestTool.PYTEST, model.TestTool.UNITTEST, model.TestTool.COMMAND


def traces(base: Traces = DONE, **changes: object) -> Traces:
    import dataclasses

    return dataclasses.replace(base, **changes)  # type: ignore[arg-type] # the table is typed by its use


CASES = [
    pytest.param(Ended(exit_status=0), DONE, PYTEST, "complete", None, id="all passed"),
    pytest.param(Ended(exit_status=1), DONE, PYTEST, "complete", None, id="some failed"),
    pytest.param(Ended(exit_status=1), DONE, UNITTEST, "complete", None, id="unittest failed"),
    pytest.param(Ended(exit_status=2), traces(collection_errors=1), PYTEST, "complete", None, id="not all collected"),
    pytest.param(Ended(exit_status=0), Traces(cases=3), COMMAND, "complete", None, id="a command"),
    pytest.param(Ended(exit_status=1), Traces(cases=3, red_cases=1), COMMAND, "complete", None, id="a red command"),
    pytest.param(
        Ended(exit_status=1), Traces(cases=3), COMMAND, "truncated", "no test failed", id="a command fails, no test"
    ),
    pytest.param(
        Ended(exit_status=0),
        Traces(cases=3, declared=5),
        COMMAND,
        "truncated",
        "declares 5 tests and holds 3",
        id="fewer than declared",
    ),
    pytest.param(Ended(exit_status=1), traces(lost=True), PYTEST, "truncated", "disk full", id="evidence was lost"),
    pytest.param(
        Ended(exit_status=None, signal="SIGABRT"), DONE, PYTEST, "crashed", "after the last test", id="dies at exit"
    ),
    pytest.param(
        Ended(exit_status=None, signal="SIGABRT", timed_out=True),
        DONE,
        PYTEST,
        "timed-out",
        "after the last test: the process did not end",
        id="hangs at exit",
    ),
    pytest.param(
        Ended(exit_status=None, fault="cannot start x"), NOTHING, PYTEST, "failed-to-start", "cannot start x", id="no x"
    ),
    pytest.param(Ended(exit_status=4), NOTHING, PYTEST, "failed-to-start", "usage error", id="usage error"),
    pytest.param(
        Ended(exit_status=5),
        traces(NOTHING, probed=True, finished=True),
        PYTEST,
        "failed-to-start",
        "no test was collected",
        id="none collected",
    ),
    pytest.param(Ended(exit_status=1), NOTHING, UNITTEST, "failed-to-start", "exit status 1", id="died at once"),
    pytest.param(
        Ended(exit_status=1),
        traces(NOTHING, probed=True, collection_errors=1),
        UNITTEST,
        "failed-to-start",
        "before any test ran",
        id="import ended it",
    ),
    pytest.param(
        Ended(exit_status=1, timed_out=True),
        traces(finished=False, running="t"),
        PYTEST,
        "timed-out",
        "not done after 60 s (limits.cell), while t was running",
        id="too slow",
    ),
    pytest.param(
        Ended(exit_status=None, signal="SIGSEGV"), traces(finished=False), PYTEST, "crashed", "SIGSEGV", id="segfault"
    ),
    pytest.param(Ended(exit_status=3), DONE, PYTEST, "crashed", "internal error", id="internal error"),
    pytest.param(
        Ended(exit_status=0),
        traces(finished=False, running="t"),
        PYTEST,
        "truncated",
        "while t was running",
        id="os._exit(0)",
    ),
    pytest.param(
        Ended(exit_status=0), traces(junit="missing"), PYTEST, "truncated", "junit.xml is missing", id="junit eaten"
    ),
    pytest.param(Ended(exit_status=0), traces(ended=1), PYTEST, "truncated", "1 of 2 collected tests", id="one lost"),
    pytest.param(Ended(exit_status=2), DONE, PYTEST, "truncated", "exit status 2", id="stopped"),
    pytest.param(
        Ended(exit_status=5),
        Traces(cases=1, probed=True, finished=True),
        PYTEST,
        "complete",
        None,
        id="every module skipped",
    ),
    pytest.param(
        Ended(exit_status=0),
        Traces(cases=1, probed=True, finished=True, collected=2),
        UNITTEST,
        "truncated",
        "2 of 2 collected tests have no result",
        id="failfast",
    ),
    pytest.param(
        Ended(exit_status=None, signal="SIGABRT", timed_out=True),
        traces(finished=False),
        UNITTEST,
        "timed-out",
        "not done after 60 s (limits.cell)",
        id="a time-out is no crash",
    ),
    pytest.param(
        Ended(exit_status=None, signal="SIGKILL"), Traces(cases=1), COMMAND, "crashed", "SIGKILL", id="killed command"
    ),
    pytest.param(Ended(exit_status=1, timed_out=True), NOTHING, COMMAND, "timed-out", "limits.cell", id="slow command"),
    pytest.param(Ended(exit_status=0), NOTHING, COMMAND, "failed-to-start", "junit.xml is missing", id="no junit"),
    pytest.param(Ended(exit_status=0), Traces(), COMMAND, "failed-to-start", "holds no test", id="empty junit"),
    pytest.param(Ended(exit_status=0), Traces(junit="empty", cases=1), COMMAND, "truncated", "empty", id="cut junit"),
]


@pytest.mark.parametrize(("ended", "left", "tool", "status", "reason"), CASES)
def test_classify(ended: Ended, left: Traces, tool: model.TestTool, status: str, reason: str | None) -> None:
    found, why = classify(ended, left, tool, 60)
    assert found == status
    assert (why is None) if reason is None else (reason in (why or ""))


def test_only_a_complete_cell_has_no_reason() -> None:
    for case in CASES:
        ended, left, tool = case.values[:3]
        status, reason = classify(ended, left, tool, 60)  # type: ignore[arg-type] # as above
        assert (reason is None) == (status is model.Status.COMPLETE)


def test_traces_in_words() -> None:
    seen = Traces(outcomes=(("passed", 3), ("failed", 1)), collection_errors=2, cases=6)
    assert seen.in_words() == "3 passed, 1 failed, 2 not collected"
    assert Traces(cases=6).in_words() == "6 results"
