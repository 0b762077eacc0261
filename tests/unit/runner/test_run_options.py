"""``forewarn run``: which cells, which words for nox, and what is made of nox's answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from runner import model
from runner.errors import UsageError
from runner.plan import plan
from runner.record import ResultsFolder
from runner.run import _errors_of, _session_options, run, select

Make = Callable[..., model.Matrix]


@pytest.mark.parametrize(
    ("pythons", "profiles", "ids"),
    [
        pytest.param([], [], ["3.12-plain", "3.12-strict", "3.13-plain", "3.13-strict"], id="all"),
        pytest.param(["3.13"], [], ["3.13-plain", "3.13-strict"], id="a python"),
        pytest.param([], ["strict"], ["3.12-strict", "3.13-strict"], id="a profile"),
        pytest.param(["3.12"], ["strict"], ["3.12-strict"], id="both"),
        pytest.param(["3.13", "3.12", "3.13"], ["plain"], ["3.12-plain", "3.13-plain"], id="the plan's order"),
    ],
)
def test_select(matrix: Make, pythons: list[str], profiles: list[str], ids: list[str]) -> None:
    assert [cell.id for cell in select(plan(matrix()), pythons, profiles)] == ids


@pytest.mark.parametrize(
    ("pythons", "profiles", "message", "hint"),
    [
        pytest.param(["3.11"], [], "--python: 3.11 is not in the matrix", "it declares 3.12, 3.13", id="python"),
        pytest.param(["3.13t"], [], "--python: 3.13t is not in the matrix", "3.12, 3.13", id="another build"),
        pytest.param(["three"], [], "--python: expected a Python version", "", id="no python"),
        pytest.param(["py312"], [], "did you mean '3.12'?", "", id="nearly a python"),
        pytest.param([], ["lax"], "--profile: no profile 'lax'", "the matrix has plain, strict", id="profile"),
    ],
)
def test_select_refuses(matrix: Make, pythons: list[str], profiles: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(plan(matrix()), pythons, profiles)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def options(**changes: object) -> argparse.Namespace:
    """The options of a `forewarn run` without any."""
    plain: dict[str, object] = {
        "profile": [],
        "interpreter": [],
        "download": None,
        "recreate": False,
        "resume": False,
        "cache": True,
        "changed": False,
        "cache_limit": 1000,
        "python": [],
        "verbose": False,
        "job": None,
        "plan": None,
        "max_jobs": None,
        "shards": 1,
        "durations": None,
        "parallel": None,
        "strict": None,
    }
    return argparse.Namespace(**{**plain, "results": None, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"parallel": "auto"}, ["--parallel", "auto"], id="parallel"),
        pytest.param({"download": True}, ["--download"], id="download"),
        pytest.param({"download": False}, ["--no-download"], id="no download"),
        pytest.param({"strict": "full"}, ["--strict", "full"], id="strict"),
        pytest.param({"recreate": True}, ["--recreate"], id="recreate"),
        pytest.param({"cache": False}, [], id="no cache"),
        pytest.param({"changed": True}, ["--changed"], id="only what a change can affect"),
        pytest.param({"interpreter": ["3.15=/a/b"]}, ["--interpreter", "3.15=/a/b"], id="interpreter"),
        pytest.param({"interpreter": ["3.15=b c"]}, ["--interpreter", "3.15={here}/b c"], id="relative to this folder"),
        pytest.param({"interpreter": ["3.15"]}, ["--interpreter", "3.15"], id="left for the sessions to complain of"),
    ],
)
def test_options_reach_the_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = [word.format(here=tmp_path) for word in words]
    cache = ["--no-cache"] if changes.get("cache") is False else ["--cache-limit", "1000"]
    told = _session_options(options(**changes))
    at = told.index(cache[0])
    assert told[at : at + len(cache)] == cache
    assert told[:at] + told[at + len(cache) :] == expected


@pytest.mark.parametrize(
    ("log", "message"),
    [
        pytest.param("nox > x\nerror: a\nhint: b\nerror: c\n", "a\nc", id="marked"),
        pytest.param("1\n2\n3\n4\n5\n6\n", "2\n3\n4\n5\n6", id="the last lines"),
        pytest.param(None, "nox refused to run", id="no log"),
    ],
)
def test_what_noxs_log_says(tmp_path: Path, log: str | None, message: str) -> None:
    if log is not None:
        (tmp_path / "nox.log").write_text(log, encoding="utf-8")
    assert _errors_of(ResultsFolder(tmp_path)) == message


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text("python: ['3.98', '3.99']\ntest: {unittest: []}\n", encoding="utf-8")
    return tmp_path


def no_report(_words: object) -> int:
    raise AssertionError("no report is built of what was refused")


def test_a_results_folder_of_somebody_elses_is_refused_before_anything_is_written(project: Path) -> None:
    (project / "pyproject.toml").write_text("", encoding="utf-8")
    before = sorted(path.name for path in project.iterdir())
    with pytest.raises(UsageError, match="is no results folder"):
        run(options(matrix=project / "matrix.yaml", results=project), no_report)
    assert sorted(path.name for path in project.iterdir()) == before


def test_a_work_folder_that_cannot_be_written(project: Path) -> None:
    (project / ".nox").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot write below"):
        run(options(matrix=project / "matrix.yaml"), no_report)


@pytest.mark.slow
@pytest.mark.parametrize(("verbose", "cache"), [(False, False), (True, False), (False, True)])
def test_what_the_sessions_refuse_is_said(
    project: Path, capfd: pytest.CaptureFixture[str], verbose: bool, cache: bool
) -> None:
    """Also beside an older log, which is not what is wrong now."""
    (project / ".forewarn").mkdir()
    (project / ".forewarn" / "nox.log").write_text("error: old\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        run(options(matrix=project / "matrix.yaml", interpreter=["3.98"], verbose=verbose, cache=cache), no_report)
    said = capfd.readouterr().err if verbose else caught.value.message
    assert "'3.98' names no executable" in said
    assert "old" not in str(caught.value)


@pytest.mark.slow
def test_absent_interpreters_are_measured_as_such_and_reported(project: Path) -> None:
    reports: list[list[str]] = []

    def report(words: object) -> int:
        reports.append(list(words))  # type: ignore[call-overload] # as run calls it
        return 3

    assert run(options(matrix=project / "matrix.yaml"), report) == 3
    assert reports == [["report", str(project / ".forewarn")]]
    results = ResultsFolder(project / ".forewarn")
    for name in ("3.98-plain", "3.98-strict", "3.99-plain", "3.99-strict"):
        record = results.read_cell(name)
        assert record is not None
        assert record["status"] == "unavailable"
        assert "no 3.9" in record["reason"]


@pytest.mark.parametrize("given", [{"shards": 2}, {"max_jobs": 3}, {"plan": Path("plan.json")}])
def test_what_says_which_jobs_there_are_needs_a_job(given: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("target: .\n", encoding="utf-8")
    with pytest.raises(UsageError, match="without --job"):
        run(options(matrix=tmp_path / "matrix.yaml", **given), lambda _: 0)


def test_a_job_that_is_not_planned_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("target: .\npython: ['3.12', '3.13']\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no job '3\.14'; it has 3\.12, 3\.13"):
        run(options(matrix=tmp_path / "matrix.yaml", job="3.14"), lambda _: 0)
