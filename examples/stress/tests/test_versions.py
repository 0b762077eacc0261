"""Parts of asyncio that came or went."""

from __future__ import annotations

import asyncio
import sys

import pytest
from support import CountingLoop, run

from sluice import Pool


async def same(n: int) -> int:
    await asyncio.sleep(0)
    return n


def test_a_queue_with_a_loop_argument(loop: asyncio.AbstractEventLoop) -> None:
    """Deprecated in 3.8, gone in 3.10."""
    queue: asyncio.Queue = asyncio.Queue(maxsize=1, loop=loop)
    loop.run_until_complete(queue.put("item"))
    assert queue.full()


def test_waiting_for_coroutines(loop: asyncio.AbstractEventLoop) -> None:
    """asyncio.wait took coroutines until 3.11."""

    async def scenario() -> set:
        done, _ = await asyncio.wait([same(1), same(2)])
        return {task.result() for task in done}

    assert run(scenario(), loop) == {1, 2}


def test_a_child_process_with_a_watcher(loop: asyncio.AbstractEventLoop) -> None:
    """Child watchers were deprecated in 3.12 and are gone in 3.14; since 3.8 none is needed."""
    asyncio.set_event_loop(loop)
    watcher = asyncio.SafeChildWatcher()
    watcher.attach_loop(loop)
    asyncio.set_child_watcher(watcher)
    try:

        async def scenario() -> int:
            process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "raise SystemExit(3)")
            return await process.wait()

        assert loop.run_until_complete(scenario()) == 3
    finally:
        watcher.close()
        asyncio.set_child_watcher(None)
        asyncio.set_event_loop(None)


def test_the_custom_loop_as_a_policy() -> None:
    """Policies are deprecated from 3.14 on."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return CountingLoop()

    asyncio.set_event_loop_policy(Policy())
    try:

        async def scenario() -> bool:
            return isinstance(asyncio.get_running_loop(), CountingLoop)

        assert asyncio.run(scenario())
    finally:
        asyncio.set_event_loop_policy(None)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks and loop factories came with 3.12")
@pytest.mark.parametrize("eager", [False, True], ids=["lazy", "eager"])
def test_a_pool_on_eager_tasks(eager: bool) -> None:
    async def scenario() -> list:
        if eager:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        async with Pool(same, workers=2) as pool:
            return sorted(await pool.map(range(10)))

    assert asyncio.run(scenario(), loop_factory=CountingLoop) == list(range(10))
