"""What differs between cells beside Python, tests whose ids differ, and whose move it is."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from results_builder import HOSTILE, Folder, case, failure, lines

from reports.conclude import conclude
from reports.errors import UsageError
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.model import Cause
from reports.upstream import upstream_text
from reports.view import Report

DAY = datetime.date(2026, 11, 20)
T, U = "tests/test_a.py::test_x", "tests/test_a.py::test_y"
SITE = "/home/dev/.nox/lib/python3.14/site-packages"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "results")


def report(folder: Folder, **matrix: Any) -> Report:
    return conclude(load_run(folder.run(**{"base": "3.12", "next": ["3.14"], **matrix})), Knowledge(), DAY)


def words(found: Report, version: str = "3.14") -> dict[str, str]:
    comparison = next(one for one in found.comparisons if one.version == version)
    return {test: one.verdict.value for test, one in comparison.verdicts.items()}


def fails_in(file: str, error: str = "ValueError: no") -> str:
    text = (
        f"    def test_x():\n>       call()\n\ntests/test_a.py:4: \n_ _\n{file}:9: in call\n    x\nE   {error}\n\n"
        f"{file}:12: {error.partition(':')[0]}"
    )
    return case("tests.test_a", "test_x", failure(error, text), file="tests/test_a.py", line=1)


def test_a_break_through_another_version_of_a_dependency_is_a_changed_environment(folder: Folder) -> None:
    base = {"pytest": "9.0.1", "numpy": "1.26.4", "requests": "2.32.0"}
    folder.tests("3.12", {T: "passed", U: "passed"}, distributions=base)
    rows = [fails_in(f"{SITE}/numpy/core.py"), case("tests.test_a", "test_y", failure("ValueError: mine", ""))]
    folder.cell("3.14", rows, distributions={**base, "numpy": "2.3.0"})
    found = report(folder)
    assert words(found) == {T: "changed-environment", U: "breaks"}
    assert found.gate.reasons == (
        "1 test breaks on 3.14",
        "1 test fails where the environment is another on 3.14",
    )


@pytest.mark.parametrize(
    ("there", "here"),
    [({"numpy": "1"}, {"numpy": "1"}), ({"numpy": "1", "tomli": "2"}, {"numpy": "1"}), ({"numpy": "1"}, {}), ({}, {})],
)
def test_without_another_version_it_is_python(folder: Folder, there: dict[str, str], here: dict[str, str]) -> None:
    folder.tests("3.12", {T: "passed"}, distributions=there)
    folder.cell("3.14", [fails_in(f"{SITE}/numpy/core.py")], distributions=here)
    assert words(report(folder)) == {T: "breaks"}


def colours(cell: str, *values: str, outcome: str = "passed") -> dict[str, str]:
    return {f"tests/test_a.py::test_colour[{value}]": outcome for value in values}


def test_parameters_that_print_differently_are_one_test(folder: Folder) -> None:
    folder.tests("3.10", colours("", "a", "Colour.RED", "Colour.BLUE"))
    folder.tests("3.12", colours("", "a", "1") | colours("", "2", outcome="failed"))
    found = report(folder, base="3.10", next=["3.12"])
    assert words(found, "3.12") == {
        "tests/test_a.py::test_colour[a]": "ok",
        "tests/test_a.py::test_colour[Colour.RED]": "ok",
        "tests/test_a.py::test_colour[Colour.BLUE]": "breaks",
    }
    assert [note for note in found.run.notes if "test_colour[Colour.RED] is tests/test_a.py::test_colour[1]" in note]


@pytest.mark.parametrize("values", [("b", "a", "1"), ("1", "2"), ("a", "1", "2", "3")])
def test_others_are_not_paired(folder: Folder, values: tuple[str, ...]) -> None:
    folder.tests("3.10", colours("", "a", "Colour.RED", "Colour.BLUE"))
    folder.tests("3.12", colours("", *values))
    found = set(words(report(folder, base="3.10", next=["3.12"]), "3.12").values())
    assert found >= {"gone", "new"}


def test_nothing_is_paired_with_a_cell_that_is_not_whole(folder: Folder) -> None:
    folder.tests("3.10", colours("", "Colour.RED"))
    folder.tests("3.12", colours("", "1"), status="truncated")
    assert "gone" not in words(report(folder, base="3.10", next=["3.12"]), "3.12").values()
    assert "ok" not in words(report(folder, base="3.10", next=["3.12"]), "3.12").values()


GONE = "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'"


def breaks_in_urllib3(folder: Folder, *upgrades: dict[str, Any]) -> Cause:
    there = {"urllib3": "1.26.5"}
    folder.tests("3.11", {T: "passed"}, distributions=there)
    cell = folder.cell("3.12", [fails_in(f"{SITE}/urllib3/util.py", GONE)], distributions=there)
    if upgrades:
        common = {"distribution": "urllib3", "installed": "1.26.5", "file": "urllib3/util.py", "source": "x"}
        lines(cell / "upgrades.jsonl", *({**common, **one} for one in upgrades))
    [found] = report(folder, base="3.11", next=["3.12"]).causes.causes
    return found


@pytest.mark.parametrize(
    ("upgrade", "words"),
    [
        ({"without": "2.0.2", "newest": "2.6.0"}, "Upgrade urllib3 to 2.0.2 or later"),
        ({"without": None, "newest": "2.6.0", "note": "the newest release has it, too"}, "forewarn upstream c"),
        ({"without": None, "newest": None, "note": "no newer release is known"}, "No release of urllib3 after 1.26.5"),
        ({"without": None, "newest": "2", "note": "the newest release has no wheel"}, "Upgrade urllib3; the newest"),
    ],
)
def test_a_dependencys_cause_says_which_release_to_take(folder: Folder, upgrade: dict[str, Any], words: str) -> None:
    found = breaks_in_urllib3(folder, upgrade)
    assert (found.origin.kind.value, found.origin.distribution) == ("dependency", "urllib3")
    assert words in found.upgrade


def test_without_an_answer_of_the_index_it_is_not_known_which(folder: Folder) -> None:
    assert breaks_in_urllib3(folder).upgrade == "Upgrade urllib3; which release is repaired is not known."


def test_the_text_for_upstream_stands_alone(folder: Folder) -> None:
    found = breaks_in_urllib3(folder)
    text = upstream_text(report(folder, base="3.11", next=["3.12"]), found.id, Knowledge(), DAY)
    assert text.startswith("# urllib3 on Python 3.12\n")
    for part in ("urllib3 1.26.5 uses `pkgutil.ImpImporter`", "`urllib3/util.py`, line 12", GONE, "Instead:"):
        assert part in text
    assert "tests/test_a.py" not in text
    assert "shop" not in text


def test_only_a_dependencys_cause_can_be_reported(folder: Folder) -> None:
    folder.tests("3.11", {T: "passed"})
    folder.tests("3.12", {T: "failed"})
    found = report(folder, base="3.11", next=["3.12"])
    with pytest.raises(UsageError, match="no cause in a dependency"):
        upstream_text(found, found.causes.causes[0].id, Knowledge(), DAY)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_distributions_and_releases_do_no_harm(folder: Folder, name: str) -> None:
    folder.tests("3.12", {T: "passed"}, distributions={"numpy": "1", name: "1"})
    cell = folder.cell("3.14", [fails_in(f"{SITE}/numpy/core.py")], distributions={"numpy": "2", name: name})
    lines(cell / "upgrades.jsonl", {"distribution": "numpy", "without": name, "newest": name, "installed": name})
    lines(cell / "functions.jsonl", {"file": f"{SITE}/numpy/core.py", "line": 12, "function": name})
    found = report(folder)
    assert words(found)[T] == "changed-environment"
    for one in found.causes.causes:
        json.dumps(one.upgrade)
        assert "\n" not in one.upgrade
        assert "\x1b" not in one.upgrade
