"""Compares what probes did with what the records say."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

Raw = Mapping[str, Any]

_DEPRECATIONS = frozenset(
    {"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning", "SyntaxWarning", "EncodingWarning"}
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What one probe did in one place."""

    warnings: tuple[tuple[str, str], ...] = ()
    error: tuple[str, str] | None = None

    @classmethod
    def read(cls, line: Raw) -> Result:
        """From a line of ``probing``."""
        error = line["error"]
        return cls(
            warnings=tuple((category, text) for category, text in line["warnings"]),
            error=(error[0], error[1]) if error else None,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One point in which a record is not what was measured."""

    record: str
    place: str
    what: str

    def __str__(self) -> str:
        """The line that is printed."""
        return f"{self.record} on {self.place}: {self.what}"


def version(text: str) -> tuple[int, ...]:
    """``3.12.1`` as (3, 12, 1); the first version in the text."""
    found = re.search(r"\d+(?:\.\d+)*", text)
    if found is None:
        raise ValueError(f"{text!r} has no version")
    return tuple(map(int, found[0].split(".")))


def observed(record: Raw, place: str, result: Result) -> str:
    """The word for what a probe did: ok, warns, error or absent."""
    if result.error:
        unborn = "introduced_in" in record and version(place) < version(record["introduced_in"])
        return "absent" if "probe_kind" in record or unborn else "error"
    return "warns" if _matching(record, result) else "ok"


def documented(record: Raw, place: str) -> str:
    """What the record's dates promise for a version."""
    here = version(place)

    def reached(field: str) -> bool:
        return field in record and here >= version(record[field])

    if "probe_kind" in record:
        return "ok" if reached("removed_in" if "removed_in" in record else "deprecated_in") else "absent"
    if "introduced_in" in record and not reached("introduced_in"):
        return "absent"
    if reached("removed_in") or (record.get("removal_scheduled_for", "future") != "future" and _due(record, here)):
        return "error" if "error_pattern" in record else "ok"  # some ends are silent
    past = "warns_until" in record and here > version(record["warns_until"])
    return "warns" if reached("warns_since") and not past else "ok"


def _due(record: Raw, here: tuple[int, ...]) -> bool:
    return here >= version(record["removal_scheduled_for"])


def disagreements(record: Raw, place: str, result: Result) -> Iterator[Disagreement]:
    """Everything in which a record is not what was measured.

    Args:
        record: the record.
        place: the version of Python, ``3.12``, or the name of an environment.
        result: what its probe did there.
    """

    def differs(what: str) -> Disagreement:
        return Disagreement(record=record["id"], place=place, what=what)

    now = observed(record, place, result)
    if result.error and result.error[0] == "Crash":
        yield differs(f"the probe's process ended early ({result.error[1]})")
        return
    before = record.get("measured", {}).get(place)
    # Of a version that was never measured, the dates are asked.
    expected = before or (documented(record, place) if record["package"] == "cpython" else now)
    if expected != now:
        said = f"measured {before} before" if before else f"its dates say {expected}"
        yield differs(f"{now}, {said}{_seen(result)}")
    yield from map(differs, _words(record, place, now, result))


def contradictions(record: Raw, place: str) -> Iterator[Disagreement]:
    """Where a record's dates do not say what was measured, and no exception is marked."""
    measured = record["measured"].get(place)
    if measured is None or record.get("exceptions", {}).get(place) == measured:
        return
    promised = documented(record, place)
    if promised != measured:
        what = f"measured {measured}, its dates say {promised}"
        yield Disagreement(record=record["id"], place=place, what=what)


def _words(record: Raw, place: str, now: str, result: Result) -> Iterator[str]:
    """Where the texts or the category differ."""
    if now == "error" and result.error:
        text = ": ".join(result.error)
        if "error_pattern" not in record:
            if record["measured"].get(place) == "error":
                return  # known, and too common a text for a pattern
            yield f"an error, and the record has no error_pattern: {text}"
        elif not re.search(record["error_pattern"], text):
            yield f"error_pattern does not match {text!r}"
    if now == "warns":
        category = record.get("category_by_version", {}).get(place, record.get("category"))
        seen = {name for name, _ in _matching(record, result)}
        if category not in seen:
            yield f"warns with {', '.join(sorted(seen))} instead of {category}"
    # Only a probe's own warnings: a test file's are part of what it tests.
    if (
        now == "ok"
        and "probe" in record
        and (other := [text for name, text in result.warnings if name in _DEPRECATIONS])
    ):
        yield f"warns with other words: {other[0]!r}"


def _matching(record: Raw, result: Result) -> list[tuple[str, str]]:
    pattern = record.get("message_pattern")
    return [(name, text) for name, text in result.warnings if pattern and re.search(pattern, text)]


def _seen(result: Result) -> str:
    if result.error:
        return f" ({': '.join(result.error)[:200]})"
    return f" ({': '.join(result.warnings[0])[:200]})" if result.warnings else ""
