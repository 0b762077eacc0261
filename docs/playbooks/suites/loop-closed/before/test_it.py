import asyncio
import unittest

LOOP = asyncio.new_event_loop()


async def fetch():
    return 42


class Fetching(unittest.TestCase):
    def test_a(self):
        self.assertEqual(LOOP.run_until_complete(fetch()), 42)
        LOOP.close()

    def test_b(self):
        coroutine = fetch()
        self.addCleanup(coroutine.close)
        self.assertEqual(LOOP.run_until_complete(coroutine), 42)
