"""Kills runs at random moments, and resumes each: nothing that was complete is lost, nothing is left running.

    PYTHONPATH=. python bench/kills.py --kills 200 --seed 1

In each round a run is started, fresh or to resume one that was killed, and after a random time SIGKILL ends the suite's
process, nox, or forewarn itself. Then the results folder has to be readable and true, and no process of the run may be
left. ``forewarn run --resume`` has to finish what is missing, at once or after more kills: its report is that of
a run that nobody killed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from tiny_project import TinyProject, below, two_pythons, whole

from reports.errors import ResultsError
from reports.load import load_run

SUITE = """
import time, unittest

class Tiny(unittest.TestCase):
    def test_one(self): time.sleep(0.02)
    def test_two(self): time.sleep(0.02)
    def test_three(self): time.sleep(0.02)
    def test_four(self): time.sleep(0.02)
"""
TESTS = 4
VICTIMS = ("suite", "nox", "forewarn")


class Kills:
    """A project whose runs are killed, and what it has seen."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a repeatable one is what is wanted
        self.project = TinyProject(
            folder / "project", two_pythons(), SUITE, profiles={"plain": [], "strict": ["error"]}
        )
        self.seen: Counter[str] = Counter()
        self._require(self.project.run() == 0, "the run that nobody kills passes")
        started = time.monotonic()
        self._require(self.project.run() == 0, "and so does it with its environments made")
        self._seconds = time.monotonic() - started
        self._truth = self.project.report()
        self._files = self.project.files()
        self._is_broken = False

    @property
    def done(self) -> int:
        """How many were killed."""
        return sum(count for what, count in self.seen.items() if what.endswith(" killed"))

    def round(self) -> None:
        """Start, kill, look, resume.

        Raises:
            AssertionError: something does not hold.
        """
        resumes = self._is_broken
        before = self._complete()
        process = self.project.start(*(["--resume"] if resumes else []))
        self._kill(process, self._random.choice(VICTIMS), self._random.uniform(0, self._seconds))
        self._require(not (left := self.project.await_silence()), f"processes are left: {left}")
        self._is_true()
        if resumes:
            lost = [cell for cell, started in before.items() if self._complete().get(cell) != started]
            self._require(not lost, f"complete cells are lost: {lost}")
        self._is_broken = True
        if self._random.random() < 0.4:
            return  # the next round resumes what this one has left
        complete = self._complete()
        code = self.project.run("--resume")
        self._require(code == 0, f"the resumed run ends with {code}")
        kept = [cell for cell, started in complete.items() if self._complete().get(cell) == started]
        self.seen["cells kept by --resume"] += len(kept)
        self.seen["cells measured by --resume"] += len(self._truth["cells"]) - len(kept)
        self._require(self.project.report() == self._truth, "the report differs from that of a run without a kill")
        more = self.project.files() - self._files
        self._require(not more, f"files are left: {sorted(more)[:5]}")
        self._is_broken = False

    def _kill(self, process: subprocess.Popen[bytes], victim: str, after: float) -> None:
        moment, pid = time.monotonic() + after, None
        while process.poll() is None and (pid is None or time.monotonic() < moment):
            pid = self._find(process.pid, victim)
            time.sleep(0.005)
        if process.poll() is None and pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        else:
            pid = None
        self.seen[f"{victim} killed" if pid is not None else f"{victim} had ended before"] += 1
        process.wait()

    @staticmethod
    def _find(forewarn: int, victim: str) -> int | None:
        if victim == "forewarn":
            return forewarn
        word = {"nox": "nox", "suite": "forewarn_probe.unittest_main"}[victim]
        return next((pid for pid, words in below(forewarn).items() if word in words), None)

    def _complete(self) -> dict[str, str]:
        """Cells of which all is known, by when they were started."""
        found = {
            name: record["started"]
            for name, record in self.project.cells().items()
            if record["status"] == "complete" and "cell" in record["inputs"]
        }
        base, later = (f"{python}-plain" for python in self.project.pythons)
        if base not in found:  # what breaks on the later one would have to be run again, once there is a base
            found.pop(later, None)
        return found

    def _is_true(self) -> None:
        """Every cell can be read, and has all tests if it says so."""
        for name, record in self.project.cells().items():
            if record["status"] == "complete":
                self._require(whole(self.project, name, TESTS), f"{name} says it is complete")
        try:
            run = load_run(self.project.results)
        except ResultsError:  # killed before there was any cell
            self._require(not self.project.cells(), "cells are there, and no report can be made of them")
            return
        for cell in run.cells:
            complete = cell.cell.status.value == "complete"
            self._require(not complete or len(cell.outcomes) == TESTS, f"{cell.cell.id} is read as complete")

    def _require(self, holds: bool, what: str) -> None:
        if not holds:
            said = self.project.said.read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"{what}\n{said}")


def main() -> None:
    """Kill until the number is reached; prints what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forewarn-kills-") as folder:
        kills = Kills(Path(folder), options.seed)
        started, rounds = time.monotonic(), 0
        while kills.done < options.kills:
            kills.round()
            rounds += 1
            if rounds % 20 == 0:
                print(f"{rounds} rounds, {time.monotonic() - started:.0f} s: {dict(kills.seen)}", flush=True)
        print(f"seed {options.seed}: {rounds} rounds in {time.monotonic() - started:.0f} s")
        for what, count in sorted(kills.seen.items()):
            print(f"  {count:5} {what}")


if __name__ == "__main__":
    main()
