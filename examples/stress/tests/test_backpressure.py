"""A full channel makes senders wait, whatever the loop."""

from __future__ import annotations

import asyncio
from typing import Callable, List

import pytest
from support import run

from sluice import Channel, Closed, Pool

NewLoop = Callable[[], asyncio.AbstractEventLoop]


@pytest.mark.parametrize("capacity", [1, 2, 16])
def test_never_more_than_its_capacity(new_loop: NewLoop, capacity: int) -> None:
    async def scenario() -> int:
        channel = Channel(capacity)

        async def produce() -> None:
            for n in range(500):
                await channel.send(n)
            channel.close()

        producer = asyncio.ensure_future(produce())
        received = [n async for n in channel]
        await producer
        assert received == list(range(500))
        return channel.most

    assert run(scenario(), new_loop()) <= capacity


def test_many_senders_and_receivers_lose_nothing(new_loop: NewLoop) -> None:
    async def scenario() -> None:
        channel = Channel(3)
        received: List[int] = []

        async def produce(start: int) -> None:
            for n in range(start, start + 100):
                await channel.send(n)

        async def consume() -> None:
            async for n in channel:
                received.append(n)

        consumers = [asyncio.ensure_future(consume()) for _ in range(4)]
        await asyncio.gather(*(produce(100 * k) for k in range(5)))
        channel.close()
        await asyncio.gather(*consumers)
        assert sorted(received) == list(range(500))

    run(scenario(), new_loop())


def test_closing_wakes_everybody(new_loop: NewLoop) -> None:
    async def scenario() -> None:
        channel = Channel(1)
        receivers = [asyncio.ensure_future(channel.receive()) for _ in range(10)]
        await asyncio.sleep(0)
        channel.close()
        results = await asyncio.gather(*receivers, return_exceptions=True)
        assert {type(result) for result in results} == {Closed}
        assert channel.waiting == 0

    run(scenario(), new_loop())


def test_throughput_is_bounded_in_callbacks_not_in_seconds(new_loop: NewLoop) -> None:
    """20 000 items; the loop that counts tells that an item costs a fixed number of callbacks."""

    async def double(n: int) -> int:
        return 2 * n

    async def scenario() -> int:
        async with Pool(double, workers=4, capacity=64) as pool:
            return sum(await pool.map(range(20_000)))

    loop = new_loop()
    assert run(scenario(), loop) == 20_000 * 19_999
    assert getattr(loop, "callbacks", 0) < 20_000 * 3


def test_a_pool_works_in_parallel(new_loop: NewLoop) -> None:
    async def scenario() -> int:
        running, most = 0, 0

        async def work(n: int) -> int:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return n

        async with Pool(work, workers=5) as pool:
            await pool.map(range(50))
        return most

    assert run(scenario(), new_loop()) == 5
