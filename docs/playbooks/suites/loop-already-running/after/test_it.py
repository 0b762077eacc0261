import asyncio
import unittest


async def fetch():
    return 42


def fetch_now():
    return asyncio.run(fetch())


class Fetching(unittest.IsolatedAsyncioTestCase):
    async def test_fetch(self):
        self.assertEqual(await fetch(), 42)

    async def test_code_that_has_to_stay_synchronous(self):
        loop = asyncio.get_running_loop()
        self.assertEqual(await loop.run_in_executor(None, fetch_now), 42)
