"""Fleets: 1,000 targets planned onto 256 jobs; a matrix of 1,000 cells planned, collected from its jobs and reported.

    python bench/fleet.py --output docs/benchmarks.md

The first is a simulation, of suites whose durations are spread as those of real ones (log-normal). The second runs
``forewarn plan``, ``collect`` and ``report`` on results such as each job uploads: generated JUnit files
(``generate_junit.py``) and the probe's log of the same tests. CPU seconds and peak memory are the system's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml
from junit_matrix import PROFILES
from tables import write_table
from usage import Usage, run

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runner.packing import Group, lower_bound, pack  # noqa: E402 - found through the line above

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
#: What a report may take, in MiB.
BOUND = 250


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=256)
    parser.add_argument("--variants", type=int, default=84, help="of the matrix that is collected; 12 cells each")
    parser.add_argument("--tests", type=int, default=800, help="in each of its cells")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the tables into this markdown file")
    options = parser.parse_args(argv)
    lines, planned_well = planned(options.targets, options.jobs)
    with tempfile.TemporaryDirectory(prefix="fleet-") as work:
        more, collected_well = collected(Path(work), options.variants, options.tests, options.jobs)
    lines += ["", *more]
    print("\n".join(lines))
    if options.output:
        write_table(options.output, "bench/fleet.py", lines)
    return 0 if planned_well and collected_well else 1


def fleet(targets: int, seed: int) -> list[Group]:
    """An environment for each target and interpreter, with a plain and a strict cell."""
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    groups = []
    for _ in range(targets):
        typical = drawn.lognormvariate(math.log(20), 1.2)
        for _ in PYTHONS:
            plain = min(typical * drawn.uniform(0.8, 1.3), 1800)
            groups.append(Group(cost=drawn.uniform(3, 20), items=(plain, plain * drawn.uniform(0.9, 1.2))))
    return groups


def planned(targets: int, jobs: int) -> tuple[list[str], bool]:
    """A row for each of three fleets; whether each is within 5 % of its bound, and planned in 2 s."""
    lines = [
        f"{targets:,} targets × {len(PYTHONS)} interpreters onto {jobs} jobs:",
        "",
        "| seed | environments | cells | longest job | lower bound | above it | environments twice | planned in, CPU |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    kept = True
    for seed in range(3):
        groups = fleet(targets, seed)
        started = time.process_time()
        packing = pack(groups, jobs)
        took = time.process_time() - started
        bound, longest = lower_bound(groups, jobs), max(packing.loads)
        twice = sum(len(parts) for parts in packing.bins) - len(groups)
        kept = kept and longest <= 1.05 * bound and took < 2 and len(packing.bins) <= jobs
        lines.append(
            f"| {seed} | {len(groups):,} | {sum(len(one.items) for one in groups):,} | {longest:,.0f} s "
            f"| {bound:,.0f} s | {100 * (longest / bound - 1):.2f} % | {twice} | {took:.2f} s |"
        )
    return lines, kept


def collected(work: Path, variants: int, tests: int, most: int) -> tuple[list[str], bool]:
    """What planning, collecting and reporting take; whether the report kept its bound and nothing was lost."""
    (work / "matrix.yaml").write_text(yaml.safe_dump(matrix(variants), sort_keys=False), encoding="utf-8")
    words = [sys.executable, "-m", "runner"]
    plan = [*words, "plan", "--format", "json", "--max-jobs", str(most)]
    steps = {"plan": measure("plan", plan, work, work / "plan.json")}
    document = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    generated = generate(work / "junit", tests)
    for number, job in enumerate(document["jobs"]):
        upload(work / "artifacts" / str(number), document, job, generated)
    collect = [*words, "collect", "artifacts", "--into", "results"]
    steps["collect"] = measure("collect", collect, work, work / "collect.txt")
    report = [*words, "report", "results", "--format", "html,md,json"]
    steps["report: html, md and json"] = reported = measure("report", report, work, work / "report.txt")
    found = json.loads((work / "results" / "report.json").read_bytes())
    complete = sum(cell["status"] == "complete" for cell in found["cells"])
    size = sum(path.stat().st_size for path in (work / "results" / "cells").rglob("*") if path.is_file()) / 1e6
    cells, jobs = len(found["cells"]), len(document["jobs"])
    lines = [
        f"One target, {cells:,} cells of {tests:,} tests in {jobs} jobs, {size:,.0f} MB; {complete:,} are complete:",
        "",
        "| forewarn | CPU s | wall s | peak MiB |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {one.cpu:.2f} | {one.wall:.2f} | {one.memory:.0f} |" for name, one in steps.items()),
    ]
    return lines, reported.memory <= BOUND and complete == cells == 12 * variants


def matrix(variants: int) -> dict[str, Any]:
    """A matrix.yaml with many generations of one dependency."""
    return {
        "target": ".",
        "install": {"mode": "none"},
        "test": {"pytest": ["tests"]},
        "python": list(PYTHONS),
        "base": PYTHONS[-2],
        "next": [PYTHONS[-1]],
        "variants": {"library": {f"v{number:03}": [f"library=={number}"] for number in range(variants)}},
        "gate": {"fail-on": "nothing"},
    }


def generate(folder: Path, tests: int) -> dict[tuple[str, str], Path]:
    """(interpreter, profile) → folder with the files of one cell, which those of all variants are links to."""
    command = [sys.executable, str(ROOT / "bench" / "generate_junit.py"), "--out", str(folder), "--tests", str(tests)]
    subprocess.run([*command, "--cells", str(2 * len(PYTHONS))], check=True, stdout=subprocess.DEVNULL)
    found = {}
    for python in PYTHONS:
        for mode, profile in PROFILES.items():
            place = folder / f"{python}-{profile}"
            place.mkdir()
            (folder / f"junit-py{python}-{mode}.xml").rename(place / "junit.xml")
            (place / "tests.jsonl").write_text(probe_log(place / "junit.xml"), encoding="utf-8")
            found[python, profile] = place
    return found


def probe_log(junit: Path) -> str:
    """What the probe writes of the tests in a JUnit file."""
    cases = {}
    for case in ElementTree.parse(junit).iter("testcase"):  # noqa: S314 - was just generated
        path = f"{case.get('classname', '').replace('.', '/')}.py"
        tags = [child.tag for child in case]
        outcome = next((word for tag, word in _OUTCOMES.items() if tag in tags), "passed")
        cases[f"{path}::{case.get('name')}"] = {"outcome": outcome, "seconds": float(case.get("time", 0)), "file": path}
    session = {"event": "session", "format": 1, "tool": "pytest", "tool_version": "9.0", "pid": 1, "root": "/"}
    events: list[dict[str, Any]] = [session, {"event": "collected", "ids": list(cases), "deselected": 0}]
    for test, ended in cases.items():
        events += [{"event": "begin", "id": test}, {"event": "end", "id": test, **ended, "line": 1}]
    return "".join(f"{json.dumps(event)}\n" for event in (*events, {"event": "finish", "exit_status": 1}))


_OUTCOMES = {"error": "error", "failure": "failed", "skipped": "skipped"}


def upload(folder: Path, document: dict[str, Any], job: dict[str, Any], generated: dict[tuple[str, str], Path]) -> None:
    """The results folder that one job leaves."""
    plan = [about(cell) for one in document["jobs"] for cell in one["cells"]]
    for cell in job["cells"]:
        one = about(cell)
        place = folder / "cells" / cell
        place.mkdir(parents=True)
        for file in generated[one["python"], one["profile"]].iterdir():
            os.link(file, place / file.name)
        record = {
            **one,
            "format": 1,
            "filters": [] if one["profile"] == "plain" else ["error::DeprecationWarning"],
            "status": "complete",
            "tool": "pytest",
            "interpreter": {"implementation": "cpython", "version": f"{one['python']}.0"},
            "started": "2026-01-01T00:00:00",
            "durations": {"tests": 30.0},
        }
        (place / "cell.json").write_text(json.dumps(record), encoding="utf-8")
    about_run = {
        "format": 1,
        "matrix": {
            "base": PYTHONS[-2],
            "next": [PYTHONS[-1]],
            "profiles": {"plain": [], "strict": ["error"]},
            "gate": {},
        },
        "plan": sorted(plan, key=lambda entry: entry["cell"]),
        "target": {"name": "generated"},
        "job": job["job"],
        "jobs": [{"job": one["job"], "cells": one["cells"]} for one in document["jobs"]],
        "digests": {"matrix": document["matrix"], "plan": document["plan"]},
    }
    (folder / "run.json").write_text(json.dumps(about_run), encoding="utf-8")


def about(cell: str) -> dict[str, Any]:
    """An entry of the plan, from a cell's id."""
    python, profile, choice = cell.split("-", 2)
    axis, _, value = choice.partition("=")
    return {"cell": cell, "python": python, "profile": profile, "variant": {axis: value}, "optional": False}


def measure(name: str, command: Sequence[str], cwd: Path, output: Path) -> Usage:
    """Run a command of forewarn to its end.

    Raises:
        SystemExit: it failed; what it said is in ``output``.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    used, code = run(command, environment=environment, cwd=cwd, output=output, errors=False)
    if code:
        raise SystemExit(f"forewarn {name} ended with {code}: {output.read_text(encoding='utf-8')}")
    return used


if __name__ == "__main__":
    sys.exit(main())
