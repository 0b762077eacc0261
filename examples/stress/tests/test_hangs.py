"""Tests that would never end; pytest-timeout ends them. They fail on every Python, and nothing else suffers."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sluice import Channel


@pytest.mark.timeout(1)
def test_nobody_ever_sends() -> None:
    asyncio.run(Channel(1).receive())


@pytest.mark.timeout(1)
def test_a_thread_waits_for_a_loop_that_stands_still(loop: asyncio.AbstractEventLoop) -> None:
    done = threading.Event()
    loop.call_soon(done.set)
    done.wait()


def test_the_next_test_is_none_the_wiser() -> None:
    async def scenario() -> str:
        channel = Channel(1)
        await channel.send("still here")
        return await channel.receive()

    assert asyncio.run(scenario()) == "still here"
