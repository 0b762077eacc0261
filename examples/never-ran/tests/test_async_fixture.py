"""Fixtures that are coroutine functions, without a plugin to await them."""

from __future__ import annotations

from typing import AsyncIterator

import pytest

from greenhouse import Controller, Sensor, Vent


@pytest.fixture
async def vent() -> Vent:
    """A vent that is half open; without a plugin, a coroutine."""
    vent = Vent()
    await vent.move(50)
    return vent


@pytest.fixture
async def controller() -> AsyncIterator[Controller]:
    """Without a plugin, an async generator that nobody starts."""
    yield Controller([Sensor([20.0])], Vent(), target=20)


def test_the_vent_is_there(vent: Vent) -> None:
    assert vent


def test_the_vent_is_half_open(vent: Vent) -> None:
    assert vent.position == 50


def test_the_controller_is_there(controller: Controller) -> None:
    assert controller is not None


async def test_both_are_awaited(vent: Vent, controller: Controller) -> None:
    assert not await controller.step()
