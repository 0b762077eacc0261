"""Nothing grows: tasks, file descriptors, objects."""

from __future__ import annotations

import asyncio
import gc
import os
import weakref
from typing import Callable

import pytest
from support import run

from sluice import Channel, Pool

NewLoop = Callable[[], asyncio.AbstractEventLoop]


async def same(n: int) -> int:
    await asyncio.sleep(0)
    return n


def test_a_pool_leaves_no_task(new_loop: NewLoop) -> None:
    async def scenario() -> None:
        async with Pool(same, workers=8) as pool:
            await pool.map(range(50))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(scenario(), new_loop())


def test_a_forgotten_task_is_found(new_loop: NewLoop) -> None:
    async def scenario() -> None:
        asyncio.ensure_future(Channel(1).receive())
        await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="leaked"):
        run(scenario(), new_loop())


def test_items_are_freed_as_soon_as_they_are_received(new_loop: NewLoop) -> None:
    class Item:
        pass

    async def scenario() -> weakref.ref:
        channel = Channel(4)
        await channel.send(Item())
        return weakref.ref(await channel.receive())

    reference = run(scenario(), new_loop())
    gc.collect()
    assert reference() is None


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_loops_give_their_file_descriptors_back(new_loop: NewLoop) -> None:
    run(same(0), new_loop())
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        run(same(0), new_loop())
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("rounds", [10, 200])
def test_waiters_do_not_pile_up(new_loop: NewLoop, rounds: int) -> None:
    async def scenario() -> int:
        channel = Channel(1)
        for _ in range(rounds):
            try:
                await asyncio.wait_for(channel.receive(), 0.0001)
            except asyncio.TimeoutError:
                pass
        return channel.waiting

    assert run(scenario(), new_loop()) == 0
