"""Bounded channels and worker pools for asyncio."""

from __future__ import annotations

import asyncio
import collections
from typing import Any, AsyncIterator, Awaitable, Callable, Deque, Iterable, List


class Closed(Exception):
    """The channel takes and gives nothing more."""


class Channel:
    """A queue with an end. A full one makes its senders wait, an empty one its receivers."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a channel holds at least one item")
        self.most = 0
        self._capacity = capacity
        self._items: Deque[Any] = collections.deque()
        self._closed = False
        self._waiting: Deque[asyncio.Future] = collections.deque()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def waiting(self) -> int:
        """Senders and receivers that wait."""
        return len(self._waiting)

    async def send(self, item: Any) -> None:
        """Put the item in, as soon as there is room."""
        while len(self._items) >= self._capacity:
            if self._closed:
                break
            await self._change()
        if self._closed:
            raise Closed("sent to a closed channel")
        self._items.append(item)
        self.most = max(self.most, len(self._items))
        self._wake()

    async def receive(self) -> Any:
        """Take the oldest item, as soon as there is one."""
        while not self._items:
            if self._closed:
                raise Closed("nothing more to receive")
            await self._change()
        item = self._items.popleft()
        self._wake()
        return item

    def close(self) -> None:
        """What is inside can still be received."""
        self._closed = True
        self._wake()

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            while True:
                yield await self.receive()
        except Closed:
            return

    async def _change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, collections.deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


class Pool:
    """A fixed number of workers between two channels."""

    def __init__(self, work: Callable[[Any], Awaitable[Any]], *, workers: int, capacity: int = 8) -> None:
        self.input = Channel(capacity)
        self.output = Channel(capacity)
        self._work = work
        self._workers = workers
        self._tasks: List[asyncio.Task] = []

    async def __aenter__(self) -> Pool:
        self._tasks = [asyncio.ensure_future(self._serve()) for _ in range(self._workers)]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.input.close()
        self.output.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def map(self, items: Iterable[Any]) -> List[Any]:
        """Results of all items, in the order in which they are done."""
        work = list(items)
        feeder = asyncio.ensure_future(self._feed(work))
        try:
            return [await self.output.receive() for _ in work]
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    async def _feed(self, items: List[Any]) -> None:
        for item in items:
            await self.input.send(item)

    async def _serve(self) -> None:
        async for item in self.input:
            await self.output.send(await self._work(item))
