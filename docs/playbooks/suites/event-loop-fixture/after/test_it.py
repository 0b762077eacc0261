import asyncio

import pytest


@pytest.mark.asyncio(loop_scope="module")
async def test_on_a_loop():
    assert asyncio.get_running_loop() is not None


@pytest.mark.asyncio(loop_scope="module")
async def test_on_the_same_loop():
    async def fetch():
        return 42

    assert await fetch() == 42
