"""Some of the kills and runs of bench/kills.py and bench/soak.py, which do many."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

from kills import Kills  # noqa: E402
from project import Project, pair, project  # noqa: E402, F401 - fixtures
from soak import soak  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere what is left of a killed run is not known"),
]


def test_killed_runs_are_readable_leave_nothing_running_and_can_be_resumed(tmp_path: Path) -> None:
    kills = Kills(tmp_path, seed=7)
    while kills.done < 5:
        kills.round()


def test_runs_with_faults_say_what_happened_and_leave_nothing(tmp_path: Path) -> None:
    soak(tmp_path, runs=8, seed=11)


@pytest.mark.parametrize("words", [("--resume", "--no-cache"), ()], ids=["resumed", "from the cache"])
def test_what_was_compared_with_no_base_is_measured_again(
    project: Project, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The base crashed while the later version's cell was whole: nothing told chance from the version."""
    crash = tmp_path / "crash"
    crash.touch()
    project.suite(
        "class Middle(unittest.TestCase):\n"
        "    def test_middle(self):\n"
        f"        if not LATER and os.path.exists({str(crash)!r}): os._exit(1)\n"
        "        self.assertFalse(LATER)\n"
    )
    confirmed = project.folder / ".forewarn" / "cells" / f"{project.later}-plain" / "confirm.jsonl"
    first = project.run(*[word for word in words if word != "--resume"])
    assert (first.code, first.status) == (3, ("complete", ""))
    assert not confirmed.exists()
    crash.unlink()
    again = project.run(*words)
    assert again.code == 1, again.said
    assert "deterministic" in confirmed.read_text(encoding="utf-8")
