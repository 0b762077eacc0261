"""Am I ready for the next Python? The answer to the question that a reader comes with, and what it may be."""

from __future__ import annotations

from enum import StrEnum

from .diff import Comparison
from .forecast import is_forecast
from .model import Run, Status, Verdict
from .texts import listed, one_line
from .view import Report

#: What fails on a later version, as far as it was measured.
BROKEN = frozenset({Verdict.BREAKS, Verdict.NEW_FAILURE, Verdict.CHANGED_ENVIRONMENT})
_FORECAST = frozenset({Verdict.WILL_BREAK, Verdict.DEPENDENCY_WILL_BREAK})
_SILENT = frozenset({Verdict.HIDDEN, Verdict.GONE})


class Readiness(StrEnum):
    """What can be said of one later version."""

    BROKEN = "broken"
    """Tests fail there."""
    WILL_BREAK = "will-break"
    """Not measured; by the forecast, tests will fail there."""
    SILENT = "silent"
    """Nothing breaks, and tests that had a result on the base have none there."""
    READY = "ready"
    """Measured to the end, and nothing breaks."""
    QUIET = "quiet"
    """Not measured; the forecast knows of no break there."""
    UNKNOWN = "unknown"
    """Something that is needed was not measured."""


def readiness(report: Report, comparison: Comparison) -> Readiness:
    """What can be said of a version. It is never ready while anything is missing of it, or of the base."""
    verdicts = {found.verdict for found in comparison.verdicts.values()}
    if verdicts & BROKEN:
        return Readiness.BROKEN
    if verdicts & _FORECAST:
        return Readiness.WILL_BREAK
    if is_forecast(comparison) and Verdict.UNKNOWN not in verdicts:
        return Readiness.QUIET
    if not is_whole(report, comparison):
        return Readiness.UNKNOWN
    return Readiness.SILENT if verdicts & _SILENT else Readiness.READY


def is_whole(report: Report, comparison: Comparison) -> bool:
    """Whether every test has an answer: all cells of the base and of this version are complete, optional or not."""
    verdicts = [found.verdict for found in comparison.verdicts.values()]
    return (
        not is_forecast(comparison)
        and bool(verdicts)
        and Verdict.UNKNOWN not in verdicts
        and _measured(report.run, report.run.question.base)
        and _measured(report.run, comparison.version)
    )


def _measured(run: Run, version: str) -> bool:
    cells = [one.cell for one in run.cells if one.cell.python == version and one.cell.as_if is None]
    return any(cell.profile == run.question.plain for cell in cells) and all(
        cell.status is Status.COMPLETE for cell in cells
    )


_SAID = {
    Readiness.BROKEN: "not ready for {}",
    Readiness.WILL_BREAK: "by the forecast, not ready for {}",
    Readiness.SILENT: "nothing breaks on {}, but tests no longer show a result there",
    Readiness.READY: "ready for {}",
    Readiness.QUIET: "no break is forecast for {}",
    Readiness.UNKNOWN: "not known for {}",
}


def answer(report: Report) -> str:
    """One line, worst first, such as ``Not ready for Python 3.14 and 3.15; ready for 3.13``."""
    groups: dict[Readiness, list[str]] = {}
    for comparison in report.comparisons:
        groups.setdefault(readiness(report, comparison), []).append(one_line(comparison.version, 20))
    said: list[str] = []
    for one, words in _SAID.items():
        if one in groups:
            said.append(words.format(("" if said else "Python ") + listed(groups[one])))
    if not said:
        return "Not known: there is no later version to compare with."
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."
