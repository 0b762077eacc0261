"""A whole matrix by forewarn, nox, tox and a shell loop, side by side: wall and CPU time, cold and warm.

    python bench/matrix.py DESCRIPTIONS --set long --interpreter 3.14=/path/to/python3.14 --output docs/benchmarks.md

Six suites, two of examples/ and four of the corpus (DESCRIPTIONS, see docs/corpus.md), on four interpreters, plainly
and with warnings as errors. In the set "long", the four are those of the corpus that run longest, of all whose modules
can be imported on each of the four; those of the set "short" run for half a second to two. ``--only many-files`` is a
project of 20,000 files whose tests do nothing. Every contestant gets a copy of the source, the same pinned versions of
the same requirements, the same installer (uv) with the same, filled cache, and the same interpreters; nox and tox come
from the index.

cold: no environment is there. warm: all environments are ready, every cell has to run. unchanged: warm, and nothing has
changed since. The limit is the suites' own plain runs in ready environments, one after the other, divided by the cores.

Exit status: 0 measured, 1 some contestant did not run as many tests as the loop did (said on the terminal).
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import matrix_table
import usage
from matrix_contestants import CACHE, Contestant, Machine, clear, contestants, seconds_of_cells, variables
from matrix_suites import Suite, find_pythons, prepare
from tables import write_table
from usage import Usage

SETS = {
    "long": ("manual-loop", "closed-loop", "arrow", "hyperlink", "jinja2", "mako"),
    "short": ("manual-loop", "closed-loop", "beautifulsoup4", "mako", "markdown", "tenacity"),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: The suite and the interpreters of the run with 16 cells, which is asked for nothing new.
MANY = ("manual-loop", ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"))


class Bench:
    """Runs contestants on suites, and keeps what each run took."""

    def __init__(self, machine: Machine, work: Path) -> None:
        self._machine = machine
        self._work = work
        self._variables = variables(machine)
        self._costs: dict[tuple[str, str, str], list[Usage]] = defaultdict(list)
        self.tests: dict[tuple[str, str], int] = {}
        """(suite, contestant) → outcomes that its last run of all cells left."""
        self.cells: dict[str, dict[str, float]] = {}
        """suite → profile → seconds of all its cells' suites, in forewarn's last warm run."""

    def enter(self, contestant: Contestant, suite: Suite) -> None:
        """Give a contestant its copy of the suite; what has no cold state is run once, so that it is warm."""
        folder = self._folder(contestant, suite)
        folder.mkdir(parents=True)
        shutil.copytree(suite.source, folder / "source")
        contestant.write(suite, self._machine, folder)
        if "cold" not in contestant.commands(self._machine):
            self.run(contestant, suite, "warm")

    def measure(self, contestant: Contestant, suite: Suite) -> None:
        """Each of its states once."""
        commands = contestant.commands(self._machine)
        if "cold" in commands:
            clear(contestant, self._folder(contestant, suite))
        # What is cached by the first is what the second is asked for; the third ignores it.
        for state in ("cold", "unchanged", "warm"):
            if state in commands:
                cost = self.run(contestant, suite, state)
                self._costs[suite.name, contestant.name, state].append(cost)
                if (contestant.name, state) == ("forewarn", "warm"):
                    self.cells[suite.name] = seconds_of_cells(self._folder(contestant, suite))
                print(f"{suite.name}, {contestant.name}, {state}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s", flush=True)

    def run(self, contestant: Contestant, suite: Suite, state: str) -> Usage:
        """Start a contestant once, and count what it ran."""
        folder = self._folder(contestant, suite)
        log = folder / "output.log"
        variables = {**self._variables, **contestant.variables, "FOREWARN_CACHE": str(folder / CACHE)}
        cost, _ = usage.run(contestant.commands(self._machine)[state], environment=variables, cwd=folder, output=log)
        said = log.read_text(encoding="utf-8", errors="replace")
        self.tests[suite.name, contestant.name] = contestant.count(folder, said)
        return cost

    def medians(self) -> dict[tuple[str, str, str], Usage]:
        """(suite, contestant, state) → the medians of all rounds."""
        return {
            key: Usage(
                wall=statistics.median(cost.wall for cost in costs), cpu=statistics.median(cost.cpu for cost in costs)
            )
            for key, costs in self._costs.items()
        }

    def _folder(self, contestant: Contestant, suite: Suite) -> Path:
        return self._work / suite.name / contestant.name.replace(", ", "-").replace(" ", "")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(argv)
    names = options.only or SETS[options.set][: 1 if options.quick else None]
    wanted = PYTHONS[1:3] if options.quick else PYTHONS
    uv = os.environ.get("UV") or shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        work = Path(options.work or name).absolute()
        machine = _machine(find_pythons(wanted, options.interpreter), uv, work, options.jobs)
        suites = prepare(names, options.descriptions, machine.pythons, uv, work / "prepared")
        bench = Bench(machine, work / "contest")
        entered = [(suite, one) for suite in suites for one in contestants(options.jobs)]
        for suite, one in entered:
            bench.enter(one, suite)
        for number in range(options.rounds):
            for suite in suites:
                order = contestants(options.jobs)
                for one in (*order[number:], *order[:number]):
                    bench.measure(one, suite)
        unchanged = [] if options.quick or options.only else _many(options, machine, work / "many")
        costs, ran = bench.medians(), [suite.name for suite in suites]
        lines = [*matrix_table.times(costs, ran, wanted), "", *matrix_table.goals(costs, unchanged, options.jobs)]
        lines += ["", *matrix_table.shares(costs, bench.cells, ran, options.jobs)]
        lines += ["", *matrix_table.counts(bench.tests, ran), "", _made_with(machine, options)]
    print("\n".join(lines))
    if options.output:
        chosen = f"--only {' '.join(options.only)}" if options.only else f"--set {options.set}"
        write_table(options.output, f"bench/matrix.py {chosen}", lines)
    return 0 if matrix_table.is_alike(bench.tests) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("descriptions", type=Path, help="folder of the corpus' descriptions")
    parser.add_argument("--interpreter", nargs="+", action="extend", default=[], metavar="3.X=PATH")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="cells at once (all cores)")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--set", choices=list(SETS), default="long", help="which suites (long)")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="SUITE", help="other suites")
    parser.add_argument("--quick", action="store_true", help="one suite, two interpreters")
    parser.add_argument("--work", type=Path, help="an empty folder; left behind (default: a temporary one)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the tables into this markdown file")
    return parser


def _machine(pythons: dict[str, str], uv: str, work: Path, jobs: int) -> Machine:
    """Install nox and tox, and make a folder with every interpreter, by its usual name."""
    tools, path = work / "tools", work / "bin"
    path.mkdir(parents=True)
    subprocess.run([uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(tools)], check=True)
    pip = [uv, "pip", "install", "--quiet", "--python", str(tools / "bin" / "python"), "nox", "tox", "tox-uv"]
    subprocess.run(pip, check=True)
    for python, executable in pythons.items():
        (path / f"python{python}").symlink_to(executable)
    return Machine(pythons=pythons, python=sys.executable, tools=tools / "bin", path=path, uv=uv, jobs=jobs)


def _made_with(machine: Machine, options: argparse.Namespace) -> str:
    """Machine, versions and rounds, in one line."""
    said = {}
    for name, command in {"nox": "nox", "tox": "tox", "uv": machine.uv}.items():
        answer = subprocess.run(
            [str(machine.tools / command), "--version"], check=True, text=True, stdout=-1, stderr=subprocess.STDOUT
        )
        said[name] = next(iter(re.findall(r"\d+\.[\d.]*\d", answer.stdout)), "?")
    versions = ", ".join(f"{name} {number}" for name, number in said.items())
    rounds = f"medians of {options.rounds} rounds"
    return f"{platform.machine()}, {os.cpu_count()} cores, {options.jobs} cells at once; {versions}; {rounds}."


def _many(options: argparse.Namespace, machine: Machine, work: Path) -> list[float]:
    """Seconds of runs of 16 cells of which none has changed."""
    name, wanted = MANY
    machine = dataclasses.replace(machine, pythons=find_pythons(wanted, options.interpreter))
    [suite] = prepare([name], options.descriptions, machine.pythons, machine.uv, work / "prepared")
    bench = Bench(machine, work / "contest")
    forewarn = contestants(options.jobs)[0]
    bench.enter(forewarn, suite)
    bench.run(forewarn, suite, "cold")
    return [bench.run(forewarn, suite, "unchanged").wall for _ in range(options.rounds)]


if __name__ == "__main__":
    sys.exit(main())
