"""unittest's classes under pytest. The last test passes on every version of pytest, without having run."""

from __future__ import annotations

import unittest

from greenhouse import Sensor


class IsolatedReadTest(unittest.IsolatedAsyncioTestCase):
    """The right base class: no plugin is needed for this one."""

    async def test_in_an_isolated_test_case(self) -> None:
        self.assertEqual(await Sensor([21.5]).read(), 21.5)


class ReadTest(unittest.TestCase):
    """The plain base class: the test returns a coroutine, which unittest has warned of since 3.11."""

    async def test_in_a_plain_test_case(self) -> None:
        self.fail("never reached")
