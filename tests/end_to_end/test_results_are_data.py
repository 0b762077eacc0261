"""Results are data: no command that reads a folder made to hurt starts what it names, nor leaves the folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.collect import collect
from runner.errors import UsageError
from runner.init import write_schema
from runner.record import ResultsFolder, write_json

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cret-of-another-folder"  # noqa: S105 - a word to look for
MATRIX = "python: ['3.12', '3.13']\ntest: {pytest: [tests]}\ninstall: {mode: none}\n"
COMMANDS = (
    "report results --format terminal,html,md,json,summary,sarif,github,junit,csv",
    "report results --against results --output out",
    "accept results",
    "upstream c0000000000 results",
    "badge results --format json --output out/badge.json",
    "diff results other",
    "collect results other --into collected",
    "plan --durations results --format github",
    "suggest-filters results",
)


def poison(folder: Path, canary: Path, secret: Path) -> Path:
    """A results folder in which everything that could be a command or a way out is one."""
    shell = ["/bin/sh", "-c", f"touch {canary}"]
    away = f"../../../{canary.name}"
    cells = {name: {"cell": name, "python": name[:4], "profile": "plain"} for name in ("3.12-plain", "3.13-plain")}
    matrix = {
        "file": str(canary),
        "base": "3.12",
        "next": ["3.13"],
        "target": {"git": f"ext::sh -c touch% {canary}", "path": str(secret.parent)},
        "test": {"command": shell},
        "interpreters": {"3.12": shell[0]},
        "install": {"requirements": [f"-r {secret}"], "constraints": [str(secret)]},
    }
    for name, identity in cells.items():
        path = folder / "cells" / name
        path.mkdir(parents=True)
        record = {
            "format": 1,
            **identity,
            "filters": [],
            "status": "complete",
            "tool": "pytest",
            "command": shell,
            "cwd": str(canary.parent),
            "environment": {"PYTHONSTARTUP": str(secret), "PATH": str(canary.parent), "BASH_ENV": str(secret)},
            "interpreter": {"executable": shell[0], "version": name[:4]},
            "distributions": {"x": f"$(touch {canary})"},
            "durations": {"tests": 1.0},
            "cached_from": str(secret),
        }
        (path / "cell.json").write_text(json.dumps(record), encoding="utf-8")
        fault = '<failure message="ValueError: x"/>' if name == "3.13-plain" else ""
        (path / "junit.xml").write_text(
            f'<testsuite><testcase classname="t" name="{name and "x"}" file="{secret}" line="1">{fault}</testcase>'
            "</testsuite>",
            encoding="utf-8",
        )
        warning = {"category": "DeprecationWarning", "message": "x is going", "stack": [[str(secret), 1, "f"]]}
        (path / "warnings.jsonl").write_text(json.dumps(warning) + "\n", encoding="utf-8")
        for link in ("functions.jsonl", "tests.jsonl", "upgrades.jsonl", "output.log"):
            (path / link).symlink_to(secret)
    (folder / "cells" / "3.13-strict").symlink_to(secret.parent)
    plan = [*cells.values(), {"cell": away, "python": "3.13", "profile": "plain"}, {"cell": str(canary)}]
    run = {"format": 1, "matrix": matrix, "plan": plan, "target": {"path": str(secret.parent)}, "command": shell}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    for name in ("report.html", "report.md", "report.json", "badge.json", ".gitignore"):
        (folder / name).symlink_to(canary)
    return folder


def noted(log: Path) -> Iterator[tuple[str, str]]:
    for line in log.read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition(" ")
        yield kind, json.loads(text)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_starts_and_touches_nothing_that_results_name(tmp_path: Path, command: str) -> None:
    work, away = tmp_path / "work", tmp_path / "away"
    for folder in (work, away):
        folder.mkdir()
    canary, secret = away / "canary", away / "secret.json"
    secret.write_text(json.dumps({"format": 1, "event": "session", "root": SECRET, "file": SECRET}) + "\n")
    (work / "matrix.yaml").write_text(MATRIX, encoding="utf-8")
    poison(work / "results", canary, secret)
    poison(work / "other", canary, secret)
    # What measures our tests' coverage writes, too.
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("audited.py")), str(tmp_path / "log"), *command.split()],
        cwd=work,
        env={**environment, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 1, 2, 3), ended.stderr
    assert "Traceback" not in ended.stderr
    events = list(noted(tmp_path / "log"))
    started = [text for kind, text in events if kind == "start"]
    # `suggest-filters` asks git about the target that matrix.yaml names.
    assert all('"git' in text and str(canary) not in text for text in started), started
    touched = [Path(text) for kind, text in events if kind in ("write", "change")]
    home = [path for path in touched if not path.is_relative_to(work) and "__pycache__" not in path.parts]
    assert [path for path in home if path != Path(os.devnull)] == []
    assert [text for kind, text in events if kind == "read" and Path(text).is_relative_to(away)] == []
    assert sorted(path.name for path in away.iterdir()) == ["secret.json"]
    said = ended.stdout + ended.stderr
    assert SECRET not in said
    for path in work.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert SECRET not in path.read_text(encoding="utf-8", errors="replace"), path


def test_a_plan_in_results_names_no_folder_to_write_in(tmp_path: Path) -> None:
    folder = poison(tmp_path / "in", tmp_path / "canary", tmp_path / "secret")
    with pytest.raises(UsageError, match="is no id of a cell or a job"):
        collect([folder], tmp_path / "out")
    assert not (tmp_path / "canary").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("job", ["x\n::error::forged", "\x1b[2J", "a/../b", ""])
def test_a_job_in_results_is_no_line_of_its_own(tmp_path: Path, job: str) -> None:
    cell = {"cell": "3.12-plain", "python": "3.12", "profile": "plain"}
    run = {"format": 1, "plan": [cell], "jobs": [{"job": job, "cells": ["3.12-plain"]}]}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "run.json").write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        collect([tmp_path / "in"], tmp_path / "out")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["cells", "shards", "nox.log", "matrix.schema.json"])
def test_a_run_neither_writes_nor_removes_through_a_link(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    (other / "3.9-plain").mkdir(parents=True)
    (other / "3.9-plain" / "cell.json").write_text("{}", encoding="utf-8")
    results = tmp_path / "results"
    results.mkdir()
    (results / "run.json").write_text('{"format": 1}', encoding="utf-8")
    (results / name).symlink_to(other)
    with pytest.raises(UsageError, match="is a link"):
        ResultsFolder(results).begin({})
    assert (other / "3.9-plain" / "cell.json").read_text(encoding="utf-8") == "{}"


def test_files_are_written_beside_links_and_not_through_them(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("keep", encoding="utf-8")
    folder = tmp_path / ".forewarn"
    folder.mkdir()
    for name in (f"run.json.{os.getpid()}.tmp", "run.json", "matrix.schema.json", ".gitignore"):
        (folder / name).symlink_to(outside)
    write_json(folder / "run.json", {"a": 1})
    write_schema(tmp_path)
    assert outside.read_text(encoding="utf-8") == "keep"
    assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == {"a": 1}
    assert not (folder / "matrix.schema.json").is_symlink()
