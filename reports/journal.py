"""What a probe wrote while the suite ran (tests.jsonl), readable when cut anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from .model import Outcome
from .untrusted import parse_json

FORMAT = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """How the runs of one test ended, by the probe."""

    outcome: Outcome
    """Of the last run; the worst, where a test ran several times for another reason than a rerun."""
    attempts: int = 1
    message: str = ""
    output: str = ""
    file: str | None = None
    line: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """A module, class or folder that was not collected: an import error, or a skip of the whole."""

    id: str
    message: str
    outcome: Outcome


@dataclasses.dataclass(frozen=True, kw_only=True)
class Journal:
    """One tests.jsonl, read."""

    tool: str = "pytest"
    root: str | None = None
    collected: tuple[str, ...] = ()
    ended: Mapping[str, Ended] = dataclasses.field(default_factory=dict)
    running: tuple[str, ...] = ()
    """Tests that began and have no end."""
    blocks: tuple[Block, ...] = ()
    finished: bool = False
    unknown_format: int | None = None


#: From best to worst.
RANK = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.UNKNOWN,
            Outcome.MISSING,
            Outcome.PASSED,
            Outcome.XPASSED,
            Outcome.XFAILED,
            Outcome.SKIPPED,
            Outcome.ERROR,
            Outcome.FAILED,
        )
    )
}


def worst(first: Outcome, second: Outcome) -> Outcome:
    """The outcome of the two that says more ill."""
    return first if RANK[first] >= RANK[second] else second


class Sayings:
    """What journals say, once: cell after cell tells of the same tests, most of them in the same words."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._ended: dict[tuple[object, ...], Ended] = {}

    def id(self, test_id: str) -> str:
        """The one copy of an id that is kept."""
        return self._ids.setdefault(test_id, test_id)

    def ended(
        self, outcome: Outcome, attempts: int, message: str, output: str, file: str | None, line: int | None
    ) -> Ended:
        """The one copy of an end that is kept."""
        key = (outcome, attempts, message, output, file, line)
        known = self._ended.get(key)
        if known is None:
            known = Ended(outcome=outcome, attempts=attempts, message=message, output=output, file=file, line=line)
            self._ended[key] = known
        return known


def read_journal(lines: Iterable[bytes], sayings: Sayings | None = None) -> Journal | None:
    """Read the lines of a tests.jsonl; None where it holds no session at all.

    Args:
        lines: of the file.
        sayings: shared by all journals that are kept at the same time.
    """
    reader = _Reader(sayings or Sayings())
    for line in lines:
        try:
            record = parse_json(line)
        except ValueError:
            continue  # a line that was cut, or bytes that are not ours
        if isinstance(record, dict):
            reader.take(record)
    return reader.journal()


class _Reader:
    def __init__(self, sayings: Sayings) -> None:
        self._sayings = sayings
        self._session: dict[str, Any] | None = None
        self._collected: dict[str, None] = {}
        self._ended: dict[str, Ended] = {}
        self._reruns: dict[str, int] = {}
        self._running: dict[str, None] = {}
        self._blocks: dict[str, Block] = {}
        self._finished = False

    def take(self, record: dict[str, Any]) -> None:
        match record:
            case {"event": "begin", "id": str(test_id)}:
                self._running[test_id] = None
            case {"event": "end", "id": str(test_id)}:
                self._running.pop(test_id, None)
                self._end(self._sayings.id(test_id), record)
            case {"event": "session"}:
                self._session = self._session or record
            case {"event": "collected", "ids": list(ids)}:
                known = self._sayings.id
                self._collected.update(dict.fromkeys(known(test_id) for test_id in ids if isinstance(test_id, str)))
            case {"event": "collection-error" | "collection-skip" as event, "id": str(block_id)}:
                outcome = Outcome.ERROR if event == "collection-error" else Outcome.SKIPPED
                message = text_of(record.get("message"))
                self._blocks.setdefault(block_id, Block(id=block_id, message=message, outcome=outcome))
            case {"event": "finish"}:
                self._finished = True
            case _:
                pass  # an event of a later version

    def _end(self, test_id: str, record: dict[str, Any]) -> None:
        word = text_of(record.get("outcome"))
        if word == "rerun":
            self._reruns[test_id] = self._reruns.get(test_id, 0) + 1
            return
        try:
            outcome = Outcome(word)
        except ValueError:
            return
        line = record.get("line")
        file = record.get("file")
        before = self._ended.get(test_id)
        ended = self._sayings.ended(
            outcome,
            1 + self._reruns.get(test_id, 0),
            text_of(record.get("message")),
            text_of(record.get("output"), 4_000),
            file if isinstance(file, str) else None,
            line if isinstance(line, int) else None,
        )
        if before is None or RANK[outcome] > RANK[before.outcome]:
            self._ended[test_id] = ended

    def journal(self) -> Journal | None:
        session = self._session
        if session is None:
            return None
        number = session.get("format", FORMAT)
        return Journal(
            tool=text_of(session.get("tool")) or "pytest",
            root=text_of(session.get("root")) or None,
            collected=tuple(self._collected),
            ended=self._ended,
            running=tuple(self._running),
            blocks=tuple(self._blocks.values()),
            finished=self._finished,
            unknown_format=None if number == FORMAT else number if isinstance(number, int) else -1,
        )


def text_of(value: object, limit: int = 2_000) -> str:
    """A string from a file, or nothing where it is no string."""
    return value[:limit] if isinstance(value, str) else ""
