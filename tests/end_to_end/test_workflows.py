"""The workflows really run: every step of plan, the fan-out and the report, on machines of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from github_machine import Kill, Machine
from github_server import COMMIT, REPOSITORY, TOKEN, Hub, serve, zipped

from runner.environment import find_uv
from runner.model import Interpreter
from runner.suite_log import read_log

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

SUITE = """
import sys
import unittest

class Loops(unittest.TestCase):
    def test_breaks(self):
        self.assertLess(sys.version_info, ({later}))

    def test_stays(self):
        pass
"""
#: Put into the example of this repository: on one Python the suite never ends.
ENDLESS = """

def test_zz_never_ends():
    import sys, time
    while sys.version_info[:2] == (3, 13):
        time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this repository that git would commit."""
    folder = tmp_path_factory.mktemp("repository")
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    for name in filter(None, listing.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def brought(interpreters: Mapping[str, Interpreter]) -> dict[str, str]:
    """What setup-python would have brought, wherever it is on this machine."""
    return {"FOREWARN_INTERPRETERS": os.pathsep.join(f"{name}={one.executable}" for name, one in interpreters.items())}


def project(folder: Path, interpreters: Mapping[str, Interpreter]) -> tuple[Path, str]:
    """A project with a test that breaks on the later of two Pythons; and that Python."""
    base, later = sorted(set(interpreters) & {"3.11", "3.12", "3.13"})[-2:]
    folder.mkdir()
    (folder / "test_loops.py").write_text(SUITE.format(later=later.replace(".", ", ")), encoding="utf-8")
    matrix = {"install": {"mode": "none"}, "test": {"unittest": ["discover"]}, "python": [base, later]}
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    return folder, later


def test_the_shipped_workflow_with_one_job_killed_says_what_is_missing(
    repository: Path, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    suite = repository / "examples/manual-loop/tests/test_tool.py"
    suite.write_text(suite.read_text(encoding="utf-8") + ENDLESS, encoding="utf-8")
    kill = Kill(job="measure 3.13", step="Measure", when=_is_midway, lost=True)
    machine = Machine(repository, tmp_path, brought(interpreters), kill=kill)
    machine.run(".github/workflows/compat.yml")
    jobs = machine.jobs
    assert {name: job.result for name, job in jobs.items() if name != "report"} == {
        "plan": "success",
        "measure 3.11": "success",
        "measure 3.12": "success",
        "measure 3.13": "failure",
        "measure 3.14": "success",
        "measure 3.15": "success",
    }, {name: job.log for name, job in jobs.items()}
    assert jobs["report"].codes["Report"] == 3, jobs["report"].log
    assert jobs["report"].result == "failure"
    report = json.loads((machine.artifacts / "report.json/report.json").read_text(encoding="utf-8"))
    assert not report["complete"]
    status = {cell["id"]: cell["status"] for cell in report["cells"]}
    assert status["3.13-plain"] == status["3.13-strict"] == "cancelled"
    assert status["3.11-plain"] == "complete"
    for test in report["tests"]:
        assert test["verdicts"].get("3.13", {}).get("verdict") in {"unknown", None, "will-break"}, test
    assert "3.13" in jobs["report"].summary
    assert (machine.artifacts / "report.html/report.html").is_file()
    if "3.14" in interpreters:  # what was measured still counts
        assert status["3.14-plain"] == "complete"
        assert {test["verdicts"]["3.14"]["verdict"] for test in report["tests"]} >= {"breaks", "ok"}


def _is_midway(folder: Path, python: str = "3.13") -> bool:
    """Whether that test has begun; it is listed before any of them runs."""
    journal = folder / f"forewarn-results/cells/{python}-plain/tests.jsonl"
    return journal.is_file() and any("test_zz_never_ends" in test for test in read_log(journal).begun)


def test_what_a_killed_job_has_measured_is_reported_as_a_part(
    repository: Path, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    """As when a step's time is up: its processes are gone, and the steps that always run upload what there is."""
    folder, later = project(tmp_path / "project", interpreters)
    minor = later.partition(".")[2]
    endless = ENDLESS.replace("(3, 13)", f"(3, {minor})").replace("\ndef", "\nimport unittest\n\ndef")
    test = "class Endless(unittest.TestCase):\n    test_zz_never_ends = lambda self: test_zz_never_ends()\n"
    (folder / "test_zz.py").write_text(f"{endless}\n{test}", encoding="utf-8")
    index = {"PIP_FIND_LINKS": str(tmp_path / "index")}
    _init(folder, _build(repository, tmp_path / "index"))
    kill = Kill(job=f"measure {later}", step="Measure", when=lambda path: _is_midway(path, later), lost=False)
    machine = Machine(folder, tmp_path / "work", index | brought(interpreters), kill=kill)
    machine.run(".github/workflows/forewarn.yml")
    assert (machine.artifacts / f"forewarn-job-{later}/cells/{later}-plain/tests.jsonl").is_file()
    assert machine.jobs["report"].codes["Report"] == 3, machine.jobs["report"].log
    report = json.loads((machine.artifacts / "report.json/report.json").read_text(encoding="utf-8"))
    assert not report["complete"]
    found = {test["name"]: test["verdicts"][later]["verdict"] for test in report["tests"]}
    # What had failed has failed. The strict cell was not begun, and the test that was running is not to blame.
    assert found == {"test_breaks": "breaks", "test_stays": "unknown", "test_zz_never_ends": "unknown"}


def test_what_init_writes_runs_in_a_fresh_project(
    repository: Path, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    folder, later = project(tmp_path / "project", interpreters)
    index = {"PIP_FIND_LINKS": str(tmp_path / "index")}
    _init(folder, _build(repository, tmp_path / "index"))
    machine = Machine(folder, tmp_path / "work", index | brought(interpreters))
    machine.run(".github/workflows/forewarn.yml")
    job = machine.jobs["report"]
    assert job.codes["Report"] == 1, job.log
    report = json.loads((machine.artifacts / "report.json/report.json").read_text(encoding="utf-8"))
    assert _verdicts(report, later) == {"breaks": 1, "ok": 1}
    assert "test_breaks" in job.summary
    # The next run compares with this one, and plans by its durations.
    machine.run(".github/workflows/forewarn.yml", run_id="2", event_name="pull_request")
    assert "~" not in machine.jobs["plan"].log, machine.jobs["plan"].log
    assert machine.jobs["report"].codes["Report"] == 1
    _comment(machine, later)


def _comment(machine: Machine, later: str) -> None:
    """The comment's workflow, on what that run has left."""
    hub = Hub()
    hub.pull(7, head="stranger/shop")
    folder = machine.artifacts / "forewarn-results"
    hub.artifacts[11] = zipped(
        {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    )
    run = {"id": 11, "workflow_id": 5, "run_number": 2, "run_attempt": 1, "event": "pull_request", "head_sha": COMMIT}
    run |= {"head_branch": "topic", "head_repository": {"full_name": "stranger/shop", "id": 2}}
    event = {"workflow_run": run, "repository": {"full_name": REPOSITORY, "id": 1}}
    with serve(hub):
        machine.environment["GITHUB_API_URL"] = hub.url
        machine.run(".github/workflows/forewarn-comment.yml", event_name="workflow_run", event=event, token=TOKEN)
    job = machine.jobs["comment"]
    assert job.codes["Comment"] == 0, job.log
    assert TOKEN not in job.log
    assert [f"{later}: breaks" in one["body"] for one in hub.comments] == [True]
    machine.run(".github/workflows/forewarn-comment.yml", event={"workflow_run": {"event": "push"}})
    assert machine.jobs["comment"] is job  # skipped: there is no pull request


def test_the_action_runs_in_one_job(repository: Path, tmp_path: Path, interpreters: Mapping[str, Interpreter]) -> None:
    _, later = project(tmp_path / "project", interpreters)
    job = Machine(tmp_path / "project", tmp_path / "work", brought(interpreters)).run_action(repository, {})
    assert job.codes["Measure and report"] == 1, job.log
    assert job.outputs == {"report": "./.forewarn/report.html", "exit-code": "1"}
    report = json.loads((job.folder / ".forewarn/report.json").read_text(encoding="utf-8"))
    assert _verdicts(report, later) == {"breaks": 1, "ok": 1}
    assert "test_breaks" in job.summary


def _init(folder: Path, version: str) -> None:
    run = [sys.executable, "-m", "runner", "init", "--github", "--install", f"forewarn=={version}"]
    subprocess.run(run, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)


def _verdicts(report: dict[str, Any], version: str) -> dict[str, int]:
    found = [test["verdicts"][version]["verdict"] for test in report["tests"]]
    return {verdict: found.count(verdict) for verdict in found}


def _build(repository: Path, folder: Path) -> str:
    uv = find_uv(os.environ)
    assert uv is not None
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(repository)], check=True)
    return next(folder.glob("*.whl")).name.split("-")[1]
