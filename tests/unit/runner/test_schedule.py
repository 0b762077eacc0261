"""Which task starts next."""

from __future__ import annotations

import pytest

from runner.schedule import Schedule, Task


def started(schedule: Schedule) -> list[str]:
    found = []
    while (task := schedule.next()) is not None:
        found.append(task.key)
    return found


def test_the_longest_way_goes_first() -> None:
    made = [
        Task(key="short", seconds=3),
        Task(key="first of a chain", seconds=1),
        Task(key="its end", seconds=9, after=frozenset({"first of a chain"})),
    ]
    schedule = Schedule(made, slots=2)
    assert started(schedule) == ["first of a chain", "short"]
    schedule.end("first of a chain")
    assert started(schedule) == ["its end"]


def test_what_is_not_scheduled_holds_nobody_up() -> None:
    assert started(Schedule([Task(key="a", seconds=1, after=frozenset({"measured before"}))], slots=1)) == ["a"]


def test_more_memory_than_there_is_runs_alone() -> None:
    schedule = Schedule([Task(key="huge", seconds=9, memory=10), Task(key="small", seconds=1)], slots=2, memory=5)
    assert started(schedule) == ["huge"]
    schedule.end("huge")
    assert started(schedule) == ["small"]


def test_who_must_be_alone_waits_for_all_others() -> None:
    schedule = Schedule([Task(key="alone", seconds=9, alone=True), Task(key="other", seconds=1)], slots=2)
    assert started(schedule) == ["other"]
    schedule.end("other")
    assert started(schedule) == ["alone"]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        Schedule(
            [Task(key="a", seconds=1, after=frozenset("b")), Task(key="b", seconds=1, after=frozenset("a"))], slots=1
        )
