"""The probe's records as a report reads them: cell after cell says the same, which is kept once."""

from __future__ import annotations

import json

from reports.journal import Sayings, read_journal
from reports.model import Outcome

EVENTS: list[dict[str, object]] = [
    {"event": "session", "format": 1},
    {"event": "collected", "ids": ["tests/test_a.py::test_x", "tests/test_a.py::test_y"]},
    {"event": "end", "id": "tests/test_a.py::test_x", "outcome": "passed", "file": "tests/test_a.py", "line": 1},
    {"event": "end", "id": "tests/test_a.py::test_y", "outcome": "failed", "message": "no", "output": "said"},
]


def lines(*events: dict[str, object]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


def test_what_two_journals_say_is_there_once() -> None:
    sayings = Sayings()
    one, other = (read_journal(lines(*EVENTS), sayings) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one == other
    for test in one.collected:
        assert one.ended[test] is other.ended[test]
    assert all(a is b is c for a, b, c in zip(one.collected, other.collected, one.ended, strict=True))


def test_what_is_not_the_same_is_kept_apart() -> None:
    sayings = Sayings()
    changed = {**EVENTS[3], "message": "yes"}
    one, other = (read_journal(lines(*EVENTS[:3], last), sayings) for last in (EVENTS[3], changed))
    assert one is not None
    assert other is not None
    test = "tests/test_a.py::test_y"
    assert (one.ended[test].message, other.ended[test].message) == ("no", "yes")
    assert one.ended[test].outcome is Outcome.FAILED
