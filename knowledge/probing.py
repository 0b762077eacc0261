"""Runs probes on the interpreter that runs this: each in a process of its own, whatever it does to it.

Standard library only, and the syntax of Python 3.8, for it runs on every interpreter that is measured. Reads a JSON
object of id to code from the file named first, and writes one JSON line for each: id, warnings, error. A fork for each
probe, not a start: 500 starts would take a minute, and a fork inherits nothing that a probe did.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, ARG001, SIM105

import gc
import json
import os
import select
import signal
import sys
import time
import warnings

_CUT = 4000


def main(path, seconds):
    """Run the probes of a file; one line of output for each."""
    with open(path, encoding="utf-8") as file:
        probes = json.load(file)
    for name, code in probes.items():
        sys.stdout.write(json.dumps(dict(run(code, seconds), id=name)) + "\n")
        sys.stdout.flush()


def run(code, seconds):
    """Run one probe; a crash or a hang is its result."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _observe(code, writer)
    os.close(writer)
    line = _read_line(reader, time.monotonic() + seconds)
    os.close(reader)
    if not line:
        _kill(child)  # it may hang
    status = os.waitpid(child, 0)[1]
    _kill(child)  # what it started may still run
    if line:
        return json.loads(line)
    ended = "hung" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else f"status {status}"
    return {"warnings": [], "error": ["Crash", ended]}


def _read_line(reader, deadline):
    data = b""
    while not data.endswith(b"\n"):
        left = deadline - time.monotonic()
        # No end of file is waited for: a process that the probe left behind keeps the pipe open.
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return b""
        part = os.read(reader, 65536)
        if not part:
            return b""
        data += part
    return data


def _kill(child):
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        pass


def _observe(code, writer):
    """In the child: run the code, tell what was seen, and end without a word to anyone else."""
    os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    seen, error = [], None

    def note(message, category, filename, lineno, file=None, line=None):
        seen.append([category.__name__, str(message)[:_CUT]])

    warnings.resetwarnings()
    warnings.simplefilter("always")
    warnings.showwarning = note
    try:
        names = {"__name__": "__probe__"}
        exec(compile(code, "<probe>", "exec", dont_inherit=True), names)  # nosec B102 # noqa: S102 - our own code
        del names
    except BaseException as caught:  # noqa: BLE001 - SystemExit is a result, too
        error = [type(caught).__name__, str(caught)[:_CUT]]
    gc.collect()  # "never awaited" and "unclosed" come from finalisers
    os.write(writer, json.dumps({"warnings": seen[:50], "error": error}).encode() + b"\n")
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
