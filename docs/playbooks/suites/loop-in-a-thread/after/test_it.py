import asyncio
import concurrent.futures
import unittest


async def fetch():
    return 42


def work():
    return asyncio.run(fetch())


class Working(unittest.TestCase):
    def test_in_a_thread(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            self.assertEqual(pool.submit(work).result(), 42)
