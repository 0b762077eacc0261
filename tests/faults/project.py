"""A small project that is measured on two interpreters by the real command, and what must hold whatever goes wrong."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runner.model import Interpreter
from runner.traces import read_records

ROOT = Path(__file__).resolve().parents[2]

#: Runs before and after whatever goes wrong, in alphabetical order.
HEALTHY = (
    "import unittest\n\nclass Healthy(unittest.TestCase):\n    def test_one(self): pass\n    def test_two(self): pass\n"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ran:
    """What a run of forewarn has said and left."""

    code: int
    said: str
    results: Path
    base: str
    later: str

    def cell(self, name: str) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.results / "cells" / name / "cell.json").read_text(encoding="utf-8"))
        return record

    @property
    def broken(self) -> dict[str, Any]:
        """The record of the later version's plain cell, which is where things go wrong."""
        return self.cell(f"{self.later}-plain")

    @property
    def status(self) -> tuple[str, str]:
        return self.broken["status"], self.broken["reason"] or ""

    @property
    def log(self) -> str:
        return (self.results / "cells" / f"{self.later}-plain" / "output.log").read_text(
            encoding="utf-8", errors="replace"
        )

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.results / "report.json").read_text(encoding="utf-8"))
        return found

    @property
    def verdicts(self) -> dict[str, str]:
        """Of each test by its name, on the later version."""
        return {test["name"]: test["verdicts"][self.later]["verdict"] for test in self.report["tests"]}

    def outcomes(self, python: str) -> dict[str, str]:
        """Of each test by its name, in an interpreter's plain cell."""
        return {test["name"]: test["outcomes"].get(f"{python}-plain", "unknown") for test in self.report["tests"]}

    def is_told(self) -> None:
        """Nothing of what a user may see is a traceback of ours."""
        assert "Traceback" not in self.said, self.said

    def base_is_intact(self, *tests: str) -> None:
        """The base's evidence is whole, on disk and in the report: all of these tests passed."""
        name = f"{self.base}-plain"
        assert (self.cell(name)["status"], self.cell(name)["reason"]) == ("complete", None)
        events = list(read_records(self.results / "cells" / name / "tests.jsonl"))
        assert events[-1]["event"] == "finish"
        assert {
            event["id"].rpartition(".")[2].rpartition(":")[2] for event in events if event["event"] == "end"
        } == set(tests)
        passed = {test for test, outcome in self.outcomes(self.base).items() if outcome == "passed"}
        assert passed >= set(tests)

    def is_incomplete(self) -> None:
        """The exit code, the report and the headline say that something is not known."""
        self.is_told()
        assert self.code == 3, self.said
        assert self.report["complete"] is False
        assert "nothing breaks" not in self.said
        for name in ("report.md", "report.html"):
            assert "nothing breaks." not in (self.results / name).read_text(encoding="utf-8")


class Project:
    """A folder with a suite and a matrix of two interpreters."""

    def __init__(self, folder: Path, base: str, later: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.base = base
        self.later = later

    @property
    def minor(self) -> int:
        """Of the later version."""
        return int(self.later.split(".")[1])

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")

    def suite(self, faulty: str, *, tool: str = "unittest", **keys: Any) -> None:
        """A module with a fault that only the later version has, between two healthy ones; and the matrix.

        Args:
            faulty: a module; ``LATER`` in it is true on the later version.
            tool: ``unittest`` or ``pytest``.
            keys: of matrix.yaml.
        """
        head = "import os, signal, subprocess, sys, threading, time, unittest\n"
        head += f"LATER = sys.version_info >= (3, {self.minor})\n"
        self.write({"test_a.py": HEALTHY, "test_m.py": head + faulty, "test_z.py": HEALTHY.replace("test_", "test_z_")})
        self.matrix(tool=tool, **keys)

    def matrix(self, *, tool: str = "unittest", **keys: Any) -> None:
        words = ["test_a.py", "test_m.py", "test_z.py"]
        known: dict[str, Any] = {
            "test": {"pytest": ["-q", *words]} if tool == "pytest" else {"unittest": [word[:-3] for word in words]},
            "python": [self.base, self.later],
            "profiles": {"plain": []},
            **({"install": {"requirements": ["pytest>=8"]}} if tool == "pytest" else {}),
            **keys,
        }
        (self.folder / "matrix.yaml").write_text(json.dumps(known), encoding="utf-8")

    def run(self, *words: str, env: Mapping[str, str | None] | None = None, **options: Any) -> Ran:
        ended = subprocess.run(
            command("run", *words),
            cwd=self.folder,
            env=environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
            **options,
        )
        return self.ran(ended.returncode, ended.stdout)

    def ran(self, code: int, said: bytes) -> Ran:
        return Ran(
            code=code,
            said=said.decode("utf-8", "replace"),
            results=self.folder / ".forewarn",
            base=self.base,
            later=self.later,
        )


def mounting() -> Sequence[str]:
    """The words before a command that may mount, in a name space of its own."""
    for words in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        tried = [*words, "mount", "-t", "tmpfs", "none", "/mnt"]
        if shutil.which("unshare") and subprocess.run(tried, check=False, capture_output=True).returncode == 0:
            return words
    pytest.fail("a small disk cannot be mounted here: run this as root, or where user name spaces are allowed")


def in_a_world_where(folder: Path, script: str, *words: str, **changes: str | None) -> tuple[int, bytes]:
    """Run a shell script, with these words as its own, where it may mount; what it mounts is gone afterwards.

    Returns:
        (exit status, output)
    """
    ended = subprocess.run(
        [*mounting(), "sh", "-c", script, "sh", *words],
        cwd=folder,
        env=environment(changes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    return ended.returncode, ended.stdout


def command(*words: str) -> Sequence[str]:
    return [sys.executable, "-m", "runner", *words]


def environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    known = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", **changes}
    return {name: value for name, value in known.items() if value is not None}


def timeless(value: Any) -> Any:
    """A report without what may differ in two runs of the same inputs: times, and who was taken from the cache."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key not in {"seconds", "cached", "cached_from"}}
    return [timeless(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="session")
def pair(interpreters: Mapping[str, Interpreter]) -> tuple[str, str]:
    """(base, later): interpreters that are here."""
    found = sorted(interpreters, key=lambda name: int(name.split(".")[1]))
    settled = [name for name in found if int(name.split(".")[1]) <= 13] or found
    pairs = list(itertools.pairwise(settled))
    if not pairs:
        pytest.fail("the faults need two interpreters of 3.8 to 3.15 on this machine")
    return pairs[-1]


@pytest.fixture
def project(tmp_path: Path, pair: tuple[str, str]) -> Project:
    return Project(tmp_path / "project", *pair)
