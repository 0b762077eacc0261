"""Two runs do not work in one folder at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_a_second_run_is_refused_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text('test: {command: ["true", "{junit}"]}\npython: ["3.12"]\n', encoding="utf-8")
    cell = tmp_path / ".forewarn" / "cells" / "3.12-plain"
    cell.mkdir(parents=True)
    (cell / "junit.xml").write_text("<testsuites/>", encoding="utf-8")
    (tmp_path / ".nox").mkdir()
    with FileLock(tmp_path / ".nox" / ".forewarn.lock"):
        ended = subprocess.run(
            [sys.executable, "-m", "runner", "run"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert "another forewarn run is at work" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (cell / "junit.xml").exists()
