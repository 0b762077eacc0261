import asyncio

import pytest


@pytest.fixture
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_with_the_fixture(event_loop):
    async def fetch():
        return 42

    assert event_loop.run_until_complete(fetch()) == 42


@pytest.mark.asyncio
async def test_on_that_loop(request):
    assert asyncio.get_running_loop() is request.getfixturevalue("event_loop")
