"""The jobs of a matrix: which cells are measured together on one machine, where there are several. Pure."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .durations import Durations
from .errors import UsageError
from .model import Cell, TestTool
from .packing import Group, lower_bound, pack

#: GitHub's limit for one matrix.
MOST_JOBS = 256
MOST_SHARDS = 256


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """Cells that one machine measures."""

    id: str
    """Also fit for the name of an artifact: letters, digits, ``.``, ``_``, ``+`` and ``-``."""
    cells: tuple[Cell, ...]
    seconds: float
    """What it is expected to take, its environments included."""
    estimated: bool
    """Whether the duration of a cell was not known."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """The interpreters it needs, in the order of its cells."""
        return tuple(dict.fromkeys(str(cell.python) for cell in self.cells))


@dataclasses.dataclass(frozen=True, kw_only=True)
class JobPlan:
    """All jobs of a matrix."""

    jobs: tuple[Job, ...]
    bound: float
    """Seconds that the longest job cannot be below, with these durations and so many jobs."""
    matrix: str = ""
    """Digest of the matrix.yaml that was planned."""

    @property
    def digest(self) -> str:
        """Of which cells are measured in which job; durations are no part of it."""
        text = json.dumps([[job.id, sorted(cell.id for cell in job.cells)] for job in self.jobs])
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def to_json(self) -> dict[str, Any]:
        """What ``plan --format json`` prints and ``run --job --plan`` reads."""
        return {
            "format": 1,
            "matrix": self.matrix,
            "plan": self.digest,
            "bound": round(self.bound, 3),
            "jobs": [
                {
                    "job": job.id,
                    "pythons": list(job.pythons),
                    "cells": [cell.id for cell in job.cells],
                    "seconds": round(job.seconds, 3),
                    "estimated": job.estimated,
                }
                for job in self.jobs
            ],
        }


def plan_jobs(
    cells: Sequence[Cell], durations: Durations, *, most: int | None = None, shards: int = 1, matrix: str = ""
) -> JobPlan:
    """Plan the jobs of ``cells``.

    Args:
        cells: of the whole matrix, in run order.
        durations: of earlier runs.
        most: as many jobs at most, as short as can be; None is one job for each environment (and shard), which
            does not depend on durations.
        shards: in how many parts each cell's suite is split.
        matrix: digest of the matrix.yaml.
    """
    parts = [
        dataclasses.replace(cell, shard=(number, shards)) if shards > 1 else cell
        for number in range(1, shards + 1)
        for cell in cells
    ]
    grouped: dict[object, list[Cell]] = collections.defaultdict(list)
    for cell in parts:
        grouped[cell.python, cell.variant, cell.shard].append(cell)
    groups = list(grouped.values())
    weights = [
        Group(
            cost=max(durations.environment(cell) for cell in group),
            items=tuple(durations.of(cell)[0] for cell in group),
        )
        for group in groups
    ]
    count = min(len(groups), MOST_JOBS) if most is None else most
    if most is None and len(groups) <= MOST_JOBS:
        chosen = [(group, weight.cost + sum(weight.items)) for group, weight in zip(groups, weights, strict=True)]
    else:
        packing = pack(weights, count)
        chosen = [
            ([groups[position][item] for position, items in parts for item in items], load)
            for parts, load in zip(packing.bins, packing.loads, strict=True)
        ]
    order = {cell.id: position for position, cell in enumerate(parts)}
    chosen = [(sorted(members, key=lambda cell: order[cell.id]), load) for members, load in chosen]
    chosen.sort(key=lambda entry: order[entry[0][0].id])
    names = _names([members for members, _ in chosen])
    jobs = tuple(
        Job(
            id=name,
            cells=tuple(members),
            seconds=load,
            estimated=any(durations.of(cell)[1] for cell in members),
        )
        for name, (members, load) in zip(names, chosen, strict=True)
    )
    return JobPlan(jobs=jobs, bound=lower_bound(weights, count) if count else 0.0, matrix=matrix)


def check_counts(most: int | None, shards: int, tool: TestTool) -> None:
    """See that the numbers can be meant.

    Raises:
        UsageError: they cannot.
    """
    if most is not None and not 1 <= most <= MOST_JOBS:
        raise UsageError(
            f"--max-jobs: {most} is not between 1 and {MOST_JOBS}, which is the most that CI providers run"
        )
    if not 1 <= shards <= MOST_SHARDS:
        raise UsageError(f"--shards: {shards} is not between 1 and {MOST_SHARDS}")
    if shards > 1 and tool is TestTool.COMMAND:
        raise UsageError(
            "--shards: the suite is started by a command, so forewarn cannot choose its tests",
            hint="start it under test: pytest or unittest, or split it in the command itself",
        )


def planned_cells(plan: object) -> list[tuple[str, list[str]]]:
    """(job, ids of its cells) of a plan's JSON, as far as it can be read."""
    jobs = plan.get("jobs") if isinstance(plan, dict) else None
    found = []
    for entry in jobs if isinstance(jobs, list) else []:
        name, cells = (entry.get("job"), entry.get("cells")) if isinstance(entry, dict) else (None, None)
        if isinstance(name, str) and isinstance(cells, list):
            found.append((name, [cell for cell in cells if isinstance(cell, str)]))
    return found


def unknown_job(name: str, jobs: Iterable[str]) -> UsageError:
    """The message for a job that the plan does not have."""
    known = list(jobs)
    shown = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
    return UsageError(
        f"--job: the plan has no job {name!r}; it has {shown}",
        hint="give the same --max-jobs, --shards and --durations as to `forewarn plan`, or its JSON with --plan",
    )


def _names(chosen: Sequence[Sequence[Cell]]) -> list[str]:
    """A name for each job, from its cells alone, so that it stays when others change."""
    labels = [_label(members) for members in chosen]
    counts = collections.Counter(labels)
    return [
        label if counts[label] == 1 else f"{label}-{_short(members)}"
        for label, members in zip(labels, chosen, strict=True)
    ]


def _label(members: Sequence[Cell]) -> str:
    variants = {cell.variant for cell in members}
    shards = {cell.shard for cell in members}
    pythons = list(dict.fromkeys(str(cell.python) for cell in members))
    words = ["+".join(pythons)]
    if len(variants) == 1:
        words.append(str(members[0].variant))
    shard = members[0].shard
    if len(shards) == 1 and shard:
        words.append(f"{shard[0]}of{shard[1]}")
    label = re.sub(r"[^A-Za-z0-9._+]+", "-", "-".join(word for word in words if word))
    return label if len(label) <= 60 else f"mixed-{_short(members)}"


def _short(members: Sequence[Cell]) -> str:
    return hashlib.sha256("\n".join(sorted(cell.id for cell in members)).encode()).hexdigest()[:8]
