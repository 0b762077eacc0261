"""The words of docs/concepts.md as types: what was measured, and what is concluded from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from .evidence import Confirmed, Crash, Frame, Ignored, Lacking, Upgrade, Use, Witnessed


class Outcome(StrEnum):
    """How one test ended in one cell."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    MISSING = "missing"
    """The cell is complete and the test was not in it."""
    UNKNOWN = "unknown"
    """Nothing was measured; in report.json the cell is left out of the test's outcomes."""


class Status(StrEnum):
    """Whether a cell's evidence is whole, or why it is not."""

    COMPLETE = "complete"
    UNAVAILABLE = "unavailable"
    FAILED_TO_INSTALL = "failed-to-install"
    FAILED_TO_START = "failed-to-start"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    CANCELLED = "cancelled"
    TRUNCATED = "truncated"


class Verdict(StrEnum):
    """What becomes of one test from the base to a later version (docs/verdicts.md)."""

    BREAKS = "breaks"
    NEW_FAILURE = "new-failure"
    CHANGED_ENVIRONMENT = "changed-environment"
    """Fails through a dependency that has another version there, or for want of a module that the build lacks: not put
    down to Python."""
    ORDER_DEPENDENT = "order-dependent"
    """Fails in the whole run and passes alone."""
    FLAKY = "flaky"
    """Fails and passes in the same cell."""
    WILL_BREAK = "will-break"
    """Forecast: not measured, and everything says so."""
    DEPENDENCY_WILL_BREAK = "dependency-will-break"
    """As ``will-break``, through code of a dependency."""
    STRICT_ONLY = "strict-only"
    DEPRECATED = "deprecated"
    """Forecast: works, and uses what will end at a later or an unknown version."""
    UNKNOWN = "unknown"
    ALWAYS_FAILING = "always-failing"
    HIDDEN = "hidden"
    GONE = "gone"
    FIXED = "fixed"
    NEW = "new"
    NEVER_RAN = "never-ran"
    OK = "ok"


class OriginKind(StrEnum):
    """Whose code a place is in."""

    PROJECT = "project"
    TESTS = "tests"
    DEPENDENCY = "dependency"
    STANDARD_LIBRARY = "standard library"
    UNKNOWN = "unknown"


RED = frozenset({Outcome.FAILED, Outcome.ERROR})
GREEN = frozenset({Outcome.PASSED, Outcome.XFAILED, Outcome.XPASSED})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Proven:
    """Tests of a cell that were not run in it, because those of another show how they end."""

    by: str
    """Id of the other cell."""
    tests: int
    run: int
    """Tests that were run."""

    def in_words(self) -> str:
        """``12 of 400 tests run, the others proven by 3.12-plain``."""
        return f"{self.run:,} of {self.run + self.tests:,} tests run, the others proven by {self.by}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """One interpreter, profile and variant, and what became of it."""

    id: str
    python: str
    profile: str
    variant: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    filters: tuple[str, ...] = ()
    status: Status = Status.COMPLETE
    reason: str | None = None
    tool: str = "pytest"
    version: str | None = None
    implementation: str | None = None
    build: str | None = None
    cwd: str | None = None
    as_if: str | None = None
    """The later version that it was run as if it were; its outcomes are a forecast."""
    distributions: tuple[tuple[str, str], ...] = ()
    modules: tuple[tuple[str, str], ...] = ()
    """Which distribution an import name is of."""
    seconds: float | None = None
    exit_status: int | None = None
    """Of the suite's process, where it ended by itself."""
    signal: str | None = None
    cached_from: str | None = None
    carried: int = 0
    """Tests whose evidence is of an earlier state of the target, which has changed where they do not depend on it."""
    carried_from: str | None = None
    """When those ran."""
    proven: Proven | None = None
    """Of a cell with filters that ran some of its tests."""

    @property
    def variant_name(self) -> str:
        """``axis=value`` pairs joined by commas; empty without variants."""
        return ",".join(f"{axis}={value}" for axis, value in self.variant)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failure:
    """One thing that went wrong in a test."""

    type: str | None = None
    message: str = ""
    text: str = ""
    """The traceback as the test tool wrote it; the middle of a long one is left out."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Detail:
    """What is known of a result beside its outcome; plain passes have none."""

    failures: tuple[Failure, ...] = ()
    reason: str | None = None
    """Why it was skipped or expected to fail."""
    attempts: int = 1
    """More than one: the test was run again after a failure, and the last attempt counts."""
    output: str = ""
    """The end of what a failed test had printed and logged."""
    note: str | None = None
    """Where the sources of evidence disagree, or the result is inferred."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TestInfo:
    """Identity of one test, as first seen in any cell."""

    __test__ = False  # pytest would take it for a test class

    id: str
    classname: str
    name: str
    file: str | None = None
    line: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellResults:
    """The results of one cell by test id. Tests without an entry are missing or unknown, by the cell's status."""

    cell: Cell
    outcomes: Mapping[str, Outcome]
    details: Mapping[str, Detail]
    seconds: Sequence[float] = ()
    """How long each test took, in the order of ``outcomes``; negative where nothing was said, short where tests were
    added later."""
    notes: tuple[str, ...] = ()
    warnings: tuple[Witnessed, ...] = ()
    """Of the cells without filters."""
    uses: tuple[Use, ...] = ()
    crashes: tuple[Crash, ...] = ()
    """How processes ended that tests had started, in a run as if."""
    ignored: tuple[Ignored, ...] = ()
    confirmed: Mapping[str, Confirmed] = dataclasses.field(default_factory=dict)
    """What running again has shown, by test."""
    lacking: tuple[Lacking, ...] = ()
    """Modules of the standard library that this build was asked for and lacks."""
    upgrades: tuple[Upgrade, ...] = ()
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Test → its id in this cell, where that is another (``pairing``)."""
    functions: Mapping[tuple[str, int], str] = dataclasses.field(default_factory=dict)
    """(file, line) → qualified name of the function, of the places that failures went through."""
    importers: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """File of a module → files of all modules that need it; recorded where something warned on import."""

    def outcome(self, test: str) -> Outcome:
        """The outcome of a test that is known from some cell."""
        found = self.outcomes.get(test)
        if found is not None:
            return found
        return Outcome.MISSING if self.cell.status is Status.COMPLETE else Outcome.UNKNOWN


@dataclasses.dataclass(frozen=True, kw_only=True)
class IgnoreRule:
    """Takes results out of the gate, for a reason and a time."""

    reason: str
    tests: str | None = None
    category: str | None = None
    message: str | None = None
    expires: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """What the report is to answer: from which version to which, and what may not happen."""

    base: str
    next: tuple[str, ...]
    gate: tuple[tuple[str, str], ...]
    ignore: tuple[IgnoreRule, ...] = ()
    knowledge: tuple[Mapping[str, Any], ...] = ()
    """The project's own knowledge records."""
    forecast: tuple[str, ...] = ()
    """Versions that the base was run as if it were."""
    plain: str = "plain"
    """The profile whose outcomes are measured as users would see them; the others are strict."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that a results folder says."""

    question: Question
    cells: tuple[CellResults, ...]
    tests: tuple[TestInfo, ...]
    target: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    started: str | None = None
    ended: str | None = None
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionVerdict:
    """The verdict of one test for one later version."""

    verdict: Verdict
    variant: str = ""
    """The variant that has it, where variants differ."""
    certainty: str | None = "measured"
    """``measured``; of a forecast ``scheduled``, ``undated`` or ``suspected``; None where nothing is known."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose move it is."""

    kind: OriginKind
    distribution: str | None = None
    version: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a group of tests is red: one exception or warning at one place."""

    id: str
    title: str
    kind: str
    """``failure``; ``warning`` when a warning was seen or raised as an error; ``use`` of what a later version lacks;
    ``lacking``: a module that the build lacks, and its version has."""
    category: str | None
    message: str
    origin: Origin
    file: str | None
    line: int | None
    function: str | None
    stack: tuple[Frame, ...]
    tests: tuple[str, ...]
    breaking: int
    """How many of the tests break because of it."""
    will_break: int = 0
    """How many more of them will, by the forecast."""
    strict_only: bool
    """Seen only where warnings are errors."""
    versions: tuple[str, ...]
    """Versions on which it was seen."""
    profiles: tuple[str, ...]
    example: str
    """One traceback, cut."""
    record: str | None = None
    """The knowledge record that it is attributed to."""
    deadline: str | None = None
    """The version at which it bites; None: nobody has said, or it has bitten."""
    certainty: str = "measured"
    """``measured``, ``scheduled``, ``undated`` or ``suspected``."""
    replacement: str = ""
    """What to use instead."""
    playbook: str | None = None
    """The page of docs/playbooks that it is about."""
    source: str = ""
    """The line of code at the place."""
    raised_at: Frame | None = None
    """The innermost code outside of the standard library, whose ever it is."""
    raised_by: Origin | None = None
    """Whose that code is."""
    deprecated_in: str | None = None
    """The version that deprecated it, as far as the record tells."""
    upgrade: str = ""
    """Of a dependency's cause: which release to take, as far as the index told."""
    in_child: bool = False
    """Whether it was raised in a process that the test started, and the test only shows that something went wrong."""
    doubt: str = ""
    """Why it may be no harm to its tests, or not theirs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateResult:
    """Whether the gate lets this pass, and the exit code that follows."""

    passed: bool
    complete: bool
    exit_code: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    """Ignore rules that expired or matched nothing, and results that a rule took out."""
