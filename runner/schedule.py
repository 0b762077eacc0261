"""Which task starts next on one machine: longest way to the end first, within its cores and its memory. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """Something that runs on one core."""

    key: str
    seconds: float
    """Expected."""
    memory: int = 0
    """Bytes, expected."""
    after: frozenset[str] = frozenset()
    """Keys of the tasks that must be over before; those that are not scheduled do not count."""
    alone: bool = False
    """Whether nothing else may run beside it."""


class Schedule:
    """The state of a run: what waits, what runs, what is over.

    List scheduling by the longest remaining way (Hu, 1961): with tasks that take what was expected, no more than twice
    the best possible, as a rule within a few per cent. A task that needs more memory than there is runs alone.
    """

    def __init__(self, tasks: Iterable[Task], *, slots: int, memory: int | None = None) -> None:
        """Plan tasks whose ``after`` makes no circle.

        Args:
            tasks: with keys of their own.
            slots: how many may run at once.
            memory: bytes that they may use together; None is no bound.
        """
        self._waiting = {task.key: task for task in tasks}
        self._running: dict[str, Task] = {}
        self._slots = slots
        self._memory = memory
        self._way = _ways(self._waiting)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._waiting and not self._running

    def next(self) -> Task | None:
        """The task to start now, which is running from here on; None where one must end first."""
        chosen = min(
            (task for task in self._waiting.values() if self._may_start(task)),
            # Those that must be alone wait until nobody is held up by them.
            key=lambda task: (task.alone, -self._way[task.key], task.key),
            default=None,
        )
        if chosen is not None:
            self._running[chosen.key] = self._waiting.pop(chosen.key)
        return chosen

    def end(self, key: str) -> None:
        """A task is over, however it ended."""
        del self._running[key]

    def _may_start(self, task: Task) -> bool:
        if any(key in self._waiting or key in self._running for key in task.after):
            return False
        if not self._running:
            return True
        if task.alone or len(self._running) >= self._slots or any(one.alone for one in self._running.values()):
            return False
        used = sum(one.memory for one in self._running.values())
        return self._memory is None or used + task.memory <= self._memory


def _ways(tasks: Mapping[str, Task]) -> dict[str, float]:
    """Seconds from the start of each task to the end of the last that waits for it."""
    behind: dict[str, list[str]] = {key: [] for key in tasks}
    for task in tasks.values():
        for key in task.after:
            if key in behind:
                behind[key].append(task.key)
    ways: dict[str, float] = {}
    # From the last to the first, without recursion: a chain may be long.
    left = {key: len(followers) for key, followers in behind.items()}
    ready = [key for key, count in left.items() if not count]
    while ready:
        key = ready.pop()
        ways[key] = tasks[key].seconds + max((ways[one] for one in behind[key]), default=0.0)
        for earlier in tasks[key].after & left.keys():
            left[earlier] -= 1
            if not left[earlier]:
                ready.append(earlier)
    if len(ways) < len(tasks):
        raise ValueError("tasks wait for each other in a circle")
    return ways
