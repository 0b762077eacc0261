"""Processes: their output, their end, and what they leave running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner import execute, process_group
from runner.process_group import Group

posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are POSIX")
ROOT = Path(__file__).resolve().parents[3]


def run(code: str, folder: Path, timeout: float | None = 60) -> execute.Ended:
    return execute.run(
        [sys.executable, "-c", code], cwd=folder, environment=os.environ, log=folder / "log", timeout=timeout
    )


def test_output_goes_to_the_log_and_is_appended(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n", encoding="utf-8")
    ended = run("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (ended.exit_status, ended.signal, ended.ok) == (3, None, False)
    assert (tmp_path / "log").read_text(encoding="utf-8").split() == ["before", "out", "err"]


def test_what_cannot_be_started_is_a_fault_and_not_an_exception(tmp_path: Path) -> None:
    ended = execute.run(["no-such-program"], cwd=tmp_path, environment={"PATH": ""}, log=tmp_path / "log")
    assert ended.fault is not None
    assert "cannot start no-such-program" in ended.fault
    assert "no-such-program" in (tmp_path / "log").read_text(encoding="utf-8")


@posix
def test_a_signal_has_a_name(tmp_path: Path) -> None:
    ended = run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert (ended.exit_status, ended.signal) == (None, "SIGKILL")


@posix
def test_a_time_out_leaves_the_stacks_of_all_threads(tmp_path: Path) -> None:
    code = (
        "import faulthandler, threading\nfaulthandler.enable()\n"
        "def waits_for_ever(): threading.Event().wait()\nwaits_for_ever()"
    )
    ended = run(code, tmp_path, timeout=1)
    assert ended.timed_out
    assert "waits_for_ever" in (tmp_path / "log").read_text(encoding="utf-8")


@posix
def test_a_child_does_not_outlive_its_leader(tmp_path: Path) -> None:
    """The child holds the write end of a pipe: when it is gone, and only then, reading ends."""
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # noqa: FBT003 - positional only
    code = (
        "import os, subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], pass_fds=[{writer}])\n"
    )
    log = tmp_path / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", code], pass_fds=[writer], start_new_session=True, stdout=output, stderr=output
        )
    os.close(writer)
    Group(process).wait()
    assert os.read(reader, 1) == b""
    os.close(reader)


@posix
def test_who_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_group, "GRACE", 0.05)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    code = (
        "import signal, time\nsignal.signal(signal.SIGABRT, signal.SIG_IGN)\n"
        f"open({str(ready)!r}, 'w').close()\ntime.sleep(600)"
    )
    process = execute.start([sys.executable, "-c", code], cwd=tmp_path, environment=os.environ, log=tmp_path / "log")
    ready.open(encoding="utf-8").close()
    group = Group(process)
    group.end(signal.SIGABRT)
    assert group.wait() == -signal.SIGKILL


@posix
def test_what_runs_in_other_threads_is_stopped_and_nothing_more_is_started(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    code = f"import time\nopen({str(ready)!r}, 'w').close()\ntime.sleep(600)"
    with execute.stoppable(), ThreadPoolExecutor() as pool:
        running = pool.submit(run, code, tmp_path, None)
        ready.open(encoding="utf-8").close()
        execute.stop_all()
        with pytest.raises(KeyboardInterrupt):
            running.result()
        with pytest.raises(KeyboardInterrupt):
            run("", tmp_path)
    assert run("", tmp_path).ok


@posix
def test_what_a_process_used_is_known(tmp_path: Path) -> None:
    ended = run("held = b'x' * (64 << 20)", tmp_path)
    assert ended.usage is not None
    assert ended.usage.memory > 64 << 20
    assert ended.usage.cpu > 0


@posix
def test_a_time_out_is_no_crash(tmp_path: Path) -> None:
    ended = run("import time; time.sleep(600)", tmp_path, timeout=0.2)
    assert (ended.timed_out, ended.exit_status, ended.signal, ended.ok) == (True, None, "SIGABRT", False)


@posix
@pytest.mark.parametrize(
    ("what", "why"),
    [("a folder", "Permission denied"), ("no program", "Exec format error"), ("no cwd", "No such file")],
)
def test_what_cannot_be_started_says_why(tmp_path: Path, what: str, why: str) -> None:
    program = tmp_path / "program"
    if what == "a folder":
        program.mkdir()
    else:
        program.write_bytes(b"\x7fELF?")
        program.chmod(0o755)
    cwd = tmp_path / "gone" if what == "no cwd" else tmp_path
    ended = execute.run([str(program)], cwd=cwd, environment={}, log=tmp_path / "logs" / "log")
    assert why in str(ended.fault)
    assert why in (tmp_path / "logs" / "log").read_text(encoding="utf-8")


def test_nobody_answers_questions_of_a_suite(tmp_path: Path) -> None:
    ended = run("input()", tmp_path)
    assert ended.exit_status == 1
    assert "EOFError" in (tmp_path / "log").read_text(encoding="utf-8")


def test_attach_gives_the_exit_status(tmp_path: Path) -> None:
    assert execute.attach([sys.executable, "-c", "raise SystemExit(3)"], cwd=tmp_path) == 3


@posix
@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (99, "signal 99")])
def test_names_of_signals(number: int, name: str) -> None:
    assert execute._signal_name(number) == name


def test_ask_has_an_end(tmp_path: Path) -> None:
    assert execute.ask([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.1) is None


@posix
def test_ctrl_c_reaches_the_suite_which_can_still_write(tmp_path: Path) -> None:
    """A driver runs a suite that says when it is ready; SIGINT to the driver lets the suite finish its words."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    suite = (
        "import time\n"
        "try:\n"
        f"    open({str(ready)!r}, 'w').close()\n"
        "    time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    print('last words', flush=True)\n"
    )
    driver = (
        "import os, sys\nfrom pathlib import Path\nfrom runner import execute\n"
        "try:\n"
        f"    execute.run([sys.executable, '-c', {suite!r}], cwd=Path({str(tmp_path)!r}), environment=os.environ,"
        f" log=Path({str(tmp_path / 'log')!r}))\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    with subprocess.Popen([sys.executable, "-c", driver], cwd=ROOT) as process:
        ready.open(encoding="utf-8").close()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert "last words" in (tmp_path / "log").read_text(encoding="utf-8")


def test_ask_tells_a_failure_from_an_answer(tmp_path: Path) -> None:
    answer = execute.ask([sys.executable, "-c", "import sys; print('a'); sys.exit('b')"])
    assert answer is not None
    assert (answer.exit_status, answer.output.strip(), answer.errors.strip()) == (1, "a", "b")
    assert execute.ask([str(tmp_path / "nothing")]) is None
    assert execute.output_of([sys.executable, "-c", "raise SystemExit(1)"]) is None


@posix
def test_sigterm_becomes_an_interrupt_only_inside() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), execute.terminate_as_interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_end_is_waited_for_but_no_longer_than_wanted(tmp_path: Path) -> None:
    code = "import sys; sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert not execute.wait_for(process, 0)
    assert process.stdin is not None
    process.stdin.close()
    assert execute.wait_for(process, 60)
    assert process.returncode == 0
