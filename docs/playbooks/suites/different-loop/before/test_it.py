import asyncio
import unittest

LOOP = asyncio.new_event_loop()
DONE = LOOP.create_future()


class Waiting(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        LOOP.close()

    def test_wait(self):
        async def wait():
            await asyncio.wait_for(DONE, 1)

        DONE.set_result(None) if DONE.done() else None
        asyncio.run(wait())
