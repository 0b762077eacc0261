"""The event, and its form on disk and on the wire."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Mapping


@dataclasses.dataclass(frozen=True)
class Event:
    """One thing that happened to one stream."""

    position: int
    """Place in the whole log, from 1, without gaps until the log is compacted."""
    stream: str
    version: int
    """Place in the stream, from 1."""
    kind: str
    data: Mapping[str, Any]
    at: float
    """Seconds since the epoch."""


def encode(data: Mapping[str, Any]) -> str:
    """Canonical JSON: equal mappings give equal texts."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def decode(text: str) -> Mapping[str, Any]:
    """The reverse of :func:`encode`; anything but a JSON object is an error."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError(f"event data must be an object, not {type(data).__name__}")
    return data
