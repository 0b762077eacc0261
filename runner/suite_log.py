"""What the probe noted of one run of a suite (tests.jsonl), in the order in which it happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from .traces import read_records

RED = frozenset({"failed", "error"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class SuiteLog:
    """One run, read."""

    collected: tuple[str, ...] = ()
    """In the order in which they were to run; one that is there twice is here twice."""
    begun: tuple[str, ...] = ()
    """In the order in which they began; each once."""
    outcomes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Of the last attempt."""
    messages: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """First lines of failures."""
    errors: tuple[str, ...] = ()
    """Modules, classes and folders that could not be collected."""
    skips: tuple[str, ...] = ()
    """Those that were skipped as a whole."""
    parallel: bool = False
    """Whether several processes ran tests."""
    filters: bool = False
    """Whether the suite put warnings filters in force while it was loaded (unittest)."""
    finished: bool = False
    exit_status: int | None = None
    needed: Mapping[str, object] | None = None
    """What was said of a run of some tests."""


def read_log(path: Path) -> SuiteLog:
    """Read a tests.jsonl; what it does not say stays empty."""
    collected: list[str] = []
    begun: dict[str, None] = {}
    outcomes: dict[str, str] = {}
    messages: dict[str, str] = {}
    blocks: dict[str, dict[str, None]] = {"collection-error": {}, "collection-skip": {}}
    parallel = filters = finished = False
    exit_status: int | None = None
    needed: Mapping[str, object] | None = None
    for record in read_records(path):
        event, name = record.get("event"), record.get("id")
        if event == "begin" and isinstance(name, str):
            begun[name] = None
        elif event == "end" and isinstance(name, str):
            outcomes[name] = str(record.get("outcome"))
            messages[name] = str(record.get("message", ""))
        elif event == "collected":
            ids = record.get("ids")
            collected += map(str, ids if isinstance(ids, list) else ())
            filters = filters or record.get("filters") is True
        elif event in blocks and isinstance(name, str):
            blocks[str(event)][name] = None
        elif event == "session":
            parallel = parallel or record.get("parallel") is True
        elif event == "needed":
            needed = record
        elif event == "finish":
            finished = True
            status = record.get("exit_status")
            exit_status = status if isinstance(status, int) else None
    return SuiteLog(
        collected=tuple(collected),
        begun=tuple(begun),
        outcomes=outcomes,
        messages=messages,
        errors=tuple(blocks["collection-error"]),
        skips=tuple(blocks["collection-skip"]),
        parallel=parallel,
        filters=filters,
        finished=finished,
        exit_status=exit_status,
        needed=needed,
    )
