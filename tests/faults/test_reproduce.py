"""What was seen once can be seen again: the same commands, the same outcome, the same report."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from project import ROOT, Project, command, environment, pair, project, timeless  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow

BREAKS = """
class Middle(unittest.TestCase):
    def test_breaks(self): self.assertFalse(LATER)
    def test_warns(self):
        import warnings
        warnings.warn("old", DeprecationWarning)
"""


def reproduce(project: Project, *words: str) -> tuple[int, str]:
    ended = subprocess.run(
        [*command("reproduce"), *words],
        cwd=project.folder,
        env=environment({"TMPDIR": str(project.folder.parent)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    said = ended.stdout.decode("utf-8", "replace")
    assert 'Traceback (most recent call last):\n  File "<frozen runpy>"' not in said
    return ended.returncode, said


@pytest.fixture
def measured(project: Project) -> Project:
    project.suite(
        BREAKS,
        tool="pytest",
        profiles={"plain": [], "strict": ["error::DeprecationWarning"]},
        env={"GREETING": "it's here"},
    )
    assert project.run().code == 1
    return project


def test_the_commands_give_the_recorded_outcome(measured: Project) -> None:
    test, cell = "test_m.py::Middle::test_breaks", f"{measured.later}-plain"
    code, printed = reproduce(measured, test, "--cell", cell)
    assert code == 0, printed
    versions = measured.ran(0, b"").cell(cell)["distributions"]
    assert f"pytest=={versions['pytest']}" in printed
    assert f"{measured.later}" in printed
    # As a person would: paste what was printed into a shell.
    shell = subprocess.run(["sh", "-c", printed], cwd="/", capture_output=True, text=True, check=False, timeout=300)
    assert "1 failed" in shell.stdout, shell.stdout + shell.stderr
    code, said = reproduce(measured, test, "--cell", cell, "--run")
    assert code == 0, said
    assert "recorded: failed; here: failed" in said


def test_filters_are_those_of_the_cell(measured: Project) -> None:
    test = "test_m.py::Middle::test_warns"
    code, said = reproduce(measured, test, "--cell", f"{measured.later}-strict", "--run")
    assert code == 0, said
    assert "recorded: failed; here: failed" in said


def test_an_outcome_that_is_another_one_here_is_said(measured: Project) -> None:
    (measured.folder / "test_m.py").write_text(
        "import unittest\nclass Middle(unittest.TestCase):\n    def test_breaks(self): pass\n", encoding="utf-8"
    )
    test = "test_m.py::Middle::test_breaks"
    code, said = reproduce(measured, test, "--cell", f"{measured.later}-plain", "--run")
    assert code == 1
    assert "the target's files are not those that were measured" in said
    assert "recorded: failed; here: passed" in said


#: Fails on the later version, behind another test alone.
ORDERED = """
import sys
LATER = sys.version_info >= (3, %d)
STATE = {}
def test_first(): pass
def test_spoils(): STATE["spoiled"] = LATER
def test_between(): pass
def test_depends(): assert not STATE.get("spoiled")
"""


def git(project: Project, *words: str) -> str:
    own = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")
    ended = subprocess.run(["git", *own, *words], cwd=project.folder, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


@pytest.mark.parametrize("how", ["fetched", "here"])
def test_the_measured_commit_comes_back_and_the_tests_that_spoil_another_go_before(
    project: Project, tmp_path: Path, how: str
) -> None:
    """A target that has moved on since: one from a git repository, or the working copy itself."""
    source = Project(tmp_path / "source", project.base, project.later)
    source.write({"test_m.py": ORDERED % source.minor, ".gitignore": ".nox\n.forewarn\n__pycache__\n"})
    git(source, "init", "--quiet")
    place = project if how == "fetched" else source
    where = {"target": {"git": str(source.folder)}} if how == "fetched" else {}
    place.matrix(tool="pytest", test={"pytest": ["-q", "test_m.py"]}, **where)
    # As on a first run, which writes it: the working copy is clean.
    (place.folder / "matrix.schema.json").write_bytes((ROOT / "runner" / "matrix.schema.json").read_bytes())
    git(source, "add", ".")
    git(source, "commit", "--quiet", "-m", "measured")
    measured = git(source, "rev-parse", "HEAD")
    assert place.run().code == 0
    source.write({"test_m.py": "def test_depends(): pass\n"})
    git(source, "commit", "--quiet", "-am", "moved on")
    code, said = reproduce(place, "test_m.py::test_depends", "--cell", f"{place.later}-plain", "--run")
    assert code == 0, said
    assert "recorded: failed; here: failed" in said
    assert f"checkout --quiet --detach {measured}" in said
    assert '["test_m.py::test_spoils", "test_m.py::test_depends"]' in said
    assert "1 failed, 1 passed" in said
    assert git(source, "status", "--porcelain") == ""


def test_a_forecast_is_seen_again(project: Project) -> None:
    project.write({"test_m.py": "def test_imports(): import sre_compile\ndef test_fine(): pass\n"})
    project.matrix(tool="pytest", python=[project.base], forecast=["3.15"], test={"pytest": ["-q", "test_m.py"]})
    project.run()
    code, said = reproduce(project, "test_m.py::test_imports", "--cell", f"{project.base}-as-if-3.15", "--run")
    assert code == 0, said
    assert "recorded: failed; here: failed" in said
    assert "forewarn_probe.as_if" in said
    code, said = reproduce(project, "test_m.py::test_fine", "--cell", f"{project.base}-as-if-3.15", "--run")
    assert code == 0, said
    assert "recorded: passed; here: passed" in said


def test_what_cannot_be_reproduced_is_one_clear_error(measured: Project) -> None:
    cell = f"{measured.later}-plain"
    code, said = reproduce(measured, "test_m.py::Middle::test_brakes", "--cell", cell)
    assert (code, said.splitlines()[0]) == (2, f"error: {cell} has no test 'test_m.py::Middle::test_brakes'")
    code, said = reproduce(measured, "x", "--cell", "../../etc")
    assert code == 2
    assert "has no cell '../../etc'" in said


def test_results_of_others_name_no_command(measured: Project) -> None:
    """Every field that a results folder has is made to start something else."""
    evil = "x; touch /tmp/forewarn-evil #"
    path = measured.folder / ".forewarn" / "cells" / f"{measured.later}-plain" / "cell.json"
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    record["command"] = ["touch", evil]
    record["cwd"] = evil
    record["environment"] = {"PATH": evil, "LD_PRELOAD": evil}
    record["interpreter"]["executable"] = record["interpreter"]["version"] = evil
    record["distributions"] |= {"--index-url": "1", evil: "1", "fine": evil, "also-fine": "1 @ file:///etc"}
    path.write_text(json.dumps(record), encoding="utf-8")
    code, said = reproduce(measured, "test_m.py::Middle::test_breaks", "--cell", f"{measured.later}-plain")
    assert code == 0, said
    for word in ("touch", "LD_PRELOAD", "--index-url", "fine", "file:///etc"):
        assert word not in said


def test_two_runs_of_the_same_inputs_give_the_same_report(measured: Project) -> None:
    """Byte for byte, but for the times."""

    def report() -> str:
        return json.dumps(timeless(measured.ran(0, b"").report))

    first = report()
    assert measured.run("--no-cache").code == 1
    assert report() == first


#: Each says something else, or is somewhere else, in each run: by the order of sets, of tests, by the time that another
#: worker took, by numbers of folders and addresses of objects.
UNSTEADY = """
import random, pytest, sys, warnings
LATER = sys.version_info >= (3, %d)
NAMES = {"alpha", "beta", "gamma", "delta", "epsilon"}

@pytest.mark.parametrize("n", range(60))
def test_many(n):
    warnings.warn(f"old {n}", DeprecationWarning)
    assert not (LATER and n %% 9 == 0), f"number {n}"

@pytest.mark.parametrize("name", NAMES)
def test_names(name): pass

def test_set(): assert not LATER, NAMES
def test_random(): assert not LATER, random.random()
def test_object(): assert not LATER, object()
def test_folder(tmp_path): assert not LATER, tmp_path
"""


def test_two_runs_of_the_same_inputs_on_several_processes_give_the_same_report(project: Project) -> None:
    """pytest-xdist hands tests to whoever is free, pytest-randomly draws an order."""
    project.write({"test_m.py": UNSTEADY % project.minor})
    project.matrix(
        tool="pytest",
        install={"requirements": ["pytest>=8", "pytest-xdist", "pytest-randomly"]},
        test={"pytest": ["-q", "-n2", "test_m.py"]},
    )
    reports = []
    for seed in ("7", "8"):
        ran = project.run("--no-cache", env={"PYTHONHASHSEED": seed})
        assert ran.code == 1, ran.said
        reports.append(timeless(ran.report))
    assert len(reports[0]["tests"]) == 69
    assert reports[0] == reports[1]
    assert json.dumps(reports[0]) == json.dumps(reports[1])
