"""What commands import: start-up is quick as long as nothing is loaded that they do not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner import model
from runner.record import plan_json

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import json, sys
before = set(sys.modules)
from runner.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(set(sys.modules) - before)))
"""
#: Slow, and of no use for what is only looked at or told.
HEAVY = {
    "nox",
    "virtualenv",
    "httpx",
    "http.client",
    "urllib.request",
    "ssl",
    "asyncio",
    "multiprocessing",
    "rich.progress",
}


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a command has imported by its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in [name for name in environment if name.startswith(("COV_", "COVERAGE_"))]:
        del environment[name]
    command = [sys.executable, "-c", LOADED, *words]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return set(json.loads(ran.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("plan", "--help"), ("--version",)])
def test_help_needs_nothing_but_the_parser(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = loaded(tmp_path, *words)
    assert packages(found) == {"runner"}
    allowed = {"runner", "runner.__main__", "runner.errors", *(["runner.version"] if "--version" in words else [])}
    assert {name for name in found if name.startswith("runner")} == allowed
    assert not found & HEAVY


def test_help_of_reports_needs_no_documents(tmp_path: Path) -> None:
    assert not packages(loaded(tmp_path, "report", "--help")) & {"rich", "jinja2", "yaml", "junitparser", "regex"}


def write_results(folder: Path) -> None:
    cells = [model.Cell(python=model.Python(major=3, minor=12), profile=model.Profile(name="plain"))]
    run = {"format": 1, "plan": plan_json(cells), "matrix": {"base": "3.12"}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")


def test_a_report_needs_nothing_that_runs(tmp_path: Path) -> None:
    write_results(tmp_path)
    found = loaded(tmp_path, "report", ".")
    assert (tmp_path / "report.html").is_file()
    assert {name for name in found if name.startswith("runner.")} == {"runner.__main__", "runner.errors"}
    assert not found & HEAVY


def test_what_is_prepared_is_what_a_report_needs(tmp_path: Path) -> None:
    """`forewarn run` imports it while nox starts, which costs no time; what is left out costs some at the end."""
    write_results(tmp_path)
    found = {name for name in loaded(tmp_path, "report", ".") if name.startswith("reports")}
    prepare = "import json, sys, reports.__main__ as main; main.prepare(); print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", prepare], cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert found == {name for name in json.loads(answer.stdout) if name.startswith("reports")}
