"""A custom event-loop policy by the fixture ``event_loop_policy``, for a class of tests.

The policy is a class of this module, and so its base class is looked up while the module is imported.
"""

from __future__ import annotations

import asyncio
from typing import Optional

import pytest
from virtual_time import VirtualTimeLoop

from eventlog import Backoff, GaveUp, retry


class VirtualTimePolicy(asyncio.DefaultEventLoopPolicy):
    """Makes loops which never sleep."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return VirtualTimeLoop()


@pytest.fixture(scope="module")
def event_loop_policy() -> VirtualTimePolicy:
    return VirtualTimePolicy()


@pytest.fixture
def event_loop(event_loop_policy: VirtualTimePolicy):
    """For releases of pytest-asyncio that do not know the policy's fixture."""
    loop = event_loop_policy.new_event_loop()
    yield loop
    loop.close()


class TestBackoff:
    last: Optional[float] = None

    async def test_the_loop_is_made_by_the_policy(self) -> None:
        assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)

    async def test_an_hour_passes_at_once(self) -> None:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualTimeLoop):
            pytest.fail("this test would take an hour")
        with pytest.raises(GaveUp):
            await retry(self.refuse, backoff=Backoff(first=1200, attempts=3, ceiling=3600))
        assert loop.time() == 3600

    async def refuse(self) -> None:
        raise ConnectionError("try later")
