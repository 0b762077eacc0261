"""Coroutine tests, written for a plugin that is not installed. None of them runs, whatever the outcome says."""

from __future__ import annotations

from typing import AsyncIterator

import pytest

from greenhouse import Controller, Sensor, Vent


async def test_the_vent_opens_when_it_is_warm() -> None:
    vent = Vent()
    assert await Controller([Sensor([25.0])], vent, target=20).step()
    assert vent.position == 50


async def test_that_is_wrong_and_nobody_knows() -> None:
    assert await Sensor([21.5]).read() == 99


@pytest.mark.parametrize("position", [-1, 101])
async def test_the_vent_knows_its_limits(position: int) -> None:
    with pytest.raises(ValueError):
        await Vent().move(position)


@pytest.mark.asyncio
async def test_with_a_marker_that_nobody_reads() -> None:
    assert await Sensor([21.5]).read() == 21.5


async def test_an_async_generator() -> AsyncIterator[None]:
    vent = Vent()
    await vent.move(10)
    yield
    assert vent.position == 0, "never reached"


class TestController:
    async def test_flat_batteries(self) -> None:
        with pytest.raises(LookupError):
            await Controller([Sensor([])], Vent(), target=20).mean()

    async def test_that_is_wrong_too(self) -> None:
        raise AssertionError("never raised")
