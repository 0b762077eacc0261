"""Reads and writes deprecations.json in the one form that keeps its diffs small.

A field is a line, a record is a block, records stand by id: what a review sees is what changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("deprecations.json")

#: 1: first format.
FORMAT = 1

#: The order in which a record's fields are written: identity, words, dates, errors, advice, evidence.
FIELDS = (
    "id",
    "package",
    "family",
    "subject",
    "kind",
    "category",
    "category_by_version",
    "message_pattern",
    "introduced_in",
    "deprecated_in",
    "warns_since",
    "warns_remarks",
    "warns_until",
    "removed_in",
    "removal_scheduled_for",
    "after_removal",
    "error_pattern",
    "error_pattern_generic",
    "replacement",
    "note",
    "sources",
    "probe",
    "probe_kind",
    "test_file",
    "test_mode",
    "measured",
    "exceptions",
)
_CODE = ("probe", "test_file")
_WIDTH = 118


def load(path: Path = FILE) -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def dump(document: Mapping[str, Any]) -> str:
    """The document as text; the same document always gives the same text."""
    head = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in document.items() if key != "records"]
    records = sorted(document["records"], key=lambda record: str(record["id"]))
    blocks = ",\n".join(_block(record) for record in records)
    return "\n".join(["{", *head, ' "records": [', blocks, " ]", "}", ""])


def _block(record: Mapping[str, Any]) -> str:
    unknown = set(record) - set(FIELDS)
    if unknown:
        raise ValueError(f"{record['id']}: no such field: {', '.join(sorted(unknown))}")
    lines = [f"   {json.dumps(name)}: {_value(name, record[name])}" for name in FIELDS if name in record]
    return "  {\n" + ",\n".join(lines) + "\n  }"


def _value(name: str, value: object) -> str:
    if name in _CODE and isinstance(value, Sequence) and len(value) > 1:
        # Code is a list of its lines, for a string with \n in it cannot be reviewed.
        return _lines("[", map(json.dumps, value), "]")
    text = json.dumps(value)
    if len(name) + len(text) + 7 <= _WIDTH:
        return text
    if isinstance(value, Mapping):
        return _lines("{", (f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()), "}")
    return _lines("[", map(json.dumps, value), "]") if isinstance(value, list) else text


def _lines(opening: str, items: Iterable[str], closing: str) -> str:
    return f"{opening}\n" + ",\n".join(f"    {item}" for item in items) + f"\n   {closing}"
