"""A writer that turns many small appends into few transactions."""

from __future__ import annotations

import asyncio
from typing import Any, List, Mapping, Optional, Tuple

from .errors import LogClosed
from .events import Event
from .log import EventLog

Waiting = Tuple[str, Mapping[str, Any], "asyncio.Future[Event]"]


class BatchWriter:
    """Appends to one stream of a log from a task of its own, in the loop that started it."""

    def __init__(self, log: EventLog, stream: str, *, largest: int = 100) -> None:
        self.batches = 0
        self._log = log
        self._stream = stream
        self._largest = largest
        self._waiting: List[Waiting] = []
        self._task: Optional[asyncio.Task] = None

    async def __aenter__(self) -> BatchWriter:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.Event()
        self._task = self._loop.create_task(self._write())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        for _, _, answer in self._waiting:
            answer.cancel()

    async def submit(self, kind: str, data: Optional[Mapping[str, Any]] = None) -> Event:
        """The event, once the transaction that holds it is on disk."""
        if self._task is None:
            raise LogClosed("the writer is not running")
        answer: asyncio.Future[Event] = self._loop.create_future()
        self._waiting.append((kind, data or {}, answer))
        self._work.set()
        return await answer

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
            if not self._waiting:
                self._work.clear()
            if not batch:
                continue
            events = await self._log.append_many(self._stream, [(kind, data) for kind, data, _ in batch])
            self.batches += 1
            for event, (_, _, answer) in zip(events, batch):
                if not answer.done():
                    answer.set_result(event)
