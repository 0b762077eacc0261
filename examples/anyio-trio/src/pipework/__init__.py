"""Small stages of work in a row, on asyncio or trio."""

from __future__ import annotations

from typing import Any, AsyncIterator, Awaitable, Callable, Iterable, List, Optional

import anyio
import anyio.lowlevel
from anyio.abc import ObjectReceiveStream, ObjectSendStream

Stage = Callable[[Any], Awaitable[Any]]


class TooSlow(Exception):
    """A stage took longer than it may."""


async def fan_out(stage: Stage, items: Iterable[Any], *, at_once: int = 4) -> List[Any]:
    """Results of ``stage`` for all items, in their order, at most ``at_once`` of them at a time."""
    limiter = anyio.CapacityLimiter(at_once)
    work = list(items)
    results: List[Any] = [None] * len(work)

    async def one(index: int, item: Any) -> None:
        async with limiter:
            results[index] = await stage(item)

    async with anyio.create_task_group() as group:
        for index, item in enumerate(work):
            group.start_soon(one, index, item)
    return results


async def first_of(*stages: Callable[[], Awaitable[Any]]) -> Any:
    """The result of the stage that is done first; the others are cancelled."""
    answer: List[Any] = []

    async def one(stage: Callable[[], Awaitable[Any]], scope: anyio.CancelScope) -> None:
        answer.append(await stage())
        scope.cancel()

    async with anyio.create_task_group() as group:
        for stage in stages:
            group.start_soon(one, stage, group.cancel_scope)
    return answer[0]


async def limited(stage: Stage, item: Any, seconds: float) -> Any:
    """The result of ``stage``, or TooSlow."""
    with anyio.move_on_after(seconds):
        return await stage(item)
    raise TooSlow(f"{item!r} took more than {seconds} s")


class Pipe:
    """Stages joined by bounded streams: a slow stage slows down the one before it."""

    def __init__(self, *stages: Stage, capacity: int = 1) -> None:
        self._stages = stages
        self._capacity = capacity
        self.taken = 0

    async def run(self, items: Iterable[Any], limit: Optional[int] = None) -> List[Any]:
        """Everything, or the first ``limit`` results, after which nothing more is taken."""
        results: List[Any] = []
        async with anyio.create_task_group() as group:
            first, source = anyio.create_memory_object_stream(self._capacity)
            group.start_soon(self._feed, first, list(items))
            for stage in self._stages:
                into, out = anyio.create_memory_object_stream(self._capacity)
                group.start_soon(self._work, stage, source, into)
                source = out
            async with source:
                async for result in source:
                    results.append(result)
                    if len(results) == limit:
                        break
            group.cancel_scope.cancel()
        return results

    async def _feed(self, into: ObjectSendStream, items: List[Any]) -> None:
        async with into:
            for item in items:
                await into.send(item)
                self.taken += 1

    async def _work(self, stage: Stage, source: ObjectReceiveStream, into: ObjectSendStream) -> None:
        async with source, into:
            async for item in source:
                await into.send(await stage(item))


async def ticks(count: int) -> AsyncIterator[int]:
    """Numbers, with a turn for everybody else in between."""
    for number in range(count):
        await anyio.lowlevel.checkpoint()
        yield number
