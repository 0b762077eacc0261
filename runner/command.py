"""The words and variables that start a suite so that its profile really applies and its evidence is written."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from .bytecode import VARIABLE as BYTECODE_VARIABLE
from .execute import EVIDENCE_VARIABLE
from .filters import parse_filter
from .memory_limit import limited
from .model import Cell, Matrix, TestTool
from .workspace import VARIABLES, Workspace

#: Variables that name folders of this machine: no part of what a result depends on.
_PLACES = frozenset({"PATH", "VIRTUAL_ENV", EVIDENCE_VARIABLE, BYTECODE_VARIABLE}) | VARIABLES

#: Of the order in which sets of texts are gone through: one of those that Python draws, the same in every cell and run.
_HASH_SEED = "1"

#: Undeclared inputs that would make a result depend on the shell it was started from.
REMOVED = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONWARNINGS",
    "PYTHONSTARTUP",
    "PYTHONSAFEPATH",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "PYTEST_CURRENT_TEST",
    "PYTEST_VERSION",
    "PYTEST_XDIST_WORKER",
    "PYTEST_XDIST_WORKER_COUNT",
    "PYTEST_XDIST_TESTRUNUID",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
    "NOX_CURRENT_SESSION",
    "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "CONDA_PREFIX",
    "__PYVENV_LAUNCHER__",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command:
    """What is started, where, and with which changes to the environment."""

    words: tuple[str, ...]
    cwd: Path
    changes: Mapping[str, str | None]
    """Environment variables that are set; ``None`` removes."""
    memory: int | None = None
    """Bytes that each of its processes may take."""

    def started(self) -> tuple[str, ...]:
        """The words to start it by, with its limit."""
        return limited(self.words, self.memory)

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """``inherited`` with the changes applied."""
        merged: dict[str, str | None] = {**inherited, **self.changes}
        return {name: value for name, value in merged.items() if value is not None}

    def moved(self, old: Path, new: Path) -> Command:
        """The same with its evidence in the folder ``new``; both are absolute."""
        changes = {
            name: None if value is None else value.replace(str(old), str(new)) for name, value in self.changes.items()
        }
        words = tuple(word.replace(str(old), str(new)) for word in self.words)
        return dataclasses.replace(self, words=words, changes=changes)

    def digest(self, *, target: Path, folder: Path, own: Collection[str] = ()) -> str:
        """``sha256:…`` of what is started and with which changes, the same on every machine and in every shell.

        Args:
            target: where the target or its working copy is.
            folder: where the evidence goes.
            own: variables that matrix.yaml sets, which count whatever their names are.
        """
        changes = {
            name: value
            for name, value in self.changes.items()
            if name in own or (name not in _PLACES and (value is not None or name not in REMOVED))
        }
        limits = [] if self.memory is None else [self.memory]
        text = json.dumps([self.words[1:], changes, *limits], sort_keys=True)
        for path, name in ((folder, "{evidence}"), (target, "{target}")):
            text = text.replace(json.dumps(str(path))[1:-1], name)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def suite_command(
    matrix: Matrix,
    cell: Cell,
    *,
    python: Path,
    place: Workspace,
    folder: Path,
    inherited: Mapping[str, str],
    extra: tuple[str, ...] = (),
) -> Command:
    """The command of one cell.

    pytest: our options come after the user's, so that ``-W`` wins over the ini file's filters, ``-x`` does not cut
    the suite short, and a module that does not import does not stop the others. What is no plain run has Python's own
    tracebacks. unittest: filters of builtin categories are the interpreter's ``-W``; dotted ones cannot be (the
    interpreter reads them before site-packages is on its path), so the probe sets them, and those behind them, just
    before unittest starts.

    Args:
        matrix: what to run.
        cell: with which filters.
        python: the environment's interpreter.
        place: where the target is, and what the workspace changes; what matrix.yaml says goes before.
        folder: where the cell's evidence goes.
        inherited: the environment that the changes apply to.
        extra: arguments behind those of matrix.yaml, such as ``-k name``.
    """
    test = matrix.test
    words = _words(test.tool)(cell, python, folder, (*test.arguments, *extra))
    changes = {**place.changes, **_changes(matrix, python, place.target, folder, inherited)}
    later = cell.profile.as_if
    if later is not None:
        at = words.index("-m")
        words = (*words[:at], "-m", "forewarn_probe.as_if", str(as_if_file(folder)), *words[at:])
        if (later.major, later.minor) >= (3, 15):
            changes["PYTHONUTF8"] = "1"  # what 3.15 does without being told
        # What is compiled as if by a later Python is not for others; what that ends is an error, and never cached.
        changes[BYTECODE_VARIABLE] = str(python.parent.parent / AS_IF_BYTECODE / str(later))
    elif cell.profile.filters:
        # What a compiler warns of is said once, when a module is compiled; a cached .pyc would hide it.
        changes[BYTECODE_VARIABLE] = str(bytecode_folder(folder))
    if test.tool is TestTool.COMMAND and cell.profile.filters and "{warnings}" not in test.arguments:
        changes["PYTHONWARNINGS"] = ",".join(cell.profile.filters)
    return Command(words=words, cwd=place.target / test.cwd, changes=changes, memory=matrix.limits.memory)


def with_bytecode(command: Command, matrix: Matrix) -> Command:
    """The command of a cell with filters, using the bytecode that is there: where none hides what a compiler says."""
    changes = {name: value for name, value in command.changes.items() if name != BYTECODE_VARIABLE}
    own = dict(matrix.env)
    if BYTECODE_VARIABLE in own:
        changes[BYTECODE_VARIABLE] = own[BYTECODE_VARIABLE]
    return dataclasses.replace(command, changes=changes)


def as_if_file(folder: Path) -> Path:
    """What the probe is told in a cell that runs as if its Python were a later one."""
    return folder / "as-if.json"


#: In an environment: what was compiled in its runs as if, by later version.
AS_IF_BYTECODE = "as-if-bytecode"


def bytecode_folder(folder: Path) -> Path:
    """Where a cell with warnings filters keeps its bytecode; of no use after it."""
    return folder / "bytecode"


def _words(tool: TestTool) -> Callable[[Cell, Path, Path, tuple[str, ...]], tuple[str, ...]]:
    match tool:
        case TestTool.PYTEST:
            return _pytest
        case TestTool.UNITTEST:
            return _unittest
        case TestTool.COMMAND:
            return _custom


def fail_after_file(folder: Path) -> Path:
    """The filters of a cell that fails tests after their end, for the probe."""
    return folder / "fail-after.json"


def shard_file(folder: Path) -> Path:
    """Which part of the suite a cell runs, for the probe."""
    return folder / "shard.json"


def _raised(cell: Cell) -> tuple[str, ...]:
    """The filters that the interpreter or the test tool is given."""
    return () if cell.profile.fail_after else cell.profile.filters


#: Python's own tracebacks, which take no time; pytest's take far longer than the tests, where most of these fail.
BRIEF_TRACEBACKS = ("-p", "forewarn_probe.pytest_brief")


def _pytest(cell: Cell, python: Path, folder: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    filters = [word for text in _raised(cell) for word in ("-W", text)]
    is_plain = not cell.profile.filters and cell.profile.as_if is None
    return (
        str(python),
        "-m",
        "pytest",
        "-p",
        "forewarn_probe.pytest_plugin",
        *arguments,
        *filters,
        *(() if is_plain else BRIEF_TRACEBACKS),
        f"--junitxml={folder / 'junit.xml'}",
        "-o",
        "junit_family=xunit1",
        "--continue-on-collection-errors",
        "--maxfail=0",
    )


def _unittest(cell: Cell, python: Path, folder: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    # Later filters win, so what stands behind a dotted one is set after it.
    filters = list(_raised(cell))
    builtin = list(itertools.takewhile(lambda text: parse_filter(text).is_builtin, filters))
    late = filters[len(builtin) :]
    return (
        str(python),
        *(word for text in builtin for word in ("-W", text)),
        "-m",
        "forewarn_probe.unittest_main",
        "--junit",
        str(folder / "junit.xml"),
        *(word for text in late for word in ("--filter", text)),
        "--",
        *arguments,
    )


def _custom(cell: Cell, python: Path, folder: Path, arguments: tuple[str, ...]) -> tuple[str, ...]:
    words: list[str] = []
    for word in arguments:
        if word == "{warnings}":
            words += [part for text in cell.profile.filters for part in ("-W", text)]
        else:
            words.append(word.replace("{junit}", str(folder / "junit.xml")).replace("{python}", str(python)))
    return tuple(words)


def _changes(
    matrix: Matrix, python: Path, target: Path, folder: Path, inherited: Mapping[str, str]
) -> dict[str, str | None]:
    changes: dict[str, str | None] = {name: None for name in REMOVED if name in inherited}
    changes["PATH"] = os.pathsep.join(part for part in (str(python.parent), inherited.get("PATH", "")) if part)
    changes["VIRTUAL_ENV"] = str(python.parent.parent)
    changes[EVIDENCE_VARIABLE] = str(folder)
    changes["PYTHONHASHSEED"] = _HASH_SEED
    if matrix.limits.test is not None:
        changes["FOREWARN_TEST_LIMIT"] = f"{matrix.limits.test:g}"
    if matrix.test.pythonpath:
        changes["PYTHONPATH"] = os.pathsep.join(str((target / part).resolve()) for part in matrix.test.pythonpath)
    return {**changes, **dict(matrix.env)}
