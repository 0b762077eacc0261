"""An append-only event log in SQLite with an asyncio interface."""

from .errors import Conflict, LogClosed, LogError, SlowConsumer
from .events import Event, decode, encode
from .log import EventLog, Subscription
from .retry import Backoff, GaveUp, retry

__all__ = [
    "Backoff",
    "Conflict",
    "Event",
    "EventLog",
    "GaveUp",
    "LogClosed",
    "LogError",
    "SlowConsumer",
    "Subscription",
    "decode",
    "encode",
    "retry",
]
