"""A project of a few tests on two interpreters, and what must hold of its results whatever was done to a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from runner.interpreters import Finder, explicit_interpreters
from runner.model import Interpreter, Python
from runner.pythons import parse_python

ROOT = Path(__file__).resolve().parents[1]

#: Fields of report.json that tell when and by which run something was seen, not what. A strict cell is measured in full
#: where the plain one, which could have proven most of it, was killed.
_TIMES = frozenset({"seconds", "cached", "cached_from", "proven"})


class TinyProject:
    """A folder with a suite, its matrix, and a folder for temporary files that only its runs use."""

    def __init__(self, folder: Path, pythons: tuple[str, str], suite: str, **matrix: Any) -> None:
        self.folder = folder
        self.pythons = pythons
        self.temporary = folder.with_name(f"{folder.name}-tmp")
        for one in (folder, self.temporary):
            one.mkdir(parents=True)
        (folder / "test_tiny.py").write_text(suite, encoding="utf-8")
        known = {"test": {"unittest": ["test_tiny"]}, "python": list(pythons), "profiles": {"plain": []}, **matrix}
        (folder / "matrix.yaml").write_text(json.dumps(known), encoding="utf-8")

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / ".forewarn"

    @property
    def work(self) -> Path:
        """Where environments are kept."""
        return self.folder / ".nox"

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """`forewarn run`, started and not waited for; what it prints goes to a file beside."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "TMPDIR": str(self.temporary),
        }
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "runner", "run", "--no-cache", *words],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> Path:
        """What the last run has printed."""
        return self.folder.with_name(f"{self.folder.name}-said.txt")

    def run(self, *words: str) -> int:
        """`forewarn run` to its end; its exit code."""
        return self.start(*words).wait()

    def report(self) -> dict[str, Any]:
        """report.json without times, and without whose evidence proves what."""
        found: dict[str, Any] = _timeless(json.loads((self.results / "report.json").read_text(encoding="utf-8")))
        return found

    def cells(self) -> dict[str, dict[str, Any]]:
        """The cell.json of each cell that has one; each must be readable at any moment."""
        return {
            path.parent.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.results.glob("cells/*/cell.json"))
        }

    def processes(self) -> list[int]:
        """Those that were started by a run of this project and are still there."""
        return sorted(self._marked())

    def await_silence(self, seconds: float = 20.0) -> list[int]:
        """Wait until no process is left; those that are, after this time."""
        end = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return left

    def files(self) -> set[str]:
        """Whatever runs have left here, but for bytecode."""
        found = {path.relative_to(self.folder.parent) for path in self.folder.rglob("*") if path.is_file()}
        found |= {path.relative_to(self.folder.parent) for path in self.temporary.rglob("*")}
        return {str(path) for path in found if "__pycache__" not in path.parts}

    def _marked(self) -> Iterator[int]:
        mark = f"FOREWARN_RUN={self.work}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    variables = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if any(one == mark or one.startswith(mark + b"/") for one in variables):
                    yield int(entry.name)


def whole(project: TinyProject, cell: str, tests: int) -> bool:
    """Whether the evidence of a cell has as many tests as the suite."""
    path = project.results / "cells" / cell / "junit.xml"
    return len(list(ElementTree.parse(path).iter("testcase"))) == tests  # noqa: S314 - our own file


def two_pythons() -> tuple[str, str]:
    """Two neighbours that are here; settled ones before those to come."""
    environment = dict(os.environ)
    finder = Finder(environment=environment, explicit=explicit_interpreters((), environment, (), parse_python))
    answers = finder.find_all([Python(major=3, minor=minor) for minor in range(8, 14)])
    found = [str(python) for python, answer in answers.items() if isinstance(answer, Interpreter)]
    if len(found) < 2:
        raise SystemExit("this needs two interpreters of 3.8 to 3.13")
    return found[-2], found[-1]


def below(pid: int) -> dict[int, list[str]]:
    """All processes below one, with their words."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: dict[int, list[str]] = {}
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), ()):
            waiting.append(child)
            try:
                words = (Path("/proc") / str(child) / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found[child] = [word.decode("utf-8", "replace") for word in words]
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in _TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value
