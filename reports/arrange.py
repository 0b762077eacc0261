"""Decides what every document shows: words, order and tones (into the values of ``view``)."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from .arrange_causes import group_causes
from .arrange_rows import arrange_rows
from .diff import Comparison
from .environments import difference_notes
from .forecast import is_forecast
from .gate import SAID
from .headline import headline
from .ignores import described
from .knowledge_releases import end_of_life
from .model import CellResults, GateResult, Outcome, Status, Verdict
from .readiness import answer
from .texts import count, minute, one_line
from .view import VERDICT_TONES, Absence, CellView, Report, Tally, Tone, VersionView, View


def build_view(report: Report, today: datetime.date) -> View:
    """Decide what is shown of a report, and how."""
    run = report.run
    cells = tuple(_cell(results) for results in run.cells)
    versions = tuple(_version(comparison) for comparison in report.comparisons)
    rows = arrange_rows(report)
    causes, more_causes = group_causes(report.causes.causes, run.question.plain, today)
    name = run.target.get("name")
    return View(
        title=one_line(name, 60) if isinstance(name, str) and name else "",
        answer=answer(report),
        headline=headline(run, report.comparisons, report.causes),
        tone=_overall(report, versions),
        gate=_gate(report.gate),
        versions=versions,
        cells=cells,
        absences=tuple(_absences(cells)),
        causes=causes,
        more_causes=more_causes,
        rows=rows.rows,
        more_rows=rows.more_rows,
        row_groups=rows.groups,
        more_grouped=rows.more_groups,
        uniform=rows.uniform,
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


def _version(comparison: Comparison) -> VersionView:
    counts = Counter(found.verdict for found in comparison.verdicts.values())
    tallies = tuple(
        Tally(number=counts[verdict], words=SAID[verdict][counts[verdict] != 1], tone=VERDICT_TONES[verdict])
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
        tone=tone,
        tallies=tallies,
    )


def _cell(results: CellResults) -> CellView:
    cell = results.cell
    complete = cell.status is Status.COMPLETE
    counts = Counter(results.outcomes.values())
    said = [f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome]] or ["nothing measured"]
    if complete and cell.cached_from:
        said.append(f"measured {one_line(minute(cell.cached_from), 20)}")
    if complete and cell.carried and cell.carried_from:
        said.append(f"{cell.carried:,} of them measured {one_line(minute(cell.carried_from), 20)}")
    if complete and cell.proven and cell.proven.tests:
        said.append(one_line(cell.proven.in_words(), 160))
    interpreter = " ".join(part for part in (cell.implementation, cell.version) if part)
    return CellView(
        id=one_line(cell.id, 80),
        python=one_line(cell.python, 20),
        profile=one_line(cell.profile, 40),
        variant=one_line(cell.variant_name, 80),
        interpreter=one_line(interpreter, 60) or "–",
        status="cached" if complete and cell.cached_from else cell.status.value,
        reason=one_line(cell.reason or "", 300),
        tone=Tone.GOOD if complete else Tone.UNKNOWN,
        optional=cell.optional,
        counts=", ".join(said),
        seconds="–" if cell.seconds is None else f"{cell.seconds:,.1f} s",
        notes=tuple(one_line(note, 300) for note in results.notes),
    )


def _absences(cells: Iterable[CellView]) -> Iterator[Absence]:
    """The cells that are not complete; those that say the same of themselves share an entry."""
    alike: dict[tuple[bool, str, str], list[str]] = {}
    for cell in cells:
        if cell.tone is not Tone.GOOD:
            alike.setdefault((cell.optional, cell.status, cell.reason), []).append(cell.id)
    for (optional, status, reason), names in alike.items():
        yield Absence(cells=tuple(names), optional=optional, status=status, reason=reason)
