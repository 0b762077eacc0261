import asyncio
import unittest


async def fetch():
    await asyncio.sleep(0)
    return 42


class Fetching(unittest.TestCase):
    def test_fetch(self):
        self.assertEqual(asyncio.run(fetch()), 42)
