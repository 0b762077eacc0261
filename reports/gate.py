"""Whether this may pass: the gate of the matrix, its ignore rules, and whether the evidence is whole."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from .baseline import Entry, has_expired
from .causes import CauseIndex
from .diff import Comparison
from .model import Cause, GateResult, IgnoreRule, OriginKind, Run, Status, Verdict
from .patterns import Patterns
from .versions import version_key

#: How a verdict is said of some tests; the view uses the same words.
SAID: Mapping[Verdict, tuple[str, str]] = {
    Verdict.BREAKS: ("test breaks", "tests break"),
    Verdict.NEW_FAILURE: ("test fails that did not run on the base", "tests fail that did not run on the base"),
    Verdict.CHANGED_ENVIRONMENT: (
        "test fails where the environment is another",
        "tests fail where the environment is another",
    ),
    Verdict.ORDER_DEPENDENT: ("test depends on the order of tests", "tests depend on the order of tests"),
    Verdict.FLAKY: ("test is flaky", "tests are flaky"),
    Verdict.WILL_BREAK: ("test will break", "tests will break"),
    Verdict.DEPENDENCY_WILL_BREAK: ("test will break in a dependency", "tests will break in a dependency"),
    Verdict.DEPRECATED: ("test uses what will end later", "tests use what will end later"),
    Verdict.STRICT_ONLY: ("test fails with warnings as errors", "tests fail with warnings as errors"),
    Verdict.UNKNOWN: ("test has an unknown verdict", "tests have an unknown verdict"),
    Verdict.ALWAYS_FAILING: ("test fails on the base too", "tests fail on the base too"),
    Verdict.HIDDEN: ("test no longer shows a result", "tests no longer show a result"),
    Verdict.GONE: ("test is gone", "tests are gone"),
    Verdict.FIXED: ("test is fixed", "tests are fixed"),
    Verdict.NEW: ("test is new", "tests are new"),
    Verdict.NEVER_RAN: ("test never ran", "tests never ran"),
    Verdict.OK: ("test is ok", "tests are ok"),
}


#: What the gate can be set for beside verdicts.
NEW_DEPRECATIONS, STALE = "new-deprecations", "stale"
_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})


def judge(
    run: Run,
    comparisons: tuple[Comparison, ...],
    causes: CauseIndex,
    today: datetime.date,
    baseline: Mapping[str, Entry] | None = None,
) -> GateResult:
    """Apply the gate. Incomplete evidence has the last word over the exit code, whatever the gate says.

    Args:
        run: with the gate's settings.
        comparisons: the verdicts.
        causes: of the verdicts.
        today: the day that rules and accepted causes expire by.
        baseline: accepted causes; None where the project has no baseline, so that nothing is new to it.
    """
    notes: list[str] = []
    patterns = Patterns()
    accepted = _Accepted(baseline or {}, causes, run, today)
    ignored = _Ignored(_holding(run.question.ignore, today, notes, patterns), causes, accepted, patterns)
    reasons: list[str] = []
    gate = {NEW_DEPRECATIONS: "own" if baseline is not None and run.question.gate else "never"} | dict(
        run.question.gate
    )
    for name, threshold in gate.items():
        if name in SAID:
            reasons += _verdict_reasons(name, threshold, comparisons, ignored, notes)
    if run.question.gate and gate.get(Verdict.GONE.value) != "never":
        reasons += _shrunk(comparisons)
    reasons += accepted.reasons(gate, notes)
    notes.extend(ignored.unused())
    complete = is_complete(run)
    passed = not reasons
    return GateResult(
        passed=passed,
        complete=complete,
        exit_code=3 if not complete else 0 if passed else 1,
        reasons=tuple(reasons),
        notes=tuple(notes),
    )


def shrinkage(comparison: Comparison) -> str | None:
    """``collection shrank from 412 to 3 tests``; None where at least half of the base's tests are still there.

    A suite of which most is gone was not tested: its green is no news.
    """
    counts = Counter(found.verdict for found in comparison.verdicts.values() if found.certainty == "measured")
    gone = counts[Verdict.GONE]
    before = sum(counts.values()) - counts[Verdict.NEW] - counts[Verdict.UNKNOWN]
    return f"collection shrank from {before:,} to {before - gone:,} tests" if gone * 2 > before else None


def _shrunk(comparisons: tuple[Comparison, ...]) -> Iterator[str]:
    """Whatever else the gate is set for."""
    for comparison in comparisons:
        if (lost := shrinkage(comparison)) is not None:
            yield f"{lost} on {comparison.version}"


def _verdict_reasons(
    name: str, threshold: str, comparisons: tuple[Comparison, ...], ignored: _Ignored, notes: list[str]
) -> Iterator[str]:
    """Why a verdict fails the gate: for each version that it counts on."""
    if threshold == "never":
        return
    for comparison in comparisons:
        if threshold != "any" and version_key(comparison.version) > version_key(threshold):
            continue
        hit, taken_out = _count(comparison, name, ignored)
        if hit:
            words = SAID[Verdict(name)]
            yield f"{hit} {words[hit > 1]} on {comparison.version}"
        if taken_out:
            notes.append(
                f"{taken_out} × {name} on {comparison.version} not counted: taken out by a rule or the baseline"
            )


class _Accepted:
    """The baseline, asked about causes."""

    def __init__(self, baseline: Mapping[str, Entry], causes: CauseIndex, run: Run, today: datetime.date) -> None:
        measured = {
            one.cell.python for one in run.cells if one.cell.status is Status.COMPLETE and one.cell.as_if is None
        }
        newest = max(measured, key=version_key, default=None)
        self._causes = causes.causes
        self._expired = {key: entry for key, entry in baseline.items() if has_expired(entry, today, newest)}
        self._holding = {key: entry for key, entry in baseline.items() if key not in self._expired}
        self._stale = [entry for key, entry in baseline.items() if key not in {cause.id for cause in causes.causes}]

    def takes(self, cause: Cause | None) -> bool:
        """Whether a cause is accepted."""
        return cause is not None and cause.id in self._holding

    def reasons(self, gate: Mapping[str, str], notes: list[str]) -> list[str]:
        """Why the gate fails on what is new, expired or stale; what does not fail it is noted."""
        held = [cause for cause in self._causes if cause.id in self._holding]
        if held:
            notes.append(f"{len(held)} causes are accepted by the baseline")
        notes.extend(
            f"accepted until {entry.expires}, which has come: {_named(entry)}" for entry in self._expired.values()
        )
        found = list(self._new(gate.get(NEW_DEPRECATIONS, "never")))
        stale = [
            f"the baseline accepts what is gone: {_named(entry)} (`forewarn accept --prune`)" for entry in self._stale
        ]
        if gate.get(STALE, "never") == "any":
            return found + stale
        notes.extend(stale)
        return found

    def _new(self, whose: str) -> Iterator[str]:
        for cause in self._causes:
            is_own = cause.origin.kind in _OWN
            if (
                cause.kind in {"failure", "lacking"}
                or self.takes(cause)
                or not (whose == "any" or (whose == "own" and is_own))
            ):
                continue
            where = f" at {cause.file}:{cause.line}" if cause.file else ""
            tests = f"{len(cause.tests)} test{'' if len(cause.tests) == 1 else 's'}"
            yield (
                f"new deprecation: {cause.title}{where} ({tests}; repair it, or "
                f"`forewarn accept --only {cause.id} --reason …`)"
            )


def _named(entry: Entry) -> str:
    return f"{entry.id} {entry.cause}{f' in {entry.where}' if entry.where else ''}"


def is_complete(run: Run) -> bool:
    """Every cell that is not optional is complete, and there is something to compare."""
    question = run.question
    whole = {
        results.cell.python for results in run.cells if _is_measured(run, results.cell.status, results.cell.profile)
    }
    declared = all(
        results.cell.status is Status.COMPLETE
        for results in run.cells
        # A forecast that could not be made takes nothing from what was measured.
        if not results.cell.optional and results.cell.as_if is None
    )
    return declared and question.base in whole and any(one in whole for one in question.next) and bool(run.tests)


def _is_measured(run: Run, status: Status, profile: str) -> bool:
    return status is Status.COMPLETE and profile == run.question.plain


def _count(comparison: Comparison, name: str, ignored: _Ignored) -> tuple[int, int]:
    """How many tests have the verdict, and how many more would have, but for a rule."""
    hit = taken_out = 0
    for test, found in comparison.verdicts.items():
        if found.verdict == name:
            if ignored.takes(test, comparison.version):
                taken_out += 1
            else:
                hit += 1
    return hit, taken_out


def _holding(
    rules: Iterable[IgnoreRule], today: datetime.date, notes: list[str], patterns: Patterns
) -> list[IgnoreRule]:
    """The rules that still hold; the others are noted."""
    holding = []
    for rule in rules:
        if rule.expires is not None:
            try:
                expires = datetime.date.fromisoformat(rule.expires)
            except ValueError:
                notes.append(f"ignore rule “{rule.reason}” has an unreadable date and does not hold: {rule.expires}")
                continue
            if today >= expires:
                notes.append(f"ignore rule “{rule.reason}” expired on {rule.expires} and no longer holds")
                continue
        if rule.message is not None:
            try:
                patterns.compile(rule.message)
            except ValueError as error:
                notes.append(f"ignore rule “{rule.reason}” does not hold: its message is {error}")
                continue
        holding.append(rule)
    return holding


class _Ignored:
    """Asks the rules about results, and remembers which of them ever matched."""

    def __init__(self, rules: list[IgnoreRule], causes: CauseIndex, accepted: _Accepted, patterns: Patterns) -> None:
        self._accepted = accepted
        self._rules = [(rule, glob(rule.tests) if rule.tests else None) for rule in rules]
        self._patterns = patterns
        self._causes = causes
        self._by_id = {cause.id: cause for cause in causes.causes}
        self._used: set[int] = set()

    def takes(self, test: str, version: str) -> bool:
        """Whether each cause of a verdict is taken out by some rule, or accepted."""
        ids = self._causes.by_verdict.get((version, test), ())
        causes: list[Cause | None] = [self._by_id[cause] for cause in ids]
        # No shortcut: a rule that another one makes superfluous has matched all the same.
        taken = [self._matches(test, cause) or self._accepted.takes(cause) for cause in causes or [None]]
        return all(taken)

    def _matches(self, test: str, cause: Cause | None) -> bool:
        matched = False
        for number, (rule, tests) in enumerate(self._rules):
            if (tests is None or tests.match(test)) and self._is_about(rule, cause):
                self._used.add(number)
                matched = True
        return matched

    def _is_about(self, rule: IgnoreRule, cause: Cause | None) -> bool:
        if rule.category is None and rule.message is None:
            return rule.tests is not None
        if cause is None:
            return False
        # A category may be written with its module; tracebacks do not always have it.
        if rule.category is not None and rule.category.rpartition(".")[2] != cause.category:
            return False
        return rule.message is None or self._patterns.compile(rule.message).search(cause.message[:500])

    def unused(self) -> list[str]:
        """A note for each rule that matched nothing the gate asked about."""
        return [
            f"ignore rule “{rule.reason}” matched nothing"
            for number, (rule, _) in enumerate(self._rules)
            if number not in self._used
        ]


def glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` as in a shell; brackets stand for themselves, because test ids are full of them."""
    first, *others = ("".join("." if char == "?" else re.escape(char) for char in part) for part in pattern.split("*"))
    # What stands between two stars is taken where it comes first, and never sought again: no text takes long.
    middle = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(first + (f"{middle}.*{others[-1]}" if others else "") + r"\Z", re.DOTALL)
