"""What several test files share."""

from __future__ import annotations

from typing import Any, Mapping

from eventlog import Event


def total(state: Mapping[str, Any], event: Event) -> Mapping[str, Any]:
    """The reducer of most tests: an account's balance."""
    sign = {"paid-in": 1, "paid-out": -1}[event.kind]
    return {"balance": state.get("balance", 0) + sign * event.data["amount"]}
