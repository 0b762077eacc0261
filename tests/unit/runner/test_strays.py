"""Processes that left their group are found by what they inherited; nobody else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.strays import end_strays

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere environments of others cannot be read")

WAITS = "import sys; print('up', flush=True); sys.stdin.read()"


def waiting(variables: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_only_who_has_the_value_or_a_path_below_it_is_ended(tmp_path: Path) -> None:
    mark = str(tmp_path / "cell")
    ours = [waiting({"FAULTS_MARK": mark}), waiting({"FAULTS_MARK": f"{mark}/again"})]
    others = [waiting({"FAULTS_MARK": f"{mark}-other"}), waiting({"FAULTS_OTHER": mark}), waiting({})]
    try:
        assert end_strays("FAULTS_MARK", mark) == 2
        assert [process.wait() for process in ours] == [-9, -9]
        assert [process.poll() for process in others] == [None, None, None]
    finally:
        for process in (*ours, *others):
            process.kill()
            process.communicate()


def test_what_they_started_without_the_variable_is_ended_too(tmp_path: Path) -> None:
    child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITS!r}], env={{}}).wait()"
    parent = subprocess.Popen(
        [sys.executable, "-c", child],
        env={**os.environ, "FAULTS_MARK": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    assert end_strays("FAULTS_MARK", str(tmp_path)) == 2
    assert parent.stdout.read() == b""  # both ends of it are gone
    parent.communicate()


def test_we_ourselves_are_spared(tmp_path: Path) -> None:
    code = "import sys; from runner.strays import end_strays; print(end_strays('FAULTS_MARK', sys.argv[1]))"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "FAULTS_MARK": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b"0\n")
