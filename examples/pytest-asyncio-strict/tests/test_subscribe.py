"""Following what happens."""

from __future__ import annotations

import asyncio
from typing import List

import pytest

from eventlog import Event, EventLog, SlowConsumer, Subscription


async def read(subscription: Subscription, count: int) -> List[Event]:
    """The next ``count`` events."""
    return [await subscription.__anext__() for _ in range(count)]


@pytest.mark.asyncio
async def test_new_events_arrive_in_order(log: EventLog) -> None:
    async with log, log.subscribe() as news:
        reader = asyncio.ensure_future(read(news, 3))
        for kind in ("placed", "paid", "sent"):
            await log.append("order-1", kind)
        assert [event.kind for event in await reader] == ["placed", "paid", "sent"]


@pytest.mark.asyncio
async def test_the_past_is_not_repeated(log: EventLog) -> None:
    async with log:
        await log.append("order-1", "placed")
        async with log.subscribe() as news:
            await log.append("order-1", "paid")
            assert news.pending == 1


@pytest.mark.asyncio
async def test_only_the_stream_asked_for(log: EventLog) -> None:
    async with log, log.subscribe("order-2") as news:
        await log.append("order-1", "placed")
        await log.append("order-2", "placed")
        (event,) = await read(news, 1)
        assert event.position == 2


@pytest.mark.asyncio
async def test_each_subscriber_has_its_own_copy(log: EventLog) -> None:
    async with log, log.subscribe() as one, log.subscribe() as other:
        event = await log.append("order-1", "placed")
        assert await read(one, 1) == await read(other, 1) == [event]


@pytest.mark.asyncio
async def test_a_waiting_reader_is_woken(log: EventLog) -> None:
    async with log, log.subscribe() as news:
        reader = asyncio.ensure_future(read(news, 1))
        await asyncio.sleep(0)
        assert not reader.done()
        event = await log.append("order-1", "placed")
        assert await reader == [event]


@pytest.mark.asyncio
async def test_closing_the_log_ends_its_subscriptions(log: EventLog) -> None:
    async with log:
        news = log.subscribe()
        await log.append("order-1", "placed")
    assert [event.kind async for event in news] == ["placed"]


@pytest.mark.asyncio
async def test_a_slow_consumer_is_told_what_it_got_and_that_it_missed_some(log: EventLog) -> None:
    async with log, log.subscribe(capacity=2) as news:
        for n in range(3):
            await log.append("meter", "read", {"n": n})
        assert [event.data["n"] for event in await read(news, 2)] == [0, 1]
        with pytest.raises(SlowConsumer, match="more than 2"):
            await news.__anext__()


@pytest.mark.asyncio
async def test_an_abandoned_subscription_costs_nothing(log: EventLog) -> None:
    async with log:
        async with log.subscribe(capacity=1) as news:
            pass
        await log.append("order-1", "placed")
        assert news.pending == 0
