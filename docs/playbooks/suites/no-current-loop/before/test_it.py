import asyncio
import unittest


async def fetch():
    await asyncio.sleep(0)
    return 42


class Fetching(unittest.TestCase):
    def test_fetch(self):
        loop = asyncio.get_event_loop()
        self.assertEqual(loop.run_until_complete(fetch()), 42)
