"""Older tests of the same code: the thread's current loop, and names that unittest has since dropped."""

from __future__ import annotations

import asyncio
import unittest
from unittest.mock import AsyncMock

from relay import Delivery, Dispatcher, Transport


class CurrentLoopTest(unittest.TestCase):
    """These run after IsolatedAsyncioTestCase, which leaves the thread without a current loop."""

    def setUp(self) -> None:
        transport = AsyncMock(spec=Transport)
        transport.post.return_value = 200
        self.dispatcher = Dispatcher(transport)

    def test_the_loop_that_happens_to_be_current(self) -> None:
        loop = asyncio.get_event_loop()
        result = loop.run_until_complete(self.dispatcher.deliver(Delivery("https://a.example/in", {})))
        self.assertEqual(result.status, 200)

    def test_a_loop_of_its_own(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        result = loop.run_until_complete(self.dispatcher.deliver(Delivery("https://a.example/in", {})))
        self.assertEqual(result.status, 200)


class OldNamesTest(unittest.TestCase):
    """Deprecated since 3.1 and 3.2, removed in 3.12."""

    def test_assert_equals(self) -> None:
        self.assertEquals(Delivery("https://a.example/in", {}).attempts, 0)

    def test_assert_raises_regexp(self) -> None:
        with self.assertRaisesRegexp(TypeError, "missing"):
            Delivery()

    def test_assert_dict_contains_subset(self) -> None:
        self.assertDictContainsSubset({"url": "https://a.example/in"}, vars(Delivery("https://a.example/in", {})))
