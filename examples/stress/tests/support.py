"""Loops to run on, and a way to cancel a coroutine at any of its await points."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Coroutine, Generator, List


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts the callbacks it was given."""

    def __init__(self) -> None:
        self.callbacks = 0
        super().__init__()

    def call_soon(self, *args: Any, **kwargs: Any) -> asyncio.Handle:
        self.callbacks += 1
        return super().call_soon(*args, **kwargs)


class CancelAt:
    """Awaits a coroutine, and throws CancelledError into it where it would suspend for the n-th time."""

    def __init__(self, work: Coroutine, point: int) -> None:
        self.reached = False
        self._work = work
        self._point = point

    def __await__(self) -> Generator:
        inner = self._work.__await__()
        resume, count = inner.__next__, 0
        while True:
            try:
                suspended = resume()
            except StopIteration as stop:
                return stop.value
            except asyncio.CancelledError:
                if self.reached:
                    return None
                raise
            count += 1
            if count == self._point:
                self.reached = True
                # A future knows that somebody is about to wait for it; here nobody is.
                if asyncio.isfuture(suspended):
                    suspended._asyncio_future_blocking = False
                resume = functools.partial(inner.throw, asyncio.CancelledError())
            else:
                yield suspended
                resume = inner.__next__


def run(work: Coroutine, loop: asyncio.AbstractEventLoop) -> Any:
    """Run to the end on this loop, which is closed then; a task that is left over is an error."""
    try:
        result = loop.run_until_complete(work)
        left: List[asyncio.Task] = [task for task in asyncio.all_tasks(loop) if not task.done()]
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    assert not left, f"leaked {left}"
    return result
