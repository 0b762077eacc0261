"""``limits.memory``, without a suite: ``tests/faults`` has those."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.memory_limit import check_platform, limited, wanted_more


def test_no_limit_changes_nothing() -> None:
    assert limited(("python", "-c", "1"), None) == ("python", "-c", "1")


@pytest.mark.skipif(sys.platform != "linux", reason="kept there alone")
def test_the_process_is_the_command_and_cannot_lift_its_limit() -> None:
    code = "import os, resource, sys; print(os.getpid(), *resource.getrlimit(resource.RLIMIT_DATA), *sys.argv[1:])"
    words = limited((sys.executable, "-c", code, "it's a word", "$HOME"), 300 << 20)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate(timeout=60)
    assert said.split(" ", 3) == [str(process.pid), str(300 << 20), str(300 << 20), "it's a word $HOME\n"]


def test_a_limit_that_a_system_does_not_keep_is_an_error() -> None:
    check_platform(None, "darwin")
    check_platform(1 << 30, "linux")
    with pytest.raises(UsageError, match=r"limits.memory is kept on Linux alone, and this is darwin"):
        check_platform(1 << 30, "darwin")


def test_only_the_last_words_of_a_log_count(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    assert not wanted_more(log)
    log.write_bytes(b"E   MemoryError\n")
    assert wanted_more(log)
    log.write_bytes(b"E   MemoryError\n" + b"." * 100_000)
    assert not wanted_more(log)
