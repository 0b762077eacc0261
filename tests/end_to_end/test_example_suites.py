"""What forewarn says of each example suite is what was measured without it (examples/README.md)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.model import Interpreter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SUITES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/expected.yaml"))

#: ``all``: every interpreter here, as ``nox -s examples`` wants it; else the oldest and the newest that tell most.
PYTHONS = os.environ.get("FOREWARN_EXAMPLES", "few")


def chosen(interpreters: Mapping[str, Interpreter], expected: Mapping[str, Any]) -> list[str]:
    measured = {cell.split("-")[0] for cell in expected["cells"]}
    found = [name for name in interpreters if name in measured]
    return found if PYTHONS == "all" or len(found) < 3 else [found[-4 if len(found) > 4 else 0], found[-1]]


def expected_outcomes(expected: Mapping[str, Any], cells: set[str]) -> dict[str, dict[str, str]]:
    """Test id → cell id → outcome, of the cells that were measured both times."""
    found: dict[str, dict[str, str]] = {}
    for group in expected["outcomes"]:
        exceptions = {
            f"{python}-{rest}": outcome
            for rest, by_outcome in (group.get("except") or {}).items()
            for outcome, pythons in by_outcome.items()
            for python in pythons
        }
        for test in group["tests"]:
            found[test] = {cell: exceptions.get(cell, "passed") for cell in cells}
    return found


@pytest.mark.parametrize("suite", SUITES)
def test_outcomes_are_those_that_were_measured_without_forewarn(
    suite: str, interpreters: Mapping[str, Interpreter], tmp_path: Path
) -> None:
    # All of them: three suites test the package of a fourth.
    shutil.copytree(
        ROOT / "examples",
        tmp_path / "examples",
        ignore=shutil.ignore_patterns("build", "__pycache__", "*.egg-info", ".*"),
    )
    folder = tmp_path / "examples" / suite
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    pythons = chosen(interpreters, expected)
    if not pythons:
        pytest.skip("none of the interpreters that the suite was measured on is here")
    ended = subprocess.run(
        [sys.executable, "-m", "runner", "run", *(word for name in pythons for word in ("--python", name))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 3), ended.stdout + ended.stderr
    report = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    ran = {cell["id"]: cell["status"] for cell in report["cells"] if cell["python"] in pythons}
    cells = {cell for cell in expected["cells"] if cell.split("-")[0] in pythons}
    assert {cell for cell, status in ran.items() if status == "complete"} == cells, ran
    measured = {test["id"]: {cell: test["outcomes"].get(cell, "missing") for cell in cells} for test in report["tests"]}
    wanted = {
        test: outcomes
        for test, outcomes in expected_outcomes(expected, cells).items()
        if set(outcomes.values()) != {"missing"}
    }
    assert measured == wanted
