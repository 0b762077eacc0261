"""Whether this may pass: the gate of the matrix, its ignore rules, and whether the evidence is whole."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping

from .causes import CauseIndex
from .diff import Comparison
from .model import Cause, GateResult, IgnoreRule, Run, Status, Verdict

#: How a verdict is said of some tests; the view uses the same words.
SAID: Mapping[Verdict, tuple[str, str]] = {
    Verdict.BREAKS: ("test breaks", "tests break"),
    Verdict.NEW_FAILURE: ("test fails that did not run on the base", "tests fail that did not run on the base"),
    Verdict.WILL_BREAK: ("test will break", "tests will break"),
    Verdict.DEPENDENCY_WILL_BREAK: ("test will break in a dependency", "tests will break in a dependency"),
    Verdict.DEPRECATED: ("test uses what will end later", "tests use what will end later"),
    Verdict.STRICT_ONLY: ("test fails with warnings as errors", "tests fail with warnings as errors"),
    Verdict.UNKNOWN: ("test has an unknown verdict", "tests have an unknown verdict"),
    Verdict.ALWAYS_FAILING: ("test fails on both", "tests fail on both"),
    Verdict.HIDDEN: ("test no longer shows a result", "tests no longer show a result"),
    Verdict.GONE: ("test is gone", "tests are gone"),
    Verdict.FIXED: ("test is fixed", "tests are fixed"),
    Verdict.NEW: ("test is new", "tests are new"),
    Verdict.NEVER_RAN: ("test never ran", "tests never ran"),
    Verdict.OK: ("test is ok", "tests are ok"),
}


def judge(run: Run, comparisons: tuple[Comparison, ...], causes: CauseIndex, today: datetime.date) -> GateResult:
    """Apply the gate. Incomplete evidence has the last word over the exit code, whatever the gate says."""
    notes: list[str] = []
    ignored = _Ignored(_holding(run.question.ignore, today, notes), causes)
    reasons: list[str] = []
    for name, threshold in run.question.gate:
        if threshold != "any":
            continue
        for comparison in comparisons:
            hit, taken_out = _count(comparison, name, ignored)
            if hit:
                words = SAID[Verdict(name)]
                reasons.append(f"{hit} {words[hit > 1]} on {comparison.version}")
            if taken_out:
                notes.append(f"{taken_out} × {name} on {comparison.version} not counted: an ignore rule takes them out")
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


def _holding(rules: Iterable[IgnoreRule], today: datetime.date, notes: list[str]) -> list[IgnoreRule]:
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
                re.compile(rule.message)
            except re.error as error:
                notes.append(f"ignore rule “{rule.reason}” does not hold: its message is no pattern ({error})")
                continue
        holding.append(rule)
    return holding


class _Ignored:
    """Asks the rules about results, and remembers which of them ever matched."""

    def __init__(self, rules: list[IgnoreRule], causes: CauseIndex) -> None:
        self._rules = [(rule, glob(rule.tests) if rule.tests else None) for rule in rules]
        self._causes = causes
        self._by_id = {cause.id: cause for cause in causes.causes}
        self._used: set[int] = set()

    def takes(self, test: str, version: str) -> bool:
        """Whether each cause of a verdict is taken out by some rule."""
        ids = self._causes.by_verdict.get((version, test), ())
        causes: list[Cause | None] = [self._by_id[cause] for cause in ids]
        # No shortcut: a rule that another one makes superfluous has matched all the same.
        taken = [self._matches(test, cause) for cause in causes or [None]]
        return bool(self._rules) and all(taken)

    def _matches(self, test: str, cause: Cause | None) -> bool:
        matched = False
        for number, (rule, tests) in enumerate(self._rules):
            if (tests is None or tests.match(test)) and _is_about(rule, cause):
                self._used.add(number)
                matched = True
        return matched

    def unused(self) -> list[str]:
        """A note for each rule that matched nothing the gate asked about."""
        return [
            f"ignore rule “{rule.reason}” matched nothing"
            for number, (rule, _) in enumerate(self._rules)
            if number not in self._used
        ]


def _is_about(rule: IgnoreRule, cause: Cause | None) -> bool:
    if rule.category is None and rule.message is None:
        return rule.tests is not None
    if cause is None:
        return False
    # A category may be written with its module; tracebacks do not always have it.
    if rule.category is not None and rule.category.rpartition(".")[2] != cause.category:
        return False
    return rule.message is None or re.search(rule.message, cause.message[:500]) is not None


def glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` as in a shell; brackets stand for themselves, because test ids are full of them."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(char, re.escape(char)) for char in pattern) + r"\Z", re.DOTALL)
