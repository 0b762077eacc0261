"""One log and one writer for the whole session, in a loop of that scope (``loop_scope``: pytest-asyncio 0.24)."""

from __future__ import annotations

import asyncio
from typing import AsyncIterator

import pytest
import pytest_asyncio

from eventlog import EventLog
from eventlog.batch import BatchWriter

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def writer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BatchWriter]:
    """A running writer to the stream ``meter``."""
    path = tmp_path_factory.mktemp("session") / "events.db"
    async with EventLog(str(path)) as log, BatchWriter(log, "meter") as writer:
        yield writer


async def test_an_event_is_confirmed(writer: BatchWriter) -> None:
    event = await writer.submit("read", {"kwh": 17})
    assert (event.stream, event.kind) == ("meter", "read")


async def test_concurrent_events_share_a_batch(writer: BatchWriter) -> None:
    before = writer.batches
    await asyncio.gather(*(writer.submit("read", {"kwh": n}) for n in range(20)))
    assert writer.batches == before + 1


async def test_order_is_kept(writer: BatchWriter) -> None:
    events = await asyncio.gather(*(writer.submit("read", {"kwh": n}) for n in range(20)))
    assert [event.data["kwh"] for event in events] == list(range(20))


async def test_an_impatient_caller_does_not_stop_the_others(writer: BatchWriter) -> None:
    impatient = asyncio.ensure_future(writer.submit("read", {"kwh": 1}))
    patient = asyncio.ensure_future(writer.submit("read", {"kwh": 2}))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).data == {"kwh": 2}


@pytest.mark.asyncio(loop_scope="function")
async def test_a_function_loop_is_not_the_writers(writer: BatchWriter) -> None:
    """The marker nearest to the test wins; what belongs to the session's loop cannot be awaited on another."""
    with pytest.raises(RuntimeError, match="attached to a different loop"):
        await writer.submit("read", {"kwh": 3})
