"""What goes wrong: each test here is written as somebody would write it in good faith."""

from __future__ import annotations

import asyncio
import unittest
from unittest.mock import AsyncMock, MagicMock, Mock

from relay import Delivery, Dispatcher, Transport


def delivery() -> Delivery:
    return Delivery("https://a.example/in", {"id": 1})


def accepting() -> AsyncMock:
    """A transport whose receiver takes everything."""
    transport = AsyncMock(spec=Transport)
    transport.post.return_value = 200
    return transport


class LoopInLoopTest(unittest.IsolatedAsyncioTestCase):
    """A test that is a coroutine already runs in a loop."""

    async def test_asyncio_run(self) -> None:
        asyncio.run(Dispatcher(accepting()).deliver(delivery()))

    async def test_run_until_complete(self) -> None:
        asyncio.get_event_loop().run_until_complete(Dispatcher(accepting()).deliver(delivery()))

    def test_asyncio_run_in_a_plain_method(self) -> None:
        """Not a coroutine, so its loop stands still; even so it is set up, and asyncio.run may or may not care."""
        asyncio.run(Dispatcher(accepting()).deliver(delivery()))

    def test_the_current_loop_in_a_plain_method(self) -> None:
        result = asyncio.get_event_loop().run_until_complete(Dispatcher(accepting()).deliver(delivery()))
        self.assertEqual(result.status, 200)


class WrongMockTest(unittest.IsolatedAsyncioTestCase):
    """Mock where AsyncMock is needed, and checks that check nothing."""

    async def test_mock_cannot_be_awaited(self) -> None:
        transport = Mock()
        transport.post.return_value = 200
        await Dispatcher(transport).deliver(delivery())

    async def test_magic_mock_cannot_be_awaited(self) -> None:
        transport = MagicMock()
        transport.post.return_value = 200
        await Dispatcher(transport).deliver(delivery())

    async def test_an_async_mock_compared_with_a_number(self) -> None:
        """``spec`` is missing, so ``status`` is what the mock returns by default: another mock."""
        with self.assertRaises(TypeError):
            await Dispatcher(AsyncMock()).deliver(delivery())

    async def test_misspelled_assertion(self) -> None:
        """``called_once_with`` is no assertion. Before 3.12 it was a new mock, which is true."""
        transport = AsyncMock()
        transport.post.return_value = 200
        await Dispatcher(transport).deliver(delivery())
        transport.post.called_once_with("https://wrong.example")

    async def test_awaited_is_not_called(self) -> None:
        """The coroutine was made but never awaited; ``assert_called`` is content with that."""
        transport = accepting()
        transport.post("https://a.example/in", {}).close()
        transport.post.assert_called_once()
        transport.post.assert_not_awaited()


class NeverAwaitedTest(unittest.IsolatedAsyncioTestCase):
    """The await is missing: nothing runs, and most of these pass."""

    async def test_nothing_is_delivered(self) -> None:
        Dispatcher(accepting()).deliver(delivery())

    async def test_a_coroutine_is_true(self) -> None:
        self.assertTrue(Dispatcher(accepting()).deliver(delivery()))

    async def test_a_result_is_compared_with_a_coroutine(self) -> None:
        dispatcher = Dispatcher(accepting())
        one = delivery()
        self.assertEqual(dispatcher.deliver(one), one)

    async def test_raises_sees_nothing(self) -> None:
        transport = AsyncMock(spec=Transport)
        transport.post.return_value = 500
        with self.assertRaises(Exception):
            Dispatcher(transport).deliver(delivery())


class ForgottenBaseTest(unittest.TestCase):
    """The base class is the plain one, so that the tests return coroutines nobody awaits."""

    async def test_would_pass_if_it_ran(self) -> None:
        await Dispatcher(accepting()).deliver(delivery())

    async def test_would_fail_if_it_ran(self) -> None:
        self.fail("nobody will ever see this")

    async def asyncSetUp(self) -> None:
        self.fail("not called either")


class ReturnsSomethingTest(unittest.IsolatedAsyncioTestCase):
    """A test should return nothing."""

    async def test_returns_its_result(self) -> object:
        return await Dispatcher(accepting()).deliver(delivery())
