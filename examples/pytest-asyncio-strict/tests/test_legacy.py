"""What the migration forgot: two tests that still run their coroutine on the thread's current loop."""

from __future__ import annotations

import asyncio

from eventlog import EventLog


def test_an_empty_log_has_no_streams(log: EventLog) -> None:
    async def scenario() -> list:
        async with log:
            return await log.streams()

    assert asyncio.get_event_loop().run_until_complete(scenario()) == []


def test_opening_twice_is_fine(log: EventLog) -> None:
    async def scenario() -> bool:
        async with log:
            await log.open()
            return log.is_open

    assert asyncio.get_event_loop().run_until_complete(scenario())
