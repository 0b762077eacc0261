"""Cells are measured: each leaves one record and its evidence, whatever happens."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from this_python import HERE
from tiny_run import PROFILES, tiny_run

from runner import environment, execute, model
from runner.measure import measure_group
from runner.plan import plan
from runner.runs import Run

Runs = Callable[..., Run]


@pytest.fixture
def run(tmp_path: Path, matrix: Callable[..., model.Matrix]) -> Runs:
    """Makes a run of the running interpreter; keyword arguments replace fields of the matrix."""
    return functools.partial(tiny_run, tmp_path, matrix)


def measured(run: Run, *extra: str) -> dict[str, dict[str, Any]]:
    """cell.json of each cell, by the profile's name; what is returned is what was written."""
    records = measure_group(run, plan(run.matrix), lambda _: None, extra=extra)
    found = {record.cell.profile.name: run.results.read_cell(record.cell.id) or {} for record in records}
    assert [record["status"] for record in found.values()] == [record.status.value for record in records]
    return found


@pytest.mark.slow
def test_every_profile_leaves_its_evidence(run: Runs) -> None:
    one = run(env=(("API_TOKEN", "hunter2"),))
    records = measured(one)
    assert [(name, record["status"], record["exit_status"]) for name, record in records.items()] == [
        ("plain", "complete", 0),
        ("strict", "complete", 1),
    ]
    record = records["strict"]
    assert record["interpreter"]["executable"] == sys.executable
    assert record["started"] == "2026-11-20T12:00:00.000+00:00"
    assert record["environment"]["API_TOKEN"] == "***"  # noqa: S105 - the mask, no token
    assert set(record["inputs"]) == {"target", "environment", "command", "cell"}
    assert set(record["durations"]) == {"install", "tests"}
    assert (record["signal"], record["reason"]) == (None, None)
    assert record["proven"] == {"by": records["plain"]["cell"], "tests": 1, "run": 1}, record["whole"]
    assert record["inputs"]["command"] != records["plain"]["inputs"]["command"]
    assert record["inputs"]["environment"] == records["plain"]["inputs"]["environment"]
    folder = one.results.path / "cells" / record["cell"]
    names = {
        "cell.json",
        "junit.xml",
        "output.log",
        "tests.jsonl",
        "warnings.jsonl",
        "functions.jsonl",
        "ignores.jsonl",
        "loaded.jsonl",
    }
    assert {path.name for path in folder.iterdir()} == names
    assert "hunter2" not in (folder / "cell.json").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param(
            {"test": model.Test(tool=model.TestTool.UNITTEST, arguments=("--no-such",))},
            "failed-to-start",
            "unrecognized arguments",
            id="wrong option",
        ),
        pytest.param(
            {"test": model.Test(tool=model.TestTool.COMMAND, arguments=("no-such-program", "{junit}"))},
            "failed-to-start",
            "cannot start no-such-program",
            id="no such program",
        ),
        pytest.param(
            {"test": model.Test(tool=model.TestTool.UNITTEST, cwd="gone")},
            "failed-to-start",
            "/target/gone: No such",
            id="no folder",
        ),
        pytest.param(
            {"test": model.Test(tool=model.TestTool.PYTEST)},
            "failed-to-install",
            "add it to install.requirements",
            id="no pytest",
        ),
        pytest.param(
            {
                "test": model.Test(
                    tool=model.TestTool.COMMAND,
                    arguments=("{python}", "-c", "import os, time; time.sleep(600)", "{junit}"),
                ),
                "limits": model.Limits(cell=0.2),
            },
            "timed-out",
            "not done after 0.2 s (limits.cell)",
            id="too slow",
        ),
        pytest.param(
            {
                "test": model.Test(
                    tool=model.TestTool.COMMAND,
                    arguments=("{python}", "-c", "import os; os.mkdir(os.sys.argv[1])", "{junit}"),
                )
            },
            "failed-to-start",
            "junit.xml is unreadable",
            id="a folder where junit.xml should be",
        ),
    ],
)
def test_what_does_not_work_has_a_status_and_a_reason(
    run: Runs, changes: dict[str, Any], status: str, reason: str
) -> None:
    one = run(**{"profiles": PROFILES[:1], **changes})
    record = measured(one)["plain"]
    assert record["status"] == status
    assert record["reason"].count(reason) == 1
    assert (one.results.path / "cells" / record["cell"] / "output.log").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("ends", [True, False], ids=["ended", "interrupted"])
def test_secrets_that_the_suite_tells_are_hidden(run: Runs, monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    one = run(env=(("API_TOKEN", "hunter2-hunter2"),), profiles=PROFILES[:1])
    (one.checkout.path / "test_a.py").write_text(
        "import os, unittest\nclass A(unittest.TestCase):\n"
        "    def test_a(self): print(os.environ['API_TOKEN']); self.fail(os.environ['API_TOKEN'])\n",
        encoding="utf-8",
    )
    really_run = execute.run

    def run_and_stop(words: Any, **options: Any) -> execute.Ended:
        ended = really_run(words, **options)
        if not ends and "forewarn_probe.unittest_main" in words:
            raise KeyboardInterrupt
        return ended

    cell = plan(one.matrix)[0]
    monkeypatch.setattr(execute, "run", run_and_stop)
    with contextlib.nullcontext() if ends else pytest.raises(KeyboardInterrupt):
        measured(one)
    folder = one.results.cell_folder(cell)
    for name in ("output.log", "junit.xml", "tests.jsonl"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "hunter2" not in text
        assert "***" in text


@pytest.mark.slow
def test_secrets_in_the_words_of_an_installer_are_hidden(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run(env=(("INDEX_URL", "https://me:hunter2-hunter2@example.org"),), profiles=PROFILES[:1])
    log = one.checkout.path / "install.log"
    log.write_text("401 for https://me:hunter2-hunter2@example.org", encoding="utf-8")
    fault = environment.NotInstalled(reason="401 for me:hunter2-hunter2", log=log, seconds=0.0)
    monkeypatch.setattr("runner.measure._environment", lambda *_: fault)
    record = measured(one)["plain"]
    assert record["reason"] == "401 for me:***"
    assert "hunter2" not in (one.results.path / "cells" / record["cell"] / "output.log").read_text(encoding="utf-8")


def test_an_absent_interpreter_leaves_its_reason_and_nothing_else(run: Runs) -> None:
    one = run(model.Absent(python=HERE, reason="nobody has seen it"))
    for record in measured(one).values():
        assert (record["status"], record["reason"]) == ("unavailable", "nobody has seen it")
        assert record["interpreter"] is None
        assert [path.name for path in (one.results.path / "cells" / record["cell"]).iterdir()] == ["cell.json"]


def test_old_evidence_does_not_stay_beside_a_new_status(run: Runs) -> None:
    one = run(model.Absent(python=HERE, reason="gone"))
    cell = plan(one.matrix)[0]
    one.results.cell_folder(cell).mkdir(parents=True)
    (one.results.cell_folder(cell) / "junit.xml").write_text("<testsuite/>", encoding="utf-8")
    measured(one)
    assert not (one.results.cell_folder(cell) / "junit.xml").exists()


@pytest.mark.slow
def test_an_interrupt_leaves_all_that_was_not_done_as_cancelled(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run()
    inner = execute.run

    def interrupted(words: Any, **more: Any) -> Any:
        if "error::DeprecationWarning" in words:
            raise KeyboardInterrupt
        return inner(words, **more)

    monkeypatch.setattr(execute, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measured(one)
    found = [one.results.read_cell(cell.id) or {} for cell in plan(one.matrix)]
    assert [record["status"] for record in found] == ["complete", "cancelled"]
    assert found[1]["command"] is not None


@pytest.mark.slow
def test_extra_words_reach_the_test_command(run: Runs) -> None:
    one = run(profiles=PROFILES[:1])
    record = measured(one, "-k", "passes")["plain"]
    assert record["command"][-2:] == ["-k", "passes"]
    log = (one.results.path / "cells" / record["cell"] / "output.log").read_text(encoding="utf-8")
    assert "Ran 1 test " in log
