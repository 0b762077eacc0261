"""The causes that a team has accepted: a file to review, and what of it still holds (docs/baseline.md)."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .causes import normal_message
from .errors import UsageError
from .model import Cause
from .texts import visible
from .versions import version_key

NAME = "forewarn-baseline.yaml"
FORMAT = 1
_HEAD = """\
# Causes that are accepted: the gate fails only on others. Written by `forewarn accept`, which keeps the reasons;
# edit reason, owner and expires (a date, or a Python version) by hand. One entry a cause, found by its id.
"""


class _TextLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # libyaml's, where it is there
    """Takes every scalar as the text that it is: ``3.10`` is no number here, and no tag makes an object.

    A plain ``~`` or ``null``, which people write for nothing, is an empty text.
    """


_NULL = "tag:yaml.org,2002:null"
_TextLoader.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])
_TextLoader.add_constructor(_NULL, lambda _loader, _node: "")
#: Bytes, and what YAML makes of them: keys, texts, beginnings and ends.
_LIMIT = 4 << 20
_MOST_EVENTS = 400_000
_DEEPEST = 8
_ID = re.compile(r"c[0-9a-f]{10}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_VERSION = re.compile(r"3\.\d{1,3}t?")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One accepted cause."""

    id: str
    """The cause's id: a digest of what is raised, what it says and the qualified name of where."""
    cause: str = ""
    where: str = ""
    """File and function, for the reader."""
    origin: str = ""
    deadline: str = ""
    reason: str = ""
    owner: str = ""
    expires: str = ""
    """A date, or the first Python version for which it no longer holds."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Changes:
    """What ``accept`` did: ids."""

    added: tuple[str, ...]
    kept: tuple[str, ...]
    pruned: tuple[str, ...]


def read_baseline(path: Path) -> dict[str, Entry]:
    """The entries by id; {} where there is no such file.

    Raises:
        UsageError: the file is none of ours; with its line where YAML knows one.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    if len(content) > _LIMIT:
        raise UsageError(f"{path}: larger than any baseline")
    try:
        _check(content)
        document = yaml.load(content, _TextLoader)  # nosec B506 # noqa: S506 - texts, lists, mappings only
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise UsageError(f"{path}{place}: this is not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(document, dict) or document.get("format") != str(FORMAT):
        raise UsageError(f"{path}: expected `format: {FORMAT}`", hint="`forewarn accept` writes such a file")
    entries = document.get("accepted") or []
    if not isinstance(entries, list):
        raise UsageError(f"{path}: accepted: expected a list of entries")
    found = [_entry(entry, f"{path}: accepted[{position}]") for position, entry in enumerate(entries)]
    return {entry.id: entry for entry in found}


def _check(content: bytes) -> None:
    """The baseline may come from a pull request: no aliases, which can grow without end, and no depth.

    Raises:
        yaml.YAMLError: it is no YAML, or such.
    """
    depth = 0
    for number, event in enumerate(yaml.parse(content, _TextLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        alias = isinstance(event, yaml.AliasEvent)
        if alias or depth > _DEEPEST or number > _MOST_EVENTS:
            what = "an alias, which no baseline has" if alias else "more than any baseline has"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)  # type: ignore[arg-type]  # libyaml's


def _entry(value: Any, place: str) -> Entry:
    if not isinstance(value, dict):
        raise UsageError(f"{place}: expected a mapping with an id")
    fields = {field.name for field in dataclasses.fields(Entry)}
    if unknown := sorted(str(name) for name in value if name not in fields):
        raise UsageError(f"{place}: there is no {unknown[0]!r} (known: {', '.join(sorted(fields))})")
    if odd := sorted(name for name, text in value.items() if not isinstance(text, str)):
        raise UsageError(f"{place}.{odd[0]}: expected a text")
    if not _ID.fullmatch(value.get("id", "")):
        raise UsageError(f"{place}.id: expected the id of a cause, such as c0123456789; got {value.get('id', '')!r}")
    expires = value.get("expires", "")
    if expires and not (_DATE.fullmatch(expires) or _VERSION.fullmatch(expires)):
        raise UsageError(
            f"{place}.expires: expected a date such as 2027-10-01 or a version such as 3.16; got {expires!r}"
        )
    return Entry(**value)


def dump_baseline(entries: Mapping[str, Entry]) -> str:
    """The file: entries by place, one field a line, so that two branches' changes merge.

    What cannot be seen is spelled out: the texts are of somebody's tests, and YAML breaks lines at some of it.
    """
    ordered = sorted(entries.values(), key=lambda entry: (entry.where, entry.cause, entry.id))
    document = {
        "format": FORMAT,
        "accepted": [
            {name: visible(text) for name, text in dataclasses.asdict(entry).items() if text} for entry in ordered
        ],
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1_000)


def merge_baselines(baselines: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """All entries of all; where two have the same id, the later text of each field, so that order plays no part."""
    merged: dict[str, Entry] = {}
    for baseline in baselines:
        for key, entry in baseline.items():
            known = merged.get(key)
            if known is not None:
                pairs = zip(dataclasses.astuple(known), dataclasses.astuple(entry), strict=True)
                names = (field.name for field in dataclasses.fields(Entry))
                entry = Entry(**dict(zip(names, map(max, pairs), strict=True)))  # noqa: PLW2901
            merged[key] = entry
    return merged


def accept(
    known: Mapping[str, Entry],
    causes: Iterable[Cause],
    fresh: Entry,
    *,
    only: tuple[str, ...] = (),
    prune: bool = False,
    whole: bool = True,
) -> tuple[dict[str, Entry], Changes]:
    """A baseline that accepts some causes.

    Args:
        known: the baseline so far; reasons, owners and expiry of its entries are kept.
        causes: all causes of the runs.
        fresh: reason, owner and expiry for the entries that are added; its other fields are not used.
        only: ids, or parts of a title or place; where given, only such causes are added, and nothing is pruned.
        prune: add nothing, only drop the entries whose cause is gone.
        whole: whether the evidence is complete; if not, what it does not show is not gone.
    """
    found = {cause.id: cause for cause in causes}
    kept = {key: _described(found[key], entry) for key, entry in known.items() if key in found}
    added = {
        key: _described(cause, dataclasses.replace(fresh, id=key))
        for key, cause in found.items()
        if key not in known and not prune and _is_wanted(cause, only)
    }
    left = {key: entry for key, entry in known.items() if key not in found} if only or not whole else {}
    pruned = tuple(sorted(known.keys() - kept.keys() - left.keys()))
    changes = Changes(added=tuple(sorted(added)), kept=tuple(sorted(kept)), pruned=pruned)
    return {**left, **kept, **added}, changes


def _is_wanted(cause: Cause, only: tuple[str, ...]) -> bool:
    return not only or any(one == cause.id or one in cause.title or one in _where(cause) for one in only)


def _described(cause: Cause, entry: Entry) -> Entry:
    whose = f" {cause.origin.distribution}" if cause.origin.distribution else ""
    message = normal_message(cause.message)  # as in the id: nothing that differs between two runs
    return dataclasses.replace(
        entry,
        cause=f"{cause.category}: {message}" if cause.category and message else cause.category or message,
        where=_where(cause),
        origin=f"{cause.origin.kind.value}{whose}",
        deadline=cause.deadline or "",
    )


def _where(cause: Cause) -> str:
    return "::".join(part for part in (cause.file, cause.function) if part)


def has_expired(entry: Entry, today: datetime.date, newest: str | None) -> bool:
    """Whether an entry no longer holds: its day has come, or its version is measured or asked about."""
    if not entry.expires:
        return False
    if _DATE.fullmatch(entry.expires):
        return entry.expires <= today.isoformat()
    return newest is not None and version_key(entry.expires) <= version_key(newest)
