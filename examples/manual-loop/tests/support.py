"""How this suite, begun in the days of Python 3.6, runs a coroutine."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Mapping, TypeVar

from eventlog import Event

T = TypeVar("T")


def run(work: Awaitable[T]) -> T:
    """The result of ``work``, run by the thread's current event loop."""
    return asyncio.get_event_loop().run_until_complete(work)


def total(state: Mapping[str, Any], event: Event) -> Mapping[str, Any]:
    """The reducer of most tests: an account's balance."""
    sign = {"paid-in": 1, "paid-out": -1}[event.kind]
    return {"balance": state.get("balance", 0) + sign * event.data["amount"]}
