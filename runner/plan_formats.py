"""A plan's jobs as a CI provider or a person reads them. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence

from .errors import UsageError
from .jobs import MOST_JOBS, JobPlan

#: GitHub takes 1 MB for all outputs of a job, counted as UTF-16; the rest is left to others.
_GITHUB_BYTES = 900_000

FORMATS = ("table", "json", "github", "gitlab")


def render(plan: JobPlan, name: str, words: Sequence[str]) -> str:
    """The plan in one of `FORMATS`, with a newline at its end.

    Args:
        plan: what to show.
        name: of the format.
        words: options that ``forewarn run --job`` needs to come to the same plan.
    """
    formats: dict[str, Callable[[JobPlan, Sequence[str]], str]] = {
        "table": _table,
        "json": lambda plan, _: json.dumps(plan.to_json(), indent=1) + "\n",
        "github": lambda plan, _: _github(plan),
        "gitlab": _gitlab,
    }
    return formats[name](plan, words)


def _github(plan: JobPlan) -> str:
    """One line for ``strategy.matrix: ${{ fromJSON(…) }}``. Versions stand a line each, as setup-python takes them."""
    if len(plan.jobs) > MOST_JOBS:
        raise UsageError(f"{len(plan.jobs)} jobs: GitHub runs at most {MOST_JOBS} of one matrix")
    entries = [
        {
            "job": job.id,
            "python": "\n".join(job.pythons),
            "cells": [cell.id for cell in job.cells],
            "seconds": round(job.seconds),
            "estimated": job.estimated,
        }
        for job in plan.jobs
    ]
    line = json.dumps({"include": entries}, separators=(",", ":"))
    if 2 * len(line) > _GITHUB_BYTES:
        # `run --job` knows the cells from matrix.yaml; here they are only to be read.
        for entry in entries:
            del entry["cells"]
        line = json.dumps({"include": entries}, separators=(",", ":"))
    return f"{line}\n"


#: GitLab caches only what is below the project.
_CELLS = ".forewarn-cells"


def _gitlab(plan: JobPlan, words: Sequence[str]) -> str:
    """A child pipeline. Each job has a folder of its own: GitLab unpacks all artifacts into one place."""
    import yaml  # noqa: PLC0415 - of no use to the other formats

    options = "".join(f" {shlex.quote(word)}" for word in words)
    document: dict[str, object] = {
        "stages": ["measure", "report"],
        "default": {
            "image": "python:3.13",
            "before_script": ['command -v forewarn || pip install "${FOREWARN_INSTALL:-forewarn[uv]}"'],
        },
        "variables": {"FOREWARN_CACHE": f"$CI_PROJECT_DIR/{_CELLS}"},
    }
    for job in plan.jobs:
        folder = f"forewarn-results/{job.id}"
        document[f"measure {job.id}"] = {
            "stage": "measure",
            "cache": {"key": f"forewarn-{job.id}", "paths": [f"{_CELLS}/"], "when": "always"},
            "script": [f"forewarn run --job {shlex.quote(job.id)} --results {shlex.quote(folder)}{options}"],
            "artifacts": {"when": "always", "paths": [f"{folder}/"], "expire_in": "1 week"},
        }
    document["report"] = {
        "stage": "report",
        "when": "always",
        "script": ["forewarn collect forewarn-results --into .forewarn", "forewarn report"],
        "artifacts": {"when": "always", "paths": [".forewarn/"], "expire_in": "1 month"},
    }
    return str(yaml.safe_dump(document, sort_keys=False, width=1000))


def _table(plan: JobPlan, _: Sequence[str]) -> str:
    rows = [("job", "seconds", "cells")]
    rows += [
        (job.id, f"{'~' if job.estimated else ''}{job.seconds:.0f}", " ".join(cell.id for cell in job.cells))
        for job in plan.jobs
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]}" for row in rows]
    longest = max((job.seconds for job in plan.jobs), default=0.0)
    cells = sum(len(job.cells) for job in plan.jobs)
    lines.append(f"{cells} cells in {len(plan.jobs)} jobs; the longest takes {longest:.0f} s")
    if any(job.estimated for job in plan.jobs):
        lines.append("~ estimated: a cell of this job was not measured before")
    return "\n".join(lines) + "\n"
