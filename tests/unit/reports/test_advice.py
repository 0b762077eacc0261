"""Which well-known situation a failure is, by the texts that were measured, and what follows for this suite."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports.advice import SITUATIONS, advise
from reports.causes import CauseIndex
from reports.model import Cause, Cell, CellResults, Origin, OriginKind, Question, Run

PLAYBOOKS = Path("docs/playbooks")


def a_cause(text: str, number: int = 0) -> Cause:
    category, _, message = text.partition(": ")
    return Cause(
        id=f"c{number:010x}",
        title=text,
        kind="failure",
        category=category,
        message=message,
        origin=Origin(kind=OriginKind.TESTS),
        file=f"tests/test_{number}.py",
        line=1,
        function="f",
        stack=(),
        tests=(),
        breaking=0,
        strict_only=False,
        versions=("3.14",),
        profiles=("plain",),
        example="",
    )


def a_run(tool: str = "pytest") -> Run:
    cell = Cell(id="3.12-plain", python="3.12", profile="plain", tool=tool)
    results = CellResults(cell=cell, outcomes={}, details={})
    return Run(question=Question(base="3.12", next=("3.14",), gate=()), cells=(results,), tests=())


def advised(*texts: str, tool: str = "pytest") -> list[Cause]:
    causes = tuple(a_cause(text, number) for number, text in enumerate(texts))
    return list(advise(CauseIndex(causes=causes, by_verdict={}), a_run(tool)).causes)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("RuntimeError: There is no current event loop in thread 'MainThread'.", "no-current-loop"),
        ("DeprecationWarning: There is no current event loop", "no-current-loop"),
        ("RuntimeError: There is no current event loop in thread 'ThreadPoolExecutor-0_0'.", "loop-in-a-thread"),
        ("RuntimeError: This event loop is already running", "loop-already-running"),
        ("RuntimeError: asyncio.run() cannot be called from a running event loop", "loop-already-running"),
        ("RuntimeError: Event loop is closed", "loop-closed"),
        ("RuntimeError: Task <T> got Future <F> attached to a different loop", "different-loop"),
        ("ValueError: The future belongs to a different loop than the one specified", "different-loop"),
        ("RuntimeWarning: coroutine 'Store.save' was never awaited", "never-awaited"),
        ("TypeError: object MagicMock can't be used in 'await' expression", "mock-awaited"),
        ("TypeError: 'Mock' object can't be awaited", "mock-awaited"),
        ("DeprecationWarning: 'asyncio.set_event_loop_policy' is deprecated and slated", "event-loop-policy"),
        ("DeprecationWarning: This process (pid=1) is multi-threaded, use of fork() may lead", "fork-and-forkserver"),
        ("PicklingError: Can't pickle local object <function f>", "fork-and-forkserver"),
        ("Failed: async def functions are not natively supported.", "async-test-never-ran"),
        ("None: fixture 'event_loop' not found", "event-loop-fixture"),
        ("ValueError: no", None),
    ],
)
def test_situations(text: str, page: str | None) -> None:
    [one] = advised(text)
    assert one.playbook == page
    assert bool(one.replacement) is (page is not None)


LOOP = "RuntimeError: There is no current event loop in thread 'MainThread'."


@pytest.mark.parametrize(
    ("places", "tool", "word"),
    [(1, "pytest", "asyncio.run"), (9, "pytest", "pytest-asyncio"), (9, "unittest", "Isolated")],
)
def test_advice_follows_the_suite(places: int, tool: str, word: str) -> None:
    assert all(word in one.replacement for one in advised(*[LOOP] * places, tool=tool))


def test_each_situation_has_a_page_and_each_page_is_in_the_index() -> None:
    pages = {path.stem for path in PLAYBOOKS.glob("*.md")} - {"README"}
    assert {one.page for one in SITUATIONS} <= pages
    index = (PLAYBOOKS / "README.md").read_text(encoding="utf-8")
    assert all(f"({page}.md)" in index for page in pages)
    assert pages == {path.name for path in (PLAYBOOKS / "suites").iterdir()}


def test_the_measured_texts_are_recognised() -> None:
    """What the suites before their repair were measured to say leads to their page."""
    for file in PLAYBOOKS.glob("suites/*/expected.yaml"):
        measured: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["measured"]
        said = {text for name, found in measured.items() if name.startswith("before") for text in found.values()} - {
            "ok"
        }
        pages = {one.playbook for text in said for one in advised(text)}
        # The order of tests alone tells these two from the first; a bare assertion or a number tells nothing.
        expected = {"after-asyncio-run": "no-current-loop"}.get(file.parent.name, file.parent.name)
        assert pages <= {expected, None}
        assert pages != {None} or file.parent.name in {"event-loop-fixture", "mock-awaited"} or not pages


def test_a_cause_without_a_situation_stays_as_it_is() -> None:
    cause = a_cause("ValueError: no")
    [one] = advised("ValueError: no")
    assert one == dataclasses.replace(cause)
