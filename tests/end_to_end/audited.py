"""Runs one forewarn command and notes, by CPython's audit events, what it starts, writes, removes and reads.

As a program: ``python audited.py LOG WORD…``. A line of LOG is ``EVENT PATH-OR-COMMAND``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"})
_CHANGES = frozenset(
    {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod", "os.utime"}
)


def _absolute(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links are to be seen, not followed


def main(log_file: str, words: list[str]) -> int:
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            kind = "write" if isinstance(flags, int) and flags & _WRITES else "read"
            # A number is a file that is open already; a relative name may be below a folder's descriptor.
            said = None if isinstance(path, int) else (kind, _absolute(path))
        elif event in _STARTS:
            said = ("start", json.dumps([str(one) for one in arguments]))
        elif event in _CHANGES:
            said = ("change", _absolute(arguments[0]))
        else:
            return
        if said is not None:
            os.write(log, f"{said[0]} {json.dumps(said[1])}\n".encode())

    from runner.__main__ import main as forewarn

    sys.addaudithook(note)
    return forewarn(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
