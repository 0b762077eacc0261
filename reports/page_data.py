"""Everything that the page's table shows, as one small text: equal things once, equal input equal bytes.

A suite of a hundred thousand tests has few patterns (outcomes of a row, its verdicts and causes), few modules, and few
different tracebacks. The page's script puts them together again (templates/report.js reads just this form).
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from .diff import SEVERITY
from .model import CellResults, Detail, Outcome, Status, Verdict
from .texts import block, one_line, one_line_id
from .view import MARKS, MEANINGS, Report

#: Characters of tracebacks and output that the page holds; of a run with more, the rest is in report.json's cells.
TEXT_BUDGET = 6 << 20
_TEXT_LIMIT = 6_000
#: Of the compression; more takes twice the time for a few percent.
_LEVEL = 6
_NO_NEWS = frozenset({Verdict.OK, Verdict.NEVER_RAN, Verdict.UNKNOWN})
_LETTERS: Mapping[Outcome, str] = {
    Outcome.PASSED: "p",
    Outcome.FAILED: "f",
    Outcome.ERROR: "e",
    Outcome.SKIPPED: "s",
    Outcome.XFAILED: "x",
    Outcome.XPASSED: "X",
    Outcome.MISSING: "-",
    Outcome.UNKNOWN: "?",
}


def pack(report: Report, owners: Mapping[str, str]) -> str:
    """The data as base64 of zlib's form of JSON.

    Args:
        report: what is shown.
        owners: of files of tests, where the target says who owns them.
    """
    text = json.dumps(page_data(report, owners), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8", "backslashreplace"), _LEVEL)).decode("ascii")


def page_data(report: Report, owners: Mapping[str, str]) -> dict[str, Any]:
    """The data before it is packed; the fields are explained in templates/report.js."""
    cells = report.run.cells
    patterns = _Patterns(report)
    stems: dict[str, int] = {}
    stem_of: list[int] = []
    names: list[str] = []
    pattern_of: list[int] = []
    owner_names: dict[str, int] = {}
    owner_of: list[int] = []
    for test in report.run.tests:
        stem, name = _split(test.id)
        stem_of.append(stems.setdefault(stem, len(stems)))
        names.append(name)
        pattern_of.append(patterns.of(test.id))
        if owners:
            owner = owners.get(test.file or test.id.partition("::")[0], "")
            owner_of.append(owner_names.setdefault(owner, len(owner_names)))
    texts, facts = _facts(report)
    return {
        "base": one_line(report.run.question.base, 20),
        "cells": [_cell(results, report) for results in cells],
        "signs": {
            letter: [MARKS[outcome][0], outcome.value, MARKS[outcome][1].value] for outcome, letter in _LETTERS.items()
        },
        "versions": [one_line(one.version, 20) for one in report.comparisons],
        "verdicts": [verdict.value for verdict in Verdict],
        "meanings": [MEANINGS[verdict] for verdict in Verdict],
        "causes": [[cause.id, one_line(cause.title, 160), cause.origin.kind.value] for cause in report.causes.causes],
        "stems": list(stems),
        "stemOf": _runs(stem_of),
        "names": names,
        "patterns": patterns.rows,
        "patternOf": _runs(pattern_of),
        "owners": list(owner_names),
        "ownerOf": _runs(owner_of),
        "texts": texts,
        "facts": facts,
        "seconds": [_seconds(results, report) for results in cells],
    }


class _Patterns:
    """What rows have in common: outcomes, verdicts and causes, and how much that is news."""

    def __init__(self, report: Report) -> None:
        self._cells = report.run.cells
        self._comparisons = report.comparisons
        self._causes = {cause.id: number for number, cause in enumerate(report.causes.causes)}
        self._by_verdict = report.causes.by_verdict
        self._verdicts = {verdict: number for number, verdict in enumerate(Verdict)}
        self._known: dict[tuple[object, ...], int] = {}
        self.rows: list[list[Any]] = []

    def of(self, test: str) -> int:
        outcomes = tuple(results.outcomes.get(test) for results in self._cells)
        found = [comparison.verdicts[test] for comparison in self._comparisons]
        causes = tuple(self._by_verdict.get((one.version, test), ()) for one in self._comparisons)
        key = (outcomes, *((one.verdict, one.variant) for one in found), causes)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.rows)
            self.rows.append(self._row(test, [one.verdict for one in found], causes))
        return known

    def _row(self, test: str, verdicts: Sequence[Verdict], causes: Sequence[Sequence[str]]) -> list[Any]:
        """[outcomes as letters, verdict of each version, numbers of the causes, rank of the news]."""
        outcomes = [results.outcome(test) for results in self._cells]
        measured = {
            outcome
            for results, outcome in zip(self._cells, outcomes, strict=True)
            if results.cell.status is Status.COMPLETE
        }
        uniform = len(measured) <= 1 and set(verdicts) <= _NO_NEWS
        rank = 99 if uniform else min((SEVERITY[verdict] for verdict in verdicts), default=98)
        numbers = dict.fromkeys(self._causes[one] for ids in causes for one in ids if one in self._causes)
        return [
            "".join(map(_LETTERS.__getitem__, outcomes)),
            [self._verdicts[one] for one in verdicts],
            sorted(numbers),  # what breaks most tests first
            rank,
        ]


def _split(test: str) -> tuple[str, str]:
    """The module and class of a test, and what is its own."""
    shown = one_line_id(test, 400)
    head, bracket, rest = shown.partition("[")
    stem, separator, name = head.rpartition("::")
    return stem + separator, name + bracket + rest


def _cell(results: CellResults, report: Report) -> dict[str, Any]:
    cell = results.cell
    return {
        "id": one_line(cell.id, 80),
        "python": one_line(cell.python, 20),
        "profile": one_line(cell.profile, 40),
        "variant": one_line(cell.variant_name, 80),
        "status": cell.status.value,
        "plain": cell.profile == report.run.question.plain and cell.as_if is None,
        "base": cell.python == report.run.question.base and cell.as_if is None,
    }


def _facts(report: Report) -> tuple[list[str], list[Any]]:
    """Texts, each once, and [number of the test, number of the cell, text, output, note] where there is any."""
    number_of = {test.id: number for number, test in enumerate(report.run.tests)}
    texts: dict[str, int] = {}
    facts: list[Any] = []
    room = TEXT_BUDGET
    for column, results in enumerate(report.run.cells):
        seen: dict[int, tuple[str, str]] = {}
        for test, detail in results.details.items():
            known = seen.get(id(detail))
            if known is None:
                known = seen[id(detail)] = (_text(detail, results, test), block(detail.output, _TEXT_LIMIT))
            numbers = []
            for text in known:
                if text and text not in texts:
                    room -= len(text)
                    if room < 0:
                        text = "Left out: the page would grow too large. The cell's junit.xml has it."  # noqa: PLW2901
                numbers.append(texts.setdefault(text, len(texts)) if text else -1)
            facts.append([number_of[test], column, *numbers])
    return list(texts), facts


def _text(detail: Detail, results: CellResults, test: str) -> str:
    parts = [block(failure.text or failure.message, _TEXT_LIMIT) for failure in detail.failures]
    if detail.reason:
        parts.append(block(detail.reason, 1_000))
    again = results.confirmed.get(test)
    if again is not None:
        parts.append(f"Run again: {again.verdict}. {one_line(again.note, 300)}".strip())
    if detail.attempts > 1:
        parts.append(f"{detail.attempts} attempts.")
    if detail.note:
        parts.append(one_line(detail.note, 300))
    return "\n\n".join(part for part in parts if part)


def _seconds(results: CellResults, report: Report) -> str:
    """A byte for each test in base64: 0 for unknown, else 1 + 12 × log2(1 + milliseconds), so within six percent."""
    known = dict(zip(results.outcomes, results.seconds, strict=False))
    if not known:
        return ""
    steps = {-1.0: 0}
    found = bytearray()
    for test in report.run.tests:
        seconds = known.get(test.id, -1.0)
        step = steps.get(seconds)
        if step is None:
            step = steps[seconds] = 0 if seconds < 0 else min(255, 1 + round(12 * math.log2(1 + seconds * 1000)))
        found.append(step)
    return base64.b64encode(bytes(found)).decode("ascii")


def _runs(numbers: Sequence[int]) -> list[int]:
    """[number, how often, number, how often, …]."""
    found: list[int] = []
    last: int | None = None
    for number in numbers:
        if number == last:
            found[-1] += 1
        else:
            found += [number, 1]
            last = number
    return found
