import asyncio
import unittest


async def fetch():
    return 42


class Fetching(unittest.TestCase):
    def setUp(self):
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def test_a(self):
        self.assertEqual(self.loop.run_until_complete(fetch()), 42)

    def test_b(self):
        self.assertEqual(self.loop.run_until_complete(fetch()), 42)
