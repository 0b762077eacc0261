"""Runs again what broke on a later version: is it the version, chance, or the order of the tests?

In the cell's own environment, with its own command: first the whole suite again, in order, then one test of each
failure alone; where that passes, the earlier test that makes it fail is looked for. All within ``limits.confirm``.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import execute
from .command import BRIEF_TRACEBACKS, Command, bytecode_folder
from .model import Cell, Matrix, TestTool
from .search import Found, find_culprits
from .traces import read_records

RED = frozenset({"failed", "error"})
GREEN = frozenset({"passed", "xfailed", "xpassed"})
#: Failures that say something else, of which one test each is run alone.
_MOST_ALONE = 10
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What running one test again has shown."""

    test: str
    verdict: str
    """``deterministic``, ``flaky``, ``order-dependent`` or ``unconfirmed``."""
    again: str | None = None
    """Outcome in the second run of the whole suite."""
    alone: str | None = None
    because: tuple[str, ...] = ()
    """The earlier tests that make it fail, together; one, as a rule."""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """A line of confirm.jsonl."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value not in (None, "", ())}


Outcomes = Mapping[str, str]
RunTests = Callable[[Sequence[str] | None], Outcomes | None]
"""Runs these tests in this order (None: all): outcome by id; None when time is up."""


def confirm(broken: Mapping[str, str], order: Sequence[str], run_tests: RunTests) -> list[Confirmation]:
    """Tell chance and order from the version.

    Args:
        broken: tests that the base passes and this cell does not → what their failure says.
        order: all tests, as they ran.
        run_tests: runs some again.
    """
    again = run_tests(None)
    if again is None:
        return [Confirmation(test=test, verdict="unconfirmed", note="not run again in time") for test in broken]
    found: dict[str, Confirmation] = {}
    alike: dict[str, list[str]] = {}
    for test, message in broken.items():
        if again.get(test) in GREEN:
            found[test] = Confirmation(test=test, verdict="flaky", again=again[test])
        elif again.get(test) in RED:
            alike.setdefault(_NUMBERS.sub("<n>", message), []).append(test)
        else:
            found[test] = Confirmation(test=test, verdict="unconfirmed", note="did not run again")
    for position, tests in enumerate(alike.values()):
        for one in _group(tests, order, run_tests, again, look=position < _MOST_ALONE):
            found[one.test] = one
    return [found[test] for test in broken]


def _group(
    tests: list[str], order: Sequence[str], run_tests: RunTests, again: Outcomes, *, look: bool
) -> Iterable[Confirmation]:
    """The tests that fail with the same words: the first speaks for the others where it fails alone, too."""
    first = None
    for test in tests:
        if first is not None and first.verdict == "deterministic":
            note = f"fails again; {first.test} says the same, and fails alone"
            yield Confirmation(test=test, verdict="deterministic", again=again[test], note=note)
            continue
        alone = run_tests([test]) if look else None
        if alone is None or test not in alone:
            yield Confirmation(test=test, verdict="unconfirmed", again=again[test], note="not run alone in time")
            continue
        first = _judge(test, alone[test], order, run_tests, again[test])
        yield first


def _judge(test: str, alone: str, order: Sequence[str], run_tests: RunTests, again: str) -> Confirmation:
    if alone in RED:
        return Confirmation(test=test, verdict="deterministic", again=again, alone=alone)

    def fails_after(earlier: Sequence[str]) -> bool | None:
        outcomes = run_tests([*earlier, test])
        return None if outcomes is None else outcomes.get(test) in RED

    earlier = list(order)[: list(order).index(test)] if test in order else []
    found = find_culprits(earlier, fails_after) if fails_after(earlier) else Found(reason="unsteady")
    return Confirmation(
        test=test,
        verdict="order-dependent",
        again=again,
        alone=alone,
        because=found.items if found.complete else (),
        note="" if found.complete else _UNFOUND[found.reason or "unsteady"],
    )


#: Why the tests that make another fail are not named.
_UNFOUND = {
    "time": "which earlier tests make it fail was not found out in time",
    "many": "more than three earlier tests make it fail together",
    "unsteady": "it fails in the whole run, and not always behind the tests that ran before it",
}


def is_confirmed(matrix: Matrix, cell: Cell) -> bool:
    """Whether what breaks in this cell is run again: then its evidence also depends on the base's cell."""
    plain = not cell.profile.filters and cell.profile.as_if is None
    known = matrix.test.tool is not TestTool.COMMAND and bool(matrix.limits.confirm)
    return known and plain and not cell.shard and cell.python in matrix.next


def confirm_cell(
    command: Command,
    inherited: Mapping[str, str],
    folder: Path,
    base: Path,
    limit: float,
    *,
    serial: bool,
    ready: Callable[[], None],
) -> int:
    """Confirm a cell's breaks; writes confirm.jsonl and returns how many tests it is about.

    Args:
        command: what the cell ran.
        inherited: the environment that forewarn was started with.
        folder: the cell's evidence.
        base: the evidence of the base's cell.
        limit: seconds for all of it.
        serial: pytest-xdist is there, which has to be told to run chosen tests in one process, in order.
        ready: called before anything is run.
    """
    before, _, _ = _measured(base)
    after, messages, order = _measured(folder)
    broken = {test: messages.get(test, "") for test in order if after.get(test) in RED and before.get(test) in GREEN}
    if not broken or limit <= 0:
        return 0
    ready()
    again = _Again(command, inherited, folder, limit, serial=serial)
    try:
        found = confirm(broken, order, again)
    finally:
        again.clean()
    text = "".join(json.dumps(one.to_json()) + "\n" for one in found)
    (folder / "confirm.jsonl").write_text(text, encoding="utf-8")
    return len(found)


class _Again:
    """Runs the cell's command with some of its tests, its evidence in a folder beside."""

    def __init__(
        self, command: Command, inherited: Mapping[str, str], folder: Path, limit: float, *, serial: bool
    ) -> None:
        self._serial = ("-n0", "--dist=no") if serial else ()
        # Nobody reads what is said of failures that were told before.
        self._brief = BRIEF_TRACEBACKS if command.words[1:3] == ("-m", "pytest") else ()
        self._command = command
        self._inherited = inherited
        self._cell = folder.absolute()
        self._folder = folder.absolute() / "again"
        self._end = time.monotonic() + limit

    def __call__(self, tests: Sequence[str] | None) -> Outcomes | None:
        left = self._end - time.monotonic()
        if left <= 0:
            return None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        if tests is not None:
            (self._folder / "only.json").write_text(json.dumps(list(tests)), encoding="utf-8")
        again = self._command.moved(self._cell, self._folder)
        serial = self._serial if tests is not None else ()
        again = dataclasses.replace(again, words=(*again.words, *serial, *self._brief))
        ended = execute.run(
            again.started(),
            cwd=again.cwd,
            environment=again.environment(self._inherited),
            log=self._folder / "output.log",
            timeout=left,
        )
        shutil.rmtree(bytecode_folder(self._folder), ignore_errors=True)
        return None if ended.timed_out or ended.fault else _measured(self._folder)[0]

    def clean(self) -> None:
        """Leave only what is evidence."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _measured(folder: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Outcomes, messages of failures, and the order in which the tests began."""
    outcomes: dict[str, str] = {}
    messages: dict[str, str] = {}
    order: dict[str, None] = {}
    for record in read_records(folder / "tests.jsonl"):
        test = record.get("id")
        if not isinstance(test, str):
            continue
        if record.get("event") == "begin":
            order[test] = None
        elif record.get("event") == "end":
            outcomes[test] = str(record.get("outcome"))
            messages[test] = str(record.get("message", ""))
    return outcomes, messages, list(order)
