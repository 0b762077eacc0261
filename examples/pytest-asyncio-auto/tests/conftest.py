"""Fixtures of the whole suite, as written for pytest-asyncio 0.21: one loop for everything, by an override."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import AsyncIterator, Iterator

import pytest

from eventlog import EventLog
from eventlog.batch import BatchWriter


@pytest.fixture(scope="session")
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One loop for all tests, so that what lives as long as the session can be awaited in each of them.

    Every guide of that time said so. pytest-asyncio 1.0 and later ignore this fixture and say nothing.
    """
    loop = asyncio.get_event_loop_policy().new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a log can be made."""
    return str(tmp_path / "events.db")


@pytest.fixture
def log(path: str) -> EventLog:
    """A log that the test opens itself, with a clock that ticks once for each look at it."""
    ticks = itertools.count(1_700_000_000)
    return EventLog(path, clock=lambda: float(next(ticks)), page=3)


@pytest.fixture
async def account(log: EventLog) -> AsyncIterator[EventLog]:
    """An open log with five payments on ``account-1`` and one on ``account-2``."""
    async with log:
        for amount in (100, 40, 60):
            await log.append("account-1", "paid-in", {"amount": amount})
        await log.append("account-2", "paid-in", {"amount": 7})
        for amount in (30, 20):
            await log.append("account-1", "paid-out", {"amount": amount})
        yield log


@pytest.fixture(scope="session")
async def writer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BatchWriter]:
    """A writer to the stream ``meter``, running for the whole session."""
    path = tmp_path_factory.mktemp("session") / "events.db"
    async with EventLog(str(path)) as log, BatchWriter(log, "meter") as writer:
        yield writer
