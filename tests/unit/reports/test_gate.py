from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from results_builder import Folder, case, failure

from reports.causes import find_causes
from reports.diff import compare
from reports.gate import glob, judge
from reports.load import load_run
from reports.model import GateResult

TODAY = datetime.date(2026, 11, 20)
T = "tests/test_a.py::test_x[1]"
U = "tests/test_a.py::test_y"


def judged(folder: Folder, **matrix: Any) -> GateResult:
    run = load_run(folder.run(**matrix))
    comparisons = compare(run)
    return judge(run, comparisons, find_causes(run, comparisons), TODAY)


@pytest.mark.parametrize(
    ("gate", "before", "after", "code"),
    [
        (None, "passed", "passed", 0),
        (None, "passed", "failed", 1),
        (None, "missing", "failed", 1),
        (None, "failed", "failed", 0),
        (None, "passed", "skipped", 0),
        ({}, "passed", "failed", 0),
        ({"breaks": "never"}, "passed", "failed", 0),
        ({"hidden": "any"}, "passed", "skipped", 1),
        ({"hidden": "any"}, "passed", "failed", 0),
    ],
)
def test_which_verdicts_fail_the_gate(
    tmp_path: Path, gate: dict[str, str] | None, before: str, after: str, code: int
) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: before, U: "passed"})
    folder.tests("3.13", {T: after, U: "passed"})
    matrix = {} if gate is None else {"gate": gate}
    assert judged(folder, **matrix).exit_code == code


@pytest.mark.parametrize(
    ("optional", "status", "after", "code", "complete"),
    [
        (False, "crashed", "passed", 3, False),
        (False, "unavailable", "failed", 3, False),
        (True, "unavailable", "passed", 0, True),
        (True, "crashed", "failed", 1, True),
    ],
)
def test_incomplete_evidence_has_the_last_word(
    tmp_path: Path, optional: bool, status: str, after: str, code: int, complete: bool
) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: after})
    folder.cell("3.14", None, status=status, reason="x", optional=optional)
    result = judged(folder, next=["3.13", "3.14"])
    assert (result.exit_code, result.complete) == (code, complete)
    assert result.passed is (after == "passed")


@pytest.mark.parametrize(
    ("base", "later", "tests"),
    [
        ("unavailable", "complete", {T: "passed"}),
        ("complete", "unavailable", {T: "passed"}),
        ("complete", "complete", {}),
    ],
    ids=["no base", "no later version", "no tests"],
)
def test_nothing_to_compare_is_incomplete_even_if_all_is_optional(
    tmp_path: Path, base: str, later: str, tests: dict[str, str]
) -> None:
    folder = Folder(tmp_path / "results")
    for python, status in (("3.12", base), ("3.13", later)):
        if status == "complete":
            folder.tests(python, tests, optional=True)
        else:
            folder.cell(python, None, status=status, reason="x", optional=True)
    assert judged(folder).exit_code == 3


@pytest.mark.parametrize(
    ("rule", "code", "note"),
    [
        ({"tests": "tests/*::test_x[1]"}, 0, "1 × breaks on 3.13 not counted"),
        ({"tests": "tests/*::test_x[?]"}, 0, "not counted"),
        ({"tests": "tests/*::test_x"}, 1, "matched nothing"),
        ({"category": "ValueError"}, 0, "not counted"),
        ({"category": "shop.errors.ValueError"}, 0, "not counted"),
        ({"category": "KeyError"}, 1, "matched nothing"),
        ({"message": "^n.$"}, 0, "not counted"),
        ({"message": "("}, 1, "its message is not a regular expression"),
        ({"category": "ValueError", "message": "yes"}, 1, "matched nothing"),
        ({}, 1, "matched nothing"),
        ({"tests": "*", "expires": "2026-11-21"}, 0, "not counted"),
        ({"tests": "*", "expires": "2026-11-20"}, 1, "expired on 2026-11-20"),
        ({"tests": "*", "expires": "soon"}, 1, "unreadable date"),
    ],
)
def test_ignore_rules(tmp_path: Path, rule: dict[str, str], code: int, note: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: "failed"})
    result = judged(folder, ignore=[{"reason": "upstream", **rule}])
    assert result.exit_code == code
    assert any(note in one for one in result.notes), result.notes


def test_a_rule_must_take_every_cause_of_a_test(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    inner = failure("ValueError: a") + failure("KeyError: b")
    folder.cell("3.12", [case("m", "test_x")])
    folder.cell("3.13", [case("m", "test_x", inner)])
    assert judged(folder, ignore=[{"reason": "r", "category": "ValueError"}]).exit_code == 1


def test_a_glob_leaves_brackets_alone() -> None:
    assert glob("a[1]*").match("a[1]\nb")
    assert not glob("a[12]").match("a1")


@pytest.mark.parametrize(
    ("gate", "gone", "code"),
    [(None, 6, 1), (None, 5, 0), ({}, 9, 0), ({"gone": "never"}, 9, 0), ({"breaks": "any"}, 10, 1)],
)
def test_a_suite_of_which_most_is_gone_is_no_green_light(
    tmp_path: Path, gate: dict[str, str] | None, gone: int, code: int
) -> None:
    folder = Folder(tmp_path / "results")
    names = [f"tests/test_a.py::test_{number}" for number in range(10)]
    folder.tests("3.12", dict.fromkeys(names, "passed"))
    folder.tests("3.13", dict.fromkeys(names[gone:], "passed") | {"tests/test_b.py::test_new": "passed"})
    found = judged(folder, **({} if gate is None else {"gate": gate}))
    assert found.exit_code == code
    if code:
        assert found.reasons == (f"collection shrank from 10 to {10 - gone} tests on 3.13",)
