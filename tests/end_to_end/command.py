"""Runs the ``forewarn`` command of this checkout, as a user would in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def forewarn(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command's end, with what it printed; wide and without colours."""
    return subprocess.run(
        [sys.executable, "-m", "runner", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
