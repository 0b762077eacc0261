"""`forewarn run` as a user starts it: real interpreters, real nox, real suites."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.model import Interpreter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

#: Real removals: (first Python without it, how to use it, module needed).
REMOVALS = {
    "3.10": "import parser",
    "3.11": "import binhex",
    "3.12": "import imp",
    "3.13": "import cgi",
    "3.14": "import ast; ast.Num",
    "3.15": "import typing; typing.no_type_check_decorator",
}

SUITE = """
import unittest


class Calendar(unittest.TestCase):
    def test_steady(self):
        self.assertEqual(sum([1, 2]), 3)

    def test_uses_what_goes(self):
        {use}
"""


@pytest.fixture
def pair(interpreters: Mapping[str, Interpreter]) -> tuple[str, str]:
    """(base, next): two neighbours such that something was removed between them."""
    found = sorted(interpreters, key=lambda name: int(name.split(".")[1]))
    pairs = [(before, after) for before, after in itertools.pairwise(found) if after in REMOVALS]
    if not pairs:
        pytest.skip("needs two neighbouring interpreters of 3.9 to 3.15")
    return pairs[-1] if "3.13" not in interpreters or "3.12" not in interpreters else ("3.12", "3.13")


@pytest.fixture
def project(tmp_path: Path, pair: tuple[str, str]) -> Callable[..., Path]:
    """Writes a project whose suite breaks on the later interpreter; keyword arguments add to matrix.yaml."""

    def write(*, use: str | None = None, python: list[str] | None = None, **keys: object) -> Path:
        base, later = pair
        folder = tmp_path / "a project"
        folder.mkdir()
        (folder / "test_calendar.py").write_text(SUITE.format(use=use or REMOVALS[later]), encoding="utf-8")
        matrix = {
            "test": {"unittest": ["-v", "test_calendar"]},
            "python": python or [base, later],
            "profiles": {"plain": []},
            **keys,
        }
        (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
        return folder

    return write


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "160", **more}


def forewarn(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    return report


def test_a_break_is_measured_named_and_fails_the_gate(project: Callable[..., Path], pair: tuple[str, str]) -> None:
    folder = project()
    ended = forewarn(folder, "run")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    report = report_of(folder)
    verdicts = {test["name"]: test["verdicts"][pair[1]]["verdict"] for test in report["tests"]}
    assert verdicts == {"test_steady": "ok", "test_uses_what_goes": "breaks"}
    assert report["complete"] is True
    broken = next(test for test in report["tests"] if test["name"] == "test_uses_what_goes")
    assert broken["breaks_in"] == pair[1]
    assert [cause["tests"] for cause in report["causes"] if cause["id"] in broken["verdicts"][pair[1]]["causes"]] == [
        [broken["id"]]
    ]
    for name in ("report.html", "report.md", "report.json"):
        assert str(folder / ".forewarn" / name) in ended.stdout.replace("\n", "")
        assert (folder / ".forewarn" / name).stat().st_size > 0


def test_nothing_breaks_is_zero(project: Callable[..., Path]) -> None:
    folder = project(use="self.assertTrue(True)")
    ended = forewarn(folder, "run")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_absent_interpreter_is_incomplete_even_though_all_else_passes(
    project: Callable[..., Path], pair: tuple[str, str]
) -> None:
    folder = project(use="self.assertTrue(True)", python=[*pair, "3.99"])
    ended = forewarn(folder, "run")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    report = report_of(folder)
    assert {cell["id"]: cell["status"] for cell in report["cells"]}["3.99-plain"] == "unavailable"
    assert {test["verdicts"]["3.99"]["verdict"] for test in report["tests"]} == {"unknown"}
    assert "3.99" in ended.stdout
    assert "unavailable" in ended.stdout


def test_an_optional_absent_interpreter_is_shown_and_does_not_count(
    project: Callable[..., Path], pair: tuple[str, str]
) -> None:
    folder = project(use="self.assertTrue(True)", python=[*pair, "3.99"], optional=["3.99"])
    ended = forewarn(folder, "run")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "unavailable" in ended.stdout
    for name in ("report.html", "report.md"):
        assert "unavailable" in (folder / ".forewarn" / name).read_text(encoding="utf-8")


def test_a_requirement_that_cannot_be_installed_is_a_cell_with_a_reason(
    project: Callable[..., Path], pair: tuple[str, str]
) -> None:
    absent = (Path(sys.prefix) / "no-such-file-1.0-py3-none-any.whl").as_uri()
    folder = project(install={"requirements": [f"no-such-file @ {absent}"]})
    ended = forewarn(folder, "run")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    cells = report_of(folder)["cells"]
    assert {cell["status"] for cell in cells} == {"failed-to-install"}
    log = folder / ".forewarn" / "cells" / f"{pair[0]}-plain" / "output.log"
    assert "no-such-file" in log.read_text(encoding="utf-8")


def test_a_bad_matrix_names_every_fault_and_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("pythn: ['3.12']\ntest: {pytest: tests}\nbase: three\n", encoding="utf-8")
    ended = forewarn(tmp_path, "run")
    assert ended.returncode == 2
    assert "matrix.yaml:1:1" in ended.stderr
    assert "did you mean 'python'?" in ended.stderr
    assert "matrix.yaml:3:7" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["matrix.yaml"]


def test_no_matrix_says_what_to_do(tmp_path: Path) -> None:
    ended = forewarn(tmp_path, "run")
    assert ended.returncode == 2
    assert "forewarn init" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_cell_can_be_run_alone_and_joins_the_others(project: Callable[..., Path], pair: tuple[str, str]) -> None:
    folder = project()
    first = forewarn(folder, "run", "--python", pair[0])
    assert first.returncode == 3, first.stdout + first.stderr
    statuses = {cell["id"]: cell["status"] for cell in report_of(folder)["cells"]}
    assert statuses == {f"{pair[0]}-plain": "complete", f"{pair[1]}-plain": "cancelled"}
    second = forewarn(folder, "run", "--python", pair[1])
    assert second.returncode == 1, second.stdout + second.stderr
    assert {cell["status"] for cell in report_of(folder)["cells"]} == {"complete"}


def test_evidence_of_other_code_does_not_stay(project: Callable[..., Path], pair: tuple[str, str]) -> None:
    folder = project()
    forewarn(folder, "run")
    (folder / "test_calendar.py").write_text(SUITE.format(use="pass"), encoding="utf-8")
    ended = forewarn(folder, "run", "--python", pair[0])
    assert ended.returncode == 3, ended.stdout + ended.stderr
    statuses = {cell["id"]: cell["status"] for cell in report_of(folder)["cells"]}
    assert statuses[f"{pair[1]}-plain"] == "cancelled"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_run_keeps_what_it_has(
    project: Callable[..., Path], pair: tuple[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """The suite itself tells when it hangs, by opening a pipe; no sleep decides."""
    pipe = tmp_path / "hangs"
    os.mkfifo(pipe)
    later = tuple(map(int, pair[1].split(".")))
    hang = f"(open({str(pipe)!r}, 'w').close(), time.sleep(600))"
    folder = project(use=f"import sys, time; sys.version_info[:2] < {later} or {hang}")
    with subprocess.Popen(
        [sys.executable, "-m", "runner", "run"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        pipe.open(encoding="utf-8").close()
        process.send_signal(number)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, output + errors
    report = report_of(folder)
    statuses = {cell["id"]: cell["status"] for cell in report["cells"]}
    assert statuses == {f"{pair[0]}-plain": "complete", f"{pair[1]}-plain": "cancelled"}
    assert report["complete"] is False
    assert "Traceback" not in errors


def test_a_noxfile_gets_the_sessions_in_two_lines(project: Callable[..., Path], pair: tuple[str, str]) -> None:
    folder = project()
    (folder / "noxfile.py").write_text("from runner.sessions import compat\ncompat('matrix.yaml')\n", encoding="utf-8")
    nox = [sys.executable, "-m", "nox"]
    listed = subprocess.run([*nox, "-l"], cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    for name in (f"compat-{pair[0]}", f"compat-{pair[1]}", "report"):
        assert f"* {name}" in listed.stdout
    ran = subprocess.run(nox, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert report_of(folder)["gate"]["passed"] is False
    narrow = [*nox, "-s", f"compat-{pair[1]}", "--", "--profile", "plain", "-k", "steady"]
    narrowed = subprocess.run(narrow, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert narrowed.returncode == 0, narrowed.stdout + narrowed.stderr
    assert "test_steady" in narrowed.stdout
    assert "test_uses_what_goes" not in narrowed.stdout
    assert len(report_of(folder)["tests"]) == 2


def test_plain_nox_ends_with_three_where_evidence_is_missing(
    project: Callable[..., Path], pair: tuple[str, str]
) -> None:
    folder = project(use="pass", python=[*pair, "3.99"])
    (folder / "noxfile.py").write_text("from runner.sessions import compat\ncompat()\n", encoding="utf-8")
    nox = [sys.executable, "-m", "nox"]
    ran = subprocess.run(nox, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 3, ran.stdout + ran.stderr


def test_a_user_of_nox_sees_a_bad_matrix_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("pythn: ['3.12']\n", encoding="utf-8")
    (tmp_path / "noxfile.py").write_text("from runner.sessions import compat\ncompat()\n", encoding="utf-8")
    nox = [sys.executable, "-m", "nox"]
    ran = subprocess.run(nox, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "did you mean 'python'?" in ran.stderr
    assert "Traceback" not in ran.stderr
