"""Between threads and the loop, on every backend."""

from __future__ import annotations

import threading

import anyio
import pytest
from anyio import from_thread, to_thread

from pipework import fan_out

pytestmark = pytest.mark.anyio


async def test_blocking_work_leaves_the_thread_of_the_loop() -> None:
    assert await to_thread.run_sync(threading.get_ident) != threading.get_ident()


async def test_a_thread_can_call_back() -> None:
    async def answer(number: int) -> int:
        return number + 1

    assert await to_thread.run_sync(from_thread.run, answer, 41) == 42


async def test_threads_as_stages() -> None:
    async def stage(number: int) -> int:
        return await to_thread.run_sync(pow, number, 2)

    assert await fan_out(stage, range(5)) == [0, 1, 4, 9, 16]


def test_from_a_plain_test(anyio_backend) -> None:
    """A plain test of a plain function; it has the backends all the same, as it asks for them."""
    name, options = anyio_backend
    with from_thread.start_blocking_portal(name, options) as portal:
        assert portal.call(fan_out, _half, [2, 4]) == [1, 2]


async def _half(number: int) -> int:
    await anyio.sleep(0)
    return number // 2
