"""Backoff on a loop of the test's own: the way of the 0.x days, overriding the fixture ``event_loop``.

From pytest-asyncio 1.0 on the name means nothing: the override is never called for, no message says so, and the
tests run on an ordinary loop.
"""

from __future__ import annotations

import asyncio
from typing import Iterator, List

import pytest
from virtual_time import VirtualTimeLoop

from eventlog import Backoff, retry

#: Powers of two, so that sums are exact, and short, for the case that the clock is a real one.
BACKOFF = Backoff(first=1 / 64)


@pytest.fixture
def event_loop() -> Iterator[VirtualTimeLoop]:
    """Instead of pytest-asyncio's own."""
    loop = VirtualTimeLoop()
    yield loop
    loop.close()


@pytest.mark.asyncio
async def test_the_test_runs_on_the_loop_of_the_override() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


@pytest.mark.asyncio
async def test_delays_double() -> None:
    asked_at: List[float] = []

    async def service() -> str:
        asked_at.append(asyncio.get_running_loop().time())
        if len(asked_at) < 4:
            raise ConnectionError("try later")
        return "answer"

    assert await retry(service, backoff=BACKOFF) == "answer"
    assert asked_at == [0.0, 1 / 64, 3 / 64, 7 / 64]


@pytest.mark.asyncio
async def test_the_fixture_is_the_running_loop(event_loop: VirtualTimeLoop) -> None:
    assert event_loop is asyncio.get_running_loop()


@pytest.mark.asyncio
async def test_a_callback_can_be_scheduled_from_outside(event_loop: VirtualTimeLoop) -> None:
    done = event_loop.create_future()
    event_loop.call_later(1 / 64, done.set_result, "called")
    assert await done == "called"
