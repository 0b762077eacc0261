"""The dispatcher as it should be tested: IsolatedAsyncioTestCase, asyncSetUp, AsyncMock."""

from __future__ import annotations

import asyncio
import contextlib
import unittest
from typing import AsyncIterator, List
from unittest.mock import AsyncMock, MagicMock, call, create_autospec, patch

from relay import Delivery, Dispatcher, Rejected, Transport


class RunningDispatcherTest(unittest.IsolatedAsyncioTestCase):
    """Each test has a dispatcher with running workers."""

    async def asyncSetUp(self) -> None:
        self.transport = AsyncMock(spec=Transport)
        self.transport.post.return_value = 202
        self.dispatcher = Dispatcher(self.transport)
        await self.dispatcher.start()
        self.stopped = False

    async def asyncTearDown(self) -> None:
        if not self.stopped:
            await self.dispatcher.stop()

    async def stop(self) -> None:
        await self.dispatcher.stop()
        self.stopped = True

    async def test_what_is_queued_arrives(self) -> None:
        self.dispatcher.enqueue("https://a.example/in", {"id": 1})
        await self.stop()
        self.transport.post.assert_awaited_once_with("https://a.example/in", {"id": 1})

    async def test_stop_closes_the_transport(self) -> None:
        await self.stop()
        self.transport.close.assert_awaited_once_with()

    async def test_a_refusal_is_not_retried(self) -> None:
        self.transport.post.return_value = 410
        self.dispatcher.enqueue("https://a.example/in", {"id": 1})
        await self.stop()
        self.assertEqual([delivery.attempts for delivery in self.dispatcher.rejected], [1])

    async def test_a_failing_receiver_is_tried_three_times(self) -> None:
        self.transport.post.side_effect = [503, 503, 200]
        self.dispatcher.enqueue("https://a.example/in", {"id": 1})
        await self.stop()
        self.assertEqual(self.transport.post.await_count, 3)
        self.assertEqual([delivery.status for delivery in self.dispatcher.delivered], [200])

    async def test_one_bad_receiver_does_not_stop_the_others(self) -> None:
        self.transport.post.side_effect = lambda url, payload: 500 if "bad" in url else 200
        for name in ("good-1", "bad", "good-2"):
            self.dispatcher.enqueue(f"https://{name}.example/in", {})
        await self.stop()
        self.assertEqual(len(self.dispatcher.delivered), 2)
        self.assertEqual(len(self.dispatcher.rejected), 1)

    async def test_workers_share_the_work(self) -> None:
        together = asyncio.Event()
        waiting: List[str] = []

        async def post(url: str, payload: object) -> int:
            waiting.append(url)
            if len(waiting) == 2:
                together.set()
            await together.wait()
            return 200

        self.transport.post.side_effect = post
        self.dispatcher.enqueue("https://a.example/in", {})
        self.dispatcher.enqueue("https://b.example/in", {})
        await self.stop()
        self.assertEqual(len(self.dispatcher.delivered), 2)


class DeliverTest(unittest.IsolatedAsyncioTestCase):
    """Direct deliveries, without workers."""

    def setUp(self) -> None:
        self.transport = AsyncMock(spec=Transport)
        self.dispatcher = Dispatcher(self.transport, attempts=2)

    async def test_statuses(self) -> None:
        for status, accepted in [(200, True), (204, True), (404, False), (500, False)]:
            with self.subTest(status=status):
                self.transport.post.return_value = status
                try:
                    await self.dispatcher.deliver(Delivery("https://a.example/in", {}))
                except Rejected:
                    self.assertFalse(accepted)
                else:
                    self.assertTrue(accepted)

    async def test_rejection_says_how_often_it_tried(self) -> None:
        self.transport.post.return_value = 502
        with self.assertRaisesRegex(Rejected, "502 after 2 attempts"):
            await self.dispatcher.deliver(Delivery("https://a.example/in", {}))
        self.assertEqual(self.transport.post.await_args_list, [call("https://a.example/in", {})] * 2)

    async def test_an_autospec_knows_which_methods_are_coroutines(self) -> None:
        transport = create_autospec(Transport, instance=True)
        transport.post.return_value = 200
        await Dispatcher(transport).deliver(Delivery("https://a.example/in", {}))
        transport.post.assert_awaited_once()

    async def test_patch_replaces_a_coroutine_method_by_an_async_mock(self) -> None:
        with patch.object(Transport, "post", return_value=200) as post:
            await Dispatcher(Transport()).deliver(Delivery("https://a.example/in", {}))
        self.assertIsInstance(post, AsyncMock)

    async def test_a_magic_mock_can_be_an_async_context(self) -> None:
        session = MagicMock()
        session.__aenter__.return_value = self.transport
        self.transport.post.return_value = 200
        async with session as transport:
            await Dispatcher(transport).deliver(Delivery("https://a.example/in", {}))
        session.__aexit__.assert_awaited_once()


class HookTest(unittest.IsolatedAsyncioTestCase):
    """Hooks may be functions or coroutine functions: the dispatcher asks asyncio which, and that is deprecated."""

    def setUp(self) -> None:
        transport = AsyncMock(spec=Transport)
        transport.post.return_value = 200
        self.dispatcher = Dispatcher(transport)

    async def test_a_function(self) -> None:
        seen: List[Delivery] = []
        self.dispatcher.add_hook(seen.append)
        delivery = await self.dispatcher.deliver(Delivery("https://a.example/in", {}))
        self.assertEqual(seen, [delivery])

    async def test_a_coroutine_function(self) -> None:
        seen: List[Delivery] = []

        async def hook(delivery: Delivery) -> None:
            await asyncio.sleep(0)
            seen.append(delivery)

        self.dispatcher.add_hook(hook)
        delivery = await self.dispatcher.deliver(Delivery("https://a.example/in", {}))
        self.assertEqual(seen, [delivery])

    async def test_an_async_mock_is_awaited(self) -> None:
        hook = AsyncMock()
        self.dispatcher.add_hook(hook)
        delivery = await self.dispatcher.deliver(Delivery("https://a.example/in", {}))
        hook.assert_awaited_once_with(delivery)


class CleanupTest(unittest.IsolatedAsyncioTestCase):
    """Order of set-up and cleanup, and what newer versions add."""

    def setUp(self) -> None:
        self.steps = ["setUp"]

    async def asyncSetUp(self) -> None:
        self.steps.append("asyncSetUp")
        self.loop = asyncio.get_running_loop()
        self.addAsyncCleanup(self.note, "cleanup")

    async def asyncTearDown(self) -> None:
        await self.note("asyncTearDown")
        self.assertIs(asyncio.get_running_loop(), self.loop)

    async def note(self, step: str) -> None:
        await asyncio.sleep(0)
        self.steps.append(step)

    async def test_set_up_is_in_order_and_in_one_loop(self) -> None:
        self.assertEqual(self.steps, ["setUp", "asyncSetUp"])
        self.assertIs(asyncio.get_running_loop(), self.loop)

    @unittest.skipUnless(hasattr(unittest.IsolatedAsyncioTestCase, "enterAsyncContext"), "needs Python 3.11")
    async def test_a_context_lasts_as_long_as_the_test(self) -> None:
        @contextlib.asynccontextmanager
        async def connection() -> AsyncIterator[str]:
            yield "open"
            self.steps.append("closed")

        self.assertEqual(await self.enterAsyncContext(connection()), "open")
        self.assertNotIn("closed", self.steps)

    @unittest.expectedFailure
    async def test_a_known_gap(self) -> None:
        dispatcher = Dispatcher(AsyncMock(spec=Transport))
        await dispatcher.start()
        await dispatcher.stop()
        dispatcher.enqueue("https://a.example/in", {})
        self.assertEqual(dispatcher._queue.qsize(), 0, "a stopped dispatcher should refuse")
