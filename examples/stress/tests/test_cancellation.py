"""Cancelled at each await point in turn, nothing is lost and nothing is left over."""

from __future__ import annotations

import asyncio
import sys
from typing import Coroutine

import pytest
from support import CancelAt, run

from sluice import Channel, Pool

#: The longest scenario suspends 22 times (on 3.8; 21 times later); at a point behind its end it just runs through.
POINTS = range(1, 25)


@pytest.mark.parametrize("point", POINTS)
def test_a_cancelled_receiver_takes_nothing_with_it(loop: asyncio.AbstractEventLoop, point: int) -> None:
    async def scenario() -> None:
        channel = Channel(2)
        received = []

        async def consume() -> None:
            async for n in channel:
                received.append(n)
                await asyncio.sleep(0)

        async def produce() -> None:
            for n in range(10):
                await channel.send(n)
            channel.close()

        consumer = asyncio.ensure_future(_await(consume(), point))
        producer = asyncio.ensure_future(produce())
        await consumer
        rest = asyncio.ensure_future(_drain(channel, 10 - len(received)))
        await producer
        assert received + await rest == list(range(10))
        assert channel.waiting == 0

    run(scenario(), loop)


@pytest.mark.parametrize("point", POINTS)
def test_a_cancelled_sender_has_sent_all_or_nothing(loop: asyncio.AbstractEventLoop, point: int) -> None:
    async def scenario() -> None:
        channel = Channel(1)
        sent = []

        async def produce() -> None:
            for n in range(10):
                await channel.send(n)
                sent.append(n)
                await asyncio.sleep(0)

        producer = asyncio.ensure_future(_await(produce(), point))
        received = []
        while not producer.done() or len(channel):
            if len(channel):
                received.append(await channel.receive())
            await asyncio.sleep(0)
        assert received == sent
        assert channel.waiting == 0

    run(scenario(), loop)


@pytest.mark.parametrize("point", POINTS)
def test_a_cancelled_map_leaves_a_pool_that_stops(loop: asyncio.AbstractEventLoop, point: int) -> None:
    async def work(n: int) -> int:
        await asyncio.sleep(0)
        return n

    async def use() -> None:
        async with Pool(work, workers=2, capacity=1) as pool:
            await pool.map(range(20))

    run(_await(use(), point), loop)


async def _await(work: Coroutine, point: int) -> None:
    await CancelAt(work, point)


async def _drain(channel: Channel, count: int) -> list:
    return [await channel.receive() for _ in range(count)]


def test_a_result_and_a_cancellation_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """wait_for used to prefer the result and to swallow the cancellation."""

    async def scenario() -> bool:
        answer = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(asyncio.wait_for(answer, 60))
        await asyncio.sleep(0)
        answer.set_result("answer")
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run(scenario(), loop)


def test_cancelling_leaves_a_message(loop: asyncio.AbstractEventLoop) -> None:
    """Task.cancel takes a message from 3.9 on; it reaches the one who awaits the task from 3.11 on."""

    async def scenario() -> tuple:
        task = asyncio.ensure_future(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel("the shop is closing")
        try:
            await task
        except asyncio.CancelledError as error:
            return error.args
        return ()

    assert run(scenario(), loop) == ("the shop is closing",)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with 3.11")
def test_a_timeout_is_not_a_cancellation(loop: asyncio.AbstractEventLoop) -> None:
    async def scenario() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(60)
        return asyncio.current_task().cancelling()

    assert run(scenario(), loop) == 0
