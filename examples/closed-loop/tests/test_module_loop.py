"""One loop for the module, made at import and closed by the test that happened to be last when it was written."""

from __future__ import annotations

import asyncio

import pytest

from cacheline import Cache, Clock

LOOP = asyncio.new_event_loop()


async def origin(key: str) -> str:
    await asyncio.sleep(0)
    return key.upper()


def test_a_value_comes_from_the_origin() -> None:
    assert LOOP.run_until_complete(Cache(origin).get("a")) == "A"


def test_the_clock_ticks() -> None:
    async def scenario() -> int:
        ticked = asyncio.Event()
        clock = Clock(asyncio.get_running_loop(), 0.001, ticked.set)
        await ticked.wait()
        clock.stop()
        return 1

    assert LOOP.run_until_complete(scenario()) == 1


def test_close_is_clean() -> None:
    LOOP.close()
    assert LOOP.is_closed()


@pytest.mark.alone
def test_added_later() -> None:
    """Event loop is closed."""
    assert LOOP.run_until_complete(Cache(origin).get("b")) == "B"


@pytest.mark.alone
def test_also_added_later() -> None:
    """Event loop is closed: a timer, too, needs a loop that is open."""
    clock = Clock(LOOP, 60, lambda: None)
    clock.restart()
    clock.stop()
