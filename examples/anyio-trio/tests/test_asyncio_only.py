"""Code that says anyio and means asyncio: it works on one backend, and only a second one shows it."""

from __future__ import annotations

import asyncio

import anyio
import pytest

pytestmark = pytest.mark.anyio


async def test_asyncio_sleep() -> None:
    await asyncio.sleep(0)


async def test_asyncio_queue() -> None:
    queue: asyncio.Queue = asyncio.Queue()
    async with anyio.create_task_group() as group:
        group.start_soon(queue.put, "item")
        assert await queue.get() == "item"


async def test_a_task_of_asyncio() -> None:
    async def work() -> str:
        await anyio.sleep(0)
        return "done"

    assert await asyncio.get_running_loop().create_task(work()) == "done"


class TestOnAsyncioAlone:
    """The backend narrowed for these tests, by the nearest fixture of that name."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    async def test_asyncio_sleep(self) -> None:
        await asyncio.sleep(0)

    async def test_the_loop_of_asyncio(self) -> None:
        assert isinstance(asyncio.get_running_loop(), asyncio.AbstractEventLoop)
