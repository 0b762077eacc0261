"""report.junit.xml: all cells in one file, a suite for each, for tools that know nothing but JUnit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import junitparser

from .model import CellResults, Detail, Outcome, Status, TestInfo
from .texts import block, one_line
from .view import View

# What XML cannot hold, after `visible` has spelled out controls and lone surrogates.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def stream_junit(view: View) -> Iterator[str]:
    """The document, suite by suite: all of a large run at once would be gigabytes of elements."""
    run = view.report.run
    tests = {test.id: test for test in run.tests}
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="forewarn">\n'
    for results in run.cells:
        yield ElementTree.tostring(_suite(results, tests)._elem, encoding="unicode")  # noqa: SLF001 - has no other name
        yield "\n"
    yield "</testsuites>\n"


def _suite(results: CellResults, tests: dict[str, TestInfo]) -> junitparser.TestSuite:
    suite = junitparser.TestSuite(_legal(one_line(results.cell.id, 80)))
    suite.add_property("status", results.cell.status.value)
    suite.add_property("python", _legal(one_line(results.cell.version or results.cell.python, 40)))
    if results.cell.reason:
        suite.add_property("reason", _legal(one_line(results.cell.reason, 300)))
    seconds = dict(zip(results.outcomes, results.seconds, strict=False))
    cases = []
    for test, outcome in results.outcomes.items():
        known = tests.get(test)
        if outcome in {Outcome.MISSING, Outcome.UNKNOWN} or known is None:
            continue
        case = junitparser.TestCase(
            _legal(one_line(known.name, 500)),
            _legal(one_line(known.classname, 500)),
            round(max(0.0, seconds.get(test, 0.0)), 6),
        )
        if not math.isfinite(case.time or 0.0):
            case.time = 0.0
        # JUnit's dialect of pytest, which tools find sources by.
        if known.file:
            case._elem.set("file", _legal(one_line(known.file, 500)))  # noqa: SLF001 - junitparser has no such field
        if known.file and known.line:
            case._elem.set("line", str(known.line))  # noqa: SLF001 - likewise
        case.result = _results(outcome, results.details.get(test) or Detail())
        cases.append(case)
    if results.cell.status is not Status.COMPLETE:
        cases.append(_unfinished(results))
    suite.add_testcases(cases)
    return suite


def _unfinished(results: CellResults) -> junitparser.TestCase:
    """A case of ours, without which a suite that was not measured would read as one that has passed."""
    cell = results.cell
    said = _legal(one_line(f"{cell.status.value}: {cell.reason}" if cell.reason else cell.status.value, 500))
    case = junitparser.TestCase("not measured to the end", "forewarn")
    case.result = [junitparser.Skipped(said) if cell.optional else junitparser.Error(said, "forewarn")]
    return case


def _results(outcome: Outcome, detail: Detail) -> list[junitparser.junitparser.FinalResult]:
    if outcome in {Outcome.SKIPPED, Outcome.XFAILED}:
        kind = "pytest.xfail" if outcome is Outcome.XFAILED else "pytest.skip"
        return [junitparser.Skipped(_legal(one_line(detail.reason or "", 500)), kind)]
    if outcome not in {Outcome.FAILED, Outcome.ERROR}:
        return []
    result = junitparser.Failure if outcome is Outcome.FAILED else junitparser.Error
    found: list[junitparser.junitparser.FinalResult] = []
    for failure in detail.failures or ():
        one = result(_legal(one_line(failure.message, 500)), _legal(one_line(failure.type or "", 120)))
        one.text = _legal(block(failure.text, 8_000))
        found.append(one)
    return found or [result("no message", "")]


def _legal(text: str) -> str:
    return _ILLEGAL.sub("?", text)
