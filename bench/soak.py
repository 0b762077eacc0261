"""Runs a tiny matrix again and again, each time with a fault of a random kind, and looks at what is left.

    PYTHONPATH=. python bench/soak.py --runs 500 --seed 1

Every run has to end with the exit code, the status and the verdicts of its fault. At the end no process may be left, no
file that was not there after the first runs, and the last runs may not have used more memory than the first.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tiny_project import TinyProject, two_pythons

SUITE = """
import ctypes, os, signal, subprocess, sys, time, unittest, warnings

FAULT = open("fault.txt").read() if sys.version_info >= ({later}) else ""

if FAULT == "import fails": import no_such_module
if FAULT == "import hangs": time.sleep(600)

class Tiny(unittest.TestCase):
    def test_a(self): pass

    def test_b(self):
        if FAULT == "fails": self.fail("no")
        if FAULT == "hangs": time.sleep(600)
        if FAULT == "exits": os._exit(0)
        if FAULT == "crashes": ctypes.string_at(0)
        if FAULT == "is killed": os.kill(os.getpid(), signal.SIGKILL)
        if FAULT == "warns": warnings.warn("old", DeprecationWarning)
        if FAULT == "speaks": os.write(2, b"x" * (40 << 20))
        if FAULT == "leaves a child": subprocess.Popen(["sleep", "600"])
        if FAULT == "leaves a daemon": subprocess.Popen(["sleep", "600"], start_new_session=True)
        if FAULT == "leaves a file": open(os.path.join(os.environ.get("TMPDIR", "/tmp"), "left"), "w").close()

    if FAULT != "shrinks":
        def test_c(self): pass
        def test_d(self): pass
        def test_e(self): pass
"""


class Expected(NamedTuple):
    """What a run with a fault has to say: exit code, status of the later cell, verdicts of the five tests."""

    code: int
    status: str
    verdicts: str
    """A letter each: o(k), b(reaks), u(nknown), g(one)."""


EXPECTED = {
    "": Expected(0, "complete", "ooooo"),
    "fails": Expected(1, "complete", "obooo"),
    "hangs": Expected(1, "complete", "obooo"),
    "exits": Expected(3, "truncated", "obuuu"),
    "crashes": Expected(3, "crashed", "obuuu"),
    "is killed": Expected(3, "crashed", "obuuu"),
    "import fails": Expected(1, "complete", "bbbbb"),
    "import hangs": Expected(3, "timed-out", "uuuuu"),
    "warns": Expected(0, "complete", "ooooo"),
    "speaks": Expected(0, "complete", "ooooo"),
    "leaves a child": Expected(0, "complete", "ooooo"),
    "leaves a daemon": Expected(0, "complete", "ooooo"),
    "leaves a file": Expected(0, "complete", "ooooo"),
    "shrinks": Expected(1, "complete", "ooggg"),
}
#: Of which each costs seconds of waiting: seldom.
_SLOW = {"hangs": 1, "import hangs": 1}
_OFTEN = 6
#: Runs after which all that may stay has been there: environments, reports, logs.
_FIRST = 40


def main() -> None:
    """Run until the number is reached; prints what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forewarn-soak-") as folder:
        soak(Path(folder), options.runs, options.seed)


def soak(folder: Path, runs: int, seed: int) -> None:
    """Run; prints what was seen.

    Raises:
        AssertionError: something does not hold.
    """
    pythons = two_pythons()
    suite = SUITE.replace("{later}", pythons[1].replace(".", ", "))
    limits = {"test": 1, "cell": 4, "confirm": None}
    project = TinyProject(folder / "project", pythons, suite, limits=limits)
    choose = random.Random(seed)  # noqa: S311 - a repeatable one is what is wanted
    kinds = list(EXPECTED)
    weights = [_SLOW.get(kind, _OFTEN) for kind in kinds]
    seen: Counter[str] = Counter()
    memory: list[int] = []
    files: set[str] = set()
    started = time.monotonic()
    for number in range(1, runs + 1):
        kind = choose.choices(kinds, weights)[0]
        (project.folder / "fault.txt").write_text(kind, encoding="utf-8")
        process = project.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = project.said.read_text(encoding="utf-8", errors="replace")
        found = _found(project, process.returncode, pythons[1])
        assert found == EXPECTED[kind], f"run {number}, {kind!r}: {found} is not {EXPECTED[kind]}\n{said}"
        assert "Traceback" not in said, said
        left = project.await_silence()
        assert not left, f"run {number}, {kind!r}: processes are left: {left}"
        (project.temporary / "left").unlink(missing_ok=True)  # what the suite itself has left is not ours to remove
        seen[kind or "nothing"] += 1
        memory.append(usage.ru_maxrss)
        if number <= _FIRST:
            files |= project.files()  # of each kind of end: a crash leaves less than a report of failures
        if number % 50 == 0:
            print(f"{number} runs, {time.monotonic() - started:.0f} s", flush=True)
    more = project.files() - files
    assert not more, f"files are left: {sorted(more)[:10]}"
    part = max(1, runs // 10)
    first, last = statistics.median(memory[:part]), statistics.median(memory[-part:])
    assert last <= first * 1.05, f"memory has grown from {first} to {last} KiB"
    print(f"seed {seed}: {runs} runs in {time.monotonic() - started:.0f} s, each with the verdict of its fault")
    print(f"  no process left, no file left ({len(files)} before and after)")
    print(f"  largest process of a run: {first / 1024:.1f} MiB in the first tenth, {last / 1024:.1f} MiB in the last")
    for kind, count in sorted(seen.items()):
        print(f"  {count:5} {kind}")


def _found(project: TinyProject, code: int, later: str) -> Expected:
    report = project.report()
    tests = {test["name"]: test["verdicts"][later]["verdict"][0] for test in report["tests"]}
    status = next(cell["status"] for cell in report["cells"] if cell["python"] == later)
    return Expected(code, status, "".join(tests[name] for name in sorted(tests)))


if __name__ == "__main__":
    main()
