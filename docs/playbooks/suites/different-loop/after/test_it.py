import asyncio
import unittest


class Waiting(unittest.TestCase):
    def test_wait(self):
        async def wait():
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            await asyncio.wait_for(done, 1)

        asyncio.run(wait())
