"""``forewarn suggest-filters``: warnings that can be errors from now on, each proven by a run of the suite.

For each category of deprecations: errors, but for the texts that were recorded. The suite then runs with these filters
in the environments that are there; what changes any outcome is left out, and that is said.

The results say what was warned of. What is run, matrix.yaml says: results may be somebody else's.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import execute
from .command import suite_command
from .config import read_matrix
from .environment import find_uv, folder_name, python_in
from .errors import UsageError
from .faults import quote
from .model import Cell, Matrix, Profile, TestTool
from .plan import plan
from .record import ResultsFolder
from .target import prepare
from .traces import read_records
from .workspace import Workspace

#: What is worth being an error; the more general one last, for of several filters pytest takes the last that matches.
CATEGORIES = ("FutureWarning", "PendingDeprecationWarning", "DeprecationWarning")
_LIMIT = 1800.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One category that can be an error, but for some texts."""

    category: str
    exceptions: tuple[str, ...] = ()
    """Beginnings of texts that still occur."""

    def options(self) -> list[str]:
        """As ``-W`` takes them."""
        return [f"error::{self.category}", *(f"default:{text}:{self.category}" for text in self.exceptions)]

    def ini_lines(self) -> list[str]:
        """As pytest's ``filterwarnings`` takes them, where a text is a regular expression."""
        kept = [f"default:{re.escape(text)}:{self.category}" for text in self.exceptions]
        return [f"error::{self.category}", *kept]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Proof:
    """What a run with a suggestion showed in one cell."""

    cell: str
    tests: int
    changed: tuple[str, ...]
    """Tests whose outcome is another one."""
    seconds: float
    fault: str | None = None


Suggested = tuple[Suggestion, list[Proof]]


def suggest(folder: Path, matrix_file: Path) -> tuple[list[Suggested], list[Suggested]]:
    """(the suggestions that are proven, those that are not), each with the runs.

    Args:
        folder: results, for the warnings that were recorded and the outcomes to compare with.
        matrix_file: what was measured; the suite is run again as it says.

    Raises:
        ForewarnError: there are no results, the matrix is faulty, or there is nothing that could be run again.
    """
    results = ResultsFolder(folder)
    if results.read_run() is None:
        raise UsageError(f"{folder} is no results folder", hint="`forewarn run` makes one")
    matrix = read_matrix(matrix_file)
    cells = [cell for cell in plan(matrix) if _is_plain(cell, matrix) and _is_complete(results, cell)]
    if not cells:
        raise UsageError(f"{folder} holds no complete cell without filters", hint="`forewarn run` measures them")
    bench = _Bench(matrix, results)
    names = [cell.id for cell in cells]
    suggestions = [
        Suggestion(category=category, exceptions=tuple(sorted(recorded_texts(folder, names, category))))
        for category in CATEGORIES
    ]
    together = [bench.prove(cell, suggestions) for cell in cells]
    if not any(proof.changed or proof.fault for proof in together):
        return [(one, together) for one in suggestions], []
    alone = [(one, [bench.prove(cell, [one]) for cell in cells]) for one in suggestions]
    good = [pair for pair in alone if not any(proof.changed or proof.fault for proof in pair[1])]
    return good, [pair for pair in alone if pair not in good]


def _is_plain(cell: Cell, matrix: Matrix) -> bool:
    return not cell.profile.filters and cell.profile.as_if is None and matrix.test.tool is not TestTool.COMMAND


def _is_complete(results: ResultsFolder, cell: Cell) -> bool:
    return (results.read_cell(cell.id) or {}).get("status") == "complete"


def recorded_texts(folder: Path, cells: Iterable[str], category: str) -> set[str]:
    """Beginnings of the texts that were recorded of a category, as far as a filter can hold them."""
    found: set[str] = set()
    for cell in cells:
        for record in read_records(folder / "cells" / cell / "warnings.jsonl"):
            bases = record.get("bases")
            names = {str(record.get("category")), *map(str, bases if isinstance(bases, list) else ())}
            if category in names and (text := _beginning(str(record.get("message", "")))):
                found.add(text)
    # A text that begins with another one needs no filter of its own.
    shortest: list[str] = []
    for text in sorted(found):
        if not shortest or not text.startswith(shortest[-1]):
            shortest.append(text)
    return set(shortest)


def _beginning(message: str) -> str:
    """As much of a text as a filter can hold on a command line: no colon, no backslash, nothing that is not seen."""
    text = re.split(r"[:\\]", message[:80])[0]
    return "".join(itertools.takewhile(str.isprintable, text)).strip()


class _Bench:
    """Runs cells again with filters, in the environments that `forewarn run` has made."""

    def __init__(self, matrix: Matrix, results: ResultsFolder) -> None:
        self._matrix = matrix
        self._results = results
        self._work = matrix.file.parent / ".nox" / "forewarn"
        inherited = dict(os.environ)
        self._checkout = prepare(matrix.target, self._work, inherited, find_uv(inherited))
        self._inherited = inherited

    def prove(self, cell: Cell, suggestions: Sequence[Suggestion]) -> Proof:
        """What a run of one cell with these suggestions shows."""
        python = python_in(self._work / "environments" / folder_name(cell))
        if not python.exists():
            raise UsageError(f"the environment of {cell.id} is not here", hint="`forewarn run` makes it")
        filters = tuple(text for one in suggestions for text in one.options())
        filtered = dataclasses.replace(cell, profile=Profile(name=cell.profile.name, filters=filters))
        with tempfile.TemporaryDirectory(prefix="forewarn-", ignore_cleanup_errors=True) as name:
            again = Path(name)
            command = suite_command(
                self._matrix,
                filtered,
                python=python.absolute(),
                place=Workspace(target=self._checkout.path),
                folder=again,
                inherited=self._inherited,
            )
            ended = execute.run(
                command.started(),
                cwd=command.cwd,
                environment=command.environment(self._inherited),
                log=again / "output.log",
                timeout=_LIMIT,
            )
            before, after = _outcomes(self._results.cell_folder(cell)), _outcomes(again)
        return Proof(
            cell=cell.id,
            tests=len(before),
            changed=tuple(test for test in before if before[test] != after.get(test)),
            seconds=ended.seconds,
            fault=ended.fault or ("took too long" if ended.timed_out else None),
        )


def _outcomes(folder: Path) -> dict[str, str]:
    return {
        str(record.get("id")): str(record.get("outcome"))
        for record in read_records(folder / "tests.jsonl")
        if record.get("event") == "end"
    }


def describe_suggestions(proven: Sequence[Suggested], dropped: Sequence[Suggested]) -> str:
    """What is printed: lines for pytest's configuration, and what was proven."""
    lines = ["filterwarnings =" if proven else "# no category can be an error yet"]
    lines += [f"    {line}" for one, _ in proven for line in one.ini_lines()]
    for one, proofs in proven:
        runs = ", ".join(f"{proof.cell}: {proof.tests} tests in {proof.seconds:.1f} s" for proof in proofs)
        lines.append(f"# error::{one.category}: proven, no outcome changed ({runs})")
    for one, proofs in dropped:
        said = "; ".join(
            f"{proof.cell}: {proof.fault or f'{len(proof.changed)} tests change, such as {quote(proof.changed[0])}'}"
            for proof in proofs
            if proof.fault or proof.changed
        )
        lines.append(f"# error::{one.category}: left out ({said})")
    return "\n".join(lines) + "\n"
