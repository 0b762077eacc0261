"""What a command costs before it does anything: ``python bench/startup.py [ROUNDS]``.

Takes turns between ``python -c pass`` and forewarn's commands on a small project that was measured before, and prints
the quickest of each, in milliseconds and as a multiple of the first. Processor time is what counts on a busy machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]
SUITE = """
import unittest, warnings

class A(unittest.TestCase):
    def test_passes(self): pass
    def test_warns(self): warnings.warn("old", DeprecationWarning)
    def test_fails(self): self.fail("always")
"""


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        environment = {**os.environ, "FOREWARN_CACHE": f"{name}/cache", "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        cells = make_project(folder, environment)
        forewarn = [sys.executable, "-m", "runner"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "forewarn --help": [*forewarn, "--help"],
            "forewarn report": [*forewarn, "report"],
            f"forewarn run, {cells} cells cached": [*forewarn, "run"],
        }
        best = dict.fromkeys(commands, (float("inf"), float("inf")))
        for _ in range(rounds):
            for label, words in commands.items():
                best[label] = tuple(map(min, best[label], cost(words, folder, environment)))  # type: ignore[assignment]
        empty = best["python -c pass"]
        print(f"{'':34} {'wall':>8} {'':>6} {'processor':>10}")
        for label, (wall, cpu) in best.items():
            ratios = f"{wall / empty[0]:5.1f}×", f"{cpu / empty[1]:5.1f}×"
            print(f"{label:34} {wall * 1000:5.0f} ms {ratios[0]} {cpu * 1000:7.0f} ms {ratios[1]}")


def make_project(folder: Path, environment: Mapping[str, str]) -> int:
    """A project of which every cell is in the cache; how many there are."""
    folder.mkdir()
    (folder / "test_a.py").write_text(SUITE, encoding="utf-8")
    matrix = {"python": PYTHONS, "optional": PYTHONS, "test": {"unittest": ["test_a"]}, "gate": {"fail-on": "nothing"}}
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    for _ in range(2):  # the second time some bytecode is there
        words = [sys.executable, "-m", "runner", "run"]
        subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    report = json.loads((folder / ".forewarn" / "report.json").read_bytes())
    return sum(cell["cached"] for cell in report["cells"])


def cost(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time with that of children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
