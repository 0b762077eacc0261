"""Fixtures of the whole suite, in the form that is right for pytest-asyncio's strict mode."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import AsyncIterator

import pytest
import pytest_asyncio

from eventlog import EventLog


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a log can be made."""
    return str(tmp_path / "events.db")


@pytest.fixture
def log(path: str) -> EventLog:
    """A log that the test opens itself, with a clock that ticks once for each look at it."""
    ticks = itertools.count(1_700_000_000)
    return EventLog(path, clock=lambda: float(next(ticks)), page=3)


@pytest_asyncio.fixture
async def account(log: EventLog) -> AsyncIterator[EventLog]:
    """An open log with five payments on ``account-1`` and one on ``account-2``."""
    async with log:
        for amount in (100, 40, 60):
            await log.append("account-1", "paid-in", {"amount": amount})
        await log.append("account-2", "paid-in", {"amount": 7})
        for amount in (30, 20):
            await log.append("account-1", "paid-out", {"amount": amount})
        yield log
