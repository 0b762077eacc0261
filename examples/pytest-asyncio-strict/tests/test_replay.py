"""Reading the past."""

from __future__ import annotations

import pytest
from support import total

from eventlog import EventLog, LogClosed


@pytest.mark.asyncio
async def test_everything_in_order(account: EventLog) -> None:
    assert [event.position async for event in account.replay()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.asyncio
async def test_one_stream(account: EventLog) -> None:
    assert [event.version async for event in account.replay("account-1")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.asyncio
async def test_from_a_position(account: EventLog, after: int) -> None:
    assert [event.position async for event in account.replay(after=after)] == list(range(after + 1, 7))


@pytest.mark.asyncio
async def test_events_written_meanwhile_are_seen(account: EventLog) -> None:
    seen = []
    async for event in account.replay("account-1"):
        seen.append(event.version)
        if event.version == 1:
            await account.append("account-1", "paid-in", {"amount": 1})
    assert seen == [1, 2, 3, 4, 5, 6]


@pytest.mark.asyncio
async def test_the_log_outlives_its_process(log: EventLog, path: str) -> None:
    async with log:
        await log.append("order-1", "placed", {"items": 3})
    async with EventLog(path) as again:
        (event,) = [event async for event in again.replay()]
    assert (event.kind, event.data) == ("placed", {"items": 3})


@pytest.mark.asyncio
async def test_state_is_the_fold_of_a_stream(account: EventLog) -> None:
    assert await account.state("account-1", total) == {"balance": 150}


@pytest.mark.asyncio
async def test_streams_are_listed_by_name(account: EventLog) -> None:
    assert await account.streams() == ["account-1", "account-2"]


@pytest.mark.asyncio
async def test_a_log_that_was_never_opened(log: EventLog) -> None:
    with pytest.raises(LogClosed, match="not open"):
        await log.version("order-1")
