"""What fuzzing began with and what it has found, read again (``nox -s fuzz`` looks for more)."""

from __future__ import annotations

from pathlib import Path

import pytest
from targets import OURS, TARGETS, run_target

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"
SEEDS = sorted(FUZZ.glob("seeds/*/*"))
FOUND = sorted(FUZZ.glob("found/*/*"))


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.name}"


@pytest.mark.parametrize("path", FOUND, ids=name)
def test_what_was_found_is_repaired(tmp_path: Path, path: Path) -> None:
    run_target(path.parent.name, path.read_bytes(), tmp_path / "x")


@pytest.mark.parametrize("path", SEEDS, ids=name)
def test_seeds_are_read(tmp_path: Path, path: Path) -> None:
    """Most have no fault: mutations of them reach what is behind the checks."""
    assert not isinstance(run_target(path.parent.name, path.read_bytes(), tmp_path / "x"), OURS) or path.name != "0"


def test_every_reader_has_a_seed() -> None:
    assert {path.parent.name for path in SEEDS} == set(TARGETS)
