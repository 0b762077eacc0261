"""Measure the example suites without forewarn, and compare with (or write) each suite's expected.yaml.

An independent witness: it shares no code with the runner or the reports. It makes its environments with uv,
starts plain pytest or unittest in a copy of examples/, and reads JUnit XML with junitparser.

    python bench/measure_examples.py --python 3.8=/path/to/python3.8 … [--write] [--rounds 2] [suite …]

Exit status: 0 all as expected, 1 differences (they are printed), 2 something could not be measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import junitparser
import yaml

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MARKER = "# Below this line: written by bench/measure_examples.py --write. Above it: written by hand, and kept.\n"
PROFILES = {"plain": [], "strict": ["error::DeprecationWarning", "error::PendingDeprecationWarning"]}
#: When a test has several results (a failed call and a failed teardown), the first of these is its outcome.
RANK = ("failed", "error", "xpassed", "xfailed", "skipped", "passed")

Outcomes = dict[str, str]
"""Test id → outcome."""

UNITTEST_WITNESS = """
import json, sys, unittest
found = {}
class Result(unittest.TextTestResult):
    def note(self, test, outcome): found.setdefault(test.id(), []).append(outcome)
    def addSuccess(self, test): super().addSuccess(test); self.note(test, "passed")
    def addFailure(self, test, err): super().addFailure(test, err); self.note(test, "failed")
    def addError(self, test, err): super().addError(test, err); self.note(test, "error")
    def addSkip(self, test, reason): super().addSkip(test, reason); self.note(test, "skipped")
    def addExpectedFailure(self, test, err): super().addExpectedFailure(test, err); self.note(test, "xfailed")
    def addUnexpectedSuccess(self, test): super().addUnexpectedSuccess(test); self.note(test, "xpassed")
    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err: self.note(test, "failed" if issubclass(err[0], test.failureException) else "error")
class Runner(unittest.TextTestRunner):
    resultclass = Result
output = sys.argv.pop(1)
sys.path.insert(0, "")
try:
    unittest.main(module=None, testRunner=Runner)
finally:
    with open(output, "w") as file: json.dump(found, file)
"""


class CannotMeasureError(Exception):
    """A cell could not be measured, with the end of the output that says why."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
    """One interpreter and variant of a suite: what gets one virtual environment."""

    python: str
    variant: tuple[tuple[str, str], ...]
    requirements: tuple[str, ...]

    @property
    def id(self) -> str:
        """As forewarn names it: ``3.12`` or ``3.12-pytest-asyncio=old``."""
        return "-".join(part for part in (self.python, self.column("")) if part)

    def column(self, profile: str) -> str:
        """What follows the interpreter in a cell's id."""
        variant = ",".join(f"{axis}={value}" for axis, value in self.variant)
        return "-".join(part for part in (profile, variant) if part)

    def cell(self, profile: str) -> str:
        """Id of the cell: ``3.12-strict-pytest-asyncio=old``."""
        return f"{self.python}-{self.column(profile)}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Suite:
    """One example, in the copy of examples/ that is measured."""

    folder: Path
    matrix: Mapping[str, Any]

    @property
    def profiles(self) -> Mapping[str, Sequence[str]]:
        """Name → warnings filters."""
        profiles: Mapping[str, Sequence[str]] = self.matrix.get("profiles", PROFILES)
        return profiles

    def environments(self) -> list[Environment]:
        """The plan: every interpreter with every variant, less what the matrix excludes."""
        install = self.matrix.get("install", {})
        axes = self.matrix.get("variants", {})
        found = []
        for python in self.matrix["python"]:
            for values in itertools.product(*axes.values()):
                choices = dict(zip(axes, values, strict=True))
                own = {"python": python, **choices}
                if any(rule.items() <= own.items() for rule in self.matrix.get("exclude", [])):
                    continue
                added = [line for axis, value in choices.items() for line in axes[axis][value]]
                requirements = (*install.get("requirements", []), *added)
                found.append(Environment(python=python, variant=tuple(choices.items()), requirements=requirements))
        return found

    @property
    def is_installed(self) -> bool:
        """Whether the example is a project that is built and installed."""
        mode = self.matrix.get("install", {}).get("mode", "auto")
        pyproject = self.folder / "pyproject.toml"
        if mode == "auto":
            return pyproject.is_file() and "project" in tomllib.loads(pyproject.read_text())
        return bool(mode != "none")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """What one suite did."""

    versions: Mapping[str, str]
    """Interpreter → exact version."""
    tools: Mapping[str, Mapping[str, str]]
    """Environment id → version of each distribution that matrix.yaml asks for."""
    cells: Mapping[str, Outcomes]

    def row(self, test: str) -> tuple[tuple[str, str], ...]:
        """(cell, outcome) of one test, in the order of the plan."""
        return tuple((cell, outcomes.get(test, "missing")) for cell, outcomes in self.cells.items())

    @property
    def tests(self) -> list[str]:
        """Every id seen in any cell, sorted: with pytest-xdist they run in any order."""
        return sorted({test for outcomes in self.cells.values() for test in outcomes})


def read_suite(folder: Path) -> Suite:
    """The suite in a folder."""
    return Suite(folder=folder, matrix=yaml.safe_load((folder / "matrix.yaml").read_text()))


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=600)
    if result.returncode:
        raise CannotMeasureError(f"{' '.join(command[:6])} …\n{(result.stdout + result.stderr)[-2000:]}")
    return result.stdout


def install(suite: Suite, environment: Environment, python: str, folder: Path) -> Path:
    """Make the environment's folder; returns its interpreter."""
    run(["uv", "venv", "--quiet", "--clear", "--no-project", "--python", python, str(folder)], cwd=suite.folder)
    own = folder / "bin" / "python"
    words = ["uv", "pip", "install", "--quiet", "--python", str(own)]
    if date := suite.matrix.get("install", {}).get("exclude-newer"):
        words += ["--exclude-newer", str(date)]
    if suite.is_installed:
        words += ["--reinstall-package", suite.folder.name, str(suite.folder)]
    run([*words, *environment.requirements], cwd=suite.folder)
    return own


def measure_cell(suite: Suite, environment: Environment, profile: str, python: Path, scratch: Path) -> Outcomes:
    """Run the suite once."""
    test = suite.matrix["test"]
    undeclared = ("PYTHON", "PYTEST", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(undeclared)}
    env["PATH"] = os.pathsep.join((str(python.parent), env["PATH"]))
    if paths := test.get("pythonpath"):
        env["PYTHONPATH"] = os.pathsep.join(str((suite.folder / path).resolve()) for path in paths)
    env.update(suite.matrix.get("env", {}))
    filters = [word for text in suite.profiles[profile] for word in ("-W", text)]
    output = scratch / f"{suite.folder.name}-{environment.cell(profile)}.out"
    output.unlink(missing_ok=True)
    if "pytest" in test:
        command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *test["pytest"], *filters]
        command += [f"--junitxml={output}", "-o", "junit_family=xunit1"]
        command += ["--continue-on-collection-errors", "--maxfail=0"]
    else:
        witness = scratch / "unittest_witness.py"
        command = [str(python), *filters, str(witness), str(output), *test["unittest"]]
    folder = suite.folder / test.get("cwd", ".")
    try:
        result = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired as error:
        raise CannotMeasureError(f"{environment.cell(profile)}: not done after {error.timeout:g} s") from error
    if not output.is_file() or "INTERNALERROR" in result.stdout:
        raise CannotMeasureError(f"{environment.cell(profile)}: no results\n{(result.stdout + result.stderr)[-3000:]}")
    return read_junit(output, suite.folder) if "pytest" in test else read_unittest(output)


def read_unittest(file: Path) -> Outcomes:
    """Outcomes from the witness's JSON."""
    found = json.loads(file.read_text())
    return {test: min(outcomes, key=RANK.index) for test, outcomes in found.items()}


def read_junit(file: Path, folder: Path) -> Outcomes:
    """Outcomes from pytest's xunit1 file; a module that could not be collected is left to the caller as ``x.py``."""
    found: dict[str, list[str]] = defaultdict(list)
    for suite in junitparser.JUnitXml.fromfile(str(file)):
        for case in suite:
            found[node_id(case.classname or "", case.name or "", folder)].append(outcome_of(case))
    return {test: min(outcomes, key=RANK.index) for test, outcomes in found.items()}


def outcome_of(case: junitparser.TestCase) -> str:
    """The word for one <testcase>."""
    for result in case.result:
        if isinstance(result, junitparser.Skipped):
            return "xfailed" if result.type == "pytest.xfail" else "skipped"
        if isinstance(result, junitparser.Failure):
            return "failed"
        if isinstance(result, junitparser.Error):
            return "error"
    return "passed"


def node_id(classname: str, name: str, folder: Path) -> str:
    """The node id: the longest start of the class name that is a file, then the classes, then the test."""
    parts = [part for part in (classname or name).split(".") if part]
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length]) + ".py"
        if (folder / path).is_file():
            return "::".join([path, *parts[length:], *([name] if classname else [])])
    raise CannotMeasureError(f"{classname} {name}: no such file in {folder}")


def spread_collection_errors(cells: Mapping[str, Outcomes]) -> dict[str, Outcomes]:
    """What failed to be collected in one cell is an ``error`` for each of its tests known from another cell.

    JUnit has such a module, or class, as if it were a test: its id is the start of other tests' ids.
    """
    seen = {test for outcomes in cells.values() for test in outcomes}
    groups = {one for one in seen if one.endswith(".py") or any(test.startswith(f"{one}::") for test in seen)}
    tests = sorted(seen - groups)
    spread = {}
    for cell, outcomes in cells.items():
        broken = groups & outcomes.keys()
        lost = {test: outcomes[group] for group in broken for test in tests if test.startswith(f"{group}::")}
        spread[cell] = lost | {test: outcome for test, outcome in outcomes.items() if test not in groups}
    return spread


def measure(suite: Suite, pythons: Mapping[str, str], scratch: Path, jobs: int) -> Measurement:
    """Run every cell of the suite whose interpreter is given."""
    environments = [one for one in suite.environments() if one.python in pythons]

    def one(environment: Environment) -> tuple[Mapping[str, str], dict[str, Outcomes]]:
        folder = scratch / "environments" / f"{suite.folder.name}-{environment.id}"
        python = install(suite, environment, pythons[environment.python], folder)
        cells = {
            environment.cell(profile): measure_cell(suite, environment, profile, python, scratch)
            for profile in suite.profiles
        }
        return tools_of(environment, python, scratch), cells

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(one, environments))
    versions = {
        name: run([python, "-c", "import platform; print(platform.python_version())"], cwd=scratch).strip()
        for name, python in pythons.items()
        if name in suite.matrix["python"]
    }
    return Measurement(
        versions=versions,
        tools={environment.id: tools for environment, (tools, _) in zip(environments, results, strict=True)},
        cells=spread_collection_errors({cell: got for _, cells in results for cell, got in cells.items()}),
    )


def tools_of(environment: Environment, python: Path, cwd: Path) -> dict[str, str]:
    """Installed version of each distribution that is asked for by name; markers may leave some out."""
    listed = json.loads(run(["uv", "pip", "list", "--format", "json", "--python", str(python)], cwd=cwd))
    installed = {entry["name"].lower(): entry["version"] for entry in listed}
    names = [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower() for line in environment.requirements]
    return {name: installed[name] for name in dict.fromkeys(names) if name in installed}


def render(measured: Measurement) -> str:
    """The written part of expected.yaml."""
    lines = ["measured-on: " + flow(measured.versions)]
    lines += ["installed:", *(f"  {quote(name)}: {flow(tools)}" for name, tools in measured.tools.items())]
    lines += [f"tests: {len(measured.tests)}", "cells:"]
    for cell, outcomes in measured.cells.items():
        counts = Counter(outcomes.get(test, "missing") for test in measured.tests)
        words = [word for word in (*RANK[::-1], "missing") if counts[word]]
        lines.append(f"  {quote(cell)}: " + flow({word: counts[word] for word in words}))
    lines.append("outcomes:")
    by_row: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for test in measured.tests:
        by_row[measured.row(test)].append(test)
    columns = [cell.split("-", 1)[1] for cell in measured.cells]
    for row, tests in sorted(by_row.items(), key=lambda pair: -len(pair[1])):
        lines += ["  - except:" if any(word != "passed" for _, word in row) else "  - except: {}"]
        for column in dict.fromkeys(columns):
            exceptions: dict[str, list[str]] = defaultdict(list)
            for cell, word in row:
                python, own = cell.split("-", 1)
                if own == column and word != "passed":
                    exceptions[word].append(python)
            if exceptions:
                lines.append(f"      {quote(column)}: " + flow(exceptions))
        lines += ["    tests:", *(f"      - {quote(test)}" for test in tests)]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """A YAML scalar on one line, quoted where needed."""
    return yaml.safe_dump(text, width=10_000, allow_unicode=True, default_style=None).splitlines()[0]


def flow(value: Any) -> str:
    """A YAML mapping on one line."""
    plain = json.loads(json.dumps(value))
    return str(yaml.safe_dump(plain, default_flow_style=True, width=10_000, sort_keys=False)).strip()


def read_expected(text: str) -> dict[str, dict[str, str]]:
    """Cell → test → outcome, from expected.yaml: its format is described in examples/README.md."""
    data = yaml.safe_load(text) or {}
    cells: dict[str, dict[str, str]] = {cell: {} for cell in data.get("cells", {})}
    for entry in data.get("outcomes", []):
        exceptions = {
            f"{python}-{column}": word
            for column, words in entry["except"].items()
            for word, pythons in words.items()
            for python in pythons
        }
        for cell, outcomes in cells.items():
            outcomes.update(dict.fromkeys(entry["tests"], exceptions.get(cell, "passed")))
    return cells


def differences(expected: Mapping[str, Outcomes], measured: Mapping[str, Outcomes]) -> list[str]:
    """One line for each test that did not do in a measured cell what was expected."""
    known = {test for outcomes in (*expected.values(), *measured.values()) for test in outcomes}
    found = []
    for cell, outcomes in measured.items():
        for test in sorted(known):
            want = expected.get(cell, {}).get(test, "missing" if cell in expected else "nothing")
            got = outcomes.get(test, "missing")
            if want != got:
                found.append(f"{cell}: {test}: expected {want}, measured {got}")
    return found


def examine(suite: Suite, options: argparse.Namespace, scratch: Path) -> int:
    """Measure one suite and compare or write; returns the exit status."""
    measured = measure(suite, options.python, scratch, options.jobs)
    for number in range(2, options.rounds + 1):
        again = measure(suite, options.python, scratch, options.jobs)
        if unstable := differences(measured.cells, again.cells):
            print(f"{suite.folder.name}: round {number} differs from round 1", *unstable, sep="\n  ")
            return 2
    file = EXAMPLES / suite.folder.name / "expected.yaml"
    text = file.read_text() if file.is_file() else ""
    rounds = f"{len(measured.cells)} cells × {options.rounds}"
    if options.write:
        if absent := [python for python in suite.matrix["python"] if python not in options.python]:
            raise CannotMeasureError(f"{suite.folder.name}: to write, every interpreter is needed; no {absent}")
        file.write_text(text.split(MARKER)[0] + MARKER + render(measured))
        print(f"{suite.folder.name}: {len(measured.tests)} tests written, {rounds}")
        return 0
    found = differences(read_expected(text), measured.cells)
    print(f"{suite.folder.name}: {len(measured.tests)} tests, {rounds}, {len(found)} differences", *found, sep="\n  ")
    return 1 if found else 0


def interpreter(text: str) -> tuple[str, str]:
    """``3.8=/path`` as a pair."""
    name, _, path = text.partition("=")
    if not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"{text!r}: give VERSION=PATH of an interpreter")
    return name, path


def main(argv: Iterable[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="suite", help="folders of examples/ (default: all)")
    parser.add_argument("--python", action="append", type=interpreter, default=[], metavar="VERSION=PATH")
    parser.add_argument("--write", action="store_true", help="rewrite the measured part of expected.yaml")
    parser.add_argument("--rounds", type=int, default=1, help="measure so often; outcomes must not change")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(None if argv is None else list(argv))
    options.python = dict(options.python)
    names = options.suites or sorted(path.parent.name for path in EXAMPLES.glob("*/matrix.yaml"))
    worst = 0
    with tempfile.TemporaryDirectory(prefix="measure-examples-") as folder:
        scratch = Path(folder)
        (scratch / "unittest_witness.py").write_text(UNITTEST_WITNESS)
        copy = scratch / "examples"
        shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build", ".*"))
        for name in names:
            try:
                worst = max(worst, examine(read_suite(copy / name), options, scratch))
            except CannotMeasureError as error:
                print(f"{name}: {error}", file=sys.stderr)
                worst = 2
    return worst


if __name__ == "__main__":
    sys.exit(main())
