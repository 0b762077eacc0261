"""The process's one cache, used by tests with a loop each: what one test leaves there, the next trips over."""

from __future__ import annotations

import asyncio

import pytest

from cacheline import shared

GATE = {}


async def origin(key: str) -> str:
    """Answers at once, except for a key which somebody holds back."""
    if key in GATE:
        await GATE[key].wait()
    return key.upper()


def test_two_callers_share_a_request() -> None:
    async def scenario() -> list:
        return await asyncio.gather(shared(origin).get("a"), shared(origin).get("a"))

    before = shared(origin).requests
    assert asyncio.run(scenario()) == ["A", "A"]
    assert shared(origin).requests == before + 1


def test_an_impatient_caller_gets_nothing() -> None:
    """The request goes on without the caller, until asyncio.run cancels what is left: nothing stays behind."""

    async def scenario() -> None:
        GATE["slow"] = asyncio.Event()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(shared(origin).get("slow"), 0.01)
        GATE.pop("slow").set()

    asyncio.run(scenario())


def test_concurrent_refreshes_wait_for_each_other() -> None:
    """Binds the cache's lock to this loop, as the second caller has to wait."""

    async def scenario() -> list:
        return await asyncio.gather(shared(origin).refresh("a"), shared(origin).refresh("b"))

    assert asyncio.run(scenario()) == ["A", "B"]


@pytest.mark.alone
def test_concurrent_refreshes_again() -> None:
    """Bound to a different event loop."""

    async def scenario() -> list:
        return await asyncio.gather(shared(origin).refresh("c"), shared(origin).refresh("d"))

    assert asyncio.run(scenario()) == ["C", "D"]


def test_a_single_refresh_never_waits() -> None:
    assert asyncio.run(shared(origin).refresh("e")) == "E"


@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.alone)])
def test_a_request_that_another_loop_began(number: int) -> None:
    """The first leaves a pending request for its stopped loop in the cache; the second awaits it."""
    cache = shared(origin)
    loop = asyncio.new_event_loop()
    try:
        if number == 1:
            GATE["left"] = asyncio.Event()
            work = loop.create_task(cache.get("left"))
            loop.run_until_complete(asyncio.sleep(0.01))
            assert not work.done()
        else:
            assert loop.run_until_complete(cache.get("left")) == "LEFT"
    finally:
        loop.close()
