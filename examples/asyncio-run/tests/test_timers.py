"""Retry and backoff, on a loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import selectors
from typing import Iterator, List

import pytest

from eventlog import Backoff, EventLog, GaveUp, retry


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop which never sleeps: idle time passes at once."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        ready = super().select(0 if timeout is None or timeout > 0 else timeout)
        if not ready and timeout is None:
            return super().select(None)
        if not ready and timeout > 0:
            self._loop.jump(timeout)
        return ready


@pytest.fixture(autouse=True)
def virtual_time() -> Iterator[None]:
    """``asyncio.run`` takes no factory of loops before 3.12, so the policy makes them, for this file only."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return VirtualTimeLoop()

    asyncio.set_event_loop_policy(Policy())
    yield
    asyncio.set_event_loop_policy(None)


class Flaky:
    """Fails a number of times, then gives its answer; notes when it was asked."""

    def __init__(self, failures: int, error: type = ConnectionError) -> None:
        self.failures = failures
        self.error = error
        self.asked_at: List[float] = []

    async def __call__(self) -> str:
        self.asked_at.append(asyncio.get_running_loop().time())
        if len(self.asked_at) <= self.failures:
            raise self.error("try later")
        return "answer"


def test_delays_double() -> None:
    service = Flaky(failures=3)
    assert asyncio.run(retry(service, backoff=Backoff(first=1.0))) == "answer"
    assert service.asked_at == [0.0, 1.0, 3.0, 7.0]


def test_delays_have_a_ceiling() -> None:
    service = Flaky(failures=4)
    asyncio.run(retry(service, backoff=Backoff(first=10.0, ceiling=15.0)))
    assert service.asked_at == [0.0, 10.0, 25.0, 40.0, 55.0]


def test_giving_up_names_the_last_failure() -> None:
    with pytest.raises(GaveUp, match="after 3 attempts") as caught:
        asyncio.run(retry(Flaky(failures=9), backoff=Backoff(attempts=3)))
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_other_errors_are_not_retried() -> None:
    service = Flaky(failures=1, error=KeyError)
    with pytest.raises(KeyError):
        asyncio.run(retry(service))
    assert service.asked_at == [0.0]


def test_an_append_can_be_retried(log: EventLog) -> None:
    network = Flaky(failures=1)

    async def attempt() -> int:
        await network()
        event = await log.append("order-1", "placed", expected=0)
        return event.position

    async def scenario() -> None:
        async with log:
            assert await retry(attempt) == 1

    asyncio.run(scenario())
    assert len(network.asked_at) == 2
