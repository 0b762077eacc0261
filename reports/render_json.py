"""report.json: everything, for programs (reports/report.schema.json). Equal input gives equal bytes."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from .environments import base_of, differences
from .knowledge_releases import release_date
from .model import Cause, CellResults, Outcome, TestInfo, Verdict, VersionVerdict, version_key
from .view import Report, View, first_break

#: 1: first form.
FORMAT = 1


def render_json(view: View) -> str:
    """The document, one test and one cause a line."""
    report = view.report
    head = _head(report)
    parts = [
        "{",
        *(f"{json.dumps(name)}: {_dump(value)}," for name, value in head.items()),
        _lines("cells", (_cell(report, results) for results in report.run.cells)),
        _lines("tests", (_test(report, test) for test in report.run.tests)),
        _lines("causes", (_cause(cause) for cause in report.causes.causes)),
        f'"ignores": {_dump([dataclasses.asdict(finding) for finding in report.ignores])},',
        f'"notes": {_dump([*report.run.notes, *report.gate.notes])},',
        f'"summary": {_dump(_summary(view))},',
        f'"gate": {_dump(_gate(report))}',
        "}",
    ]
    return "\n".join(parts) + "\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _lines(name: str, values: Iterable[dict[str, Any]]) -> str:
    body = ",\n".join(_dump(value) for value in values)
    return f"{json.dumps(name)}: [\n{body}\n]," if body else f"{json.dumps(name)}: [],"


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
        "notes": list(results.notes),
        "environment_changes": {name: list(versions) for name, versions in changed.items()},
    }


def _test(report: Report, test: TestInfo) -> dict[str, Any]:
    return {
        "id": test.id,
        "classname": test.classname,
        "name": test.name,
        "file": test.file,
        "line": test.line,
        "outcomes": dict(_outcomes(report, test.id)),
        "verdicts": {
            comparison.version: _verdict(report, test.id, comparison.version, comparison.verdicts[test.id])
            | ({"variant": variant} if (variant := comparison.verdicts[test.id].variant) else {})
            for comparison in report.comparisons
        },
        "breaks_in": first_break(report, test.id),
    } | _attempts(report, test.id)


def _outcomes(report: Report, test: str) -> Iterator[tuple[str, str]]:
    for results in report.run.cells:
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
        "record": cause.record,
        "deprecated_in": cause.deprecated_in,
        "removed_in": cause.deadline,
        "date": release_date(cause.deadline) if cause.deadline else None,
        "certainty": cause.certainty,
        "replacement": cause.replacement or None,
        "playbook": cause.playbook,
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
