"""The dispatcher: a queue, a few workers, and a transport that does the talking."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any, Awaitable, Callable, List, Mapping, Optional, Union

Hook = Callable[["Delivery"], Union[None, Awaitable[None]]]


class Rejected(Exception):
    """The receiver does not want the event and never will."""


@dataclasses.dataclass
class Delivery:
    """One event on its way to one address."""

    url: str
    payload: Mapping[str, Any]
    attempts: int = 0
    status: Optional[int] = None


class Transport:
    """Talks HTTP. Tests put something else in its place."""

    async def post(self, url: str, payload: Mapping[str, Any]) -> int:
        """Status code of the receiver's answer."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give connections back."""


class Dispatcher:
    """Takes deliveries and sees to it that they arrive."""

    def __init__(self, transport: Transport, *, workers: int = 2, attempts: int = 3) -> None:
        self.delivered: List[Delivery] = []
        self.rejected: List[Delivery] = []
        self._transport = transport
        self._workers = workers
        self._attempts = attempts
        self._hooks: List[Hook] = []
        self._async_hooks: List[Hook] = []
        self._tasks: List[asyncio.Task] = []

    def add_hook(self, hook: Hook) -> None:
        """Call ``hook`` with each delivery that arrived; it may be a coroutine function."""
        if asyncio.iscoroutinefunction(hook):
            self._async_hooks.append(hook)
        else:
            self._hooks.append(hook)

    async def start(self) -> None:
        """Start the workers."""
        self._queue: asyncio.Queue = asyncio.Queue()
        self._tasks = [asyncio.ensure_future(self._work()) for _ in range(self._workers)]

    async def stop(self) -> None:
        """Finish what is queued, then stop the workers and close the transport."""
        await self._queue.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._transport.close()

    def enqueue(self, url: str, payload: Mapping[str, Any]) -> None:
        """Deliver soon, by one of the workers."""
        self._queue.put_nowait(Delivery(url, payload))

    async def deliver(self, delivery: Delivery) -> Delivery:
        """Deliver now; raises Rejected if it is refused or fails too often."""
        while delivery.attempts < self._attempts:
            delivery.attempts += 1
            delivery.status = await self._transport.post(delivery.url, delivery.payload)
            if delivery.status < 300:
                self.delivered.append(delivery)
                await self._call_hooks(delivery)
                return delivery
            if delivery.status < 500:
                break
        raise Rejected(f"{delivery.url}: {delivery.status} after {delivery.attempts} attempts")

    async def _call_hooks(self, delivery: Delivery) -> None:
        for hook in self._hooks:
            hook(delivery)
        for hook in self._async_hooks:
            await hook(delivery)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            try:
                await self.deliver(delivery)
            except Rejected:
                self.rejected.append(delivery)
            finally:
                self._queue.task_done()
