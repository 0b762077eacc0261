"""Every test runs on every backend."""

from __future__ import annotations

from typing import List

import anyio
import anyio.lowlevel
import pytest

from pipework import Pipe, TooSlow, fan_out, first_of, limited, ticks

pytestmark = pytest.mark.anyio


async def double(number: int) -> int:
    await anyio.lowlevel.checkpoint()
    return 2 * number


async def refuse_odd(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    await anyio.sleep(60)
    return number


async def forever() -> None:
    await anyio.Event().wait()


async def test_results_keep_the_order_of_items() -> None:
    assert await fan_out(double, range(10)) == list(range(0, 20, 2))


async def test_no_more_at_once_than_allowed() -> None:
    running: List[int] = []
    most: List[int] = []

    async def stage(item: int) -> None:
        running.append(item)
        most.append(len(running))
        await anyio.lowlevel.checkpoint()
        running.remove(item)

    await fan_out(stage, range(20), at_once=3)
    assert max(most) == 3


async def test_the_fastest_wins_and_the_others_are_cancelled() -> None:
    cancelled: List[str] = []

    async def slow() -> str:
        try:
            await forever()
        except anyio.get_cancelled_exc_class():
            cancelled.append("slow")
            raise
        return "slow"

    async def fast() -> str:
        await anyio.lowlevel.checkpoint()
        return "fast"

    assert await first_of(slow, fast) == "fast"
    assert cancelled == ["slow"]


async def test_too_slow() -> None:
    async def stage(item: str) -> None:
        await forever()

    with pytest.raises(TooSlow, match="'a' took more"):
        await limited(stage, "a", 0.01)


async def test_cleanup_may_await_in_a_shield() -> None:
    steps: List[str] = []

    async def stage(item: str) -> None:
        try:
            await forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
                steps.append("cleaned up")

    with pytest.raises(TooSlow):
        await limited(stage, "a", 0.01)
    assert steps == ["cleaned up"]


async def test_stages_in_a_row() -> None:
    assert await Pipe(double, double).run(range(4)) == [0, 4, 8, 12]


async def test_a_slow_reader_slows_the_source() -> None:
    pipe = Pipe(double, capacity=1)
    assert await pipe.run(range(1000), limit=3) == [0, 2, 4]
    assert pipe.taken < 10


async def test_async_iteration() -> None:
    assert [number async for number in ticks(3)] == [0, 1, 2]


async def test_one_failure_cancels_the_rest() -> None:
    """anyio 3 raises a lone exception as it is, anyio 4 in an exception group: the clause below misses it."""
    with pytest.raises(ValueError, match="3 is odd"):
        await fan_out(refuse_odd, [2, 3, 4])


async def test_a_failure_is_found_in_its_group() -> None:
    """The form which is right for anyio 4."""
    with pytest.raises(Exception) as caught:
        await fan_out(refuse_odd, [2, 3, 4])
    (error,) = caught.value.exceptions
    assert isinstance(error, ValueError)
