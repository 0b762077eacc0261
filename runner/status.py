"""Decides what became of a cell from how its process ended and what it left behind. Pure."""

from __future__ import annotations

import dataclasses

from .execute import Ended
from .model import Status, TestTool

#: A file of a cell that is measured, made with a 0 in it; the probe makes it a 1 when it cannot write evidence.
LOST = "lost"
#: The probe's note of the test that runs, for the processes that it starts; whoever crashes leaves it.
RUNNING = "running-test"

#: pytest's documented exit statuses: 2 interrupted, 3 internal error, 4 usage error, 5 nothing collected (which is
#: also that of a suite whose modules are all skipped).
_PYTEST_CAME_TO_ITS_END = (0, 1, 5)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Traces:
    """What the probe and the JUnit file tell about the process, without any test's outcome."""

    junit: str | None = None
    """Fault of the JUnit file (``missing``, ``empty``, ``cut at line 12``), or None where it is well-formed."""
    cases: int = 0
    """Test cases in the JUnit file."""
    red_cases: int = 0
    """Failures and errors in it."""
    declared: int = 0
    """Test cases that the suites in it say they have."""
    probed: bool = False
    """Whether the probe wrote anything."""
    collected: int | None = None
    begun: int = 0
    ended: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    """(outcome, tests) as the probe saw them."""
    collection_errors: int = 0
    finished: bool = False
    """Whether the test tool came to its own end."""
    running: str | None = None
    """The test that had begun and not ended."""
    lost: bool = False
    """Whether a process of the suite could not write what it saw."""

    def in_words(self) -> str:
        """``16 passed, 35 failed``."""
        parts = [f"{count} {outcome}" for outcome, count in self.outcomes]
        if self.collection_errors:
            parts.append(f"{self.collection_errors} not collected")
        return ", ".join(parts) or f"{self.cases} results"


def classify(ended: Ended, traces: Traces, tool: TestTool, limit: float | None) -> tuple[Status, str | None]:
    """Status of a cell and, where it is not complete, one sentence that says why."""
    if ended.fault:
        return Status.FAILED_TO_START, ended.fault
    where = f", while {traces.running} was running" if traces.running else ""
    if traces.finished:
        where = ", after the last test"
    if ended.timed_out:
        still = ": the process did not end" if traces.finished else ""
        return Status.TIMED_OUT, f"not done after {limit:g} s (limits.cell){where}{still}"
    if ended.signal:
        return Status.CRASHED, f"the interpreter was ended by {ended.signal}{where}"
    if tool is TestTool.COMMAND:
        return _command(ended, traces)
    fault = _never_started(ended, traces, tool)
    status, reason = (Status.FAILED_TO_START, fault) if fault else _measured(ended, traces, tool, where)
    if status is Status.COMPLETE and traces.lost:
        return Status.TRUNCATED, "what the suite's processes saw could not all be written: is the disk full?"
    return status, reason


def _never_started(ended: Ended, traces: Traces, tool: TestTool) -> str | None:
    if tool is TestTool.PYTEST and ended.exit_status == 4:
        return "pytest ended with a usage error (exit status 4) before any test ran"
    if traces.begun == 0 and not traces.finished and traces.probed:
        return f"{tool.value} ended with exit status {ended.exit_status} before any test ran"
    if traces.begun == 0 and traces.collection_errors == 0 and traces.cases == 0:
        if traces.collected == 0 or ended.exit_status == 5 or traces.finished:
            return "no test was collected"
        return f"the test tool ended with exit status {ended.exit_status} before any test ran"
    return None


def _measured(ended: Ended, traces: Traces, tool: TestTool, where: str) -> tuple[Status, str | None]:
    name = tool.value
    if tool is TestTool.PYTEST and ended.exit_status == 3:
        return Status.CRASHED, f"pytest ended with an internal error (exit status 3){where}"
    if not traces.finished and traces.probed:
        return Status.TRUNCATED, f"{name} did not come to its end (exit status {ended.exit_status}){where}"
    if traces.junit is not None:
        return Status.TRUNCATED, f"junit.xml is {traces.junit}"
    if traces.collected is not None and traces.ended < traces.collected:
        lost = traces.collected - traces.ended
        return Status.TRUNCATED, f"{lost} of {traces.collected} collected tests have no result"
    if tool is TestTool.PYTEST and ended.exit_status not in _PYTEST_CAME_TO_ITS_END and not traces.collection_errors:
        return Status.TRUNCATED, f"pytest ended with exit status {ended.exit_status} before its last test"
    return Status.COMPLETE, None


def _command(ended: Ended, traces: Traces) -> tuple[Status, str | None]:
    """A command of the user's: all that is known is its exit status and the JUnit file."""
    if traces.junit is not None:
        status = Status.FAILED_TO_START if traces.cases == 0 else Status.TRUNCATED
        return (
            status,
            f"the command ended with exit status {ended.exit_status} and junit.xml is {traces.junit}",
        )
    if traces.cases == 0:
        return Status.FAILED_TO_START, "junit.xml holds no test"
    if traces.declared > traces.cases:
        return Status.TRUNCATED, f"junit.xml declares {traces.declared} tests and holds {traces.cases}"
    if ended.exit_status != 0 and not traces.red_cases:
        return Status.TRUNCATED, f"the command ended with exit status {ended.exit_status}, and no test failed"
    return Status.COMPLETE, None
