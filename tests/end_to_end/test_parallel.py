"""Cells beside each other on one machine: they really are, and each has a place for itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, forewarn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the suites meet in named pipes"),
]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"

#: One interpreter is enough here, and leaves the question unanswered: exit code 3.
NOTHING_LATER = 3

#: Each of two cells waits for the other; alone it would wait for ever.
MEETS = """
import os, unittest

class Meets(unittest.TestCase):
    def test_meets(self):
        mode = "w" if os.environ["FOREWARN_EVIDENCE"].endswith("other") else "r"
        open({pipe!r}, mode).close()
"""

#: Fails where another cell is in it at the same time.
SOLE = """
import os, unittest

class Sole(unittest.TestCase):
    def test_is_alone(self):
        os.close(os.open({lock!r}, os.O_CREAT | os.O_EXCL))
        for _ in range(200_000):
            os.getpid()
        os.unlink({lock!r})
"""

#: Leaves a file in each folder that it was given, and fails where one is there already.
MESSY = """
import os, pathlib, tempfile, unittest

class Messy(unittest.TestCase):
    def test_makes_a_mess(self):
        for folder in (os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir()):
            os.close(os.open(os.path.join(folder, "mess"), os.O_CREAT | os.O_EXCL))
        self.assertTrue(pathlib.Path("data", "ignored.txt").is_file(), "what git ignores is there, too")
"""


def project(folder: Path, suite: str, **keys: object) -> Path:
    folder.mkdir()
    (folder / "test_it.py").write_text(suite, encoding="utf-8")
    matrix: dict[str, Any] = {
        "test": {"unittest": ["test_it"]},
        "python": [HERE],
        "interpreters": {HERE: sys.executable},
        "profiles": {"plain": [], "other": []},
        "limits": {"test": 120},
        **keys,
    }
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    return folder


def outcomes(folder: Path) -> dict[str, dict[str, int]]:
    report = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    return {cell["id"]: {k: v for k, v in cell["counts"].items() if v} for cell in report["cells"]}


def test_cells_run_at_the_same_time(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    folder = project(tmp_path / "project", MEETS.format(pipe=str(pipe)))
    ended = forewarn(folder, "run", "-j", "2")
    assert ended.returncode == NOTHING_LATER, ended.stdout + ended.stderr
    assert outcomes(folder) == {f"{HERE}-other": {"passed": 1}, f"{HERE}-plain": {"passed": 1}}


def test_cells_that_must_be_alone_are(tmp_path: Path) -> None:
    suite = SOLE.format(lock=str(tmp_path / "lock"))
    profiles: dict[str, list[str]] = {name: [] for name in ("plain", "one", "two", "three")}
    folder = project(tmp_path / "project", suite, profiles=profiles, parallel=4, isolation={"alone": ["*"]})
    ended = forewarn(folder, "run")
    assert ended.returncode == NOTHING_LATER, ended.stdout + ended.stderr
    assert outcomes(folder) == {f"{HERE}-{name}": {"passed": 1} for name in profiles}


def test_each_cell_has_a_place_for_itself_and_nothing_is_left_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    folder = project(tmp_path / "project", MESSY, parallel=2)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / ".gitignore").write_text("data\n", encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "ignored.txt").touch()
    ended = forewarn(folder, "run")
    assert ended.returncode == NOTHING_LATER, ended.stdout + ended.stderr
    assert outcomes(folder) == {f"{HERE}-other": {"passed": 1}, f"{HERE}-plain": {"passed": 1}}
    assert not (folder / "mess").exists()
    assert [path for path in temporary.iterdir() if path.name.startswith("fw-")] == []


def test_what_is_measured_is_the_same_beside_others_and_alone(tmp_path: Path) -> None:
    suite = "import unittest, imp_or_not\n\nclass T(unittest.TestCase):\n    def test(self): imp_or_not.use()\n"
    folder = project(tmp_path / "project", suite, profiles={"plain": [], "strict": ["error::DeprecationWarning"]})
    (folder / "imp_or_not.py").write_text(
        "import warnings\n\ndef use():\n    warnings.warn('old', DeprecationWarning)\n", encoding="utf-8"
    )
    told = []
    for words in (["-j", "1"], ["-j", "auto"], ["-j", "3"]):
        forewarn(folder, "run", "--no-cache", *words)
        report = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
        for cell in report["cells"]:
            cell["seconds"] = None
        for test in report["tests"]:
            test.pop("seconds", None)
        told.append({key: value for key, value in report.items() if key not in ("started", "ended")})
    assert told[0] == told[1] == told[2]


def test_ctrl_c_ends_all_cells_and_keeps_what_they_have(tmp_path: Path) -> None:
    pipes = {name: tmp_path / name for name in ("plain", "other")}
    for pipe in pipes.values():
        os.mkfifo(pipe)
    suite = (
        "import os, time, unittest\n\nclass Hangs(unittest.TestCase):\n    def test_hangs(self):\n"
        "        name = os.environ['FOREWARN_EVIDENCE'].rpartition('-')[2]\n"
        f"        open(os.path.join({str(tmp_path)!r}, name), 'w').close()\n"
        "        time.sleep(600)\n"
    )
    folder = project(tmp_path / "project", suite, parallel=2)
    with subprocess.Popen(
        [sys.executable, "-m", "runner", "run"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for pipe in pipes.values():
            pipe.open(encoding="utf-8").close()  # returns when the test has opened it
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 130, output
    report = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    assert {cell["id"]: cell["status"] for cell in report["cells"]} == {
        f"{HERE}-plain": "cancelled",
        f"{HERE}-other": "cancelled",
    }
    assert "Traceback" not in output


@pytest.mark.parametrize("words", [["-j", "0"], ["-j", "many"], ["-j", "-1"]])
def test_a_number_that_is_none_is_refused(tmp_path: Path, words: list[str]) -> None:
    folder = project(tmp_path / "project", "")
    ended = forewarn(folder, "run", *words)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
