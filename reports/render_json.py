"""report.json: everything, for programs (reports/report.schema.json). Equal input gives equal bytes."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from .environments import base_of, differences
from .knowledge_releases import release_date
from .model import Cause, CellResults, Outcome, Verdict, VersionVerdict
from .versions import version_key
from .view import Report, View, first_break

#: 1: first form.
FORMAT = 1


def render_json(view: View) -> str:
    """The document, one test and one cause a line."""
    return "".join(stream_json(view))


def stream_json(view: View) -> Iterator[str]:
    """The document in pieces: of a large suite it is too much to hold as one text."""
    report = view.report
    yield "{\n"
    for name, value in _head(report).items():
        yield f"{json.dumps(name)}: {_dump(value)},\n"
    yield from _lines("cells", (_dump(_cell(report, results)) for results in report.run.cells))
    yield from _lines("tests", _Tests(report))
    yield from _lines("causes", (_dump(_cause(cause)) for cause in report.causes.causes))
    yield f'"ignores": {_dump([dataclasses.asdict(finding) for finding in report.ignores])},\n'
    yield f'"notes": {_dump([*report.run.notes, *report.gate.notes])},\n'
    yield f'"summary": {_dump(_summary(view))},\n'
    yield f'"gate": {_dump(_gate(report))}\n}}\n'


_dump = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def _lines(name: str, texts: Iterable[str]) -> Iterator[str]:
    """A list with one JSON text a line."""
    yield f"{json.dumps(name)}: ["
    separator = "\n"
    for text in texts:
        yield separator
        yield text
        separator = ",\n"
    yield "],\n" if separator == "\n" else "\n],\n"


def _head(report: Report) -> dict[str, Any]:
    question = report.run.question
    return {
        "format": FORMAT,
        "base": question.base,
        "next": list(question.next),
        "horizon": max(question.forecast, key=version_key, default=None),
        "complete": report.gate.complete,
    }


def _cell(report: Report, results: CellResults) -> dict[str, Any]:
    cell = results.cell
    counts = Counter(results.outcomes.values())
    base = base_of(report.run, cell)
    changed = differences(base, cell) if base is not None else {}
    return {
        "id": cell.id,
        "python": cell.python,
        "version": cell.version,
        "implementation": cell.implementation,
        "profile": cell.profile,
        "variant": dict(cell.variant),
        "optional": cell.optional,
        "as_if": cell.as_if,
        "status": cell.status.value,
        "reason": cell.reason,
        "counts": {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]},
        "seconds": cell.seconds,
        "cached": cell.cached_from is not None,
        "cached_from": cell.cached_from,
        "carried": {"tests": cell.carried, "from": cell.carried_from} if cell.carried else None,
        "proven": None if cell.proven is None else dataclasses.asdict(cell.proven),
        "notes": list(results.notes),
        "environment_changes": {name: list(versions) for name, versions in changed.items()},
    }


class _Tests:
    """The tests as JSON texts. Suites are large and have few patterns: what follows a test's name is made once each."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = {
            test
            for results in report.run.cells
            for test in (*results.names, *(test for test, detail in results.details.items() if detail.attempts > 1))
        }
        self._known: dict[tuple[object, ...], str] = {}

    def __iter__(self) -> Iterator[str]:
        report = self._report
        columns = [(results, results.outcomes.get) for results in report.run.cells]
        comparisons = [(one.version, one.verdicts) for one in report.comparisons]
        causes = report.causes.by_verdict.get
        for test in report.run.tests:
            name = test.id
            pattern = (
                *[outcome(name) for _, outcome in columns],
                *[(verdicts[name], causes((version, name))) for version, verdicts in comparisons],
            )
            rest = self._known.get(pattern)
            if rest is None:
                rest = self._known[pattern] = self._rest(name)
            more = _dump(_attempts(report, name))[1:] if name in self._told else "}"
            yield (
                f'{{"id": {_dump(name)}, "classname": {_dump(test.classname)}, "name": {_dump(test.name)}, '
                f'"file": {_dump(test.file)}, "line": {_dump(test.line)}, {rest}{more if more == "}" else ", " + more}'
            )

    def _rest(self, test: str) -> str:
        """From the outcomes on, without the closing brace."""
        report = self._report
        rest = {
            "outcomes": dict(self._outcomes(test)),
            "verdicts": {
                comparison.version: _verdict(report, test, comparison.version, comparison.verdicts[test])
                | ({"variant": variant} if (variant := comparison.verdicts[test].variant) else {})
                for comparison in report.comparisons
            },
            "breaks_in": first_break(report, test),
        }
        return _dump(rest)[1:-1]

    def _outcomes(self, test: str) -> Iterator[tuple[str, str]]:
        for results in self._report.run.cells:
            outcome = results.outcome(test)
            if outcome is not Outcome.UNKNOWN:
                yield results.cell.id, outcome.value


def _verdict(report: Report, test: str, version: str, found: VersionVerdict) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "certainty": None if found.verdict is Verdict.UNKNOWN else found.certainty,
        "causes": list(report.causes.by_verdict.get((version, test), ())),
    }


def _attempts(report: Report, test: str) -> dict[str, Any]:
    """Cells in which the test was run again, if any: it is unsteady there; and its other names."""
    attempts = {
        results.cell.id: detail.attempts
        for results in report.run.cells
        if (detail := results.details.get(test)) is not None and detail.attempts > 1
    }
    names = {
        results.cell.id: results.names[test] for results in report.run.cells if results.names and test in results.names
    }
    return ({"attempts": attempts} if attempts else {}) | ({"names": names} if names else {})


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "kind": cause.kind,
        "category": cause.category,
        "message": cause.message,
        "origin": {
            "kind": cause.origin.kind.value,
            "distribution": cause.origin.distribution,
            "version": cause.origin.version,
        },
        "file": cause.file,
        "line": cause.line,
        "function": cause.function,
        "stack": [{"file": frame.file, "line": frame.line, "function": frame.function} for frame in cause.stack],
        "source": cause.source or None,
        "record": cause.record,
        "deprecated_in": cause.deprecated_in,
        "removed_in": cause.deadline,
        "date": release_date(cause.deadline) if cause.deadline else None,
        "certainty": cause.certainty,
        "replacement": cause.replacement or None,
        "playbook": cause.playbook,
        "in_child": cause.in_child,
        "doubt": cause.doubt or None,
        "upgrade": cause.upgrade or None,
        "versions": list(cause.versions),
        "profiles": list(cause.profiles),
        "breaking": cause.breaking,
        "will_break": cause.will_break,
        "tests": list(cause.tests),
    }


def _summary(view: View) -> dict[str, Any]:
    report = view.report
    statuses = Counter(results.cell.status.value for results in report.run.cells)
    verdicts = {}
    for comparison in report.comparisons:
        counts = Counter(found.verdict for found in comparison.verdicts.values())
        verdicts[comparison.version] = {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]}
    return {
        "answer": view.answer,
        "headline": view.headline,
        "tests": len(report.run.tests),
        "causes": len(report.causes.causes),
        "verdicts": verdicts,
        "cells": dict(sorted(statuses.items())),
        "forecasts": [dataclasses.asdict(quality) for quality in report.quality],
    }


def _gate(report: Report) -> dict[str, Any]:
    gate = report.gate
    return {"passed": gate.passed, "reasons": list(gate.reasons), "exit_code": gate.exit_code}
