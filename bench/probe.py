"""What does the probe cost? The same suites with and without it, in turn, as ratios of CPU time.

    python bench/probe.py --output docs/benchmarks.md

Needs pytest beside it. Rounds alternate, and the median of each round's ratio counts, so that other work on the machine
falls on both sides.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tables import write_table

ROOT = Path(__file__).resolve().parent.parent

SUITES = {
    "2,000 tests that do nothing": """
import pytest

@pytest.mark.parametrize("number", range(2000))
def test_nothing(number):
    pass
""",
    "300 tests of a millisecond": """
import pytest, time

@pytest.mark.parametrize("number", range(300))
def test_work(number):
    end = time.process_time() + 0.001
    while time.process_time() < end:
        pass
""",
    "300 tests that compute, with ten warnings each": """
import pytest, warnings

def old(number):
    warnings.warn("old %d" % number, DeprecationWarning, stacklevel=2)

@pytest.mark.parametrize("number", range(300))
def test_warns(number):
    assert sum(range(100_000)) > 0
    for one in range(10):
        old(one)
""",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with pytest")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the table into this markdown file")
    options = parser.parse_args(argv)
    lines = ["| suite | CPU with the probe ÷ without | seconds without |", "| --- | --- | --- |"]
    for name, source in SUITES.items():
        ratio, seconds = measure(source, options.python, options.rounds)
        lines.append(f"| {name} | {ratio:.3f} | {seconds:.2f} |")
        print(lines[-1], flush=True)
    version = subprocess.run([options.python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    machine = f"{version}, {platform.machine()}, {os.cpu_count()} cores; medians of {options.rounds} rounds."
    if options.output:
        write_table(options.output, "bench/probe.py", [*lines, "", machine])
    return 0


def measure(source: str, python: str, rounds: int) -> tuple[float, float]:
    """(median ratio, median seconds without)."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "test_it.py").write_text(source, encoding="utf-8")
        (work / "home").mkdir()
        (work / "home" / "forewarn_probe").symlink_to(ROOT / "runner" / "probe")
        (work / "evidence").mkdir()
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
        environment = {**os.environ, "PYTHONPATH": str(work / "home"), "FOREWARN_EVIDENCE": str(work / "evidence")}
        with_probe = [*command, "-p", "forewarn_probe.pytest_plugin"]
        cpu(command, work, environment)  # compiled once
        cpu(with_probe, work, environment)
        pairs = [(cpu(with_probe, work, environment), cpu(command, work, environment)) for _ in range(rounds)]
    return statistics.median(a / b for a, b in pairs), statistics.median(b for _, b in pairs)


def cpu(command: list[str], work: Path, environment: dict[str, str]) -> float:
    """CPU seconds of one run, of the process and what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=work, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
