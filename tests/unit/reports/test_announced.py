"""What a later version warns of is told as fully as what the base warns of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from results_builder import Folder, case, failure, journal, lines
from test_forecast import T, cause, report

SITE = "/home/dev/.nox/forewarn/environments/3.13/lib/python3.13/site-packages"
MESSAGE = (
    "'asyncio.iscoroutinefunction' is deprecated and slated for removal in Python 3.16; "
    "use inspect.iscoroutinefunction() instead"
)
WARNING: dict[str, Any] = {
    "category": "DeprecationWarning",
    "message": MESSAGE,
    "source": "return iscoroutinefunction(obj)",
    "stack": [
        ["/usr/lib/python3.14/asyncio/coroutines.py", 23, "iscoroutinefunction"],
        [f"{SITE}/requests/mock.py", 54, "_is_async"],
        ["/home/dev/target/tests/test_a.py", 4, "test_x"],
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "results")
    made.tests("3.12", {T: "passed"})
    return made


def strict(folder: Folder, message: str = MESSAGE, category: str = "DeprecationWarning", **fields: Any) -> Path:
    error = f"{category}: {message}"
    text = f"    def test_x():\n>       call()\nE   {error}\n\ntests/test_a.py:4: {category}"
    row = case("tests.test_a", "test_x", failure(error, text), file="tests/test_a.py", line=1)
    return folder.cell("3.14", [row], profile="strict", **fields)


def test_the_recorded_warning_says_whose_it_is_and_when_it_ends(folder: Folder) -> None:
    cell = folder.tests("3.14", {T: "passed", "tests/test_a.py::test_quiet": "passed"})
    lines(cell / "warnings.jsonl", WARNING | {"test": T}, WARNING | {"test": "tests/test_a.py::test_quiet"})
    strict(folder)
    found = cause(report(folder), "DeprecationWarning")
    assert (found.origin.kind, found.origin.distribution) == ("dependency", "requests")
    assert (found.deadline, found.certainty, found.record) == ("3.16", "scheduled", "asyncio-iscoroutinefunction")
    assert "inspect.iscoroutinefunction" in found.replacement
    assert found.tests == (T,)  # the other one passes with it


@pytest.mark.parametrize(
    ("message", "category", "deadline", "certainty"),
    [
        (MESSAGE, "DeprecationWarning", "3.16", "scheduled"),
        ("shop.old() will be removed in Python 3.17", "DeprecationWarning", "3.17", "scheduled"),
        ("shop.old() is deprecated", "DeprecationWarning", None, "undated"),
        ("numbers may be wrong", "UserWarning", None, "measured"),
    ],
)
def test_without_a_record_of_it_the_text_counts(
    folder: Folder, message: str, category: str, deadline: str | None, certainty: str
) -> None:
    folder.tests("3.14", {T: "passed"})
    strict(folder, message, category)
    found = cause(report(folder), category)
    assert (found.deadline, found.certainty, found.origin.kind) == (deadline, certainty, "tests")


def test_the_warning_that_ended_a_suite_has_a_place(folder: Folder) -> None:
    folder.tests("3.14", {T: "passed"})
    cell = folder.cell("3.14", None, profile="strict", status="failed-to-start")
    error = {"event": "collection-error", "id": "tests/conftest.py", "message": f"DeprecationWarning: {MESSAGE}"}
    journal(cell, error, finish=False)
    lines(cell / "warnings.jsonl", WARNING | {"test": None, "when": "config"})
    found = cause(report(folder), "DeprecationWarning")
    assert (found.file, found.line, found.origin.distribution) == ("tests/test_a.py", 4, "requests")
    assert (found.tests, found.deadline, found.source) == ((T,), "3.16", "return iscoroutinefunction(obj)")
