"""The suite's process ends, hangs, or leaves something running; on the later version only."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from project import Project, pair, project  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow

BEFORE = ("test_one", "test_two")
AFTER = ("test_z_one", "test_z_two")

#: A test in the middle of the suite that does ``{what}`` on the later version.
MIDDLE = """
class Middle(unittest.TestCase):
    def test_middle(self):
        if LATER:
            {what}
"""


def middle(what: str) -> str:
    return MIDDLE.format(what=what)


@pytest.mark.parametrize("tool", ["unittest", "pytest"])
@pytest.mark.parametrize(
    ("what", "status", "reason"),
    [
        pytest.param("import ctypes; ctypes.string_at(0)", "crashed", "SIGSEGV", id="segmentation fault"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "crashed", "SIGKILL", id="killed, as for memory"),
        pytest.param("os._exit(0)", "truncated", "did not come to its end (exit status 0)", id="exit 0"),
    ],
)
def test_the_process_ends_in_the_middle(project: Project, tool: str, what: str, status: str, reason: str) -> None:
    project.suite(middle(what), tool=tool)
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == status
    assert reason in ran.status[1]
    assert "test_middle was running" in ran.status[1]
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)
    assert ran.outcomes(ran.later) == {
        **dict.fromkeys(BEFORE, "passed"),
        "test_middle": "error",
        **dict.fromkeys(AFTER, "unknown"),
    }
    assert ran.verdicts == {
        **dict.fromkeys(BEFORE, "ok"),
        "test_middle": "breaks",
        **dict.fromkeys(AFTER, "unknown"),
    }


@pytest.mark.parametrize("tool", ["unittest", "pytest"])
def test_a_test_that_hangs_fails_with_all_stacks_and_the_others_are_measured(project: Project, tool: str) -> None:
    waits = "threading.Thread(target=waits_beside, daemon=True).start(); time.sleep(600)"
    project.suite("def waits_beside(): time.sleep(600)\n" + middle(waits), tool=tool, limits={"test": 2})
    ran = project.run()
    assert ran.code == 1, ran.said
    assert ran.status == ("complete", "")
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)
    assert ran.verdicts == {**dict.fromkeys((*BEFORE, *AFTER), "ok"), "test_middle": "breaks"}
    assert "limits.test" in str(ran.report["causes"])
    assert "waits_beside" in ran.log
    assert "in test_middle" in ran.log


def test_a_module_that_hangs_while_it_is_imported(project: Project) -> None:
    project.suite(f"if LATER: time.sleep(600)\n{middle('pass')}", limits={"cell": 4})
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == "timed-out"
    assert "limits.cell" in ran.status[1]
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)
    assert set(ran.verdicts.values()) == {"unknown"}
    assert "test_m.py" in ran.log  # the stack


@pytest.mark.parametrize("tool", ["unittest", "pytest"])
def test_a_process_that_does_not_end_for_its_threads(project: Project, tool: str) -> None:
    waits = "threading.Thread(target=waits_for_ever).start()"
    project.suite("def waits_for_ever(): time.sleep(600)\n" + middle(waits), tool=tool, limits={"cell": 6})
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == "timed-out"
    assert "after the last test: the process did not end" in ran.status[1]
    assert "waits_for_ever" in ran.log
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)
    # What was measured stands: every test had ended.
    assert set(ran.outcomes(ran.later).values()) == {"passed"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the process group is known")
@pytest.mark.parametrize("how", ["start_new_session=False", "start_new_session=True"])
def test_a_child_does_not_outlive_the_suite(project: Project, tmp_path: Path, how: str) -> None:
    """The child holds the write end of a pipe: when it is gone, and only then, reading ends."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    child = f"import time; held = open({str(pipe)!r}, 'w'); print('up', flush=True); time.sleep(600)"
    starts = (
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE, {how}); "
        "child.stdout.readline()"
    )
    project.suite(middle(starts))
    ran = project.run()
    assert ran.code == 0, ran.said
    assert ran.status == ("complete", "")
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_memory_that_is_refused_is_a_failed_test(project: Project) -> None:
    limits = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); bytearray(1 << 32)"
    project.suite(middle(limits))
    ran = project.run()
    assert ran.code == 1, ran.said
    assert ran.verdicts == {**dict.fromkeys((*BEFORE, *AFTER), "ok"), "test_middle": "breaks"}
    assert "MemoryError" in str(ran.report["causes"])
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)


LIMIT: dict[str, Any] = {"limits": {"memory": "300MiB"}}


@pytest.mark.skipif(sys.platform != "linux", reason="limits.memory is kept there alone")
@pytest.mark.parametrize("tool", ["unittest", "pytest"])
def test_a_test_that_wants_more_than_the_limit_fails_and_the_others_are_measured(project: Project, tool: str) -> None:
    """Not only in the suite's own process: in one that it starts, too."""
    child = "subprocess.run([sys.executable, '-c', 'bytearray(1 << 30)'], check=True)"
    eats = "held = []\n" + middle("while True: held.append(bytearray(1 << 20))") + "            held.clear()\n"
    eats += f"    def test_child(self):\n        if LATER: {child}\n"
    project.suite(eats, tool=tool, **LIMIT)
    ran = project.run()
    assert ran.code == 1, ran.said
    assert ran.status == ("complete", "")
    ran.base_is_intact(*BEFORE, "test_middle", "test_child", *AFTER)
    assert ran.verdicts == {**dict.fromkeys((*BEFORE, *AFTER), "ok"), "test_middle": "breaks", "test_child": "breaks"}
    assert "MemoryError" in str(ran.report["causes"])


@pytest.mark.skipif(sys.platform != "linux", reason="limits.memory is kept there alone")
def test_a_process_that_ends_for_want_of_memory(project: Project) -> None:
    """Outside of any test: the reason names the limit."""
    project.suite(middle("pass"), tool="pytest", **LIMIT)
    hook = (
        "import sys\n"
        "def pytest_runtest_logfinish(nodeid):\n"
        f"    if 'test_middle' in nodeid and sys.version_info >= (3, {project.minor}): bytearray(1 << 30)\n"
    )
    project.write({"conftest.py": hook})
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == "crashed"
    assert "its memory was not enough (limits.memory: 300.0 MiB)" in ran.status[1]
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)


@pytest.mark.skipif(sys.platform != "linux", reason="limits.memory is kept there alone")
def test_a_command_of_your_own_is_limited_too(project: Project) -> None:
    hungry = f"import sys; sys.version_info >= (3, {project.minor}) and bytearray(1 << 30); "
    hungry += "open(sys.argv[1], 'w').write('<testsuite><testcase classname=\"a\" name=\"b\"/></testsuite>')"
    project.matrix(test={"command": ["{python}", "-c", hungry, "{junit}"]}, **LIMIT)
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == "failed-to-start"
    assert "MemoryError" in ran.status[1]
    assert "limits.memory: 300.0 MiB" in ran.status[1]
    assert ran.cell(f"{ran.base}-plain")["status"] == "complete"


def test_a_gigabyte_of_output_keeps_its_beginning_and_its_end(project: Project) -> None:
    speaks = "os.write(2, b'the beginning\\n'); [os.write(2, b'x' * (1 << 20)) for _ in range(1 << 10)]"
    project.suite(middle(speaks))
    ran = project.run()
    assert ran.code == 0, ran.said
    assert ran.status == ("complete", "")
    size = (ran.results / "cells" / f"{ran.later}-plain" / "output.log").stat().st_size
    assert size < 20 << 20
    assert "the beginning" in ran.log
    assert "bytes of output were left out here" in ran.log
    assert ran.log.rstrip().endswith("OK")  # unittest's last word
    ran.base_is_intact(*BEFORE, "test_middle", *AFTER)
