"""Backoff, on a loop of this file's own: another override of the fixture ``event_loop``, nearer to the tests.

pytest-asyncio 0.21 closes the loop that was current before, here the session's: every later test that uses it fails
with "Event loop is closed". Keep the files with loops of their own last.
"""

from __future__ import annotations

import asyncio
from typing import Iterator, List

import pytest
from virtual_time import VirtualTimeLoop

from eventlog import Backoff, retry


@pytest.fixture
def event_loop() -> Iterator[VirtualTimeLoop]:
    """A loop which never sleeps."""
    loop = VirtualTimeLoop()
    yield loop
    loop.close()


async def test_the_nearest_override_wins() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


async def test_delays_double() -> None:
    asked_at: List[float] = []

    async def service() -> str:
        asked_at.append(asyncio.get_running_loop().time())
        if len(asked_at) < 4:
            raise ConnectionError("try later")
        return "answer"

    assert await retry(service, backoff=Backoff(first=1 / 64)) == "answer"
    assert asked_at == [0.0, 1 / 64, 3 / 64, 7 / 64]


def test_a_plain_test_can_use_it_too(event_loop: VirtualTimeLoop) -> None:
    event_loop.run_until_complete(asyncio.sleep(3600))
    assert event_loop.time() == 3600
