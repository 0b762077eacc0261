"""Decides what every document shows: words, order, marks and truncation (into the values of ``view``)."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping

from .diff import SEVERITY, Comparison
from .environments import difference_notes
from .forecast import is_forecast
from .gate import SAID
from .headline import headline, sentence
from .ignores import described
from .knowledge_releases import dated, end_of_life
from .model import Cause, CellResults, GateResult, OriginKind, Outcome, Status, Verdict
from .texts import block, count, listed, one_line, one_line_id
from .view import MARKS, CauseView, CellView, Mark, Report, RowView, Tally, Tone, VersionView, View

#: Rows and causes that a view holds; report.json has all of them.
ROW_LIMIT = 1_000
CAUSE_LIMIT = 200
_TESTS_PER_CAUSE = 50

_TONES: Mapping[Verdict, Tone] = {
    Verdict.BREAKS: Tone.BAD,
    Verdict.NEW_FAILURE: Tone.BAD,
    Verdict.CHANGED_ENVIRONMENT: Tone.BAD,
    Verdict.ORDER_DEPENDENT: Tone.WARN,
    Verdict.FLAKY: Tone.WARN,
    Verdict.WILL_BREAK: Tone.BAD,
    Verdict.DEPENDENCY_WILL_BREAK: Tone.BAD,
    Verdict.STRICT_ONLY: Tone.WARN,
    Verdict.DEPRECATED: Tone.WARN,
    Verdict.UNKNOWN: Tone.UNKNOWN,
    Verdict.ALWAYS_FAILING: Tone.WARN,
    Verdict.HIDDEN: Tone.WARN,
    Verdict.GONE: Tone.WARN,
    Verdict.FIXED: Tone.GOOD,
    Verdict.NEW: Tone.QUIET,
    Verdict.NEVER_RAN: Tone.QUIET,
    Verdict.OK: Tone.GOOD,
}
_NO_NEWS = frozenset({Verdict.OK, Verdict.NEVER_RAN, Verdict.UNKNOWN})
_ORIGINS: Mapping[OriginKind, str] = {
    OriginKind.PROJECT: "your code",
    OriginKind.TESTS: "your tests",
    OriginKind.DEPENDENCY: "dependency",
    OriginKind.STANDARD_LIBRARY: "standard library",
    OriginKind.UNKNOWN: "place unknown",
}


def build_view(report: Report, today: datetime.date) -> View:
    """Decide what is shown of a report, and how."""
    run = report.run
    cells = tuple(_cell(results) for results in run.cells)
    versions = tuple(_version(report, comparison) for comparison in report.comparisons)
    rows, more_rows, uniform = _rows(report)
    causes = report.causes.causes
    name = run.target.get("name")
    return View(
        title=one_line(name, 60) if isinstance(name, str) and name else "",
        headline=headline(run, report.comparisons, report.causes),
        tone=_overall(report, versions),
        gate=_gate(report.gate),
        versions=versions,
        cells=cells,
        incomplete=tuple(cell for cell in cells if cell.tone is not Tone.GOOD),
        causes=tuple(_cause(cause, run.question.plain, today) for cause in causes[:CAUSE_LIMIT]),
        more_causes=max(0, len(causes) - CAUSE_LIMIT),
        rows=rows,
        more_rows=more_rows,
        uniform=uniform,
        notes=tuple(
            one_line(note, 400)
            for note in (
                *_ends(report, today),
                *difference_notes(report.comparisons, run.question.base),
                *_ignores(report),
                *_qualities(report),
                *run.notes,
                *report.gate.notes,
            )
        ),
        report=report,
        today=today,
    )


def _ends(report: Report, today: datetime.date) -> list[str]:
    """Until when the base gets security fixes."""
    base = one_line(report.run.question.base, 20)
    said = end_of_life(base, today)
    return [f"your base, Python {base}, {said}"] if said else []


#: Rules of the suite that are told of; report.json has all.
_IGNORES = 12


def _ignores(report: Report) -> list[str]:
    """What the suite's own filters, skips and expected failures hide."""
    more = len(report.ignores) - _IGNORES
    told = [described(finding) for finding in report.ignores[:_IGNORES]]
    return (
        [*told, f"{more} more rules of the suite hide something or nothing: report.json has them"] if more > 0 else told
    )


def _qualities(report: Report) -> list[str]:
    """How well the forecasts did, where the version was measured as well."""
    return [
        f"the forecast for {one.version} from {report.run.question.base}: {count(one.predicted, 'test')} predicted to "
        f"break, {one.hit:,} of them did; of {count(one.broken, 'test')} that broke it missed {one.broken - one.hit:,}"
        for one in report.quality
        if one.predicted or one.broken
    ]


def _overall(report: Report, versions: tuple[VersionView, ...]) -> Tone:
    tones = {version.tone for version in versions}
    if Tone.BAD in tones:
        return Tone.BAD
    if not report.gate.complete or Tone.UNKNOWN in tones or not tones:
        return Tone.UNKNOWN
    return Tone.WARN if Tone.WARN in tones else Tone.GOOD


def _gate(gate: GateResult) -> str:
    verdict = "The gate lets this pass." if gate.passed else f"The gate fails: {'; '.join(gate.reasons)}."
    whole = "" if gate.complete else " The evidence is incomplete: this is no green light."
    return f"{verdict}{whole} Exit code {gate.exit_code}."


def _version(report: Report, comparison: Comparison) -> VersionView:
    counts = Counter(found.verdict for found in comparison.verdicts.values())
    tallies = tuple(
        Tally(number=counts[verdict], words=SAID[verdict][counts[verdict] != 1], tone=_TONES[verdict])
        for verdict in Verdict
        if counts[verdict]
    )
    tones = {tally.tone for tally in tallies}
    order = (Tone.BAD, Tone.UNKNOWN, Tone.WARN)
    cells = [pair.later for pair in comparison.pairs]
    measured = bool(tallies) and all(cell is not None and cell.cell.status is Status.COMPLETE for cell in cells)
    tone = next((tone for tone in order if tone in tones), Tone.GOOD if measured else Tone.UNKNOWN)
    return VersionView(
        version=one_line(comparison.version, 20) + (" (forecast)" if is_forecast(comparison) else ""),
        sentence=sentence(comparison, report.causes),
        tone=tone,
        tallies=tallies,
    )


def _cell(results: CellResults) -> CellView:
    cell = results.cell
    complete = cell.status is Status.COMPLETE
    counts = Counter(results.outcomes.values())
    said = [f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome]]
    interpreter = " ".join(part for part in (cell.implementation, cell.version) if part)
    return CellView(
        id=one_line(cell.id, 80),
        python=one_line(cell.python, 20),
        profile=one_line(cell.profile, 40),
        variant=one_line(cell.variant_name, 80),
        interpreter=one_line(interpreter, 60) or "–",
        status=cell.status.value,
        reason=one_line(cell.reason or "", 300),
        tone=Tone.GOOD if complete else Tone.UNKNOWN,
        optional=cell.optional,
        counts=", ".join(said) or "nothing measured",
        seconds="–" if cell.seconds is None else f"{cell.seconds:,.1f} s",
        notes=tuple(one_line(note, 300) for note in results.notes),
    )


def _cause(cause: Cause, plain: str, today: datetime.date) -> CauseView:
    place = "" if cause.file is None else f"{one_line(cause.file, 160)}:{cause.line}"
    if place and cause.function:
        place += f" in {one_line(cause.function, 80)}"
    origin = _ORIGINS[cause.origin.kind]
    if cause.origin.distribution:
        origin += f" {one_line(cause.origin.distribution, 60)} {one_line(cause.origin.version or '', 40)}".rstrip()
    impact = count(cause.breaking, *SAID[Verdict.BREAKS]) if cause.breaking else ""
    if cause.will_break:
        impact = ", ".join(part for part in (impact, count(cause.will_break, *SAID[Verdict.WILL_BREAK])) if part)
    others = len(cause.tests) - cause.breaking - cause.will_break
    if others > 0 and impact:
        impact += f", {others:,} more affected"
    elif others > 0 and not cause.breaking and cause.kind == "warning" and cause.profiles == (plain,):
        impact = count(others, *SAID[Verdict.DEPRECATED])
    elif others > 0:
        impact = (
            count(others, *SAID[Verdict.STRICT_ONLY])
            if cause.strict_only
            else count(others, "test fails", "tests fail")
        )
    profiles = listed([one_line(profile, 40) for profile in cause.profiles])
    return CauseView(
        id=cause.id,
        title=one_line(cause.title, 240),
        impact=impact,
        tone=Tone.BAD if cause.breaking or cause.will_break else Tone.WARN,
        place=place,
        source=one_line(cause.source, 240),
        origin=origin,
        seen=f"seen on {listed([one_line(version, 20) for version in cause.versions], 12)} ({profiles})",
        due=" ".join(filter(None, (_due(cause, today), cause.doubt))),
        instead=" ".join(
            filter(
                None,
                (
                    one_line(cause.upgrade, 400),
                    one_line(cause.replacement, 240),
                    f"(playbook: {cause.playbook})" if cause.playbook else "",
                ),
            )
        ),
        stack=tuple(
            f"{one_line(frame.file, 160)}:{frame.line}"
            + (f" in {one_line(frame.function, 80)}" if frame.function else "")
            for frame in cause.stack[-20:]
        ),
        tests=tuple(one_line_id(test, 240) for test in cause.tests[:_TESTS_PER_CAUSE]),
        more_tests=max(0, len(cause.tests) - _TESTS_PER_CAUSE),
        number=len(cause.tests),
        example=block(cause.example, 4_000),
    )


def _due(cause: Cause, today: datetime.date) -> str:
    """``ends in 3.16, planned for October 2027 (scheduled)``."""
    if cause.breaking:
        return ""
    if cause.deadline is not None:
        how = "" if cause.certainty == "scheduled" else f" ({cause.certainty})"
        return f"ends in Python {dated(cause.deadline, today)}{how}"
    return "deprecated, no date" if cause.kind == "warning" and cause.certainty == "undated" else ""


def _rows(report: Report) -> tuple[tuple[RowView, ...], int, str]:
    """The rows worth reading, worst first; how many more there are; and the uniform ones as a sentence."""
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
    rows = tuple(_row(report, test) for _, test in ranked[:ROW_LIMIT])
    said = [f"{number:,} {outcome}" for outcome, number in sorted(uniform.items())]
    text = f"{count(sum(uniform.values()), 'test')} had the same outcome in every complete cell ({', '.join(said)})."
    return rows, max(0, len(ranked) - ROW_LIMIT), text if uniform else ""


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
        verdicts.append((version, word, _TONES[found.verdict]))
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
