"""The thread's current loop. Sorted first, so that nothing has yet taken it away."""

from __future__ import annotations

import asyncio

import pytest

from cacheline import Cache


async def origin(key: str) -> str:
    await asyncio.sleep(0)
    return key.upper()


def test_on_the_current_loop() -> None:
    assert asyncio.get_event_loop().run_until_complete(Cache(origin).get("a")) == "A"


def test_with_asyncio_run() -> None:
    assert asyncio.run(Cache(origin).get("a")) == "A"


@pytest.mark.alone
def test_on_the_current_loop_again() -> None:
    """asyncio.run has taken the current loop away."""
    assert asyncio.get_event_loop().run_until_complete(Cache(origin).get("b")) == "B"


def test_set_and_closed() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    assert loop.run_until_complete(Cache(origin).get("c")) == "C"
    loop.close()


@pytest.mark.alone
def test_on_a_closed_current_loop() -> None:
    """Event loop is closed: the one before left it as the current one."""
    assert asyncio.get_event_loop().run_until_complete(Cache(origin).get("d")) == "D"
