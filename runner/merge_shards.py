"""Makes the evidence of a cell from that of its shards."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .merge_evidence import COMMON, merge_lines
from .merge_junit import merge_junit
from .plan import split_id
from .record import write_json
from .traces import read_records
from .untrusted import is_plain, read_json

_LINES = (*COMMON, "warnings.jsonl", "uses.jsonl", "crashes.jsonl", "confirm.jsonl", "upgrades.jsonl")


def merge_shards(folders: Mapping[int, Path], of: int, cell_id: str, into: Path, absent: str) -> None:
    """Write the evidence of a cell whose suite was split.

    Args:
        folders: evidence by number of the shard; at least one.
        of: how many there are.
        cell_id: of the whole cell.
        into: the cell's folder, which is there and empty.
        absent: why a shard that is not among ``folders`` is not there.
    """
    records = {number: read_json(folder / "cell.json") or {} for number, folder in folders.items()}
    faults: list[tuple[str, str]] = []
    told: dict[str, list[int]] = {}
    for number in range(1, of + 1):
        if number not in records:
            faults.append(("cancelled", absent))
        elif (status := records[number].get("status")) != "complete":
            faults.append((str(status or "truncated"), str(records[number].get("reason") or status or "no status")))
        else:
            continue
        told.setdefault(faults[-1][1], []).append(number)
    ordered = [folders[number] for number in sorted(folders)]
    _tests(ordered, into / "tests.jsonl", whole=not faults)
    for name in _LINES:
        merge_lines([folder / name for folder in ordered], into / name)
    if is_plain(ordered[0] / "as-if.json"):
        (into / "as-if.json").write_bytes((ordered[0] / "as-if.json").read_bytes())
    fault = _junit([folder / "junit.xml" for folder in ordered], into / "junit.xml")
    if fault and not faults:
        faults.append(("truncated", fault))
        told[fault] = []
    _logs(folders, of, into / "output.log")
    first = records[min(records)]
    # Where a shard came through, there is evidence of some tests, and not of all.
    status = "complete" if not faults else faults[0][0] if len(faults) == of else "truncated"
    write_json(
        into / "cell.json",
        {
            **first,
            "cell": cell_id,
            "shard": None,
            "shards": [_shard(number, records.get(number), of) for number in range(1, of + 1)],
            "status": status,
            "reason": "; ".join(_told(text, numbers, of) for text, numbers in told.items()) or None,
            "exit_status": max(_numbers(records, "exit_status"), default=None),
            "signal": next((one["signal"] for one in records.values() if one.get("signal")), None),
            "durations": {name: _sum(records, name) for name in ("install", "tests")},
            "proven": _proven(records),
            "whole": next((one["whole"] for one in records.values() if isinstance(one.get("whole"), str)), None),
        },
    )


def _told(reason: str, numbers: list[int], of: int) -> str:
    """A reason with the shards that it is of; once, where several have the same."""
    if not numbers:
        return reason
    if len(numbers) == of:
        return f"every shard: {reason}"
    return f"shard{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))} of {of}: {reason}"


def _shard(number: int, record: Mapping[str, Any] | None, of: int) -> dict[str, Any]:
    durations = (record or {}).get("durations")
    seconds = durations.get("tests") if isinstance(durations, dict) else None
    return {"shard": f"{number}of{of}", "status": (record or {}).get("status", "cancelled"), "seconds": seconds}


def _numbers(records: Mapping[int, Mapping[str, Any]], field: str) -> Iterator[int]:
    return (one[field] for one in records.values() if isinstance(one.get(field), int))


def _sum(records: Mapping[int, Mapping[str, Any]], name: str) -> float:
    values = [one["durations"].get(name) for one in records.values() if isinstance(one.get("durations"), dict)]
    # Neither NaN, nor infinity, nor an integer that no float holds: JSON can say all of them.
    seconds = (float(value) for value in values if isinstance(value, int | float) and 0 <= value < 1e9)
    return round(math.fsum(seconds), 3)


def _proven(records: Mapping[int, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Of all shards together; those that ran all of their tests proved none."""
    told = [one["proven"] for one in records.values() if isinstance(one.get("proven"), dict)]
    if not told:
        return None
    numbers = {name: sum(n for one in told if isinstance(n := one.get(name), int)) for name in ("tests", "run")}
    return {"by": split_id(str(told[0].get("by")))[0], **numbers}


def _tests(folders: list[Path], into: Path, *, whole: bool) -> None:
    """All events; an end of the whole only where every shard came to its own."""
    finish: dict[str, Any] | None = None
    begun = False
    with into.open("w", encoding="utf-8") as file:
        for folder in folders:
            for record in read_records(folder / "tests.jsonl"):
                if record.get("event") == "finish":
                    later = finish is None or _status(record) > _status(finish)
                    finish = record if later else finish
                elif record.get("event") != "session" or not begun:
                    begun = begun or record.get("event") == "session"
                    file.write(json.dumps(record, separators=(",", ":")) + "\n")
        if finish is not None and whole:
            file.write(json.dumps(finish, separators=(",", ":")) + "\n")


def _status(record: Mapping[str, Any]) -> int:
    status = record.get("exit_status")
    return status if isinstance(status, int) and status != 5 else 0  # 5: no test fell to this shard


def _junit(paths: list[Path], into: Path) -> str | None:
    """One document; what several shards tell alike (a module that does not import) is told once. A fault, or None."""
    temporary = into.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        fault = merge_junit(paths, file)
    temporary.replace(into)
    return fault


def _logs(folders: Mapping[int, Path], of: int, into: Path) -> None:
    with into.open("wb") as file:
        for number in sorted(folders):
            file.write(f"--- shard {number} of {of}\n".encode())
            path = folders[number] / "output.log"
            if is_plain(path):
                with path.open("rb") as log:
                    shutil.copyfileobj(log, file)
