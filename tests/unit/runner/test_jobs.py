"""Which cells are measured together, what the jobs are called, and how a CI provider reads it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.durations import Durations, read_durations
from runner.errors import UsageError
from runner.jobs import JobPlan, check_counts, plan_jobs
from runner.model import Cell, Matrix, Profile, Python, TestTool, Variant
from runner.plan import named, plan, split_id
from runner.plan_command import job_of
from runner.plan_formats import render

ARTIFACT = re.compile(r"[A-Za-z0-9._+-]+")


def ids(planned: JobPlan) -> dict[str, list[str]]:
    return {job.id: [cell.id for cell in job.cells] for job in planned.jobs}


def test_without_a_number_each_environment_is_a_job(matrix: Callable[..., Matrix]) -> None:
    planned = plan_jobs(plan(matrix()), Durations())
    assert ids(planned) == {"3.12": ["3.12-plain", "3.12-strict"], "3.13": ["3.13-plain", "3.13-strict"]}
    assert all(job.estimated for job in planned.jobs)


def test_such_a_plan_does_not_depend_on_durations(matrix: Callable[..., Matrix]) -> None:
    cells = plan(matrix())
    known = plan_jobs(cells, Durations(tests={cell.id: 5.0 for cell in cells}))
    assert known.digest == plan_jobs(cells, Durations()).digest
    assert not any(job.estimated for job in known.jobs)


def test_shards_are_jobs_of_their_own_that_name_them(matrix: Callable[..., Matrix]) -> None:
    planned = ids(plan_jobs(plan(matrix()), Durations(), shards=2))
    assert planned["3.12-1of2"] == ["3.12-plain-shard=1of2", "3.12-strict-shard=1of2"]
    assert len(planned) == 4


def test_an_environment_is_split_only_where_that_makes_the_longest_job_shorter(matrix: Callable[..., Matrix]) -> None:
    tests = {"3.12-plain": 100.0, "3.12-strict": 100.0, "3.13-plain": 5.0, "3.13-strict": 5.0}
    durations = Durations(tests=tests, install=dict.fromkeys(tests, 10.0))
    three = plan_jobs(plan(matrix()), durations, most=3)
    assert sorted(map(sorted, ids(three).values())) == [["3.12-plain"], ["3.12-strict"], ["3.13-plain", "3.13-strict"]]
    assert max(job.seconds for job in three.jobs) == 110.0
    one = plan_jobs(plan(matrix()), durations, most=1)
    assert ids(one) == {"3.12+3.13": ["3.12-plain", "3.12-strict", "3.13-plain", "3.13-strict"]}


def many(count: int) -> list[Cell]:
    return [
        Cell(
            python=Python(major=3, minor=12), profile=Profile(name="plain"), variant=Variant(choices=((f"a{n}", "x"),))
        )
        for n in range(count)
    ]


def test_names_of_jobs_fit_artifacts_are_unique_and_there_are_256_at_most() -> None:
    planned = plan_jobs(many(300), Durations())
    assert len(planned.jobs) <= 256
    assert len({job.id for job in planned.jobs}) == len(planned.jobs)
    assert all(ARTIFACT.fullmatch(job.id) for job in planned.jobs)
    assert sum(len(job.cells) for job in planned.jobs) == 300


def test_a_job_keeps_its_name_when_others_change(matrix: Callable[..., Matrix]) -> None:
    before = ids(plan_jobs(plan(matrix()), Durations()))
    more = matrix(pythons=(*matrix().pythons, Python(major=3, minor=14)))
    assert before.items() <= ids(plan_jobs(plan(more), Durations())).items()


def test_github_gets_one_line_within_its_limits(matrix: Callable[..., Matrix]) -> None:
    line = render(plan_jobs(plan(matrix()), Durations()), "github", [])
    assert line.count("\n") == 1
    entries = json.loads(line)["include"]
    assert [(entry["job"], entry["python"]) for entry in entries] == [("3.12", "3.12"), ("3.13", "3.13")]
    huge = render(plan_jobs(many(30_000), Durations()), "github", [])
    assert len(huge.encode("utf-16-le")) < 1_000_000
    assert len(json.loads(huge)["include"]) <= 256


def test_gitlab_gets_a_job_each_and_a_report_that_always_runs(matrix: Callable[..., Matrix]) -> None:
    planned = plan_jobs(plan(matrix()), Durations(), shards=2)
    document = yaml.safe_load(render(planned, "gitlab", ["--shards", "2"]))
    assert document["report"]["when"] == "always"
    measured = {name: job for name, job in document.items() if name.startswith("measure ")}
    assert len(measured) == len(planned.jobs)
    assert all(job["script"][0].endswith("--shards 2") for job in measured.values())
    # GitLab unpacks all artifacts into one folder: no two jobs may write to the same path.
    assert len({job["artifacts"]["paths"][0] for job in measured.values()}) == len(measured)


def test_durations_come_from_results_and_from_a_report(tmp_path: Path) -> None:
    cell = tmp_path / "cells" / "3.12-plain"
    cell.mkdir(parents=True)
    record = {"status": "complete", "durations": {"tests": 7.5, "install": 3}}
    (cell / "cell.json").write_text(json.dumps(record), encoding="utf-8")
    assert read_durations(tmp_path, required=True) == Durations(tests={"3.12-plain": 7.5}, install={"3.12-plain": 3.0})
    report = tmp_path / "report.json"
    cells: list[Any] = [{"id": "3.12-plain", "status": "complete", "seconds": 7.5}, {"id": "x", "seconds": "NaN"}, 3]
    report.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert read_durations(report, required=True).tests == {"3.12-plain": 7.5}
    with pytest.raises(UsageError, match="tells no duration"):
        read_durations(tmp_path / "none", required=True)


@pytest.mark.parametrize(
    ("most", "shards", "tool", "message"),
    [
        (0, 1, TestTool.PYTEST, "--max-jobs: 0 is not between 1 and 256"),
        (257, 1, TestTool.PYTEST, "--max-jobs: 257"),
        (None, 0, TestTool.PYTEST, "--shards: 0"),
        (None, 2, TestTool.COMMAND, "cannot choose its tests"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(most: int | None, shards: int, tool: TestTool, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_counts(most, shards, tool)


def test_ids_of_shards_are_read_as_they_are_written(matrix: Callable[..., Matrix]) -> None:
    cells = named(plan(matrix()), ["3.13-plain-shard=2of3", "3.12-strict", "3.99-plain"])
    assert [cell.id for cell in cells] == ["3.12-strict", "3.13-plain-shard=2of3"]
    assert split_id("3.12-plain-shard=0of3") == ("3.12-plain-shard=0of3", None)


def test_a_plan_of_another_matrix_is_refused(matrix: Callable[..., Matrix], tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("target: .\n", encoding="utf-8")
    planned = plan_jobs(plan(matrix()), Durations(), matrix="sha256:other")
    (tmp_path / "plan.json").write_text(render(planned, "json", []), encoding="utf-8")
    options = argparse.Namespace(plan=tmp_path / "plan.json", job="3.12")
    with pytest.raises(UsageError, match=r"was made from another matrix\.yaml"):
        job_of(matrix(), options)
