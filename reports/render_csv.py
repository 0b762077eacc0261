"""report.csv: one row a test, for spreadsheets; what they would take for a formula is text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from .model import Outcome
from .texts import visible
from .view import View, first_break

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def stream_csv(view: View) -> Iterator[str]:
    """The rows, as text with a header: test, file, line, first break, then verdicts by version and outcomes by cell."""
    report = view.report
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    versions = [comparison.version for comparison in report.comparisons]
    cells = [results.cell.id for results in report.run.cells]
    head = ["test", "file", "line", "breaks in", *(f"verdict {one}" for one in versions), *cells, "causes"]
    writer.writerow([cell_text(one) for one in head])
    for test in report.run.tests:
        causes: dict[str, None] = {}
        for version in versions:
            causes.update(dict.fromkeys(report.causes.by_verdict.get((version, test.id), ())))
        outcomes = [results.outcome(test.id) for results in report.run.cells]
        row = [test.id, test.file or "", str(test.line or ""), first_break(report, test.id) or ""]
        row += [comparison.verdicts[test.id].verdict.value for comparison in report.comparisons]
        row += ["" if outcome is Outcome.UNKNOWN else outcome.value for outcome in outcomes]
        row.append(" ".join(causes))
        writer.writerow([cell_text(one) for one in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def cell_text(text: str) -> str:
    """Text that a spreadsheet shows and never runs."""
    shown = visible(text).replace("\n", "⏎")
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
