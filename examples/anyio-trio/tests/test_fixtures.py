"""Coroutine fixtures, which share their test's backend and its event loop."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, List, Tuple

import anyio
import pytest
from anyio.abc import TaskGroup

pytestmark = pytest.mark.anyio

STARTED: List[str] = []


@pytest.fixture(scope="module")
async def server(anyio_backend: Tuple[str, Dict[str, Any]]) -> AsyncIterator[List[str]]:
    """Started once for each backend. (anyio's own ``anyio_backend_name`` is of function scope, too short for it.)"""
    STARTED.append(anyio_backend[0])
    await anyio.sleep(0)
    requests: List[str] = []
    yield requests
    requests.clear()


@pytest.fixture
async def group() -> AsyncIterator[TaskGroup]:
    """A task group around the test."""
    async with anyio.create_task_group() as group:
        yield group
        group.cancel_scope.cancel()


async def test_the_server_is_up(server: List[str], anyio_backend_name: str) -> None:
    server.append("GET /")
    assert STARTED[-1] == anyio_backend_name


async def test_it_is_still_the_same(server: List[str]) -> None:
    assert server == ["GET /"]



async def test_tasks_in_the_fixtures_group(group: TaskGroup) -> None:
    done = anyio.Event()

    async def work() -> None:
        done.set()
        await anyio.sleep(60)

    group.start_soon(work)
    await done.wait()
