"""``forewarn suggest-filters``: warnings that can be errors from now on, each proven by a run of the suite.

For each category of deprecations: errors, but for the texts that were recorded. The suite then runs with these filters
in the environments that are there; what changes any outcome is left out, and that is said.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import execute
from .command import Command
from .errors import UsageError
from .record import ResultsFolder
from .traces import read_records

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


def suggest(folder: Path) -> tuple[list[tuple[Suggestion, list[Proof]]], list[tuple[Suggestion, list[Proof]]]]:
    """(the suggestions that are proven, those that are not), each with the runs.

    Raises:
        UsageError: there are no results, or nothing that could be run again.
    """
    results = ResultsFolder(folder)
    run = results.read_run()
    if run is None:
        raise UsageError(f"{folder} is no results folder", hint="`forewarn run` makes one")
    cells = [name for entry in run.get("plan", ()) if (name := _measured(results, entry)) is not None]
    if not cells:
        raise UsageError(f"{folder} holds no complete cell without filters", hint="`forewarn run` measures them")
    suggestions = [
        Suggestion(category=category, exceptions=tuple(sorted(_texts(folder, cells, category))))
        for category in CATEGORIES
    ]
    together = [_prove(folder, results, cell, suggestions) for cell in cells]
    if not any(proof.changed or proof.fault for proof in together):
        return [(one, together) for one in suggestions], []
    alone = [(one, [_prove(folder, results, cell, [one]) for cell in cells]) for one in suggestions]
    good = [pair for pair in alone if not any(proof.changed or proof.fault for proof in pair[1])]
    return good, [pair for pair in alone if pair not in good]


def _measured(results: ResultsFolder, entry: Mapping[str, Any]) -> str | None:
    """A cell that is complete, without filters and no forecast."""
    name = str(entry.get("cell"))
    record = results.read_cell(name) or {}
    plain = not record.get("filters") and record.get("as_if") is None and record.get("tool") in ("pytest", "unittest")
    return name if plain and record.get("status") == "complete" else None


def _texts(folder: Path, cells: Iterable[str], category: str) -> set[str]:
    """Beginnings of the texts that were recorded of a category, as far as a filter can hold them."""
    found: set[str] = set()
    for cell in cells:
        for record in read_records(folder / "cells" / cell / "warnings.jsonl"):
            names = {str(record.get("category")), *map(str, record.get("bases") or ())}
            text = re.split(r"[:\n\\]", str(record.get("message", "")))[0].strip()
            if category in names and text:
                found.add(text[:80].rstrip())
    # A text that begins with another one needs no filter of its own.
    return {text for text in found if not any(text != other and text.startswith(other) for other in found)}


def _prove(folder: Path, results: ResultsFolder, cell: str, suggestions: Sequence[Suggestion]) -> Proof:
    record = results.read_cell(cell) or {}
    options = [word for one in suggestions for text in one.options() for word in ("-W", text)]
    evidence, again = folder.absolute() / "cells" / cell, folder.absolute() / "suggest"
    shutil.rmtree(again, ignore_errors=True)
    again.mkdir(parents=True)

    def moved(text: str) -> str:
        return text.replace(str(evidence), str(again))

    words = [moved(word) for word in record.get("command") or ()]
    at = words.index("-m") if record.get("tool") == "unittest" else len(words)
    words[at:at] = options
    changes = {
        name: value if value is None else moved(value) for name, value in (record.get("environment") or {}).items()
    }
    # Secrets are not written down; what is set now stands for them.
    command = Command(
        words=tuple(words),
        cwd=Path(record.get("cwd") or "."),
        changes={name: value for name, value in changes.items() if value != "***"},
    )
    ended = execute.run(
        command.words,
        cwd=command.cwd,
        environment=command.environment(os.environ),
        log=again / "output.log",
        timeout=_LIMIT,
    )
    before, after = _outcomes(evidence), _outcomes(again)
    shutil.rmtree(again, ignore_errors=True)
    return Proof(
        cell=cell,
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


def describe_suggestions(
    proven: Sequence[tuple[Suggestion, Sequence[Proof]]], dropped: Sequence[tuple[Suggestion, Sequence[Proof]]]
) -> str:
    """What is printed: lines for pytest's configuration, and what was proven."""
    lines = ["filterwarnings =" if proven else "# no category can be an error yet"]
    lines += [f"    {line}" for one, _ in proven for line in one.ini_lines()]
    for one, proofs in proven:
        runs = ", ".join(f"{proof.cell}: {proof.tests} tests in {proof.seconds:.1f} s" for proof in proofs)
        lines.append(f"# error::{one.category}: proven, no outcome changed ({runs})")
    for one, proofs in dropped:
        said = "; ".join(
            f"{proof.cell}: {proof.fault or f'{len(proof.changed)} tests change, such as {proof.changed[0]}'}"
            for proof in proofs
            if proof.fault or proof.changed
        )
        lines.append(f"# error::{one.category}: left out ({said})")
    return "\n".join(lines) + "\n"
