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
from .model import GateResult, Outcome, Run, Verdict


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
class Absence:
    """Cells that were not measured, or not to the end, all for the same reason."""

    cells: tuple[str, ...]
    optional: bool
    status: str
    reason: str

    @property
    def names(self) -> str:
        """``3.15-plain, 3.15-strict (optional)``."""
        return ", ".join(self.cells) + (" (optional)" if self.optional else "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CauseView:
    """One cause."""

    id: str
    title: str
    impact: str
    tone: Tone
    place: str
    file: str
    """As it is in the target; empty where it is not known."""
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
class CauseGroup:
    """The same thing at one place or several."""

    causes: tuple[CauseView, ...]
    """Most tests first; at least one."""
    number: int
    """Of causes, also those that are not among them."""
    impact: str
    """How many tests all of them take, and what becomes of those."""

    @property
    def places(self) -> str:
        """At how many places, in words; empty where it is one."""
        return f"at {self.number:,} places" if self.number > 1 else ""

    @property
    def more(self) -> int:
        """How many causes it stands for that are not among its own."""
        return self.number - len(self.causes)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowView:
    """One test whose outcomes are worth a row."""

    id: str
    verdicts: tuple[tuple[str, str, Tone], ...]
    """Versions, word and tone; neighbouring versions that share a verdict share an entry."""
    marks: tuple[Mark, ...]
    causes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowGroup:
    """Tests whose outcomes and verdicts are equal."""

    row: RowView
    """Of the first one."""
    tests: tuple[str, ...]
    """The first ones, that one included."""
    number: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """One report, ready to be drawn."""

    title: str
    answer: str
    """Whether the suite is ready for the later versions, in one line."""
    headline: str
    """What breaks, and through how many causes."""
    tone: Tone
    gate: str
    versions: tuple[VersionView, ...]
    cells: tuple[CellView, ...]
    absences: tuple[Absence, ...]
    causes: tuple[CauseGroup, ...]
    more_causes: int
    rows: tuple[RowView, ...]
    more_rows: int
    row_groups: tuple[RowGroup, ...]
    """The rows, equal ones once."""
    more_grouped: int
    """Tests in groups that are left out."""
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
VERDICT_TONES: Mapping[Verdict, Tone] = {
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
LEGEND = tuple((mark, outcome.value) for outcome, (mark, _) in MARKS.items())


#: What each verdict means, for who sees it for the first time (docs/verdicts.md).
MEANINGS: Mapping[Verdict, str] = {
    Verdict.BREAKS: "works on the base, fails there",
    Verdict.NEW_FAILURE: "fails there, and did not run on the base",
    Verdict.CHANGED_ENVIRONMENT: "fails there, by a dependency of another version or a module that the build lacks",
    Verdict.ORDER_DEPENDENT: "fails there, and passes when it runs alone",
    Verdict.FLAKY: "failed there, and passed when it was run again",
    Verdict.WILL_BREAK: "forecast: will fail there",
    Verdict.DEPENDENCY_WILL_BREAK: "forecast: will fail there, through a dependency",
    Verdict.STRICT_ONLY: "works there, fails when warnings are errors: its end is announced",
    Verdict.DEPRECATED: "forecast: works there, and uses what ends later",
    Verdict.UNKNOWN: "not known: what is needed to tell was not measured",
    Verdict.ALWAYS_FAILING: "fails on the base too",
    Verdict.HIDDEN: "had a result on the base, and is skipped or expected to fail there",
    Verdict.GONE: "is on the base, and not there",
    Verdict.FIXED: "fails on the base, works there",
    Verdict.NEW: "is there, and not on the base",
    Verdict.NEVER_RAN: "has no result on either",
    Verdict.OK: "works on both",
}


def first_break(report: Report, test: str) -> str | None:
    """The first later version on which a test breaks."""
    return breaks_in(report.comparisons, test)
