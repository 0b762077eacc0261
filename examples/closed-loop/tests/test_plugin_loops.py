"""pytest-asyncio's loop for each test, and fixtures which outlive it."""

from __future__ import annotations

import asyncio
from typing import List

import pytest
import pytest_asyncio

from cacheline import Cache

SEEN: List[asyncio.AbstractEventLoop] = []


async def origin(key: str) -> str:
    await asyncio.sleep(0)
    return key.upper()


class Pool:
    """Connections which belong to the loop that opened them, as those of database drivers do."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._free: asyncio.Queue = asyncio.Queue()
        self._free.put_nowait("connection")

    async def query(self) -> str:
        answer = self._loop.create_future()
        self._loop.call_soon(answer.set_result, "row")
        return await answer


@pytest.fixture(scope="module")
def pools() -> List[Pool]:
    """A cache of pools, as an application keeps one at module level."""
    return []


@pytest_asyncio.fixture
async def pool(pools: List[Pool]) -> Pool:
    """The first pool that was ever opened."""
    if not pools:
        pools.append(Pool())
    return pools[0]


@pytest.mark.asyncio
async def test_the_first_query(pool: Pool) -> None:
    assert await pool.query() == "row"


@pytest.mark.alone
@pytest.mark.asyncio
async def test_the_second_query(pool: Pool) -> None:
    """The loop that opened the pool is closed by now."""
    assert await pool.query() == "row"


@pytest.mark.asyncio
async def test_a_cache_of_its_own() -> None:
    assert await Cache(origin).get("a") == "A"


@pytest.mark.asyncio
async def test_remember_the_loop() -> None:
    SEEN.append(asyncio.get_running_loop())


@pytest.mark.asyncio
async def test_every_test_has_a_loop_of_its_own() -> None:
    assert asyncio.get_running_loop() not in SEEN
