"""An asyncio cache which asks its origin once for many callers."""

from __future__ import annotations

import asyncio
from typing import Awaitable, Callable, Dict, Optional

Origin = Callable[[str], Awaitable[str]]


class Cache:
    """Values by key. Callers who ask for the same key at once share one request to the origin."""

    def __init__(self, origin: Origin) -> None:
        self.requests = 0
        self._origin = origin
        self._values: Dict[str, str] = {}
        self._pending: Dict[str, asyncio.Future] = {}
        self._lock: Optional[asyncio.Lock] = None

    async def get(self, key: str) -> str:
        """The value, from the cache or its origin."""
        if key in self._values:
            return self._values[key]
        if key not in self._pending:
            self._pending[key] = asyncio.ensure_future(self._fetch(key))
        return await asyncio.shield(self._pending[key])

    async def refresh(self, key: str) -> str:
        """Ask the origin again; one refresh at a time."""
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            await asyncio.sleep(0)
            self._values[key] = await self._origin(key)
            return self._values[key]

    async def _fetch(self, key: str) -> str:
        self.requests += 1
        try:
            self._values[key] = await self._origin(key)
        finally:
            self._pending.pop(key, None)
        return self._values[key]


_shared: Optional[Cache] = None


def shared(origin: Origin) -> Cache:
    """The process's one cache, made by whoever asks first. Convenient in a service, a trap in its tests."""
    global _shared
    if _shared is None:
        _shared = Cache(origin)
    return _shared


class Clock:
    """Runs a callback again and again, on the loop that was current when it was made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, every: float, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._every = every
        self._callback = callback
        self._handle = loop.call_later(every, self._tick)

    def _tick(self) -> None:
        self._callback()
        self._handle = self._loop.call_later(self._every, self._tick)

    def restart(self) -> None:
        """Wait the whole interval again."""
        self._handle.cancel()
        self._handle = self._loop.call_later(self._every, self._tick)

    def stop(self) -> None:
        self._handle.cancel()
