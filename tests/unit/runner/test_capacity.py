"""Cores and memory, with the limits of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import capacity


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="ascii")
    return folder


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
)
def test_a_container_has_a_share_of_the_cores(tmp_path: Path, files: dict[str, str], found: int) -> None:
    assert capacity.cores(write(tmp_path, files)) == found


@pytest.mark.parametrize("files", [{}, {"cpu.max": "max 100000"}, {"cpu.max": "9900000 100000"}, {"cpu.max": ""}])
def test_without_a_limit_it_is_what_the_process_is_bound_to(tmp_path: Path, files: dict[str, str]) -> None:
    assert capacity.cores(write(tmp_path, files)) == capacity.cores(tmp_path / "none")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"meminfo": "MemTotal: 9000 kB\nMemAvailable:  1000 kB"}, 921_600),
        ({"meminfo": "MemAvailable: 1000 kB", "memory.max": "10000", "memory.current": "4000"}, 5_400),
        ({"meminfo": "MemAvailable: 1000 kB", "memory.max": "max", "memory.current": "4000"}, 921_600),
        ({"memory/memory.limit_in_bytes": "10000", "memory/memory.usage_in_bytes": "20000"}, 0),
        ({}, None),
    ],
)
def test_memory_is_what_is_left(tmp_path: Path, files: dict[str, str], found: int | None) -> None:
    write(tmp_path, files)
    assert capacity.memory(tmp_path, tmp_path / "meminfo") == found
