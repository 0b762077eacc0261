"""A log that keeps the beginning and the end, and lets nobody wait."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner import log_file
from runner.log_file import LogFile


def written(path: Path, *parts: bytes, limit: int = 100) -> bytes:
    with LogFile(path, limit) as log:
        for part in parts:
            os.write(log.descriptor, part)
    return path.read_bytes()


def test_what_has_room_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log"
    assert written(path, b"a" * 60, b"b" * 40) == b"a" * 60 + b"b" * 40
    assert written(path, b"c") == b"a" * 60 + b"b" * 40 + b"c"


def test_the_middle_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = b"".join(b"%09d\n" % number for number in range(100_000))
    found = written(tmp_path / "log", lines, limit=200_000)
    head, _, rest = found.partition(b"\n[")
    note, _, tail = rest.partition("…]\n".encode())
    assert lines.startswith(head)
    assert lines.endswith(tail)
    dropped = int(note.decode().split()[1].replace(",", ""))
    assert len(head) + dropped + len(tail) == len(lines)
    assert 100_000 <= len(tail) < 100_000 + (1 << 16)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    with LogFile(tmp_path / "log") as log:
        for _ in range(100):
            os.write(log.descriptor, b"x" * (1 << 16))


def test_a_folder_that_is_not_there_and_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with LogFile(tmp_path / "file" / "log") as log:
        os.write(log.descriptor, b"x" * 1000)


def test_who_holds_the_pipe_open_for_ever_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "_PATIENCE", 0.05)
    with LogFile(tmp_path / "log") as log:
        held = os.dup(log.descriptor)
    os.write(held, b"too late")
    os.close(held)
    assert b"too late" not in (tmp_path / "log").read_bytes()
