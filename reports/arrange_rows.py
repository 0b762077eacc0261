"""Decides which tests are worth a row, in which order, and which of them are one."""

from __future__ import annotations

import dataclasses
from collections import Counter

from .diff import SEVERITY
from .model import CellResults, Outcome, Status, Verdict
from .texts import count, listed, one_line, one_line_id
from .view import MARKS, VERDICT_TONES, Mark, Report, RowGroup, RowView, Tone

#: Rows and groups of rows that a view holds; report.json has all of them.
ROW_LIMIT = 1_000
GROUP_LIMIT = 100
_TESTS_PER_GROUP = 5
_NO_NEWS = frozenset({Verdict.OK, Verdict.NEVER_RAN, Verdict.UNKNOWN})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rows:
    """The table of tests."""

    rows: tuple[RowView, ...]
    """Worst first."""
    more_rows: int
    groups: tuple[RowGroup, ...]
    """The same, equal results once."""
    more_groups: int
    """Tests in groups that are not among them."""
    uniform: str
    """How many tests have no row, as a sentence."""


def arrange_rows(report: Report) -> Rows:
    """The rows worth reading, worst first; and the uniform ones as a sentence."""
    cells = report.run.cells
    complete = [results for results in cells if results.cell.status is Status.COMPLETE]
    uniform: Counter[Outcome] = Counter()
    ranked: list[tuple[int, str]] = []
    for test in report.run.tests:
        outcomes = {results.outcome(test.id) for results in complete}
        verdicts = {comparison.verdicts[test.id].verdict for comparison in report.comparisons}
        # Where only incomplete cells are in doubt, the cell is the news, not the row.
        if len(outcomes) == 1 and verdicts <= _NO_NEWS and _is_same(report, test.id, outcomes):
            uniform[outcomes.pop()] += 1
            continue
        worst = min((SEVERITY[verdict] for verdict in verdicts), default=len(SEVERITY))
        ranked.append((worst, test.id))
    ranked.sort()
    said = [f"{number:,} {outcome}" for outcome, number in sorted(uniform.items())]
    text = f"{count(sum(uniform.values()), 'test')} had the same outcome in every complete cell ({', '.join(said)})."
    groups, more_groups = _groups(report, ranked)
    return Rows(
        rows=tuple(_row(report, test) for _, test in ranked[:ROW_LIMIT]),
        more_rows=max(0, len(ranked) - ROW_LIMIT),
        groups=groups,
        more_groups=more_groups,
        uniform=text if uniform else "",
    )


def _groups(report: Report, ranked: list[tuple[int, str]]) -> tuple[tuple[RowGroup, ...], int]:
    """Tests with equal outcomes and verdicts, worst first, the largest of equals first."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for worst, test in ranked:
        outcomes = tuple(results.outcomes.get(test) for results in report.run.cells)
        verdicts = tuple((found.verdict, found.variant) for found in (one.verdicts[test] for one in report.comparisons))
        groups.setdefault((worst, outcomes, verdicts), []).append(test)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]), group[1][0]))
    told = tuple(
        RowGroup(
            row=_row(report, tests[0]),
            tests=tuple(one_line_id(test, 400) for test in tests[:_TESTS_PER_GROUP]),
            number=len(tests),
        )
        for _, tests in ordered[:GROUP_LIMIT]
    )
    return told, sum(len(tests) for _, tests in ordered[GROUP_LIMIT:])


def _is_same(report: Report, test: str, outcomes: set[Outcome]) -> bool:
    """Whether no cell, complete or not, measured another outcome."""
    return all(results.outcomes.get(test) in {None, *outcomes} for results in report.run.cells)


def _row(report: Report, test: str) -> RowView:
    verdicts: list[tuple[str, str, Tone]] = []
    causes: dict[str, None] = {}
    for comparison in report.comparisons:
        found = comparison.verdicts[test]
        version = one_line(comparison.version, 20)
        word = f"{found.verdict} ({one_line(found.variant, 60)})" if found.variant else found.verdict.value
        if verdicts and verdicts[-1][1] == word:
            version = f"{verdicts.pop()[0]}, {version}"
        verdicts.append((version, word, VERDICT_TONES[found.verdict]))
        causes.update(dict.fromkeys(report.causes.by_verdict.get((comparison.version, test), ())))
    return RowView(
        id=one_line_id(test, 400),
        verdicts=tuple(verdicts),
        marks=tuple(_mark(results, test) for results in report.run.cells),
        causes=tuple(causes),
    )


def _mark(results: CellResults, test: str) -> Mark:
    outcome = results.outcome(test)
    sign, tone = MARKS[outcome]
    detail = results.details.get(test)
    notes = []
    if detail is not None:
        if detail.attempts > 1:
            notes.append(f"{detail.attempts} attempts")
        if detail.note:
            notes.append(detail.note)
        again = results.confirmed.get(test)
        if again is not None and again.because:
            notes.append(f"passes alone; fails after {listed(again.because)}")
        elif again is not None and again.verdict in {"flaky", "order-dependent"}:
            notes.append(again.verdict)
        notes.extend(filter(None, (detail.reason, *(failure.message for failure in detail.failures[:1]))))
    return Mark(sign=sign, word=outcome.value, tone=tone, note=one_line("; ".join(notes), 200))
