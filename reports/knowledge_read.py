"""Reads records: those of the package, which tests have checked, and those of a project, which are checked here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import ForewarnError
from .knowledge_model import Observed, Record, version_of
from .patterns import Patterns

FOLDER = Path(__file__).parent.parent / "knowledge"
FORMAT = 1

Raw = Mapping[str, Any]

_VERSIONS = frozenset({"introduced_in", "deprecated_in", "warns_since", "warns_until", "removed_in"})
_TEXTS = frozenset(
    {"id", "package", "family", "subject", "kind", "category", "message_pattern", "removal_scheduled_for"}
    | {"after_removal", "error_pattern", "replacement", "note", "probe_kind", "test_mode"}
)
_LISTS = frozenset({"warns_remarks", "sources", "probe", "test_file"})
_MAPS = frozenset({"category_by_version", "measured", "exceptions"})
_FLAGS = frozenset({"error_pattern_generic"})
_KNOWN = _VERSIONS | _TEXTS | _LISTS | _MAPS | _FLAGS
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class KnowledgeError(ForewarnError):
    """Records that cannot be used."""


def read_records(path: Path = FOLDER / "deprecations.json") -> dict[str, Raw]:
    """The package's records by id, as they stand in the file.

    Raises:
        KnowledgeError: the file is not there, or of another format.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KnowledgeError(f"{path}: {error}", hint="the knowledge base belongs to forewarn: reinstall it") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise KnowledgeError(f"{path}: format {found!r} instead of {FORMAT}")
    return {record["id"]: record for record in document["records"]}


def build_record(raw: Raw) -> Record:
    """A record from its fields."""
    fields: dict[str, Any] = {name: value for name, value in raw.items() if name in _VERSIONS | _TEXTS | _FLAGS}
    for name in ("warns_remarks", "sources"):
        fields[name] = tuple(raw.get(name, ()))
    for name in ("probe", "test_file"):
        if name in raw:
            fields[name] = "\n".join(raw[name])
    for name in ("category_by_version", "exceptions"):
        fields[name] = dict(raw.get(name, {}))
    fields["measured"] = {version: Observed(word) for version, word in raw.get("measured", {}).items()}
    defaults = {"package": "project", "kind": "behaviour", "replacement": "", "family": raw["id"]}
    return Record(**{**defaults, **fields})


def check_records(mappings: Sequence[Any], known: Mapping[str, Raw], where: str) -> dict[str, Raw]:
    """A project's own records by id; an id that is known keeps the fields that the project leaves out.

    Args:
        mappings: what the project wrote.
        known: the records that there are.
        where: the key under which they stand, for messages.

    Raises:
        KnowledgeError: something is wrong with them; all mistakes at once.
    """
    problems: list[str] = []
    merged: dict[str, Raw] = {}
    for position, mapping in enumerate(mappings):
        place = f"{where}[{position}]"
        found = list(_problems(mapping, place))
        if not found:
            record = {**known.get(mapping["id"], {}), **mapping}
            found = list(_gaps(record, place))
            if record["id"] in merged:
                found.append(f"{place}.id: {record['id']} stands here twice")
            merged[record["id"]] = record
        problems += found
    if problems:
        raise KnowledgeError("; ".join(problems), hint="docs/knowledge.md lists the fields of a record")
    return merged


def _problems(mapping: Any, place: str) -> Iterator[str]:
    if not isinstance(mapping, Mapping):
        yield f"{place}: a record is a mapping"
        return
    identifier = mapping.get("id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        yield f"{place}.id: {identifier!r} is not an id such as module-imp"
    for name, value in mapping.items():
        if name not in _KNOWN:
            yield f"{place}.{name}: there is no such field (known: {', '.join(sorted(_KNOWN))})"
        elif problem := _wrong(name, value):
            yield f"{place}.{name}: {problem}"


def _wrong(name: str, value: Any) -> str | None:
    """What is wrong with a field's value."""
    if name in _FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if name in _LISTS:
        good = isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(x, str) for x in value)
        return None if good else "a list of texts"
    if name in _MAPS:
        return _wrong_map(name, value)
    if not isinstance(value, str):
        return f"{value!r} is not a text" + (" (put it in quotes)" if isinstance(value, float) else "")
    if name in _VERSIONS or (name == "removal_scheduled_for" and value != "future"):
        return None if re.fullmatch(r"\d+(\.\d+)*", value, re.ASCII) else f"{value!r} is not a version"
    return _wrong_pattern(value) if name.endswith("_pattern") else None


def _wrong_map(name: str, value: Any) -> str | None:
    if not isinstance(value, Mapping) or not all(isinstance(x, str) for pair in value.items() for x in pair):
        return "a mapping of versions (in quotes) to words"
    words = {word.value for word in Observed}
    odd = sorted(set(value.values()) - words) if name != "category_by_version" else []
    if odd:
        return f"{odd[0]!r} is none of {', '.join(sorted(words))}"
    return next((f"{key!r} is not a version" for key in value if not version_of(key)), None)


def _wrong_pattern(pattern: str) -> str | None:
    try:
        Patterns().compile(pattern)
    except ValueError as error:
        return str(error)
    return None


def _gaps(record: Raw, place: str) -> Iterator[str]:
    if not record.get("subject"):
        yield f"{place}.subject: a new record names what is deprecated"
    if not record.get("message_pattern") and not record.get("error_pattern"):
        yield f"{place}: a record needs a message_pattern or an error_pattern"
