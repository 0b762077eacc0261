"""Reads a results folder (docs/results-format.md). The only module that knows its files, and trusts none of them."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .blocks import spread_blocks
from .errors import ResultsError
from .fields import count_of, exit_status_of, line, mapping, pairs, seconds_of, sequence, version_text, words
from .identity import Identifier
from .journal import Journal, Sayings, read_journal, text_of
from .junit import Case, JUnitError, read_batches
from .model import Cell, CellResults, IgnoreRule, Proven, Question, Run, Status
from .outcomes import Evidence, collect
from .untrusted import open_plain, parse_json
from .versions import version_key
from .witnessed import (
    read_confirmed,
    read_crashes,
    read_functions,
    read_ignored,
    read_importers,
    read_lacking,
    read_upgrades,
    read_uses,
    read_warnings,
)

FORMAT = 1
DEFAULT_GATE = {"breaks": "any", "new-failure": "any", "changed-environment": "any"}
_MOST_CELLS = 2_000
_LONGEST_NAME = 200
_NAME = re.compile("[^/\\\\\0-\x1f\ud800-\udfff]+")
#: A cell.json or run.json beyond this is not one of ours.
_JSON_LIMIT = 32 << 20


def load_run(folder: Path) -> Run:
    """Everything that a results folder says.

    Raises:
        ResultsError: there is no results folder, it is empty, or its format is unknown.
    """
    if not folder.is_dir():
        raise ResultsError(f"there is no results folder at {folder}", hint="`forewarn run` makes one")
    notes: list[str] = []
    run = _read_run(folder / "run.json", notes)
    cells = _read_cells(folder, run, notes)
    if not cells:
        raise ResultsError(
            f"{folder} holds no cells", hint="a results folder has run.json or cells/<id>/cell.json in it"
        )
    question = _question(run, cells)
    identifier = Identifier()
    sayings = Sayings()
    journals = {cell.id: _read_journal(_cell_folder(folder, cell), identifier, sayings) for cell in cells}
    evidence: list[Evidence] = []
    for cell in sorted(cells, key=_cell_order):
        path = _cell_folder(folder, cell) / "junit.xml"
        evidence.append(collect(cell, _cases(path), journals.pop(cell.id), identifier))
    results = [
        _with_witnesses(one, _cell_folder(folder, one.cell), question) for one in spread_blocks(evidence, identifier)
    ]
    return Run(
        question=question,
        cells=tuple(results),
        tests=tuple(identifier.tests[test] for test in sorted(identifier.tests)),
        target=mapping(run.get("target")),
        started=line(run.get("started")) or None,
        ended=line(run.get("ended")) or None,
        notes=tuple(notes),
    )


def _with_witnesses(results: CellResults, folder: Path, question: Question) -> CellResults:
    cell = results.cell
    results = dataclasses.replace(
        results,
        functions=read_functions(folder / "functions.jsonl"),
        lacking=read_lacking(folder / "lacking.jsonl"),
        upgrades=read_upgrades(folder / "upgrades.jsonl"),
    )
    if cell.as_if is not None:
        uses, crashes = read_uses(folder / "uses.jsonl"), read_crashes(folder / "crashes.jsonl")
        return dataclasses.replace(results, uses=uses, crashes=crashes)
    if cell.profile != question.plain:
        # Of a suite that did not start, the last warning is why; in any other, its failures say all.
        ended = cell.status is not Status.COMPLETE
        return dataclasses.replace(results, warnings=read_warnings(folder / "warnings.jsonl")) if ended else results
    ignored = read_ignored(folder / "ignores.jsonl")
    is_base = cell.python == question.base
    return dataclasses.replace(
        results,
        ignored=ignored,
        warnings=read_warnings(folder / "warnings.jsonl"),
        importers=read_importers(folder / "modules.jsonl") if is_base else {},
        confirmed=read_confirmed(folder / "confirm.jsonl"),
    )


def _cell_order(cell: Cell) -> tuple[object, ...]:
    return (version_key(cell.python), cell.variant_name, bool(cell.filters), cell.profile, cell.id)


def _cell_folder(folder: Path, cell: Cell) -> Path:
    return folder / "cells" / cell.id


def _cases(path: Path) -> Iterator[list[Case]] | None:
    return _stream(path) if path.exists() else None


def _stream(path: Path) -> Iterator[list[Case]]:
    try:
        with open_plain(path) as file:
            yield from read_batches(file)
    except OSError as error:
        raise JUnitError(f"junit.xml cannot be read: {error.strerror or error}") from error


def _read_journal(folder: Path, identifier: Identifier, sayings: Sayings) -> Journal | None:
    try:
        with open_plain(folder / "tests.jsonl") as file:
            journal = read_journal(file, sayings)
    except OSError:
        return None
    if journal is None:
        return None
    if journal.unknown_format is not None:
        raise _unknown_format(folder / "tests.jsonl", journal.unknown_format)
    for test in journal.collected:
        identifier.learn(test, journal.tool)
    for test in journal.ended:
        identifier.learn(test, journal.tool)
    return journal


def _read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ValueError: with one sentence that says why the file is none.
        ResultsError: its format is not ours.
    """
    try:
        with open_plain(path) as file:
            # A longer one is cut here, which makes it no JSON.
            value = parse_json(file.read(_JSON_LIMIT))
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not a JSON object")  # noqa: TRY004 - a fault of the file, as above
    number = value.get("format")
    if number != FORMAT:
        raise _unknown_format(path, number)
    return value


def _unknown_format(path: Path, number: object) -> ResultsError:
    return ResultsError(
        f"{path} has format {json.dumps(number)[:40]}; this version of forewarn reads format {FORMAT}",
        hint="build the report with the version of forewarn that made the results, or a later one",
    )


def _read_run(path: Path, notes: list[str]) -> dict[str, Any]:
    if not path.exists():
        notes.append("run.json is missing: what was planned is taken from the cells that are here")
        return {}
    try:
        return _read_json(path)
    except ValueError as error:
        notes.append(f"{error}: what was planned is taken from the cells that are here")
        return {}


def _read_cells(folder: Path, run: Mapping[str, Any], notes: list[str]) -> list[Cell]:
    planned = {
        cell.id: cell
        for cell in map(_planned_cell, itertools.islice(sequence(run.get("plan")), _MOST_CELLS + 1))
        if cell is not None
    }
    found: set[str] = set()
    with contextlib.suppress(OSError):
        # A link would lead to what is no part of these results.
        if not (folder / "cells").is_symlink():
            found = {one.name for one in (folder / "cells").iterdir() if one.is_dir() and not one.is_symlink()}
    matrix = mapping(run.get("matrix"))
    if len(found | set(planned)) > _MOST_CELLS:
        raise ResultsError(f"{folder} has more than {_MOST_CELLS:,} cells", hint="no matrix has as many")
    cells = []
    for name in sorted(found | set(planned)):
        cell = _read_cell(folder / "cells" / name, planned.get(name), matrix) if name in found else planned[name]
        if cell is None:
            notes.append(f"cells/{name} holds no cell.json and was not planned; it is left out")
        else:
            cells.append(cell)
    return cells


def _planned_cell(value: object) -> Cell | None:
    entry = mapping(value)
    name = entry.get("cell")
    # The name becomes a path: nothing that leaves the folder, or that no file system has, is a cell.
    if (
        not isinstance(name, str)
        or not 0 < len(name) <= _LONGEST_NAME
        or name in {".", ".."}
        or not _NAME.fullmatch(name)
    ):
        return None
    return Cell(
        id=name,
        python=version_text(entry.get("python")),
        profile=line(entry.get("profile")),
        variant=pairs(entry.get("variant")),
        optional=entry.get("optional") is True,
        as_if=version_text(entry.get("as_if")) or None,
        status=Status.CANCELLED,
        reason="no evidence was left",
    )


def _read_cell(folder: Path, planned: Cell | None, matrix: Mapping[str, Any]) -> Cell | None:
    try:
        record = _read_json(folder / "cell.json")
    except ValueError as error:
        if planned is None and not (folder / "junit.xml").exists() and not (folder / "cell.json").exists():
            return None
        return _broken_cell(folder.name, planned, str(error))
    interpreter, carried = mapping(record.get("interpreter")), mapping(record.get("carried"))
    try:
        status, reason = Status(record.get("status", "")), text_of(record.get("reason")) or None
    except ValueError:
        status, reason = Status.TRUNCATED, f"cell.json has the unknown status {record.get('status')!r}"[:200]
    profile = line(record.get("profile"))
    filters = record.get("filters")
    if filters is None:
        filters = mapping(matrix.get("profiles")).get(profile)
    return Cell(
        id=folder.name,
        python=version_text(record.get("python")),
        profile=profile,
        variant=pairs(record.get("variant")),
        optional=record.get("optional") is True if planned is None else planned.optional,
        filters=words(filters),
        status=status,
        reason=reason or (None if status is Status.COMPLETE else f"the cell is {status}"),
        tool=version_text(record.get("tool")) or "pytest",
        version=version_text(interpreter.get("version")) or None,
        implementation=version_text(interpreter.get("implementation")) or None,
        build=line(interpreter.get("build")) or None,
        cwd=text_of(record.get("cwd")) or None,
        as_if=version_text(record.get("as_if")) or None,
        distributions=pairs(record.get("distributions")),
        modules=pairs(record.get("modules")),
        seconds=seconds_of(mapping(record.get("durations")).get("tests")),
        exit_status=exit_status_of(record.get("exit_status")),
        signal=line(record.get("signal")) or None,
        cached_from=line(record.get("cached_from")) or None,
        carried=int(seconds_of(carried.get("tests")) or 0),
        carried_from=line(carried.get("from")) or None,
        proven=_proven(record.get("proven")),
    )


def _proven(value: object) -> Proven | None:
    told = mapping(value)
    tests, run = count_of(told.get("tests")), count_of(told.get("run"))
    if tests is None or run is None:
        return None
    return Proven(by=line(told.get("by")), tests=tests, run=run)


def _broken_cell(name: str, planned: Cell | None, reason: str) -> Cell:
    python, _, profile = name.partition("-")
    known = planned or Cell(id=name, python=python, profile=profile)
    return Cell(
        id=name,
        python=known.python,
        profile=known.profile,
        variant=known.variant,
        optional=known.optional,
        as_if=known.as_if,
        status=Status.TRUNCATED,
        reason=reason,
    )


def _question(run: Mapping[str, Any], cells: list[Cell]) -> Question:
    matrix = mapping(run.get("matrix"))
    versions = sorted({cell.python for cell in cells}, key=version_key)
    base = version_text(matrix.get("base")) or versions[0]
    later = tuple(filter(None, map(version_text, sequence(matrix.get("next"))))) or tuple(
        version for version in versions if version != base
    )
    gate = matrix.get("gate")
    return Question(
        base=base,
        next=tuple(sorted(dict.fromkeys(later), key=version_key)),
        gate=pairs(DEFAULT_GATE if gate is None else gate),
        ignore=tuple(_rule(mapping(rule)) for rule in sequence(matrix.get("ignore"))),
        knowledge=tuple(mapping(record) for record in sequence(matrix.get("knowledge"))),
        forecast=tuple(sorted({cell.as_if for cell in cells if cell.as_if}, key=version_key)),
        plain=_plain_profile(mapping(matrix.get("profiles")), cells),
    )


def _plain_profile(profiles: Mapping[str, Any], cells: list[Cell]) -> str:
    """The profile without filters; `plain` where several or none are so."""
    bare = [name for name, filters in profiles.items() if not filters]
    if not profiles:
        measured = [cell for cell in cells if cell.status is Status.COMPLETE and cell.as_if is None]
        bare = sorted({cell.profile for cell in measured if not cell.filters})
    if bare and "plain" not in bare:
        return bare[0]
    return "plain" if bare or not profiles else next(iter(profiles))


def _rule(rule: Mapping[str, Any]) -> IgnoreRule:
    return IgnoreRule(
        reason=text_of(rule.get("reason")) or "no reason given",
        tests=text_of(rule.get("tests")) or None,
        category=text_of(rule.get("category")) or None,
        message=text_of(rule.get("message")) or None,
        expires=text_of(rule.get("expires")) or None,
    )
