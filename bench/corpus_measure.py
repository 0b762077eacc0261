"""Runs one package of the corpus: by forewarn, then plainly in each environment that forewarn made."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import corpus_compare
import yaml
from corpus_compare import Difference, Plain
from corpus_package import Package

BENCH = Path(__file__).resolve().parent
_WITNESSES = ("corpus_witness_pytest", "corpus_witness_unittest")
_PROBE = "_forewarn_probe.pth"
#: Where a test differs, how often the plain command is run to see whether it differs from itself.
_MOST_PLAIN_RUNS = 5
_URL = re.compile(r"\b\w+://[^\s)>`'\"]+")


class CannotMeasureError(Exception):
    """A package that forewarn, or this program, could not run at all."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellResult:
    """One interpreter's plain cell, beside the plain run."""

    python: str
    version: str | None
    status: str
    reason: str | None
    plain: str | None
    """How the plain run ended; None where nothing was installed to run."""
    compared: int = 0
    uncollected: int = 0
    """Of those compared: tests of modules that were not collected."""
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Outcome → tests, as forewarn reports them."""
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0
    plain_seconds: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class PackageResult:
    """One package on every interpreter."""

    name: str
    version: str
    tool: str
    tests: int
    seconds: float
    """Of ``forewarn run``: both profiles, the environments and the reports."""
    cells: tuple[CellResult, ...]
    fault: str | None = None

    @property
    def differences(self) -> list[tuple[CellResult, Difference]]:
        """All of them, each with its cell."""
        return [(cell, one) for cell in self.cells for one in cell.differences]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlainRun:
    """How one run without forewarn ended."""

    results: Plain | None
    ended: str
    exit_status: int | None
    seconds: float


def measure(package: Package, work: Path, pythons: Sequence[str], interpreters: Sequence[str]) -> PackageResult:
    """Run a package with and without forewarn.

    Args:
        package: what to run.
        work: folder of its own; environments that are there are used again.
        pythons: only these interpreters; all where empty.
        interpreters: ``3.15=/path`` entries.

    Raises:
        CannotMeasureError: forewarn wrote no report.
    """
    work.mkdir(parents=True, exist_ok=True)
    seconds = _run_forewarn(package, work, pythons, interpreters)
    report = json.loads((work / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    run = json.loads((work / ".forewarn" / "run.json").read_text(encoding="utf-8"))
    target = Path(run["target"]["path"])
    cells = [
        _measure_cell(package, work, target, report, cell) for cell in report["cells"] if cell["profile"] == "plain"
    ]
    return PackageResult(
        name=package.name,
        version=package.version,
        tool=package.tool,
        tests=len(report["tests"]),
        seconds=seconds,
        cells=tuple(cells),
    )


def _run_forewarn(package: Package, work: Path, pythons: Sequence[str], interpreters: Sequence[str]) -> float:
    matrix = package.matrix(pythons)
    (work / "matrix.yaml").write_text(yaml.safe_dump(matrix, sort_keys=False, allow_unicode=True), encoding="utf-8")
    report = work / ".forewarn" / "report.json"
    report.unlink(missing_ok=True)
    words = [word for entry in interpreters for word in ("--interpreter", entry)]
    environment = {**os.environ, "PYTHONPATH": str(BENCH.parent)}
    started = time.monotonic()
    with (work / "forewarn.log").open("wb") as log:
        code = subprocess.run(
            [sys.executable, "-m", "runner", "run", *words],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code not in (0, 1, 3) or not report.exists():
        said = (work / "forewarn.log").read_text(encoding="utf-8", errors="replace").strip()
        raise CannotMeasureError(f"forewarn ended with {code}: {_presentable(said[-600:], work)}")
    return time.monotonic() - started


def _measure_cell(
    package: Package, work: Path, target: Path, report: Mapping[str, Any], cell: Mapping[str, Any]
) -> CellResult:
    evidence = json.loads((work / ".forewarn" / "cells" / cell["id"] / "cell.json").read_text(encoding="utf-8"))
    result = CellResult(
        python=cell["python"],
        version=cell["version"],
        status=cell["status"],
        reason=_presentable(cell["reason"], work) if cell["reason"] else None,
        plain=None,
        counts=cell["counts"],
        seconds=float(cell["seconds"] or 0.0),
    )
    if cell["status"] in ("unavailable", "failed-to-install", "cancelled"):
        return result
    plain = run_plain(package, work, target, evidence, "run-1")
    result = dataclasses.replace(result, plain=plain.ended, plain_seconds=plain.seconds)
    if cell["status"] != "complete":
        return result
    if plain.results is None:
        raise CannotMeasureError(f"{cell['id']} is complete, but the plain run {plain.ended}")
    reported = corpus_compare.outcomes_of(report, cell["id"])
    found = corpus_compare.differences(reported, plain.results)
    for number in range(2, _MOST_PLAIN_RUNS + 1):
        if all(one.is_unstable for one in found):
            break
        again = run_plain(package, work, target, evidence, f"run-{number}")
        found = corpus_compare.settle(found, again.results) if again.results else found
    if evidence["exit_status"] != plain.exit_status:
        status, other = str(evidence["exit_status"]), str(plain.exit_status)
        found.append(Difference(test="(exit status)", forewarn=status, plain=other))
    known = {*reported, *plain.results.tests}
    return dataclasses.replace(
        result,
        compared=len(known),
        uncollected=sum(test not in plain.results.tests and plain.results.of(test) != "missing" for test in known),
        differences=tuple(found),
        counts=dict(Counter(reported.values())),
    )


def run_plain(package: Package, work: Path, target: Path, evidence: Mapping[str, Any], name: str) -> PlainRun:
    """Run the package's own command once in the environment of a cell, with nothing of forewarn in it."""
    environment = work / ".nox" / "forewarn" / "environments" / evidence["python"]
    python = environment / "bin" / "python"
    folder = work / "plain" / evidence["python"]
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / f"{name}.json"
    output.unlink(missing_ok=True)
    started = time.monotonic()
    with _witness_instead_of_probe(environment, work):
        code = _run(
            plain_command(package, python, output),
            target / package.cwd,
            _variables(package, evidence),
            folder / f"{name}.log",
            package.timeout,
        )
    seconds = time.monotonic() - started
    results = corpus_compare.read_plain(output) if output.exists() else None
    ended = "ran into the time limit" if code is None else f"ended with {code}"
    if results is None or not (results.tests or results.blocks):
        ended += " and ran no test"
    return PlainRun(results=results, ended=ended, exit_status=code, seconds=seconds)


def plain_command(package: Package, python: Path, output: Path) -> list[str]:
    """The package's own command, with what writes down its outcomes.

    Without ``--continue-on-collection-errors`` pytest runs nothing at all where one module fails to import; forewarn
    goes on, so the plain run must too.
    """
    if package.tool == "unittest":
        return [str(python), "-m", "corpus_witness_unittest", str(output), *package.arguments]
    return [
        *(str(python), "-m", "pytest", *package.arguments),
        *("-p", "corpus_witness_pytest", f"--corpus-witness={output}"),
        *(f"--junitxml={output.with_suffix('.xml')}", "-o", "junit_family=xunit1", "--continue-on-collection-errors"),
    ]


def _variables(package: Package, evidence: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables that the cell had, less those that are forewarn's own."""
    changed: dict[str, str | None] = {**os.environ, **evidence["environment"], **package.env}
    return {name: value for name, value in changed.items() if value is not None and not name.startswith("FOREWARN_")}


def _run(command: Sequence[str], cwd: Path, variables: Mapping[str, str], log: Path, timeout: float) -> int | None:
    """Exit status, negative for a signal; None where the time was over. Nothing it started outlives it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def _witness_instead_of_probe(environment: Path, work: Path) -> Iterator[None]:
    """While active, forewarn's probe is off the environment's import path and the witnesses are on it."""
    site = next(iter(sorted((environment / "lib").glob("python*/site-packages"))))
    home = work / "witness"
    home.mkdir(exist_ok=True)
    for module in _WITNESSES:
        shutil.copyfile(BENCH / f"{module}.py", home / f"{module}.py")
    probe, hidden, own = site / _PROBE, site / f"{_PROBE}.aside", site / "_corpus_witness.pth"
    if hidden.exists():  # this program was killed here before
        hidden.replace(probe)
    probe.replace(hidden)
    own.write_text(f"{home}\n", encoding="utf-8")
    try:
        yield
    finally:
        own.unlink()
        hidden.replace(probe)


def _presentable(text: str, work: Path) -> str:
    """One line without folders and addresses of this machine."""
    for folder, word in ((work, "."), (Path.home(), "~")):
        text = text.replace(str(folder), word)
    return " ".join(_URL.sub("(address)", text).split())
