"""What the probe is told in a cell that runs as if its Python were a later one.

Facts come from ``knowledge/``, as data: the records of deprecations.json, removed.json, calls.json, announced.json,
functions.json, stdlib.json and the archive of the later versions' own modules.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .model import Python

KNOWLEDGE = Path(__file__).parent.parent / "knowledge"

_ERROR = re.compile(r"(?:[\w.]*\.)?(?P<type>[A-Z]\w*(?:Error|Exception|Exit|Warning))(?:: (?P<message>.*))?", re.DOTALL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Library:
    """The later versions' modules that stand in on one interpreter."""

    folder: Path
    modules: Mapping[str, str]
    """Top-level module → the version that it is taken from."""


def config(
    base: Python, later: Python, library: Library | None, own: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The JSON object for ``forewarn_probe.as_if`` (its module says what it means).

    Args:
        base: the interpreter that runs.
        later: what it is to behave like.
        library: what ``prepare_library`` gave.
        own: the project's own knowledge records; they replace fields of those with the same id.
    """
    after = [version for version in _removed() if _pair(base) < version <= _pair(later)]
    gone = [_removed()[version] for version in after]
    names: dict[str, list[str]] = {}
    for entry in gone:
        for module, found in entry["names"].items():
            names.setdefault(module, []).extend(found)
    signatures: dict[str, dict[str, str | None]] = {}
    for entry in gone:
        for module, texts in entry["signatures"].items():
            signatures.setdefault(module, {}).update(texts)
    records = {record["id"]: record for record in _records()}
    for record in own:
        records[record["id"]] = {"package": "cpython", **records.get(record["id"], {}), **record}
    theirs = {record["id"] for record in own}
    rules = [{**rule, "by_anybody": rule["record"] in theirs} for rule in _rules(base, later, records.values())]
    return {
        "version": list(_pair(later)),
        "library": {"folder": str(library.folder), "modules": sorted(library.modules)} if library else None,
        "modules": [module for entry in gone for module in entry["modules"]],
        "names": names,
        "opcodes": _gone_opcodes(base, later),
        "signatures": signatures,
        "functions": _functions_of(base, later, library.modules if library else {}),
        "calls": _calls(base, later, library.modules if library else {}),
        "warnings": rules,
        "announced": list(_new_warnings(base, later, library.modules if library else {})),
    }


def _calls(base: Python, later: Python, replaced: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The parameters of functions that take less between the two versions, and that are not the later one's own."""
    found: dict[str, dict[str, str]] = {}
    for version, modules in _narrowed().items():
        if _pair(base) < version <= _pair(later):
            for module, functions in modules.items():
                from_version = replaced.get(module.partition(".")[0])
                if from_version is None or _numbers(from_version) < version:
                    found.setdefault(module, {}).update(functions)
    return found


def _functions_of(base: Python, later: Python, replaced: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The later version's functions, for modules that stay the base's; without those that warn of something new."""
    if base.implementation != "cpython":
        return {}
    known = _functions()["pairs"].get(f"{base.major}.{base.minor}", {})
    last = max((version for version in known if _numbers(version) <= _pair(later)), key=_numbers, default=None)
    if last is None:
        return {}
    warning = {f"{entry['module']}.{entry['name']}" for entry in _new_warnings(base, later, replaced)}
    sources = _functions()["sources"]
    found = {
        module: {name: sources[number] for name, number in functions.items() if f"{module}.{name}" not in warning}
        for module, functions in known[last].items()
        if module.partition(".")[0] not in replaced
    }
    return {module: functions for module, functions in found.items() if functions}


def _gone_opcodes(base: Python, later: Python) -> list[str]:
    """Names of opcodes that the later version, or the last one that is known before it, lacks."""
    known = _opcodes()
    last = max((version for version in known if version <= _pair(later)), default=None)
    return [] if last is None else sorted(set(known.get(_pair(base), ())) - set(known[last]))


def _new_warnings(base: Python, later: Python, replaced: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What is first warned of between the two versions; ``own`` says that the module that stands in does so itself."""
    for version, entries in _announced().items():
        if _pair(base) < version <= _pair(later):
            for entry in entries:
                from_version = replaced.get(entry["module"].partition(".")[0])
                yield {**entry, "own": from_version is not None and _numbers(from_version) >= version}


def prepare_library(base: Python, later: Python, work: Path) -> Library | None:
    """Unpack what stands in on ``base`` for ``later`` into the work folder; None where nothing does.

    Beyond the last version whose sources are known, that version's are the nearest.
    """
    known = _index()["modules"].get(f"{base.major}.{base.minor}", {})
    versions = [version for version in known if _numbers(version) <= _pair(later)]
    if base.implementation != "cpython" or not versions:
        return None
    chosen: Mapping[str, str] = known[max(versions, key=_numbers)]
    folder = work / "as-if" / f"{base.major}.{base.minor}-{max(versions, key=_numbers)}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
            _unpack(chosen, Path(unpacked) / "library")
            # Another process may have been quicker; what it made is the same.
            with contextlib.suppress(OSError):
                (Path(unpacked) / "library").rename(folder)
    return Library(folder=folder, modules=chosen)


def _unpack(chosen: Mapping[str, str], folder: Path) -> None:
    with tarfile.open(KNOWLEDGE / "stdlib.tar.xz") as archive:
        for member in archive:
            version, _, name = member.name.partition("/")
            content = archive.extractfile(member)
            if content is not None and chosen.get(name.split("/")[0].removesuffix(".py")) == version:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())


def _rules(base: Python, later: Python, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Warnings that stand for an end between the two versions, with the error that the end is."""
    for record in records:
        end = record.get("removed_in") or record.get("removal_scheduled_for") or ""
        if record["package"] != "cpython" or not record.get("message_pattern") or not re.fullmatch(r"3\.\d+", end):
            continue
        if not _pair(base) < _numbers(end) <= _pair(later) or _is_still_there(record, later):
            continue
        error = _ERROR.match(record.get("after_removal", ""))
        if error is None or record.get("probe_kind") == "asserts-new-behaviour":
            continue
        yield {
            "category": record.get("category", "Warning").rpartition(".")[2],
            "pattern": record["message_pattern"],
            "error": error["type"],
            "message": (error["message"] or "").strip() or record.get("subject", record["id"]),
            "subject": record.get("subject", record["id"]),
            "record": record["id"],
        }


def _is_still_there(record: Mapping[str, Any], later: Python) -> bool:
    """Whether the end was measured on that version and had not come."""
    return record.get("measured", {}).get(f"{later.major}.{later.minor}") in ("ok", "warns")


def _pair(python: Python) -> tuple[int, int]:
    return (python.major, python.minor)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@functools.cache
def _index() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((KNOWLEDGE / "stdlib.json").read_bytes())
    return found


@functools.cache
def _removed() -> Mapping[tuple[int, ...], Mapping[str, Any]]:
    return {_numbers(key): entry for key, entry in json.loads((KNOWLEDGE / "removed.json").read_bytes()).items()}


@functools.cache
def _functions() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((KNOWLEDGE / "functions.json").read_bytes())
    return found


@functools.cache
def _opcodes() -> Mapping[tuple[int, ...], Sequence[str]]:
    return {_numbers(key): found for key, found in json.loads((KNOWLEDGE / "opcodes.json").read_bytes()).items()}


@functools.cache
def _narrowed() -> Mapping[tuple[int, ...], Mapping[str, Mapping[str, str]]]:
    table = json.loads((KNOWLEDGE / "calls.json").read_bytes())
    return {_numbers(key): table[key] for key in sorted(table, key=_numbers)}


@functools.cache
def _announced() -> Mapping[tuple[int, ...], Sequence[Mapping[str, str]]]:
    return {_numbers(key): found for key, found in json.loads((KNOWLEDGE / "announced.json").read_bytes()).items()}


@functools.cache
def _records() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads((KNOWLEDGE / "deprecations.json").read_bytes())["records"]
    return found
