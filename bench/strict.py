"""Strict for the price of what warned: is it the same, and what does it save?

Each suite is run with ``--strict warned`` and with ``--strict full``; every test's outcome is compared, and each that
differs is listed. Where one does, the full run is repeated: a test that differs from itself is counted apart.

    python bench/strict.py --corpus FOLDER --examples --work WORK --output docs/benchmarks.md

Exit status: 0 all equal, 1 differences, 2 something could not be measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from corpus_package import read_package
from tables import write_table

#: Differences of one cell that are printed.
_MOST_SHOWN = 20

ROOT = Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compared:
    """One strict cell, run in both ways."""

    suite: str
    cell: str
    status: tuple[str, str]
    tests: int
    run: int | None
    """Tests that were run; None: all, for the reason ``whole``."""
    whole: str
    seconds: tuple[float, float]
    """Warned, full."""
    differences: tuple[str, ...]
    unstable: tuple[str, ...]
    """Tests that two full runs disagree about."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="folder of descriptions, one *.yaml a package")
    parser.add_argument("--examples", action="store_true", help="the suites of examples/, too")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these suites")
    parser.add_argument("--python", nargs="+", default=[], metavar="3.X", help="only these versions")
    parser.add_argument("--work", type=Path, help="where environments and results are kept (default: a new folder)")
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the tables there")
    options = parser.parse_args(argv)
    work = (options.work or Path(tempfile.mkdtemp(prefix="strict-"))).absolute()
    found: list[Compared] = []
    faults = 0
    for name, folder in _suites(options, work):
        try:
            for one in compare(name, folder, options.python):
                print(_line(one), flush=True)
                found.append(one)
        except RuntimeError as error:
            print(f"{name}: {error}", flush=True)
            faults += 1
    if options.output:
        write_table(options.output, "bench/strict.py", _table(found))
    else:
        print("\n".join(_table(found)))
    if faults:
        return 2
    return 1 if any(one.differences for one in found) else 0


def _suites(options: argparse.Namespace, work: Path) -> Iterator[tuple[str, Path]]:
    """(name, a folder with its matrix.yaml) of each."""
    for file in sorted(options.corpus.glob("*.yaml")) if options.corpus else ():
        package = read_package(file)
        if options.only and package.name not in options.only:
            continue
        folder = work / package.name
        folder.mkdir(parents=True, exist_ok=True)
        matrix = yaml.safe_dump(package.matrix(options.python), sort_keys=False, allow_unicode=True)
        (folder / "matrix.yaml").write_text(matrix, encoding="utf-8")
        yield package.name, folder
    for example in sorted((ROOT / "examples").iterdir()) if options.examples else ():
        if not (example / "matrix.yaml").is_file() or (options.only and example.name not in options.only):
            continue
        folder = work / example.name
        shutil.copytree(example, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".forewarn", ".nox"))
        yield example.name, folder


def compare(name: str, folder: Path, pythons: Sequence[str]) -> Iterator[Compared]:
    """Run one suite in both ways.

    Raises:
        RuntimeError: there is no report.
    """
    warned = _run(folder, ".forewarn", pythons, "warned")
    profiles = ["--profile", "strict"]
    full = _run(folder, ".full", pythons, "full", *profiles)
    again: dict[str, dict[str, Any]] | None = None
    for cell, record in warned.items():
        if cell not in full:
            continue
        one, other = _outcomes(folder / ".forewarn", cell), _outcomes(folder / ".full", cell)
        differ = [test for test in {**one, **other} if one.get(test) != other.get(test)]
        unstable: list[str] = []
        if differ:
            again = again or _run(folder, ".again", pythons, "full", *profiles)
            third = _outcomes(folder / ".again", cell)
            unstable = [test for test in differ if other.get(test) != third.get(test)]
        proven = record.get("proven") or {}
        yield Compared(
            suite=name,
            cell=cell,
            status=(record["status"], full[cell]["status"]),
            tests=len(other),
            run=proven.get("run"),
            whole=record.get("whole") or "",
            seconds=(_seconds(record), _seconds(full[cell])),
            differences=tuple(
                f"{test}: {one.get(test)} instead of {other.get(test)}" for test in differ if test not in unstable
            ),
            unstable=tuple(unstable),
        )


def _run(folder: Path, results: str, pythons: Sequence[str], mode: str, *words: str) -> dict[str, dict[str, Any]]:
    """The strict cells of a run, by id."""
    chosen = [word for python in pythons for word in ("--python", python)]
    command = [
        sys.executable,
        "-m",
        "runner",
        "run",
        "--no-cache",
        "--results",
        results,
        "--strict",
        mode,
        *chosen,
        *words,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as it is by default
    with (folder / f"{results.strip('.')}.log").open("wb") as log:
        code = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        ).returncode
    if code not in (0, 1, 3):
        raise RuntimeError(f"forewarn ended with {code}: see {log.name}")
    found = {}
    for file in sorted((folder / results / "cells").glob("*/cell.json")):
        record = json.loads(file.read_text(encoding="utf-8"))
        if record.get("filters") and not record.get("as_if"):
            found[record["cell"]] = record
    return found


def _outcomes(results: Path, cell: str) -> dict[str, str]:
    """Outcome by test; what was not collected has one, too."""
    found: dict[str, str] = {}
    path = results / "cells" / cell / "tests.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        event = json.loads(line)
        if event["event"] == "end" and event["outcome"] != "rerun":
            found[event["id"]] = event["outcome"]
        elif event["event"] in ("collection-error", "collection-skip"):
            found[f"{event['id']} (not collected)"] = event["event"]
    return found


def _seconds(record: Mapping[str, Any]) -> float:
    return float((record.get("durations") or {}).get("tests") or 0.0)


def _line(one: Compared) -> str:
    run = "all" if one.run is None else str(one.run)
    text = f"{one.suite} {one.cell}: {run} of {one.tests} run, {one.seconds[0]:.1f} s instead of {one.seconds[1]:.1f} s"
    text += f" ({one.whole})" if one.whole else ""
    if one.status[0] != one.status[1]:
        text += f"\n  status {one.status[0]} instead of {one.status[1]}"
    lines = [*one.differences, *(f"unstable: {test}" for test in one.unstable)]
    shown = lines if len(lines) <= _MOST_SHOWN else [*lines[:_MOST_SHOWN], f"and {len(lines) - _MOST_SHOWN} more"]
    return "\n".join([text, *(f"  {line}" for line in shown)])


def _table(found: Sequence[Compared]) -> list[str]:
    warned, full = (sum(one.seconds[way] for one in found) for way in (0, 1))
    different = sum(len(one.differences) for one in found)
    head = (
        f"{sum(one.tests for one in found):,} outcomes in {len(found)} strict cells compared, **{different} differ**, "
    )
    head += f"{sum(len(one.unstable) for one in found)} differ between two full runs, too. "
    lines = [
        f"{head}{warned:.0f} s instead of {full:.0f} s.",
        "",
        "| suite | cell | tests | run | why all | seconds | full | differ |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.suite} | {one.cell} | {one.tests:,} | {'all' if one.run is None else f'{one.run:,}'} | {one.whole} "
        f"| {one.seconds[0]:.1f} | {one.seconds[1]:.1f} | {len(one.differences)} |"
        for one in found
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
