import asyncio
import unittest


async def fetch():
    return 42


def fetch_now():
    loop = asyncio.get_event_loop()
    coroutine = fetch()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        coroutine.close()


class Fetching(unittest.IsolatedAsyncioTestCase):
    async def test_fetch(self):
        self.assertEqual(fetch_now(), 42)
