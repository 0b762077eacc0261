"""The blocking part: a table of events in SQLite. Only ever called from the log's own thread."""

from __future__ import annotations

import sqlite3
from typing import List, Mapping, Optional, Sequence, Tuple

from .errors import Conflict
from .events import Event, decode, encode

SCHEMA = """
create table if not exists events (
    position integer primary key autoincrement,
    stream text not null,
    version integer not null,
    kind text not null,
    data text not null,
    at real not null,
    unique (stream, version)
)
"""


class Store:
    """An open database."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute(SCHEMA)
        self._db.commit()

    def close(self) -> None:
        self._db.close()

    def version(self, stream: str) -> int:
        """Version of the stream's latest event, 0 for a stream without any."""
        row = self._db.execute("select max(version) from events where stream = ?", (stream,)).fetchone()
        return row[0] or 0

    def append(
        self, stream: str, items: Sequence[Tuple[str, Mapping]], at: float, expected: Optional[int]
    ) -> List[Event]:
        """Write all items or none of them."""
        current = self.version(stream)
        if expected is not None and expected != current:
            raise Conflict(stream, expected, current)
        added = []
        with self._db:
            for version, (kind, data) in enumerate(items, start=current + 1):
                cursor = self._db.execute(
                    "insert into events (stream, version, kind, data, at) values (?, ?, ?, ?, ?)",
                    (stream, version, kind, encode(data), at),
                )
                added.append(Event(cursor.lastrowid, stream, version, kind, data, at))
        return added

    def page(self, stream: Optional[str], after: int, limit: int) -> List[Event]:
        """The next ``limit`` events behind position ``after``."""
        rows = self._db.execute(
            "select position, stream, version, kind, data, at from events "
            "where position > ? and (? is null or stream = ?) order by position limit ?",
            (after, stream, stream, limit),
        )
        return [Event(p, s, v, kind, decode(data), at) for p, s, v, kind, data, at in rows]

    def fold(self, stream: str, upto: int, kind: str, data: Mapping) -> int:
        """Replace the stream's events up to version ``upto`` by one; returns how many went away."""
        with self._db:
            gone = self._db.execute(
                "delete from events where stream = ? and version < ?", (stream, upto)
            ).rowcount
            self._db.execute(
                "update events set kind = ?, data = ? where stream = ? and version = ?",
                (kind, encode(data), stream, upto),
            )
        return gone

    def streams(self) -> List[str]:
        return [name for (name,) in self._db.execute("select distinct stream from events order by stream")]
