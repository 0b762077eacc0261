"""The asyncio interface: append, replay, subscribe, compact."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AsyncIterator, Callable, List, Mapping, Optional, Sequence, Set, Tuple

from .errors import LogClosed, SlowConsumer
from .events import Event
from .store import Store

Reducer = Callable[[Mapping[str, Any], Event], Mapping[str, Any]]

SNAPSHOT = "snapshot"


class EventLog:
    """A log in one SQLite file. Opened and closed by ``async with``, bound to the loop that opened it."""

    def __init__(self, path: str, *, clock: Callable[[], float] = time.time, page: int = 100) -> None:
        self._path = str(path)
        self._clock = clock
        self._page = page
        self._thread: Optional[ThreadPoolExecutor] = None
        self._store: Optional[Store] = None
        self._writing: Optional[asyncio.Lock] = None
        self._subscriptions: Set[Subscription] = set()

    async def __aenter__(self) -> EventLog:
        await self.open()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @property
    def is_open(self) -> bool:
        return self._store is not None

    async def open(self) -> None:
        """Open the database on a thread of its own, as SQLite's connections stay where they were made."""
        if self.is_open:
            return
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eventlog")
        # Made here and not in __init__: before 3.10 a lock takes the loop that is current when it is made.
        self._writing = asyncio.Lock()
        loop = asyncio.get_running_loop()
        self._store = await loop.run_in_executor(self._thread, Store, self._path)

    async def close(self) -> None:
        """End all subscriptions and close the database. Closing twice is fine."""
        if not self.is_open:
            return
        for subscription in list(self._subscriptions):
            subscription.close()
        store, self._store = self._store, None
        await asyncio.get_running_loop().run_in_executor(self._thread, store.close)
        self._thread.shutdown()

    async def append(
        self, stream: str, kind: str, data: Optional[Mapping[str, Any]] = None, *, expected: Optional[int] = None
    ) -> Event:
        """Add one event; ``expected`` is the version that the stream must be at."""
        (event,) = await self.append_many(stream, [(kind, data or {})], expected=expected)
        return event

    async def append_many(
        self, stream: str, items: Sequence[Tuple[str, Mapping[str, Any]]], *, expected: Optional[int] = None
    ) -> List[Event]:
        """Add several events to one stream, all or none, next to each other in the log."""
        if not stream:
            raise ValueError("a stream needs a name")
        store = self._opened()
        async with self._writing:
            events = await self._call(store.append, stream, list(items), self._clock(), expected)
            for event in events:
                for subscription in list(self._subscriptions):
                    subscription.offer(event)
        return events

    async def version(self, stream: str) -> int:
        """Version of the stream's latest event, 0 for a stream without any."""
        return await self._call(self._opened().version, stream)

    async def streams(self) -> List[str]:
        """Names of all streams, sorted."""
        return await self._call(self._opened().streams)

    async def replay(self, stream: Optional[str] = None, *, after: int = 0) -> AsyncIterator[Event]:
        """All events so far behind position ``after``, page by page, so that writers get their turn."""
        while True:
            events = await self._call(self._opened().page, stream, after, self._page)
            for event in events:
                yield event
            if len(events) < self._page:
                return
            after = events[-1].position

    async def state(self, stream: str, reducer: Reducer) -> Mapping[str, Any]:
        """The stream's events folded into one mapping, starting from its snapshot if it was compacted."""
        state: Mapping[str, Any] = {}
        async for event in self.replay(stream):
            state = event.data if event.kind == SNAPSHOT else reducer(state, event)
        return state

    async def compact(self, stream: str, reducer: Reducer, *, keep: int = 0) -> int:
        """Fold all but the last ``keep`` events into a snapshot; returns how many events went away."""
        store = self._opened()
        async with self._writing:
            events = [event async for event in self.replay(stream)]
            old = events[: len(events) - keep]
            if len(old) < 2:
                return 0
            state: Mapping[str, Any] = {}
            for event in old:
                state = event.data if event.kind == SNAPSHOT else reducer(state, event)
            return await self._call(store.fold, stream, old[-1].version, SNAPSHOT, state)

    def subscribe(self, stream: Optional[str] = None, *, capacity: int = 64) -> Subscription:
        """Events appended from now on, as an asynchronous iterator."""
        self._opened()
        subscription = Subscription(stream, capacity, self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    def _opened(self) -> Store:
        if self._store is None:
            raise LogClosed(f"{self._path} is not open")
        return self._store

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)


class Subscription:
    """One reader's bounded queue of events."""

    def __init__(self, stream: Optional[str], capacity: int, forget: Callable[[Subscription], None]) -> None:
        self._stream = stream
        self._capacity = capacity
        self._forget = forget
        self._waiting: List[Event] = []
        self._wake = asyncio.Event()
        self._closed = False
        self._overflowed = False

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._overflowed:
                self.close()
                raise SlowConsumer(f"more than {self._capacity} events behind")
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._waiting.pop(0)

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Events that wait to be read."""
        return len(self._waiting)

    def offer(self, event: Event) -> None:
        """Called by the log for each new event; never blocks the writer."""
        if self._closed or self._overflowed or self._stream not in (None, event.stream):
            return
        if len(self._waiting) >= self._capacity:
            self._overflowed = True
        else:
            self._waiting.append(event)
        self._wake.set()

    def close(self) -> None:
        """No more events; those that wait can still be read."""
        self._closed = True
        self._wake.set()
        self._forget(self)
