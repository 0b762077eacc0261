"""``forewarn plan``, and what ``forewarn run --job`` needs of it."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .config import read_matrix
from .durations import read_durations
from .errors import UsageError
from .jobs import JobPlan, check_counts, plan_jobs, planned_cells, unknown_job
from .model import Matrix
from .plan import named, plan
from .plan_formats import render
from .untrusted import read_json


def print_plan(options: argparse.Namespace) -> int:
    """Print the jobs of a matrix; returns the exit code.

    Raises:
        ForewarnError: a faulty matrix or option.
    """
    made = make_plan(read_matrix(options.matrix), options)
    print(render(made, options.format, plan_words(options)), end="")
    return 0


def make_plan(matrix: Matrix, options: argparse.Namespace) -> JobPlan:
    """The jobs, by the options of the command line.

    Raises:
        UsageError: a number that cannot be meant, or durations that cannot be read.
    """
    check_counts(options.max_jobs, options.shards, matrix.test.tool)
    source = options.durations or matrix.file.parent / ".forewarn"
    durations = read_durations(source, required=options.durations is not None)
    return plan_jobs(
        plan(matrix), durations, most=options.max_jobs, shards=options.shards, matrix=matrix_digest(matrix.file)
    )


def plan_words(options: argparse.Namespace) -> list[str]:
    """The options that make the same plan again."""
    words = [] if options.matrix == Path("matrix.yaml") else ["--matrix", options.matrix.as_posix()]
    if options.max_jobs is not None:
        words += ["--max-jobs", str(options.max_jobs)]
    if options.shards != 1:
        words += ["--shards", str(options.shards)]
    if options.durations is not None:
        words += ["--durations", options.durations.as_posix()]
    return words


def job_of(matrix: Matrix, options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[str]]:
    """What run.json says of the job and its whole plan, and the ids of the job's cells.

    Raises:
        UsageError: the plan is of another matrix, or has no such job.
    """
    if options.plan is None:
        document: dict[str, Any] = make_plan(matrix, options).to_json()
    else:
        document = read_json(options.plan, is_named=True) or {}
        if document.get("format") != 1 or not planned_cells(document) or not isinstance(document.get("plan"), str):
            raise UsageError(f"--plan: {options.plan} is no plan", hint="`forewarn plan --format json` prints one")
        if document.get("matrix") != (here := matrix_digest(matrix.file)):
            raise UsageError(
                f"--plan: {options.plan} was made from another matrix.yaml ({document.get('matrix')}, here {here})"
            )
    jobs = dict(planned_cells(document))
    if options.job not in jobs:
        raise unknown_job(options.job, jobs)
    cells = plan(matrix)
    if strange := [name for name in jobs[options.job] if not named(cells, [name])]:
        raise UsageError(f"--plan: the matrix has no cell {strange[0]!r}")
    kept = {"matrix": document["matrix"], "plan": document["plan"]}
    listed = [{"job": name, "cells": ids} for name, ids in jobs.items()]
    return {"job": options.job, "jobs": listed, "digests": kept}, jobs[options.job]


def matrix_digest(file: Path) -> str:
    """Of a matrix.yaml, the same whatever a checkout makes of its line ends."""
    text = file.read_bytes().replace(b"\r\n", b"\n")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def write_job(folder: Path, fields: dict[str, Any]) -> Path:
    """Write what run.json will say of the job, for the sessions of nox; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "job.json"
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path
