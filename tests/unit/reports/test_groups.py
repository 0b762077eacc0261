"""What is the same at several places is told once, and what is not stays apart."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from results_builder import Folder, case, failure

from reports.arrange import build_view
from reports.conclude import conclude
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.view import View

DAY = datetime.date(2026, 11, 20)


def view_of(tmp_path: Path, errors: list[str], *, same_test: bool = False) -> View:
    """Of a run in which each error is raised in a module of its own (or all of them in one test)."""
    folder = Folder(tmp_path / "results")
    names = ["test_x" if same_test else f"test_{number}" for number in range(len(errors))]
    rows: dict[str, list[str]] = {}
    for number, (name, error) in enumerate(zip(names, errors, strict=True)):
        text = f"    x\nE   {error}\n\nshop/part_{number}.py:3: {error.partition(':')[0]}"
        rows.setdefault(name, []).append(failure(error, text))
    folder.cell("3.12", [case("tests.test_a", name, file="tests/test_a.py") for name in rows])
    folder.cell(
        "3.13", [case("tests.test_a", name, "".join(inner), file="tests/test_a.py") for name, inner in rows.items()]
    )
    return build_view(conclude(load_run(folder.run()), Knowledge(), DAY), DAY)


@pytest.mark.parametrize(
    ("errors", "numbers"),
    [
        (["ModuleNotFoundError: No module named 'cgi'", "ModuleNotFoundError: No module named 'cgi'"], [2]),
        (["ModuleNotFoundError: No module named 'cgi'", "ModuleNotFoundError: No module named 'imp'"], [1, 1]),
        (["KeyError: 'x'", "KeyError: 'x'"], [2]),
        (["KeyError: 'x'", "ValueError: 'x'"], [1, 1]),
        (["AssertionError: assert 1 == 2", "AssertionError: assert 1 == 2"], [1, 1]),
        (
            [
                "AssertionError: assert 'usage: prog [-h]' == 'usage'",
                "AssertionError: assert 'usage: prog [-h]' == 'usage'",
            ],
            [2],
        ),
    ],
)
def test_which_causes_are_one_thing(tmp_path: Path, errors: list[str], numbers: list[int]) -> None:
    view = view_of(tmp_path, errors)
    assert [group.number for group in view.causes] == numbers
    assert sum(group.number for group in view.causes) == len(view.report.causes.causes)


def test_its_places_and_tests_are_counted_and_the_largest_comes_first(tmp_path: Path) -> None:
    view = view_of(tmp_path, ["KeyError: 'y'", *["KeyError: 'x'"] * 20])
    first, second = view.causes
    assert (first.impact, first.places, first.more) == ("20 tests break", "at 20 places", 8)
    assert (second.impact, second.places, second.more) == ("1 test breaks", "", 0)


def test_a_test_that_fails_at_two_places_counts_once(tmp_path: Path) -> None:
    [group] = view_of(tmp_path, ["KeyError: 'x'", "KeyError: 'x'"], same_test=True).causes
    assert (group.number, group.impact) == (2, "1 test")


def test_equal_rows_are_one_and_none_is_lost(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    names = [f"tests/test_a.py::test_{number}" for number in range(30)]
    folder.tests("3.12", dict.fromkeys(names, "passed"))
    folder.tests("3.13", {name: "failed" if number < 20 else "skipped" for number, name in enumerate(names)})
    view = build_view(conclude(load_run(folder.run()), Knowledge(), DAY), DAY)
    assert [(group.number, group.row.verdicts[0][1]) for group in view.row_groups] == [(20, "breaks"), (10, "hidden")]
    assert all(len(group.tests) == 5 for group in view.row_groups)
    assert sum(group.number for group in view.row_groups) + view.more_grouped == len(view.rows)
