"""What one cell measured: JUnit's rows and the probe's records joined into one outcome a test."""

from __future__ import annotations

import dataclasses
import itertools
from array import array
from collections.abc import Iterable, Iterator
from sys import intern

from .identity import Identifier, dotted_address
from .journal import RANK, Block, Ended, Journal, worst
from .junit import Case, Entry, JUnitError
from .model import RED, Cell, CellResults, Detail, Failure, Outcome, Status

_XFAIL_TYPES = frozenset({"pytest.xfail", "xfail"})
# Old pytest writes a test that passed against expectation as skipped.
_XPASS_MESSAGE = "xfail-marked test passes unexpectedly"
# What pytest says of a module or class that it could not, or should not, collect.
_COLLECTION_WORDS = frozenset({"collection failure", "collection skipped"})
_RED_OR_SKIPPED = {"failure": Outcome.ERROR, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}
# Where one source says what the other can only call by a coarser word, the finer word is right.
_FINER = {
    (Outcome.PASSED, Outcome.XPASSED): Outcome.XPASSED,
    (Outcome.SKIPPED, Outcome.XFAILED): Outcome.XFAILED,
    (Outcome.FAILED, Outcome.ERROR): Outcome.FAILED,
    (Outcome.ERROR, Outcome.FAILED): Outcome.ERROR,
}

#: Bound once: looking a member up on its class costs more than using it.
_PASSED = Outcome.PASSED
_UNTIMED = -1.0
#: What is kept: failures of one test, which may run often, and characters that the failed tests of a cell had printed.
_MOST_FAILURES, _MOST_OUTPUT = 50, 8 << 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evidence:
    """One cell's results before other cells are known, and what it could not collect."""

    results: CellResults
    blocks: tuple[tuple[Block, Detail], ...]


class _Collector:
    """Adds up the rows of one cell."""

    def __init__(self, identifier: Identifier, journal: Journal | None, *, forgives: bool) -> None:
        """Collect one cell.

        Args:
            identifier: of the tests of all cells.
            journal: the probe's records.
            forgives: without them: whether a failure that a pass of the same name follows was an attempt, and not
                another test, whose pass takes nothing back.
        """
        self._identifier = identifier
        self._forgives = forgives
        self._known = identifier.known
        self._journal = journal
        self.outcomes: dict[str, Outcome] = {}
        self.details: dict[str, Detail] = {}
        self.seconds = array("f")
        self._printed = 0
        self._more_seconds: dict[str, float] = {}
        self.blocks: dict[str, tuple[Block, Detail]] = {}
        self._blocked = {dotted_address(block.id): block for block in journal.blocks} if journal else {}
        self._subtests: set[str] = set()
        self._repeats: dict[str, int] = {}
        self.has_lines = journal is None

    def take(self, cases: Iterable[Case]) -> None:
        """Take rows of JUnit."""
        known, outcomes, timed, has_lines = self._known, self.outcomes, self.seconds.append, self.has_lines
        for case in cases:
            classname, name, file, line, entries, seconds, _ = case
            # Nearly every row is a pass of a test that is known, and the first of it: no call is made for those.
            if not entries and (line is None or not has_lines):
                candidates = known.get((classname, name))
                if candidates is not None and len(candidates) == 1:
                    test, path = candidates[0]
                    if test not in outcomes and (file is None or path is None or path == file):
                        outcomes[test] = _PASSED
                        timed(_UNTIMED if seconds is None else seconds)
                        continue
            self._add(case)

    def _add(self, case: Case) -> None:
        outcome, detail = _PASSED, None
        classname, name, file, line, entries, seconds, output = case
        if entries:
            if self._is_block(case):
                return
            outcome, detail = classify(entries)
            if outcome in RED:
                detail = self._with_output(detail, output)
            test = self._identify(case)
        else:
            test = self._identifier.identify(classname, name, file)
        if self.has_lines and line is not None:
            # pytest counts lines from 0 in JUnit, other tools from 1; a probe's record is better than either.
            self._identifier.place(test, file, line + 1)
        if test in self.outcomes:
            outcome, detail = self._repeat(test, self.outcomes[test], outcome, detail)
            if seconds is not None:
                self._more_seconds[test] = self._more_seconds.get(test, 0.0) + seconds
        else:
            self.seconds.append(_UNTIMED if seconds is None else seconds)
        self.outcomes[test] = outcome
        if detail is not None:
            self.details[test] = detail

    def _with_output(self, detail: Detail, output: str) -> Detail:
        """What was printed, as long as all of a cell's together stays small."""
        output = output.strip()
        self._printed += len(output)
        return dataclasses.replace(detail, output=output) if output and self._printed < _MOST_OUTPUT else detail

    def times(self) -> array[float]:
        """Seconds of each test, in the order of the outcomes; those of all its rows together."""
        if self._more_seconds:
            for position, test in enumerate(itertools.islice(self.outcomes, len(self.seconds))):
                more = self._more_seconds.get(test)
                if more is not None:
                    self.seconds[position] = max(0.0, self.seconds[position]) + more
            self._more_seconds.clear()
        return self.seconds

    def _identify(self, case: Case) -> str:
        if case.entries:
            parent = self._identifier.fold_subtest(case.classname, case.name)
            if parent is not None:
                test = self._identifier.identify(case.classname, parent, case.file)
                self._subtests.add(test)
                return test
        return self._identifier.identify(case.classname, case.name, case.file)

    def _repeat(
        self, test: str, before: Outcome, outcome: Outcome, detail: Detail | None
    ) -> tuple[Outcome, Detail | None]:
        """A second row of one id: another attempt, or another phase (call and teardown, a subtest)."""
        self._repeats[test] = self._repeats.get(test, 1) + 1
        earlier = self.details.get(test) or Detail()
        detail = detail or Detail()
        more = (new for new in detail.failures if new not in earlier.failures)
        failures = (*earlier.failures, *more)[:_MOST_FAILURES]
        reason = detail.reason or earlier.reason
        output = earlier.output or detail.output
        if self._is_rerun(test) and before in RED and outcome not in RED:
            return outcome, Detail(failures=failures, reason=reason, attempts=self._repeats[test], output=output)
        result = worst(before, outcome)
        return result, Detail(failures=failures, reason=reason, attempts=earlier.attempts, output=output)

    def _is_rerun(self, test: str) -> bool:
        if test in self._subtests:
            return False
        if self._journal is None:
            return self._forgives
        ended = self._journal.ended.get(test)
        return ended is not None and ended.attempts > 1

    def _is_block(self, case: Case) -> bool:
        """Whether the row is no test, but a module that was not collected."""
        entry = case.entries[0]
        named = entry.message in _COLLECTION_WORDS and entry.tag != "failure"
        if case.classname:
            # A class inside a module; only pytest has such rows, and it names them.
            block = Block(id=f"{case.classname}.{case.name}", message="", outcome=_RED_OR_SKIPPED[entry.tag])
            if named:
                self._block(block, _failure(entry))
            return named
        address = dotted_address(case.file if case.file and case.file.endswith(".py") else case.name)
        known = self._blocked.get(address) or self._blocked.get(dotted_address(case.name))
        if known is None and not named:
            return False
        block = known or Block(id=case.file or case.name, message="", outcome=_RED_OR_SKIPPED[entry.tag])
        self._block(block, _failure(entry))
        return True

    def _block(self, block: Block, failure: Failure) -> None:
        text = block.message or _last_error(failure.text) or failure.message
        if block.outcome is Outcome.ERROR:
            detail = Detail(failures=(dataclasses.replace(failure, type=None, message=f"collection: {text}"),))
        else:
            detail = Detail(reason=text)
        self.blocks[block.id] = (block, detail)

    def join(self, journal: Journal, cell: Cell) -> tuple[str, ...]:
        """Take the probe's records; returns notes on where the two disagree."""
        disagreements = sum(self._join(journal.tool, test, ended) for test, ended in journal.ended.items())
        if cell.status is not Status.COMPLETE or not journal.finished:
            self._note_running(journal, cell)
        for block in journal.blocks:
            if block.id not in self.blocks:
                self._block(block, Failure(message=block.message))
        if not disagreements:
            return ()
        return (f"junit.xml and tests.jsonl disagree about {disagreements} tests; the worse outcome counts",)

    def _join(self, tool: str, test: str, ended: Ended) -> bool:
        """Take one record; True where it contradicts JUnit."""
        test = self._identifier.learn(test, tool)
        self._identifier.place(test, ended.file, ended.line)
        before = self.outcomes.get(test)
        if ended.output and test in self.details:
            self.details[test] = self._with_output(self.details[test], ended.output)
        if ended.outcome is before and ended.attempts == 1:
            return False
        detail = self.details.get(test) or Detail()
        if before is None:
            outcome, agreed, note = ended.outcome, True, None
        else:
            outcome, agreed = _settle(before, ended.outcome)
            note = None if agreed else f"junit.xml says {before}, tests.jsonl says {ended.outcome}"
        if not detail.failures and outcome is not before:
            detail = _detail_of(outcome, ended.message or detail.reason or "")
        self.outcomes[test] = outcome
        attempts = max(ended.attempts, detail.attempts)
        self.details[test] = dataclasses.replace(detail, attempts=attempts, note=note)
        return not agreed

    def _note_running(self, journal: Journal, cell: Cell) -> None:
        if cell.status is Status.CANCELLED:
            return  # somebody ended it from outside: the test has nothing to do with that
        how = cell.signal or cell.status.value
        for test in journal.running:
            test = self._identifier.learn(test, journal.tool)  # noqa: PLW2901 - the kept copy of the same text
            message = f"was running when the process ended ({how})"
            self.outcomes[test] = Outcome.ERROR
            self.details[test] = Detail(failures=(Failure(message=message),))


def _settle(junit: Outcome, probe: Outcome) -> tuple[Outcome, bool]:
    """The outcome that counts, and whether the two sources agree."""
    if junit is probe:
        return junit, True
    finer = _FINER.get((junit, probe))
    return (finer, True) if finer is not None else (worst(junit, probe), False)


def _detail_of(outcome: Outcome, message: str) -> Detail:
    return Detail(failures=(Failure(message=message),)) if outcome in RED else Detail(reason=message or None)


def collect(
    cell: Cell, batches: Iterator[list[Case]] | None, journal: Journal | None, identifier: Identifier
) -> Evidence:
    """Join the evidence of one cell.

    Args:
        cell: what cell.json says.
        batches: the rows of junit.xml, or None where there is no such file.
        journal: the probe's records, or None.
        identifier: shared by all cells of a run, and growing.
    """
    # A tool that has found a failure says so as it ends.
    collector = _Collector(identifier, journal, forgives=not cell.exit_status)
    notes: list[str] = []
    fault = "junit.xml is missing" if batches is None else None
    try:
        for cases in batches or ():
            collector.take(cases)
    except JUnitError as error:
        fault = str(error)
    if journal is not None:
        notes.extend(collector.join(journal, cell))
    if fault is not None and cell.status is Status.COMPLETE:
        cell = dataclasses.replace(cell, status=Status.TRUNCATED, reason=fault)
    elif fault is not None and collector.outcomes:
        notes.append(fault)
    results = CellResults(
        cell=cell,
        outcomes=collector.outcomes,
        details=collector.details,
        seconds=collector.times(),
        notes=tuple(notes),
    )
    return Evidence(results=results, blocks=tuple(collector.blocks.values()))


def classify(entries: Iterable[Entry]) -> tuple[Outcome, Detail]:
    """The outcome of one row with at least one entry; the worst entry counts."""
    outcome, reason = Outcome.PASSED, None
    failures: list[Failure] = []
    for entry in entries:
        one = _outcome_of(entry)
        if RANK[one] > RANK[outcome]:
            outcome = one
        if one in RED:
            failures.append(_failure(entry))
        elif reason is None:
            reason = entry.message or None
    return outcome, Detail(failures=tuple(failures[:_MOST_FAILURES]), reason=reason)


def _outcome_of(entry: Entry) -> Outcome:
    if entry.tag == "failure":
        return Outcome.FAILED
    if entry.tag == "error":
        return Outcome.ERROR
    if entry.message == _XPASS_MESSAGE:
        return Outcome.XPASSED
    return Outcome.XFAILED if (entry.type or "").lower() in _XFAIL_TYPES else Outcome.SKIPPED


def _failure(entry: Entry) -> Failure:
    # Interned: cell after cell fails in the same words, which are most of what is kept of a run.
    return Failure(type=entry.type, message=intern(entry.message), text=intern(entry.text))


def _last_error(text: str) -> str:
    """The line of a pytest or Python traceback that names the exception."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E  ")]
    if marked:
        return marked[0]
    return next((line for line in reversed(lines) if not line.startswith((" ", "\t"))), "")
