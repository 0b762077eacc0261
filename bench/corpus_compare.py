"""What a plain run said about each test, and whether report.json says the same."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Where a test has several results (a failed call and a failed teardown), the first of these is its outcome.
_RANK = ("failed", "error", "skipped", "xfailed", "xpassed", "passed")
#: unittest counts an unexpected success against the suite, as pytest does with a strict xfail.
_UNITTEST = {
    "success": "passed",
    "failure": "failed",
    "error": "error",
    "skip": "skipped",
    "expected failure": "xfailed",
    "unexpected success": "failed",
}
_STAND_INS = ("unittest.loader._FailedTest", "unittest.loader.ModuleSkipped", "unittest.suite._ErrorHolder")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plain:
    """The outcomes of one run without forewarn."""

    tool: str
    tests: Mapping[str, str]
    blocks: Mapping[str, str]
    """Modules, classes and folders whose tests could not be, or were not, collected: id → error or skipped."""

    def of(self, test: str) -> str:
        """What became of one test; by the nearest block above it where it did not run itself."""
        return self.tests.get(test) or next((self.blocks[above] for above in self._above(test)), "missing")

    def _above(self, test: str) -> list[str]:
        return sorted((block for block in self.blocks if is_beneath(test, block, self.tool)), key=len, reverse=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """One test whose outcome in report.json is not that of a plain run."""

    test: str
    forewarn: str
    plain: str
    again: str | None = None
    """Outcome in another plain run: the first that is not ``plain``, where there is one."""

    @property
    def is_unstable(self) -> bool:
        """Whether plain runs differ among themselves: nothing that forewarn does."""
        return self.again is not None and self.again != self.plain


def is_beneath(test: str, block: str, tool: str) -> bool:
    """Whether ``test`` is ``block`` or one of the tests in it; the empty block is the whole suite."""
    if not block or test == block:
        return True
    if tool == "unittest":
        return test.startswith(f"{block}.")
    return test.startswith((f"{block}::", f"{block.removesuffix('__init__.py').rstrip('/')}/"))


def read_plain(file: Path) -> Plain:
    """Read what a witness wrote."""
    data = json.loads(file.read_text(encoding="ascii"))
    return (_read_pytest if data["tool"] == "pytest" else _read_unittest)(data["rows"])


def _read_pytest(rows: Iterable[Sequence[str]]) -> Plain:
    tests: dict[str, list[str]] = {}
    blocks: dict[str, str] = {}
    for node_id, phase, category in rows:
        if phase == "collect":
            blocks[node_id] = category
        else:
            tests.setdefault(node_id, []).append(category)
    return Plain(tool="pytest", tests=_worst(tests), blocks=blocks)


def _read_unittest(rows: Iterable[Sequence[str]]) -> Plain:
    tests: dict[str, list[str]] = {}
    blocks: dict[str, str] = {}
    seen: Counter[str] = Counter()
    running: dict[str, str] = {}
    for test_id, kind, event in rows:
        if kind in _STAND_INS:
            if event in _UNITTEST:
                blocks[_block_name(test_id, kind)] = _UNITTEST[event]
            continue
        # The second test of one id is told from the first by a number, as forewarn does.
        if event == "start" or (event in _UNITTEST and test_id not in running):
            seen[test_id] += 1
            running[test_id] = test_id if seen[test_id] == 1 else f"{test_id} ({seen[test_id]})"
            tests[running[test_id]] = []
        if event in _UNITTEST:
            tests[running[test_id]].append(_UNITTEST[event])
        elif event == "stop":
            running.pop(test_id, None)
    return Plain(tool="unittest", tests=_worst(tests), blocks=blocks)


def _block_name(test_id: str, kind: str) -> str:
    """``package.module`` of a module that did not import; ``module.Class`` of a class whose set-up failed."""
    word, bracket, rest = test_id.partition(" (")
    if not bracket:
        return test_id.removeprefix(f"{kind}.")
    name = rest.rstrip(")")
    return f"{name}.{word}" if word.startswith("tearDown") else name


def _worst(tests: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """One outcome each. A unittest test that ended without a word, such as one whose subtests all passed, passed."""
    return {test: min(outcomes, key=_rank, default="passed") for test, outcomes in tests.items()}


def _rank(outcome: str) -> int:
    return _RANK.index(outcome) if outcome in _RANK else -1


def outcomes_of(report: Mapping[str, Any], cell: str) -> dict[str, str]:
    """Test id → outcome in one cell of a report.json."""
    return {test["id"]: test["outcomes"].get(cell, "missing") for test in report["tests"]}


def differences(reported: Mapping[str, str], plain: Plain) -> list[Difference]:
    """Every test of either side on which the two do not agree, and every block that the report does not show."""
    found = [
        Difference(test=test, forewarn=reported.get(test, "not in the report"), plain=plain.of(test))
        for test in sorted({*reported, *plain.tests})
        if reported.get(test, "not in the report") != plain.of(test)
    ]
    for block, outcome in sorted(plain.blocks.items()):
        if not any(is_beneath(test, block, plain.tool) for test in reported):
            found.append(Difference(test=block, forewarn="not in the report", plain=outcome))
    return found


def settle(found: Iterable[Difference], again: Plain) -> list[Difference]:
    """The differences with the outcomes of one more plain run."""
    return [one if one.is_unstable else dataclasses.replace(one, again=again.of(one.test)) for one in found]
