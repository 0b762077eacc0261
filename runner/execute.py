"""Starts processes: the only module that does. Output goes to a file, time is limited, children do not outlive."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .log_file import LogFile
from .process_group import Children, Group, Usage
from .strays import end_strays

__all__ = ["Answer", "Ended", "Process", "Usage", "ask", "attach", "output_of", "run", "start"]

#: Tells the probe, and with it every process of a suite, where the evidence of its cell goes.
EVIDENCE_VARIABLE = "FOREWARN_EVIDENCE"

Process = subprocess.Popen[bytes]
"""A process that was started and is not waited for."""

#: The children of this process are a fact of the whole process, whichever thread waits for them.
_CHILDREN = Children()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended."""

    exit_status: int | None
    """None where a signal ended it."""
    signal: str | None = None
    """``SIGSEGV``; on a time-out, what we sent."""
    timed_out: bool = False
    seconds: float = 0.0
    usage: Usage | None = None
    """Where the system tells."""
    fault: str | None = None
    """Why it could not be started; all else is empty then."""
    unwritten: OSError | None = None
    """Why its output is not in the log as a whole."""

    @property
    def ok(self) -> bool:
        """It was started and said that all is well."""
        return self.exit_status == 0 and not self.timed_out

    def require_words(self) -> None:
        """See to it that the log says why it failed, if it did.

        Raises:
            OSError: nothing could be written there; as a rule that is why.
        """
        if not self.ok and self.unwritten is not None:
            raise self.unwritten


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    timeout: float | None = None,
) -> Ended:
    """Run ``command`` to its end, its output appended to ``log``, of very much output the beginning and the end.

    The process leads a group of its own. On Ctrl-C the group gets SIGINT, so that a test tool can still write its
    results, and KeyboardInterrupt is raised on. What is left of the group when the leader has ended is killed, and so
    is what left the group, where it can be told by the folder that its evidence goes to.

    Args:
        command: words; the first is found on the PATH of ``environment``.
        cwd: working folder.
        environment: the whole environment.
        log: file, created with its folder where absent.
        timeout: seconds; after it the stacks are asked for (SIGABRT, which faulthandler answers), then SIGKILL.

    Raises:
        KeyboardInterrupt: Ctrl-C, or `stop_all` in another thread.
    """
    if _CHILDREN.stopping:
        raise KeyboardInterrupt
    started = time.monotonic()
    with LogFile(log) as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output.descriptor,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            place = "" if cwd.is_dir() else f" in {cwd}"
            fault = f"cannot start {command[0]}{place}: {error.strerror or error}"
            os.write(output.descriptor, f"{fault}\n".encode())
            return Ended(exit_status=None, fault=fault)
        output.release()
        ended = _ended(Group(process, _end_tree), timeout, started, environment.get(EVIDENCE_VARIABLE))
    return dataclasses.replace(ended, unwritten=output.fault)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within, `stop_all` ends what runs in other threads; afterwards processes may be started again."""
    try:
        yield
    finally:
        _CHILDREN.resume()


def stop_all() -> None:
    """End what `run` waits for in other threads, as Ctrl-C does: each of these calls raises KeyboardInterrupt."""
    _CHILDREN.stop()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What a short command said."""

    exit_status: int
    output: str
    errors: str


def ask(
    command: Sequence[str], *, timeout: float = 60.0, environment: Mapping[str, str] | None = None
) -> Answer | None:
    """Run a short command and keep what it says; None where it cannot be started or takes too long."""
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=None if environment is None else dict(environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Answer(
        exit_status=result.returncode,
        output=result.stdout.decode("utf-8", "replace"),
        errors=result.stderr.decode("utf-8", "replace"),
    )


def output_of(command: Sequence[str]) -> str | None:
    """Standard output of a short command that succeeded, else None."""
    answer = ask(command)
    return answer.output if answer is not None and answer.exit_status == 0 else None


def attach(command: Sequence[str], *, cwd: Path) -> int:
    """Run a command on our own terminal; its exit status (negative: the signal that ended it)."""
    return subprocess.run(command, cwd=cwd, check=False).returncode


def start(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path | None) -> Process:
    """Start a command in a group of its own and do not wait; output to ``log``, or to our own terminal."""
    output = None if log is None else log.open("wb")
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
    finally:
        if output is not None:
            output.close()


def wait_for(process: Process, seconds: float) -> bool:
    """Wait for the end of a process, but no longer; whether it has ended."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def start_beside(command: Sequence[str], *, environment: Mapping[str, str]) -> Process:
    """Start a command that outlives us, out of the reach of Ctrl-C; its standard input is a pipe that we hold."""
    return subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
    )


def _ended(group: Group, timeout: float | None, started: float, evidence: str | None) -> Ended:
    _CHILDREN.add(group)
    try:
        code = group.wait(timeout)
    finally:
        _CHILDREN.remove(group)
        if evidence:
            end_strays(EVIDENCE_VARIABLE, evidence)
    if _CHILDREN.stopping:
        raise KeyboardInterrupt
    name = _signal_name(-code) if code < 0 else None
    return Ended(
        exit_status=None if name else code,
        signal=name,
        timed_out=group.timed_out,
        seconds=time.monotonic() - started,
        usage=group.usage,
    )


def _end_tree(number: int) -> None:  # pragma: no cover - Windows
    subprocess.run(["taskkill", "/F", "/T", "/PID", str(number)], check=False, capture_output=True)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextlib.contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """While active, SIGTERM and SIGHUP end the run as Ctrl-C does: children are stopped, evidence is kept."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    try:
        for name in names:
            before[name] = signal.signal(getattr(signal, name), interrupt)
    except ValueError:  # not in the main thread: somebody else's business
        before = {}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
