import asyncio
import unittest
import warnings


class Policy(asyncio.DefaultEventLoopPolicy):
    """Makes loops that debug."""

    def new_event_loop(self):
        loop = super().new_event_loop()
        loop.set_debug(True)
        return loop


async def is_debugging():
    return asyncio.get_running_loop().get_debug()


class Debugging(unittest.TestCase):
    def test_policy(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            asyncio.set_event_loop_policy(Policy())
            self.addCleanup(asyncio.set_event_loop_policy, None)
            self.assertTrue(asyncio.run(is_debugging()))
