from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from results_builder import Folder

from reports.diff import TABLE, breaks_in, compare, decide
from reports.load import load_run
from reports.model import Outcome, Verdict

T = "tests/test_a.py::test_x"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("passed", "passed", "ok"),
        ("xpassed", "passed", "ok"),
        ("xfailed", "xpassed", "ok"),
        ("passed", "failed", "breaks"),
        ("passed", "error", "breaks"),
        ("xfailed", "failed", "breaks"),
        ("passed", "skipped", "hidden"),
        ("passed", "xfailed", "hidden"),
        ("xpassed", "xfailed", "hidden"),
        ("failed", "skipped", "hidden"),
        ("passed", "missing", "gone"),
        ("skipped", "missing", "gone"),
        ("failed", "passed", "fixed"),
        ("error", "xfailed", "fixed"),
        ("failed", "error", "always-failing"),
        ("skipped", "skipped", "never-ran"),
        ("missing", "missing", "never-ran"),
        ("skipped", "failed", "new-failure"),
        ("missing", "error", "new-failure"),
        ("missing", "passed", "new"),
        ("missing", "skipped", "new"),
        ("skipped", "passed", "ok"),
        ("unknown", "failed", "unknown"),
        ("passed", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_two_outcomes_one_verdict(before: str, after: str, verdict: str) -> None:
    assert decide(Outcome(before), Outcome(after)) == verdict


@pytest.mark.parametrize(
    ("strict", "verdict"),
    [
        (["passed"], "ok"),
        (["skipped"], "ok"),
        (["failed"], "strict-only"),
        (["passed", "error"], "strict-only"),
        (["unknown", "failed"], "strict-only"),
        (["unknown"], "unknown"),
        (["passed", "unknown"], "unknown"),
        (["missing"], "unknown"),
    ],
)
def test_ok_needs_the_strict_cells(strict: list[str], verdict: str) -> None:
    outcomes = tuple(map(Outcome, strict))
    assert decide(Outcome.PASSED, Outcome.PASSED, outcomes) == verdict
    assert decide(Outcome.PASSED, Outcome.FAILED, outcomes) is Verdict.BREAKS


def test_the_table_is_complete() -> None:
    for before, after in product(Outcome, Outcome):
        verdict = decide(before, after)
        assert (verdict is Verdict.UNKNOWN) is (Outcome.UNKNOWN in {before, after})
    assert len(TABLE) == 25


def test_breaks_in_names_the_first_version(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for python, outcome in (
        ("3.12", "passed"),
        ("3.9", "failed"),
        ("3.13", "passed"),
        ("3.14", "failed"),
        ("3.15", "failed"),
    ):
        folder.tests(python, {T: outcome})
    run = load_run(folder.run(next=["3.15", "3.14", "3.13"]))
    comparisons = compare(run)
    assert [one.version for one in comparisons] == ["3.13", "3.14", "3.15"]
    assert breaks_in(comparisons, T) == "3.14"


def test_the_worst_variant_decides_and_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    old, new = {"asyncio": "old"}, {"asyncio": "new"}
    for variant, after in ((old, "passed"), (new, "failed")):
        folder.tests("3.12", {T: "passed"}, variant=variant)
        folder.tests("3.13", {T: after}, variant=variant)
    (comparison,) = compare(load_run(folder.run()))
    found = comparison.verdicts[T]
    assert (found.verdict, found.variant) == ("breaks", "asyncio=new")


def test_variants_that_only_one_version_has_are_not_compared(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"}, variant={"asyncio": "old"})
    folder.tests("3.13", {T: "passed"}, variant={"asyncio": "new"})
    (comparison,) = compare(load_run(folder.run()))
    assert comparison.verdicts[T].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "status", ["unavailable", "crashed", "timed-out", "truncated", "cancelled", "failed-to-install"]
)
@pytest.mark.parametrize("profile", ["plain", "strict"])
def test_an_incomplete_cell_never_makes_ok(tmp_path: Path, status: str, profile: str) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    if profile == "strict":
        folder.tests("3.13", {T: "passed"})
    folder.cell("3.13", None, profile=profile, status=status, reason="x")
    (comparison,) = compare(load_run(folder.run()))
    assert comparison.verdicts[T].verdict is Verdict.UNKNOWN
