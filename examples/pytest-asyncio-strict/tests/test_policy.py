"""Backoff on a custom event-loop policy: the fixture ``event_loop_policy``, known from pytest-asyncio 0.23 on.

The policy is made inside the fixture: as a class of this module, its base class would warn on import from 3.14 on.
"""

from __future__ import annotations

import asyncio
from typing import List

import pytest
from virtual_time import VirtualTimeLoop

from eventlog import Backoff, GaveUp, retry


@pytest.fixture
def event_loop_policy() -> object:
    """A policy which makes loops that never sleep."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return VirtualTimeLoop()

    return Policy()


@pytest.mark.asyncio
async def test_the_policy_makes_the_loop() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


@pytest.mark.asyncio
async def test_delays_have_a_ceiling() -> None:
    asked_at: List[float] = []

    async def service() -> None:
        asked_at.append(asyncio.get_running_loop().time())
        raise ConnectionError("try later")

    with pytest.raises(GaveUp):
        await retry(service, backoff=Backoff(first=1 / 64, ceiling=1 / 32, attempts=4))
    assert asked_at == [0.0, 1 / 64, 3 / 64, 5 / 64]


@pytest.mark.asyncio
async def test_other_errors_are_not_retried() -> None:
    async def service() -> None:
        raise KeyError("no such order")

    with pytest.raises(KeyError):
        await retry(service)
