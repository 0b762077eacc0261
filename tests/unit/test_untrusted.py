"""Both packages read what somebody else wrote by the same rules."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import ModuleType

import pytest

import reports.untrusted
import runner.untrusted

BOTH = pytest.mark.parametrize("module", [reports.untrusted, runner.untrusted], ids=["reports", "runner"])
SIZE = 16 << 20


@BOTH
def test_only_plain_files_are_opened(tmp_path: Path, module: ModuleType) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with module.open_plain(tmp_path / "file") as file:
        assert file.read() == b"x"
    for name in ("link", "pipe", ".", "none", "no\0name"):
        assert not module.is_plain(tmp_path / name)
        with pytest.raises((OSError, ValueError)):
            module.open_plain(tmp_path / name)


@BOTH
@pytest.mark.parametrize("unit", [b"[],", b"{},", b'"ab",', b"999,", b'{"a":{}},', b"[" * 50 + b"]" * 50 + b","])
def test_json_that_grows_is_refused(module: ModuleType, unit: bytes) -> None:
    assert module.is_bomb(b"[" + unit * (SIZE // len(unit)) + b"0]")
    assert not module.is_bomb(b"[" + unit * 1_000 + b"0]")


@BOTH
def test_json_of_ours_is_not(module: ModuleType) -> None:
    test = {
        "id": "tests/test_shop.py::TestCart::test_total[a-1]",
        "classname": "tests.test_shop.TestCart",
        "name": "test_total[a-1]",
        "file": "tests/test_shop.py",
        "line": 12,
        "outcomes": {f"3.{minor}-plain": "passed" for minor in range(11, 16)},
        "verdicts": {f"3.{minor}": {"verdict": "ok", "certainty": "measured", "causes": []} for minor in range(12, 16)},
        "breaks_in": None,
    }
    data = json.dumps(test, separators=(",", ":")).encode()
    assert not module.is_bomb(b"[" + (data + b",") * (4 * SIZE // len(data)) + b"0]")


def test_what_json_does_not_say_is_a_sentence(tmp_path: Path) -> None:
    for text in (b"[" * 100_000, b'{"a": ' * 100_000, b"1" * 5_000, b"\xff", b"nul", b""):
        with pytest.raises(ValueError, match=r"\w"):
            reports.untrusted.parse_json(text)
        (tmp_path / "x.json").write_bytes(text)
        assert runner.untrusted.read_json(tmp_path / "x.json") is None
