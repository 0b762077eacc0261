"""Tests which share the session's writer, and so need the session's loop."""

from __future__ import annotations

import asyncio

from eventlog.batch import BatchWriter


class TestSharedWriter:
    async def test_an_event_is_confirmed(self, writer: BatchWriter) -> None:
        event = await writer.submit("read", {"kwh": 17})
        assert (event.stream, event.kind) == ("meter", "read")

    async def test_concurrent_events_share_a_batch(self, writer: BatchWriter) -> None:
        before = writer.batches
        await asyncio.gather(*(writer.submit("read", {"kwh": n}) for n in range(20)))
        assert writer.batches == before + 1

    async def test_order_is_kept(self, writer: BatchWriter) -> None:
        events = await asyncio.gather(*(writer.submit("read", {"kwh": n}) for n in range(20)))
        assert [event.data["kwh"] for event in events] == list(range(20))

    async def test_an_impatient_caller_does_not_stop_the_others(self, writer: BatchWriter) -> None:
        impatient = asyncio.ensure_future(writer.submit("read", {"kwh": 1}))
        patient = asyncio.ensure_future(writer.submit("read", {"kwh": 2}))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).data == {"kwh": 2}


class TestLoopOfTheSession:
    seen: list = []

    async def test_note_the_loop(self) -> None:
        self.seen.append(asyncio.get_running_loop())

    async def test_it_is_still_the_same(self) -> None:
        assert self.seen == [asyncio.get_running_loop()]
