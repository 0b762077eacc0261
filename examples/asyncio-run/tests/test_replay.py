"""Reading the past."""

from __future__ import annotations

import asyncio

import pytest
from support import total

from eventlog import EventLog, LogClosed


def test_everything_in_order(account: EventLog) -> None:
    async def scenario() -> None:
        async with account:
            assert [event.position async for event in account.replay()] == [1, 2, 3, 4, 5, 6]

    asyncio.run(scenario())


def test_one_stream(account: EventLog) -> None:
    async def scenario() -> None:
        async with account:
            assert [event.version async for event in account.replay("account-1")] == [1, 2, 3, 4, 5]

    asyncio.run(scenario())


@pytest.mark.parametrize("after", [0, 3])
def test_from_a_position(account: EventLog, after: int) -> None:
    async def scenario() -> None:
        async with account:
            assert [event.position async for event in account.replay(after=after)] == list(range(after + 1, 7))

    asyncio.run(scenario())


def test_events_written_meanwhile_are_seen(account: EventLog) -> None:
    async def scenario() -> None:
        async with account:
            seen = []
            async for event in account.replay("account-1"):
                seen.append(event.version)
                if event.version == 1:
                    await account.append("account-1", "paid-in", {"amount": 1})
            assert seen == [1, 2, 3, 4, 5, 6]

    asyncio.run(scenario())


def test_the_log_outlives_its_process(log: EventLog, path: str) -> None:
    async def scenario() -> None:
        async with log:
            await log.append("order-1", "placed", {"items": 3})
        async with EventLog(path) as again:
            (event,) = [event async for event in again.replay()]
        assert (event.kind, event.data) == ("placed", {"items": 3})

    asyncio.run(scenario())


def test_state_is_the_fold_of_a_stream(account: EventLog) -> None:
    async def scenario() -> None:
        async with account:
            assert await account.state("account-1", total) == {"balance": 150}

    asyncio.run(scenario())


def test_streams_are_listed_by_name(account: EventLog) -> None:
    async def scenario() -> None:
        async with account:
            assert await account.streams() == ["account-1", "account-2"]

    asyncio.run(scenario())


def test_a_log_that_was_never_opened(log: EventLog) -> None:
    async def scenario() -> None:
        with pytest.raises(LogClosed, match="not open"):
            await log.version("order-1")

    asyncio.run(scenario())
