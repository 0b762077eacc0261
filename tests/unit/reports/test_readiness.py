"""The first line answers what the reader came to ask, and never says ready where anything is missing."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from results_builder import Folder, case
from test_forecast import as_if, red

from reports.badge import make_badge
from reports.conclude import conclude
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.readiness import answer
from reports.view import Report

A, B = "tests/test_a.py::test_x", "tests/test_a.py::test_y"
GREEN = {A: "passed", B: "passed"}


def report(folder: Folder, **matrix: Any) -> Report:
    return conclude(load_run(folder.run(**matrix)), Knowledge(), datetime.date(2026, 11, 20))


@pytest.mark.parametrize(
    ("later", "said", "badge"),
    [
        (GREEN, "Ready for Python 3.13.", "ready for 3.13"),
        ({A: "failed", B: "passed"}, "Not ready for Python 3.13.", "1 test breaks on 3.13"),
        (
            {A: "skipped", B: "passed"},
            "Nothing breaks on Python 3.13, but tests no longer show a result there.",
            "no break seen on 3.13",
        ),
        (
            {A: "missing", B: "passed"},
            "Nothing breaks on Python 3.13, but tests no longer show a result there.",
            "no break seen on 3.13",
        ),
    ],
)
def test_one_version(tmp_path: Path, later: dict[str, str], said: str, badge: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", GREEN)
    folder.tests("3.13", later)
    found = report(folder)
    assert (answer(found), make_badge(found).message) == (said, badge)


def test_the_worst_comes_first_and_neighbours_share_a_clause(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for python in ("3.10", "3.11", "3.12"):
        folder.tests(python, GREEN)
    for python in ("3.13", "3.14"):
        folder.tests(python, {A: "failed", B: "passed"})
    found = report(folder, base="3.10", next=["3.11", "3.12", "3.13", "3.14"])
    assert answer(found) == "Not ready for Python 3.13 and 3.14; ready for 3.11 and 3.12."


@pytest.mark.parametrize("status", ["crashed", "unavailable", "timed-out"])
def test_a_run_with_a_hole_makes_nothing_ready(tmp_path: Path, status: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", GREEN)
    folder.tests("3.13", GREEN)
    folder.tests("3.13", GREEN, profile="strict", status=status)
    folder.tests("3.14", {A: "failed", B: "passed"})
    found = report(folder, next=["3.13", "3.14"])
    assert answer(found) == "Not ready for Python 3.14; not known for 3.13."


@pytest.mark.parametrize("status", ["crashed", "unavailable", "timed-out"])
@pytest.mark.parametrize(("hole", "said"), [("3.12", "not known for 3.13"), ("3.15", "ready for 3.13")])
def test_a_version_is_ready_by_its_own_cells_and_the_bases(tmp_path: Path, hole: str, said: str, status: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", GREEN)
    folder.tests("3.13", GREEN)
    folder.tests("3.14", {A: "failed", B: "passed"})
    folder.tests(hole, GREEN, profile="strict", status=status)
    if hole == "3.15":
        folder.tests(hole, {}, status=status)
    found = report(folder, next=["3.13", "3.14", "3.15"])
    assert said in answer(found)
    assert not found.gate.complete, "the run as a whole is not"


def test_a_forecast_is_called_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", GREEN)
    folder.tests("3.13", GREEN)
    as_if(folder, [red("test_x", "RuntimeError: gone", "shop/cart.py"), case("tests.test_a", "test_y")])
    as_if(folder, [case("tests.test_a", name, file="tests/test_a.py") for name in ("test_x", "test_y")], later="3.15")
    said = "By the forecast, not ready for Python 3.14; ready for 3.13; no break is forecast for 3.15."
    assert answer(report(folder)) == said


def test_nothing_to_compare(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", GREEN)
    assert answer(report(folder, next=[])) == "Not known: there is no later version to compare with."
