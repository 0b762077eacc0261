"""Any tasks are scheduled: each once, none before its time, never more than the machine bears."""

from __future__ import annotations

import heapq

from hypothesis import given
from hypothesis import strategies as st

from runner.schedule import Schedule, Task

MEMORY = 100


@st.composite
def tasks(draw: st.DrawFn) -> list[Task]:
    """Tasks of which each may wait for some before it."""
    made: list[Task] = []
    for number in range(draw(st.integers(0, 12))):
        after: frozenset[Task] = draw(st.frozensets(st.sampled_from(made), max_size=3)) if made else frozenset()
        made.append(
            Task(
                key=f"t{number}",
                seconds=draw(st.integers(1, 50)),
                memory=draw(st.integers(0, MEMORY + 20)),
                after=frozenset(one.key for one in after),
                alone=draw(st.booleans()) and draw(st.booleans()),
            )
        )
    return draw(st.permutations(made))


def run(schedule: Schedule, slots: int) -> tuple[dict[str, tuple[float, float]], float]:
    """Simulate: (start and end of each task, end of all); checks at each moment what may run together."""
    now = 0.0
    spans: dict[str, tuple[float, float]] = {}
    running: list[tuple[float, str]] = []
    active: dict[str, Task] = {}
    while not schedule.is_over:
        while (task := schedule.next()) is not None:
            assert task.key not in spans
            spans[task.key] = (now, now + task.seconds)
            active[task.key] = task
            heapq.heappush(running, (now + task.seconds, task.key))
            assert len(active) <= slots
            assert len(active) == 1 or not any(one.alone for one in active.values())
            assert len(active) == 1 or sum(one.memory for one in active.values()) <= MEMORY
        assert running, "something waits, and nothing runs"
        now, key = heapq.heappop(running)
        del active[key]
        schedule.end(key)
    return spans, now


@given(tasks(), st.integers(1, 4))
def test_every_task_runs_once_in_its_time(made: list[Task], slots: int) -> None:
    spans, _ = run(Schedule(made, slots=slots, memory=MEMORY), slots)
    assert spans.keys() == {task.key for task in made}
    for task in made:
        assert all(spans[earlier][1] <= spans[task.key][0] for earlier in task.after)


@given(tasks(), st.integers(1, 4))
def test_a_run_takes_no_more_than_twice_the_best(made: list[Task], slots: int) -> None:
    """Graham's bound, where neither memory nor loneliness hold anything up."""
    free = [Task(key=task.key, seconds=task.seconds, after=task.after) for task in made]
    _, took = run(Schedule(free, slots=slots), slots)
    way: dict[str, float] = {}
    for task in sorted(free, key=lambda task: int(task.key[1:])):
        way[task.key] = task.seconds + max((way[earlier] for earlier in task.after), default=0.0)
    best = max([sum(task.seconds for task in free) / slots, *way.values()], default=0.0)
    assert took <= 2 * best


@given(tasks(), st.integers(1, 4))
def test_the_order_of_the_tasks_changes_nothing(made: list[Task], slots: int) -> None:
    one, _ = run(Schedule(made, slots=slots, memory=MEMORY), slots)
    other, _ = run(Schedule(made[::-1], slots=slots, memory=MEMORY), slots)
    assert one == other
