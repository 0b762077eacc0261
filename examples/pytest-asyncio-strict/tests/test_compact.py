"""Compaction: fewer events, the same state."""

from __future__ import annotations

import pytest
from support import total

from eventlog import EventLog


@pytest.mark.parametrize("keep", [0, 4])
@pytest.mark.asyncio
async def test_the_state_survives(account: EventLog, keep: int) -> None:
    before = await account.state("account-1", total)
    await account.compact("account-1", total, keep=keep)
    assert await account.state("account-1", total) == before


@pytest.mark.asyncio
async def test_old_events_go_away(account: EventLog) -> None:
    assert await account.compact("account-1", total, keep=2) == 2
    assert [event.kind async for event in account.replay("account-1")] == ["snapshot", "paid-out", "paid-out"]


@pytest.mark.asyncio
async def test_versions_go_on_where_they_were(account: EventLog) -> None:
    await account.compact("account-1", total)
    event = await account.append("account-1", "paid-in", {"amount": 1}, expected=5)
    assert event.version == 6


@pytest.mark.asyncio
async def test_compacting_twice_changes_nothing_more(account: EventLog) -> None:
    assert await account.compact("account-1", total) == 4
    assert await account.compact("account-1", total) == 0
    assert await account.state("account-1", total) == {"balance": 150}


@pytest.mark.asyncio
async def test_other_streams_are_left_alone(account: EventLog) -> None:
    await account.compact("account-1", total)
    assert [event.version async for event in account.replay("account-2")] == [1]


@pytest.mark.asyncio
async def test_an_empty_stream_has_nothing_to_compact(log: EventLog) -> None:
    async with log:
        assert await log.compact("nobody", total) == 0
