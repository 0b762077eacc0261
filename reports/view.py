"""What every document shows, as values. Renderers draw them and decide nothing."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from enum import StrEnum

from .causes import CauseIndex
from .diff import Comparison, breaks_in
from .forecast import Quality
from .ignores import Finding
from .model import GateResult, Outcome, Run


class Tone(StrEnum):
    """How bad something is; a renderer gives it a colour, never the only sign."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """All that is known and concluded."""

    run: Run
    comparisons: tuple[Comparison, ...]
    causes: CauseIndex
    gate: GateResult
    quality: tuple[Quality, ...] = ()
    """How well the forecasts did, where the version was measured as well."""
    ignores: tuple[Finding, ...] = ()
    """What the suite does not hear, and should or need not."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """One outcome in one cell of the table: a sign, its word and its tone."""

    sign: str
    word: str
    tone: Tone
    note: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tally:
    """A number with its words."""

    number: int
    words: str
    tone: Tone


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionView:
    """One later version."""

    version: str
    sentence: str
    tone: Tone
    tallies: tuple[Tally, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellView:
    """One cell."""

    id: str
    python: str
    profile: str
    variant: str
    interpreter: str
    status: str
    reason: str
    tone: Tone
    optional: bool
    counts: str
    seconds: str
    notes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CauseView:
    """One cause."""

    id: str
    title: str
    impact: str
    tone: Tone
    place: str
    source: str
    """The line of code there."""
    origin: str
    seen: str
    due: str
    """When it bites, in words; empty where it has, or nothing is known."""
    instead: str
    """What to use in its place."""
    stack: tuple[str, ...]
    tests: tuple[str, ...]
    more_tests: int
    number: int
    """Of its tests."""
    example: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowView:
    """One test whose outcomes are worth a row."""

    id: str
    verdicts: tuple[tuple[str, str, Tone], ...]
    """Versions, word and tone; neighbouring versions that share a verdict share an entry."""
    marks: tuple[Mark, ...]
    causes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """One report, ready to be drawn."""

    title: str
    headline: str
    tone: Tone
    gate: str
    versions: tuple[VersionView, ...]
    cells: tuple[CellView, ...]
    incomplete: tuple[CellView, ...]
    causes: tuple[CauseView, ...]
    more_causes: int
    rows: tuple[RowView, ...]
    more_rows: int
    uniform: str
    notes: tuple[str, ...]
    report: Report
    today: datetime.date


#: The sign and tone of each outcome.
MARKS: Mapping[Outcome, tuple[str, Tone]] = {
    Outcome.PASSED: ("✓", Tone.GOOD),
    Outcome.FAILED: ("✗", Tone.BAD),
    Outcome.ERROR: ("E", Tone.BAD),
    Outcome.SKIPPED: ("s", Tone.QUIET),
    Outcome.XFAILED: ("x", Tone.QUIET),
    Outcome.XPASSED: ("X", Tone.GOOD),
    Outcome.MISSING: ("–", Tone.QUIET),
    Outcome.UNKNOWN: ("?", Tone.UNKNOWN),
}
LEGEND = tuple((mark, outcome.value) for outcome, (mark, _) in MARKS.items())


def first_break(report: Report, test: str) -> str | None:
    """The first later version on which a test breaks."""
    return breaks_in(report.comparisons, test)
