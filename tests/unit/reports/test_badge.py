"""A badge never says that a version is ready while anything is unknown."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports.badge import Badge, badge_json, badge_svg, make_badge
from reports.conclude import conclude
from reports.errors import UsageError
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.view import Report

FAILURE = "<failure message='no'>no</failure>"


def report(folder: Path, cells: dict[str, tuple[str, dict[str, str]]], *, optional: bool = False) -> Report:
    """A report of cells given as (status, outcomes)."""
    for cell, (status, outcomes) in cells.items():
        path = folder / "cells" / cell
        path.mkdir(parents=True)
        python, profile = cell.split("-")
        record = {"format": 1, "cell": cell, "python": python, "profile": profile, "filters": [], "status": status}
        record |= {"reason": None if status == "complete" else "cut", "tool": "unittest", "optional": optional}
        (path / "cell.json").write_text(json.dumps(record), encoding="utf-8")
        cases = "".join(
            f"<testcase classname='x' name='{name}'>{FAILURE if end == 'failed' else ''}</testcase>"
            for name, end in outcomes.items()
        )
        (path / "junit.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>", encoding="utf-8")
    plan = [{"cell": cell, "python": cell[:4], "profile": "plain", "optional": optional} for cell in cells]
    run = {"format": 1, "plan": plan, "matrix": {"base": "3.12", "next": ["3.13"], "profiles": {"plain": []}}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return conclude(load_run(folder), Knowledge(), datetime.date(2026, 11, 1))


GREEN = {"test_a": "passed", "test_b": "passed"}


def test_ready(tmp_path: Path) -> None:
    made = make_badge(report(tmp_path, {"3.12-plain": ("complete", GREEN), "3.13-plain": ("complete", GREEN)}))
    assert made == Badge(message="ready for 3.13", color="brightgreen")


@pytest.mark.parametrize(("count", "message"), [(1, "1 test breaks on 3.13"), (2, "2 tests break on 3.13")])
def test_what_breaks_is_counted(tmp_path: Path, count: int, message: str) -> None:
    later = {name: "failed" if position < count else "passed" for position, name in enumerate(GREEN)}
    made = make_badge(report(tmp_path, {"3.12-plain": ("complete", GREEN), "3.13-plain": ("complete", later)}))
    assert (made.message, made.color) == (message, "red")


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    ("base", "later"),
    [("complete", "truncated"), ("complete", "unavailable"), ("complete", "cancelled"), ("crashed", "complete")],
)
def test_what_was_not_measured_is_unknown(tmp_path: Path, base: str, later: str, optional: bool) -> None:
    made = make_badge(report(tmp_path, {"3.12-plain": (base, GREEN), "3.13-plain": (later, GREEN)}, optional=optional))
    assert made == Badge(message="unknown for 3.13", color="lightgrey")


def test_no_test_at_all_is_unknown(tmp_path: Path) -> None:
    made = make_badge(report(tmp_path, {"3.12-plain": ("complete", {}), "3.13-plain": ("complete", {})}))
    assert made.color == "lightgrey"


def test_another_version_is_refused(tmp_path: Path) -> None:
    found = report(tmp_path, {"3.12-plain": ("complete", GREEN), "3.13-plain": ("complete", GREEN)})
    with pytest.raises(UsageError, match=r"3\.99 is not a version"):
        make_badge(found, "3.99")
    assert make_badge(dataclasses.replace(found, comparisons=())).message == "unknown"


def test_both_forms_say_the_same() -> None:
    badge = Badge(message="12 tests break on 3.14 <&>", color="red")
    assert json.loads(badge_json(badge)) == {
        "schemaVersion": 1,
        "label": "Python",
        "message": badge.message,
        "color": "red",
    }
    root = ElementTree.fromstring(badge_svg(badge))
    assert root.get("aria-label") == f"Python: {badge.message}"
    assert badge.message in "".join(root.itertext())
