"""Plain tests with a missing ``await``: they run, and test nothing."""

from __future__ import annotations

import asyncio

import pytest

from greenhouse import Controller, Sensor, Vent


def test_step_is_called_and_does_nothing() -> None:
    controller = Controller([Sensor([25.0])], Vent(), target=20)
    controller.step()
    assert controller.history == []


def test_a_coroutine_is_true() -> None:
    """The mean is 20, so the vent stays; the coroutine is asserted instead of its result."""
    assert Controller([Sensor([20.0])], Vent(), target=20).step()


def test_a_coroutine_is_not_none() -> None:
    assert Sensor([]).read() is not None


def test_a_coroutine_is_not_its_result() -> None:
    assert Sensor([21.5]).read() == 21.5


def test_no_exception_without_await() -> None:
    with pytest.raises(ValueError):
        Vent().move(1000)


def test_run_one_level_too_shallow() -> None:
    """The outer coroutine runs and returns the inner one, which is true."""

    async def scenario() -> object:
        return Vent().move(1000)

    assert asyncio.run(scenario())


def test_a_task_nobody_waits_for() -> None:
    """The task is cancelled when the loop ends, before it could fail."""

    async def scenario() -> None:
        asyncio.ensure_future(Sensor([]).read())

    asyncio.run(scenario())


def test_the_same_with_await() -> None:
    with pytest.raises(ValueError):
        asyncio.run(Vent().move(1000))
