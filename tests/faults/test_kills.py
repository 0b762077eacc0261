"""Some of the kills and runs of bench/kills.py and bench/soak.py, which do many."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

from kills import Kills  # noqa: E402
from soak import soak  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere what is left of a killed run is not known"),
]


def test_killed_runs_are_readable_leave_nothing_running_and_can_be_resumed(tmp_path: Path) -> None:
    kills = Kills(tmp_path, seed=7)
    for _ in range(6):
        kills.round()
    assert sum(count for what, count in kills.seen.items() if what.endswith(" killed")) >= 4


def test_runs_with_faults_say_what_happened_and_leave_nothing(tmp_path: Path) -> None:
    soak(tmp_path, runs=8, seed=11)
