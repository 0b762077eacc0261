"""Fixtures of the whole suite. Every ``asyncio.run`` has a loop of its own, so no fixture hands out an open log."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

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


@pytest.fixture
def account(log: EventLog) -> EventLog:
    """A log with five payments on ``account-1`` and one on ``account-2``, closed again."""

    async def fill() -> None:
        async with log:
            for amount in (100, 40, 60):
                await log.append("account-1", "paid-in", {"amount": amount})
            await log.append("account-2", "paid-in", {"amount": 7})
            for amount in (30, 20):
                await log.append("account-1", "paid-out", {"amount": amount})

    asyncio.run(fill())
    return log
