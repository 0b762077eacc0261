"""What a suite leaves behind is missing, broken, or less than it was; on the later version only."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from project import Project, Ran, pair, project  # noqa: F401 - fixtures

from reports.diff import compare
from reports.gate import is_complete
from reports.load import load_run
from reports.model import Status, Verdict

pytestmark = pytest.mark.slow

GOOD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<testsuites><testsuite name="s" tests="3" failures="0">'
    '<testcase classname="m" name="test_one" time="0.1"/><testcase classname="m" name="test_two"/>'
    '<testcase classname="m" name="test_\N{LATIN SMALL LETTER E WITH ACUTE}"/></testsuite></testsuites>\n'
)
NAMES = {"test_one", "test_two", "test_\N{LATIN SMALL LETTER E WITH ACUTE}"}

#: A suite of any kind: writes a good file on the base, and on the later version what is asked for.
SCRIPT = """
import sys
good = {good!r}
if sys.version_info < (3, {minor}):
    bad, code = good.encode(), 0
else:
    bad, code = {bad!r}, {code}
if bad is not None:
    open(sys.argv[1], "wb").write(bad)
sys.exit(code)
"""


def written(project: Project, bad: bytes | None, code: int = 0) -> Ran:
    minor = int(project.later.split(".")[1])
    project.write({"suite.py": SCRIPT.format(good=GOOD, minor=minor, bad=bad, code=code)})
    project.matrix(test={"command": ["{python}", "suite.py", "{junit}"]})
    return project.run()


def base_is_whole(ran: Ran) -> None:
    name = f"{ran.base}-plain"
    assert ran.cell(name)["status"] == "complete"
    assert (ran.results / "cells" / name / "junit.xml").read_bytes() == GOOD.encode()
    assert {test for test, outcome in ran.outcomes(ran.base).items() if outcome == "passed"} == NAMES


HALF = GOOD[: GOOD.index("</testsuite>")]


@pytest.mark.parametrize(
    ("bad", "code", "status", "reason", "known"),
    [
        pytest.param(None, 0, "failed-to-start", "missing", set(), id="missing"),
        pytest.param(b"", 0, "failed-to-start", "empty", set(), id="empty"),
        pytest.param(HALF.encode(), 0, "truncated", "not well-formed", NAMES, id="cut"),
        pytest.param(
            GOOD.replace('<testcase classname="m" name="test_two"/>', "").encode(),
            0,
            "truncated",
            "declares 3 tests and holds 2",
            NAMES - {"test_two"},
            id="wrong counts",
        ),
        pytest.param((GOOD + "<testsuites/>").encode(), 0, "truncated", "not well-formed", NAMES, id="two roots"),
        pytest.param(
            GOOD.encode("latin-1"), 0, "truncated", "not well-formed", {"test_one", "test_two"}, id="encoding"
        ),
        pytest.param(GOOD.replace("utf-8", "no-such").encode(), 0, "failed-to-start", "encoding", set(), id="unknown"),
        pytest.param(b"<html><body>502</body></html>", 0, "failed-to-start", "no JUnit", set(), id="another root"),
        pytest.param(GOOD.encode(), 3, "truncated", "exit status 3, and no test failed", NAMES, id="green and not 0"),
    ],
)
def test_a_junit_file_that_is_not_whole(
    project: Project, bad: bytes | None, code: int, status: str, reason: str, known: set[str]
) -> None:
    ran = written(project, bad, code)
    ran.is_incomplete()
    base_is_whole(ran)
    assert ran.status[0] == status
    assert reason in ran.status[1]
    verdicts = ran.verdicts
    assert {test for test, verdict in verdicts.items() if verdict == "ok"} == known
    assert {verdict for test, verdict in verdicts.items() if test not in known} <= {"unknown"}


def test_two_tests_of_one_name_are_as_bad_as_the_worse(project: Project) -> None:
    double = GOOD.replace(
        '<testcase classname="m" name="test_two"/>',
        '<testcase classname="m" name="test_two"><failure message="no"/></testcase>'
        '<testcase classname="m" name="test_two"/>',
    )
    ran = written(project, double.encode(), 1)
    base_is_whole(ran)
    assert ran.code == 1, ran.said
    assert ran.verdicts == {**dict.fromkeys(NAMES, "ok"), "test_two": "breaks"}


def test_a_junit_file_cut_at_any_byte_gives_no_pass_that_is_not_in_it(project: Project, tmp_path: Path) -> None:
    """Cut after the run, so that cell.json says that all is well: by a copy that was ended, or a bad disk."""
    ran = written(project, GOOD.encode())
    assert ran.code == 0, ran.said
    whole = GOOD.encode()
    folder = tmp_path / "results"
    shutil.copytree(ran.results, folder)
    junit = folder / "cells" / f"{ran.later}-plain" / "junit.xml"
    ends = [position for position in range(len(whole)) if whole.startswith((b"/>", b"</testcase>"), position)]
    for cut in range(len(whole)):
        junit.write_bytes(whole[:cut])
        run = load_run(folder)
        later = next(one for one in run.cells if one.cell.python == ran.later)
        if whole[:cut].rstrip() == whole.rstrip():
            continue
        assert later.cell.status is Status.TRUNCATED
        assert not is_complete(run)
        passed = sum(position + 2 <= cut for position in ends)
        verdicts = [found.verdict for found in compare(run)[0].verdicts.values()]
        assert verdicts.count(Verdict.OK) == passed
        assert verdicts.count(Verdict.UNKNOWN) == len(NAMES) - passed


LARGE = """
class Middle(unittest.TestCase): pass
for n in range({count}):
    setattr(Middle, 'test_%d' % n, lambda self: None)
"""


def collected(project: Project, what: str, conftest: str = "", **keys: Any) -> Ran:
    """A suite of 40 tests for pytest, less on the later version."""
    count = "40 if not LATER else " + what
    project.suite(LARGE.format(count=count), tool="pytest", **keys)
    project.write({"test_a.py": "", "test_z.py": "", "conftest.py": conftest})
    return project.run()


def test_a_suite_that_collects_nothing(project: Project) -> None:
    ran = collected(project, "0")
    ran.is_incomplete()
    assert ran.status[0] == "failed-to-start"
    assert "no test was collected" in ran.status[1]
    assert set(ran.verdicts.values()) == {"unknown"}
    assert list(ran.outcomes(ran.base).values()) == ["passed"] * 40


SELECTS = """
import sys
def pytest_collection_modifyitems(config, items):
    if sys.version_info >= (3, {minor}):
        config.hook.pytest_deselected(items=items[{kept}:])
        del items[{kept}:]
"""


@pytest.mark.parametrize(
    ("how", "gate"),
    [
        pytest.param("collects less", {}, id="collects less"),
        pytest.param("collects less", {"gate": {"fail-on": {"breaks": "any"}}}, id="whatever the gate"),
        pytest.param("deselects", {}, id="deselects"),
    ],
)
def test_a_suite_of_which_most_is_gone_is_no_pass(project: Project, how: str, gate: dict[str, Any]) -> None:
    minor = int(project.later.split(".")[1])
    if how == "deselects":
        ran = collected(project, "40", SELECTS.format(minor=minor, kept=3), **gate)
    else:
        ran = collected(project, "3", **gate)
    assert ran.code == 1, ran.said
    ran.is_told()
    assert ran.status == ("complete", "")
    assert "collection shrank from 40 to 3 tests" in ran.said
    assert "nothing breaks" not in ran.said
    assert ran.report["gate"]["passed"] is False
    assert any("collection shrank from 40 to 3" in reason for reason in ran.report["gate"]["reasons"])
    assert sorted(ran.verdicts.values()) == ["gone"] * 37 + ["ok"] * 3


def test_a_suite_that_deselects_all_of_itself(project: Project) -> None:
    ran = collected(project, "40", SELECTS.format(minor=int(project.later.split(".")[1]), kept=0))
    ran.is_incomplete()
    assert ran.status[0] == "failed-to-start"
    assert "no test was collected: 40 deselected" in ran.status[1]
    assert set(ran.verdicts.values()) == {"unknown"}


EATS = """
import sys
def pytest_cmdline_main(config):
    if sys.version_info >= (3, {minor}):
        config.option.xmlpath = None
pytest_cmdline_main.tryfirst = True
"""


def test_a_plugin_that_eats_the_junit_option(project: Project) -> None:
    """The probe has seen every test, but one of the two witnesses is missing."""
    ran = collected(project, "40", EATS.format(minor=int(project.later.split(".")[1])))
    ran.is_incomplete()
    assert ran.status == ("truncated", "junit.xml is missing")
    assert list(ran.verdicts.values()) == ["ok"] * 40
