"""What the compiler warns of in the files that a suite loads: it is said when a file is compiled, and that was earlier.

Asked of the environment's interpreter, once for each state of a file. The bytecode that hides it is removed before a
suite runs, and so it is said again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from . import bytecode, execute
from .model import Python
from .record import write_json
from .untrusted import read_json

_MEMORY = "forewarn-compiled.json"
#: Seconds; a file takes milliseconds.
_LIMIT = 600.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class CompilerWarning:
    """One warning of the compiler."""

    category: str
    message: str
    bases: tuple[str, ...] = ()


def compiler_warnings(
    python: Path, home: Path, files: Iterable[str], environment: Mapping[str, str]
) -> dict[str, tuple[CompilerWarning, ...]] | None:
    """Warnings by file, of those that have any; None where the interpreter did not answer.

    Args:
        python: the environment's interpreter.
        home: the environment's folder, where answers are kept.
        files: paths of sources.
        environment: variables that the interpreter is started with.
    """
    known = read_json(home / _MEMORY) or {}
    states = {file: state for file in files if (state := _state(Path(file))) is not None}
    unknown = [file for file, state in states.items() if not _is_of(known.get(file), state)]
    if unknown:
        answers = _ask(python, unknown, environment)
        if answers is None:
            return None
        known |= {file: [*states[file], answer] for file, answer in zip(unknown, answers, strict=True)}
        write_json(home / _MEMORY, known)
    return {file: found for file in states if (found := _warnings(known[file][2]))}


def uncover(python: Path, version: Python, home: Path, folders: Iterable[Path], environment: Mapping[str, str]) -> bool:
    """Remove the bytecode of all files of which the compiler warns; False where what it warns of is not known.

    Args:
        python: the environment's interpreter.
        version: its version.
        home: the environment's folder; what is installed in it is looked at, too.
        folders: with sources outside of the environment; not those below them.
        environment: variables that the suite is started with.
    """
    installed = {*home.glob("lib/python*/site-packages"), *home.glob("Lib/site-packages")}
    looked_at = dict.fromkeys([*folders, *(folder for packages in installed for folder in bytecode.below(packages))])
    found = bytecode.bytecode_of(looked_at, version, environment.get(bytecode.VARIABLE))
    warnings = compiler_warnings(python, home, map(str, found), environment)
    for source in found if warnings is None else map(Path, warnings):
        for path in found[source]:
            with contextlib.suppress(OSError):  # read-only, or another cell was faster
                path.unlink()
    return warnings is not None


def _state(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _is_of(entry: object, state: list[int]) -> bool:
    return isinstance(entry, list) and len(entry) == 3 and entry[:2] == state


def _ask(python: Path, files: list[str], environment: Mapping[str, str]) -> list[object] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "files.json"
        path.write_text(json.dumps(files), encoding="utf-8")
        command = [str(python), "-I", "-m", "forewarn_probe.compiled", str(path)]
        answer = execute.ask(command, timeout=_LIMIT, environment=environment)
    if answer is None or answer.exit_status != 0:
        return None
    try:
        answers = json.loads(answer.output)
    except ValueError:
        return None
    return answers if isinstance(answers, list) and len(answers) == len(files) else None


def _warnings(entries: object) -> tuple[CompilerWarning, ...]:
    return tuple(
        CompilerWarning(category=str(entry[0]), message=str(entry[1]), bases=tuple(map(str, entry[2])))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], list)
    )
