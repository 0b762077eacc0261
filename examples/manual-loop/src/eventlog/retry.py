"""Try again, later and later."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Awaitable, Callable, Iterator, Tuple, Type, TypeVar

from .errors import LogError

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Backoff:
    """How long to wait between attempts, in seconds."""

    first: float = 0.1
    factor: float = 2.0
    ceiling: float = 30.0
    attempts: int = 5

    def delays(self) -> Iterator[float]:
        """One delay less than there are attempts."""
        delay = self.first
        for _ in range(self.attempts - 1):
            yield min(delay, self.ceiling)
            delay *= self.factor


class GaveUp(LogError):
    """Every attempt failed; the last failure is the cause."""


async def retry(
    attempt: Callable[[], Awaitable[T]],
    *,
    on: Tuple[Type[BaseException], ...] = (OSError,),
    backoff: Backoff = Backoff(),
) -> T:
    """The result of the first attempt that does not raise one of ``on``."""
    delays = backoff.delays()
    while True:
        try:
            return await attempt()
        except on as error:
            delay = next(delays, None)
            if delay is None:
                raise GaveUp(f"gave up after {backoff.attempts} attempts") from error
            await asyncio.sleep(delay)
