"""Tests that ask for pytest-asyncio's fixture ``event_loop`` without overriding it; it went in 1.0."""

from __future__ import annotations

import asyncio

import pytest

from eventlog import EventLog


@pytest.mark.asyncio
async def test_work_can_be_given_to_the_loop(event_loop: asyncio.AbstractEventLoop, log: EventLog) -> None:
    async with log:
        task = event_loop.create_task(log.append("order-1", "placed"))
        assert (await task).position == 1


def test_a_plain_test_can_drive_the_loop(event_loop: asyncio.AbstractEventLoop, log: EventLog) -> None:
    async def scenario() -> int:
        async with log:
            return (await log.append("order-1", "placed")).version

    assert event_loop.run_until_complete(scenario()) == 1
