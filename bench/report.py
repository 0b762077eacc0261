"""Whole reports of large runs, beside what others do with the same files, in one sitting.

    python bench/report.py --tests 100000 --cells 8 --peers --output docs/benchmarks.md

Makes seeded JUnit files (``generate_junit.py``) and a results folder of them, then runs each program in a process of
its own and takes CPU seconds and peak memory from the system. ``--peers`` adds junit2html (PyPI) and xunit-viewer
(npm), as far as they are installed. Each odd test has a fate, which is compared with its verdict: none may be missed,
none made up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from junit_matrix import make_results
from tables import write_table
from usage import Usage, run

ROOT = Path(__file__).resolve().parent.parent

#: The verdict of each fate, base 3.14, next 3.15. Of a flaky test any will do.
VERDICTS = {
    "breaks_next": "breaks",
    "warns": "strict-only",
    "warns_only_next": "strict-only",
    "broken": "always-failing",
    "fixed_next": "fixed",
    "skip": "never-ran",
    "skip_version": "hidden",
    "xfail": "ok",
    "error_setup": "breaks",
    "absent_next": "gone",
    "rerun": "ok",
}

ITERPARSE = """
import sys
from pathlib import Path
from xml.etree.ElementTree import iterparse
matrix = {}
for number, path in enumerate(sorted(Path(sys.argv[1]).glob("*.xml"))):
    for _, element in iterparse(path):
        if element.tag == "testcase":
            tags = [child.tag for child in element if child.tag in ("failure", "error", "skipped")]
            row = matrix.setdefault((element.get("classname"), element.get("name")), {})
            row[number] = tags[0] if tags else "passed"
            element.clear()
        elif element.tag == "testsuite":
            element.clear()
"""
JUNITPARSER = """
import sys
from pathlib import Path
from junitparser import JUnitXml
matrix = {}
for number, path in enumerate(sorted(Path(sys.argv[1]).glob("*.xml"))):
    for suite in JUnitXml.fromfile(str(path)):
        for case in suite:
            matrix.setdefault((case.classname, case.name), {})[number] = [type(one).__name__ for one in case.result]
"""
CLASSIFY = """
import gc, sys
from pathlib import Path
gc.disable()
from reports.diff import compare
from reports.load import load_run
compare(load_run(Path(sys.argv[1])))
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 where a fate was missed or made up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--cells", type=int, default=8)
    parser.add_argument("--seeds", type=int, nargs="+", default=[20240229, 7])
    parser.add_argument("--peers", action="store_true", help="also run junit2html and xunit-viewer")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the tables into this markdown file")
    parser.add_argument("--check", type=Path, nargs=2, metavar=("RESULTS", "GENERATED"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.check:
        text, missed = fates(*options.check)
        print(text)
        return min(missed, 1)
    lines: list[str] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        for seed in options.seeds:
            folder = Path(work) / str(seed)
            generated = generate(folder / "junit", options.tests, options.cells, seed)
            results = make_results(generated, folder / "results")
            costs = run_all(generated, results, folder, peers=options.peers and seed == options.seeds[0])
            size = sum(path.stat().st_size for path in generated.glob("*.xml")) / 1e6
            lines += [f"Seed {seed}: {options.tests:,} tests in {options.cells} cells, {size:.0f} MB of XML.", ""]
            # In a process of its own: what this one holds would count as the peak of those that it starts.
            check = [sys.executable, __file__, "--check", str(results), str(generated)]
            checked = subprocess.run(check, stdout=subprocess.PIPE, text=True, check=False)
            new = [*table(costs), "", checked.stdout.strip(), ""]
            print("\n".join(new), flush=True)
            lines += new
            wrong += checked.returncode
            shutil.rmtree(folder)
    if options.output:
        write_table(options.output, "bench/report.py", lines)
    return 1 if wrong else 0


def generate(folder: Path, tests: int, cells: int, seed: int) -> Path:
    """Seeded JUnit files, and truth.json."""
    command = [sys.executable, str(ROOT / "bench" / "generate_junit.py"), "--out", str(folder)]
    command += ["--tests", str(tests), "--cells", str(cells), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def run_all(generated: Path, results: Path, work: Path, *, peers: bool) -> dict[str, Usage]:
    """One program after the other."""
    report = ["-m", "reports", "report", str(results), "--format", "html,md,json"]
    programs = {
        "ElementTree iterparse, keeps the matrix": [sys.executable, "-c", ITERPARSE, str(generated)],
        "forewarn: reading and classifying": [sys.executable, "-c", CLASSIFY, str(results)],
        "forewarn: html, md and json": [sys.executable, *report],
        "junitparser alone, keeps the matrix": [sys.executable, "-c", JUNITPARSER, str(generated)],
    }
    if peers:
        files = [str(path) for path in sorted(generated.glob("*.xml"))]
        programs |= {
            "junit2html --report-matrix": ["junit2html", "--report-matrix", str(work / "matrix.html"), *files],
            "xunit-viewer": ["xunit-viewer", "-r", str(generated), "-i", "truth.json", "-o", str(work / "xunit.html")],
        }
    costs = {}
    for name, words in programs.items():
        if shutil.which(words[0]) is None:
            print(f"{words[0]} is not installed: left out", file=sys.stderr)
        else:
            costs[name] = measure(words)
    return costs


def measure(command: Sequence[str]) -> Usage:
    """Run a program to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NODE_OPTIONS": "--max-old-space-size=8192"}
    return run(command, environment=environment)[0]


def table(costs: Mapping[str, Usage]) -> list[str]:
    """A row for each program; ratios to the first."""
    lines = ["| program | CPU s | ÷ iterparse | wall s | peak MiB |", "| --- | --- | --- | --- | --- |"]
    first = next(iter(costs.values())).cpu
    return lines + [
        f"| {name} | {one.cpu:.2f} | {one.cpu / first:.2f} | {one.wall:.2f} | {one.memory:.0f} |"
        for name, one in costs.items()
    ]


def fates(results: Path, generated: Path) -> tuple[str, int]:
    """What became of each fate, and how many tests have another verdict than theirs."""
    report = json.loads((results / "report.json").read_bytes())
    truth: dict[str, str] = json.loads((generated / "truth.json").read_bytes())["fates"]
    [later] = report["next"]
    wrong: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for test in report["tests"]:
        fate = truth.get(f"{test['classname']}::{test['name']}", "ok")
        expected = VERDICTS.get(fate, "ok")
        found = test["verdicts"][later]["verdict"]
        (right if found == expected or fate == "flaky" else wrong)[fate] += 1
    missing = len(truth) - sum(count for fate, count in (right + wrong).items() if fate != "ok")
    said = ", ".join(f"{fate} {count:,}" for fate, count in sorted(right.items()))
    bad = ", ".join(f"{fate} {count:,}" for fate, count in sorted(wrong.items())) or "none"
    text = f"Fates with their verdict: {said}. With another: {bad}. Not found: {missing}."
    return text, sum(wrong.values()) + missing


if __name__ == "__main__":
    sys.exit(main())
