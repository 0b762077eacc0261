import asyncio
import unittest


async def fetch():
    return 42


class Fetching(unittest.TestCase):
    def test_a_new_style(self):
        self.assertEqual(asyncio.run(fetch()), 42)

    def test_b_also_new_style(self):
        self.assertEqual(asyncio.run(fetch()), 42)
