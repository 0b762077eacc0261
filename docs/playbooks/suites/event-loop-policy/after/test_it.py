import asyncio
import unittest


def new_event_loop():
    """A loop that debugs."""
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    return loop


async def is_debugging():
    return asyncio.get_running_loop().get_debug()


class Debugging(unittest.TestCase):
    def test_loop(self):
        # From 3.12 on: asyncio.run(is_debugging(), loop_factory=new_event_loop)
        loop = new_event_loop()
        self.addCleanup(loop.close)
        self.assertTrue(loop.run_until_complete(is_debugging()))
