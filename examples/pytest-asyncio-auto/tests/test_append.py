"""Appending: positions, versions, conflicts, all or nothing."""

from __future__ import annotations

import asyncio

import pytest

from eventlog import Conflict, EventLog, LogClosed


async def test_the_first_event_is_at_position_one(log: EventLog) -> None:
    async with log:
        event = await log.append("order-1", "placed", {"items": 3})
    assert (event.position, event.version) == (1, 1)
    assert event.data == {"items": 3}


async def test_versions_count_per_stream(log: EventLog) -> None:
    async with log:
        await log.append("order-1", "placed")
        await log.append("order-2", "placed")
        event = await log.append("order-1", "paid")
    assert (event.position, event.version) == (3, 2)


async def test_events_carry_the_time_of_the_clock(log: EventLog) -> None:
    async with log:
        first = await log.append("order-1", "placed")
        second = await log.append("order-1", "paid")
    assert (first.at, second.at) == (1_700_000_000.0, 1_700_000_001.0)


async def test_a_batch_shares_one_time_and_is_contiguous(log: EventLog) -> None:
    async with log:
        events = await log.append_many("order-1", [("placed", {}), ("paid", {}), ("sent", {})])
    assert [event.position for event in events] == [1, 2, 3]
    assert len({event.at for event in events}) == 1


async def test_a_batch_is_all_or_nothing(log: EventLog) -> None:
    async with log:
        with pytest.raises(ValueError):
            await log.append_many("order-1", [("placed", {}), ("paid", {"sum": float("nan")})])
        assert await log.version("order-1") == 0


@pytest.mark.parametrize("expected", [0, 2])
async def test_a_wrong_expected_version_is_a_conflict(log: EventLog, expected: int) -> None:
    async with log:
        await log.append("order-1", "placed")
        with pytest.raises(Conflict) as caught:
            await log.append("order-1", "paid", expected=expected)
    assert (caught.value.expected, caught.value.actual) == (expected, 1)


async def test_of_two_racing_writers_one_wins(log: EventLog) -> None:
    async with log:
        results = await asyncio.gather(
            log.append("order-1", "placed", {"by": "ann"}, expected=0),
            log.append("order-1", "placed", {"by": "bob"}, expected=0),
            return_exceptions=True,
        )
    assert [type(result).__name__ for result in results] == ["Event", "Conflict"]


async def test_fifty_concurrent_writers_leave_no_gap(log: EventLog) -> None:
    async with log:
        events = await asyncio.gather(*(log.append("meter", "read", {"n": n}) for n in range(50)))
    assert sorted(event.position for event in events) == list(range(1, 51))


async def test_a_stream_needs_a_name(log: EventLog) -> None:
    async with log:
        with pytest.raises(ValueError, match="needs a name"):
            await log.append("", "placed")


async def test_a_closed_log_takes_nothing(log: EventLog) -> None:
    async with log:
        pass
    with pytest.raises(LogClosed):
        await log.append("order-1", "placed")
