"""The well-known ways in which async code breaks: which one a failure is, and what to do (docs/playbooks)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from .causes import CauseIndex
from .model import Cause, OriginKind, Run

#: More distinct places than this that enter async code: the test tool should own the loop.
_FEW = 3
_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Situation:
    """One well-known way to break."""

    page: str
    """Name of its page in docs/playbooks."""
    pattern: re.Pattern[str]
    """Found in ``Type: message``."""
    advice: str
    """What to do, in one sentence; empty where it depends on the suite."""


def _situation(page: str, pattern: str, advice: str = "") -> Situation:
    return Situation(page=page, pattern=re.compile(pattern), advice=advice)


#: The first that fits counts. Texts as measured on 3.8 to 3.15 (docs/playbooks/suites).
SITUATIONS = (
    _situation(
        "loop-in-a-thread",
        r"There is no current event loop in thread '(?!MainThread)",
        "Only the main thread ever got a loop: use asyncio.run in the thread, or hand the loop over.",
    ),
    _situation("no-current-loop", r"There is no current event loop"),
    _situation(
        "loop-already-running",
        r"event loop is already running|cannot be called from a running event loop",
        "Await it; where the caller has to stay synchronous, run it in a thread.",
    ),
    _situation(
        "loop-closed",
        r"Event loop is closed",
        "Make the loop and everything that holds on to it in the same scope as the tests that use it.",
    ),
    _situation(
        "different-loop",
        r"attached to a different loop|belongs to a different loop|is bound to a different event loop",
        "Make the future, lock, queue or client on the loop that awaits it.",
    ),
    _situation("never-awaited", r"was never awaited", "Await the coroutine that the message names; nothing of it ran."),
    _situation(
        "async-test-never-ran",
        r"async def functions are not natively supported|deprecated to return a value that is not None from a test case"
        r"|coroutine .*test_\w+.* was never awaited",
        "The test never ran: use IsolatedAsyncioTestCase, or a pytest plugin for async tests.",
    ),
    _situation(
        "mock-awaited",
        r"object \w*Mock can't be used in 'await' expression|'\w*Mock' object can't be awaited",
        "Use AsyncMock for what is awaited.",
    ),
    _situation(
        "event-loop-fixture",
        r"fixture 'event_loop' not found|event_loop fixture provided by pytest-asyncio has been redefined",
        "Use loop_scope on tests and fixtures, and asyncio.get_running_loop() for the loop.",
    ),
    _situation(
        "event-loop-policy",
        r"asyncio\.\w*(?:EventLoopPolicy|event_loop_policy)",
        "Give asyncio.run, Runner or IsolatedAsyncioTestCase a loop_factory.",
    ),
    _situation(
        "fork-and-forkserver",
        r"multi-threaded, use of fork|Can't (?:get|pickle) local object"
        r"|An attempt has been made to start a new process",
        "Send workers only what can be pickled, or ask for get_context('fork').",
    ),
)


def advise(index: CauseIndex, run: Run) -> CauseIndex:
    """The causes, with the page and the advice of those that are a well-known situation."""
    found = {cause.id: _situation_of(cause) for cause in index.causes}
    places = {
        (cause.file, cause.function)
        for cause in index.causes
        if (known := found[cause.id]) is not None and known.page == "no-current-loop" and cause.origin.kind in _OWN
    }
    tools = {one.cell.tool for one in run.cells}
    return dataclasses.replace(
        index, causes=tuple(_advised(cause, found[cause.id], places, tools) for cause in index.causes)
    )


def _situation_of(cause: Cause) -> Situation | None:
    text = f"{cause.category or ''}: {cause.message}"
    return next((one for one in SITUATIONS if one.pattern.search(text)), None)


def _advised(
    cause: Cause, situation: Situation | None, places: Iterable[tuple[str | None, str | None]], tools: set[str]
) -> Cause:
    if situation is None:
        return cause
    return dataclasses.replace(
        cause, playbook=situation.page, replacement=situation.advice or _by_suite(len(set(places)), tools)
    )


def _by_suite(places: int, tools: set[str]) -> str:
    """How to enter async code: by how many places of the suite do, and by its test tool."""
    if places <= _FEW:
        return "Enter async code with asyncio.run (or one asyncio.Runner where calls have to share a loop)."
    owner = "unittest.IsolatedAsyncioTestCase" if tools == {"unittest"} else "pytest-asyncio"
    return f"{places} places make a loop of their own: let {owner} own it, and make the tests async def."
