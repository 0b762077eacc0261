"""``forewarn reproduce``: the commands that recreate a cell's environment and run one of its tests in it, alone.

What is started is matrix.yaml's. A results folder may be somebody else's: only names and versions of distributions,
the version of the interpreter, the commit and ids of tests are taken from it, and each is what it says it is.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from . import as_if, execute
from .command import as_if_file, fail_after_file, suite_command
from .config import read_matrix
from .environment import UV_DEFAULTS, find_uv, install_environment, python_in
from .errors import EvidenceIncompleteError, UsageError
from .faults import did_you_mean, quote
from .model import Absent, Cell, InstallMode, Interpreter, Matrix, TestTool
from .plan import plan
from .recipe import install_mode
from .record import ResultsFolder, write_json
from .session_options import Options, make_finder
from .target import Checkout, last_words, prepare
from .traces import read_records
from .workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
#: Puts the probe, from the folder that it is given, where the environment's Python finds it.
_PUT_PROBE = (
    "import shutil, sys, sysconfig; "
    "shutil.copytree(sys.argv[1], sysconfig.get_paths()['purelib'] + '/forewarn_probe', dirs_exist_ok=True)"
)
#: Not printed as a whole: it is what the knowledge base says of a version.
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a results folder says of one test in one cell, as far as it can be trusted to be no more than that."""

    outcome: str | None
    """None where the cell has none: it ended before, or did not have the test."""
    version: str | None
    """Of the interpreter."""
    distributions: tuple[tuple[NormalizedName, str], ...]
    target: str | None
    """Digest of the target's files."""
    revision: str | None
    """Commit of the target; None where it was not a clean working copy."""
    before: tuple[str, ...]
    """Tests that have to run before it for the outcome to show."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """A command, or a file that is written before the next one."""

    words: tuple[str, ...] = ()
    cwd: Path | None = None
    changes: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    file: Path | None = None
    text: str = ""

    def in_shell(self) -> str:
        """As a person would type it."""
        if self.file is not None:
            return f"mkdir -p {_q(self.file.parent)} && printf '%s' {shlex.quote(self.text)} > {_q(self.file)}"
        removed = [word for name, value in self.changes.items() if value is None for word in ("-u", name)]
        set_ = [f"{name}={value}" for name, value in self.changes.items() if value is not None]
        words = [*(["env", *removed, *set_] if self.changes else []), *self.words]
        line = shlex.join(words)
        return line if self.cwd is None else f"(cd {_q(self.cwd)} && {line})"


def reproduce(
    test: str, cell_id: str, results: Path, matrix_file: Path, *, run: bool, interpreters: Sequence[str]
) -> int:
    """Print the steps, or take them and say whether the outcome is the recorded one; returns the exit code.

    Raises:
        ForewarnError: no such cell or test, an interpreter that is not here, a step that fails.
    """
    matrix = read_matrix(matrix_file)
    cells = {one.id: one for one in plan(matrix)}
    if cell_id not in cells:
        raise UsageError(f"{matrix.file} has no cell {quote(cell_id)}{did_you_mean(cell_id, cells)}")
    cell = cells[cell_id]
    recorded = read_recorded(results, cell, test)
    environment = dict(os.environ)
    uv = find_uv(environment)
    if uv is None:
        raise UsageError("reproducing needs uv", hint="pip install uv")
    finder = make_finder(matrix, Options(interpreters=tuple(interpreters)), environment, uv)
    found = finder.find_all([cell.python])[cell.python]
    if isinstance(found, Absent):
        raise UsageError(
            f"{cell.python} is not here: {found.reason}",
            hint=f"it was {recorded.version}; `uv python install {recorded.version or cell.python}` may have it",
        )
    folder = Path(tempfile.mkdtemp(prefix="forewarn-reproduce-")) if run else Path.cwd() / "forewarn-reproduce"
    work = matrix.file.parent / ".nox" / "forewarn"
    checkout = prepare(matrix.target, work, environment, uv)
    maker = _Maker(
        matrix=matrix,
        cell=cell,
        recorded=recorded,
        checkout=checkout,
        interpreter=found,
        uv=uv,
        folder=folder,
        as_if_config=_as_if_config(matrix, cell, work),
    )
    steps = list(maker.steps(test))
    for line in maker.unknown():
        print(f"# {line}")
    for step in steps:
        print(step.in_shell(), flush=True)
    if not run:
        return 0
    return _taken(steps, folder, test, recorded)


def _as_if_config(matrix: Matrix, cell: Cell, work: Path) -> Path | None:
    """What the probe is told in a cell that runs as if its Python were a later one, in a file; None in all others."""
    later = cell.profile.as_if
    if later is None:
        return None
    config = as_if.config(cell.python, later, as_if.prepare_library(cell.python, later, work), matrix.knowledge)
    path = work / "as-if" / f"{cell.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, config)
    return path


def read_recorded(results: Path, cell: Cell, test: str) -> Recorded:
    """What is recorded of a test.

    Raises:
        UsageError: the folder has no evidence of the cell, or the cell none of such a test.
    """
    folder = ResultsFolder(results)
    record = folder.read_cell(cell.id)
    if record is None:
        raise UsageError(f"{results} has no evidence of {cell.id}", hint="name the results folder with --results")
    outcomes, known = _outcomes(results / "cells" / cell.id)
    if test not in known and known:
        near = [name for name in known if test in name][:3]
        raise UsageError(
            f"{cell.id} has no test {quote(test)}",
            hint=f"did you mean {near[0]}?" if near else "copy the test's id from the report",
        )
    interpreter = record.get("interpreter")
    version = interpreter.get("version") if isinstance(interpreter, dict) else None
    inputs = record.get("inputs")
    digest = inputs.get("target") if isinstance(inputs, dict) else None
    run = folder.read_run() or {}
    target = run.get("target")
    revision = target.get("revision") if isinstance(target, dict) else None
    return Recorded(
        outcome=outcomes.get(test),
        version=version if isinstance(version, str) and _is_version(version) else None,
        distributions=tuple(_distributions(record.get("distributions"))),
        target=digest if isinstance(digest, str) else None,
        revision=revision if isinstance(revision, str) and _COMMIT.fullmatch(revision) else None,
        before=_before(results / "cells" / cell.id, test, known),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Maker:
    """Makes the steps."""

    matrix: Matrix
    cell: Cell
    recorded: Recorded
    checkout: Checkout
    interpreter: Interpreter
    uv: str
    folder: Path
    """In which the environment, the evidence and perhaps the target are made anew."""
    as_if_config: Path | None
    """What the probe is told in a cell that runs as if its Python were a later one."""

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return python_in(self.folder / "environment")

    def unknown(self) -> Iterator[str]:
        """What is not the same here, or not known to be."""
        recorded = self.recorded
        if recorded.version != self.interpreter.version:
            was = recorded.version or "of a version that is not recorded"
            yield f"Python was {was}, here it is {self.interpreter.version}"
        if not self._is_same and not self._clones:
            yield "the target's files are not those that were measured, and its commit is not known to bring them back"
        if recorded.before:
            yield f"it fails behind {len(recorded.before)} other tests, which run before it"
        if self.matrix.test.tool is TestTool.COMMAND:
            yield "a command of your own runs as a whole: which part of it is the test is not known"
        yield "not recorded: the machine, its operating system, and what the suite talked to"

    @property
    def _is_same(self) -> bool:
        return self.recorded.target == self.checkout.digest

    @property
    def _clones(self) -> bool:
        """Whether the measured state comes from git, because the folder has moved on."""
        return not self._is_same and self.recorded.revision is not None and (self.checkout.path / ".git").exists()

    def steps(self, test: str) -> Iterator[Step]:
        """In their order."""
        target = self.checkout.path
        if self._clones:
            target = self.folder / "target"
            yield Step(words=("git", "clone", "--quiet", "--no-checkout", "--", str(self.checkout.path), str(target)))
            yield Step(words=("git", "-C", str(target), "checkout", "--quiet", "--detach", str(self.recorded.revision)))
        yield from self._install(target)
        yield Step(words=(str(self.python), "-c", _PUT_PROBE, str(Path(__file__).parent / "probe")))
        evidence = self.folder / "evidence"
        only = [*self.recorded.before, test]
        if self.matrix.test.tool is not TestTool.COMMAND:
            yield Step(file=evidence / "only.json", text=json.dumps(only))
        if self.cell.profile.fail_after:
            yield Step(file=fail_after_file(evidence), text=json.dumps(self.cell.profile.filters))
        if self.as_if_config is not None:
            words = (str(self.python), "-c", _COPY, str(self.as_if_config), str(as_if_file(evidence)))
            yield Step(words=words)
        command = suite_command(
            self.matrix,
            self.cell,
            python=self.python,
            place=Workspace(target=target),
            folder=evidence,
            inherited=os.environ,
        )
        yield Step(words=command.started(), cwd=command.cwd, changes=command.changes)

    def _install(self, target: Path) -> Iterator[Step]:
        folder = str(self.folder / "environment")
        make = (
            self.uv,
            "venv",
            "--quiet",
            "--clear",
            "--no-project",
            "--python",
            self.interpreter.executable,
            folder,
        )
        yield Step(words=make, changes=UV_DEFAULTS)
        own = None if self.checkout.name is None else canonicalize_name(self.checkout.name)
        mode = install_mode(self.matrix, self.checkout)
        pinned = [f"{name}=={version}" for name, version in self.recorded.distributions if name != own]
        install = (self.uv, "pip", "install", "--quiet", "--python", str(self.python), "--no-deps")
        if pinned:
            yield Step(words=(*install, *pinned), changes=UV_DEFAULTS)
        if mode is InstallMode.INDEX:
            yield Step(words=(*install, str(self.matrix.target.sdist)), changes=UV_DEFAULTS)
        elif mode is not InstallMode.NONE:
            editable = ("--editable",) if mode is InstallMode.EDITABLE else ()
            yield Step(words=(*install, *editable, str(target)), changes=UV_DEFAULTS)


def _taken(steps: Sequence[Step], folder: Path, test: str, recorded: Recorded) -> int:
    log = folder / "log.txt"
    installing = install_environment(os.environ)
    for step in steps:
        if step.file is not None:
            step.file.parent.mkdir(parents=True, exist_ok=True)
            step.file.write_text(step.text, encoding="utf-8")
            continue
        is_last = step is steps[-1]
        inherited = dict(os.environ) if is_last else installing
        environment = {**inherited, **{name: value for name, value in step.changes.items() if value is not None}}
        for name, value in step.changes.items():
            if value is None:
                environment.pop(name, None)
        ended = execute.run(step.words, cwd=step.cwd or folder, environment=environment, log=log)
        if not is_last and not ended.ok:
            raise UsageError(f"{shlex.join(step.words[:3])} … failed: {last_words(log)}", hint=f"see {log}")
    here = _outcomes(folder / "evidence")[0].get(test)
    sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
    print(f"recorded: {recorded.outcome or 'no result'}; here: {here or 'no result'}; all of it is in {folder}")
    if here is None and recorded.outcome is not None:
        raise EvidenceIncompleteError(f"{test} did not run here", hint=f"see {log}")
    return 0 if here == recorded.outcome else 1


def _outcomes(folder: Path) -> tuple[dict[str, str], dict[str, None]]:
    """(outcome by test, all tests that are known); a test that was running when the process ended is an ``error``."""
    outcomes: dict[str, str] = {}
    known: dict[str, None] = {}
    for record in read_records(folder / "tests.jsonl"):
        if record.get("event") == "collected":
            known.update(dict.fromkeys(map(str, record.get("ids") or ())))
        elif isinstance(test := record.get("id"), str) and record.get("event") in ("begin", "end"):
            known[test] = None
            outcomes[test] = "error" if record["event"] == "begin" else str(record.get("outcome"))
    return outcomes, known


def _before(folder: Path, test: str, known: Mapping[str, None]) -> tuple[str, ...]:
    for record in read_records(folder / "confirm.jsonl"):
        because: Any = record.get("because")
        if record.get("test") == test and isinstance(because, list):
            return tuple(name for name in because if isinstance(name, str) and name in known)
    return ()


def _distributions(value: object) -> Iterator[tuple[NormalizedName, str]]:
    """Those that can be nothing but a name and a version."""
    for name, version in sorted(value.items()) if isinstance(value, dict) else ():
        if isinstance(name, str) and isinstance(version, str) and _NAME.fullmatch(name) and _is_version(version):
            yield canonicalize_name(name), version


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _q(path: Path) -> str:
    return shlex.quote(str(path))
