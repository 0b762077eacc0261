"""Values of variables whose names look like those of secrets: hidden in everything that is stored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

_WORDS = ("token", "secret", "passw", "credential", "api_key", "apikey", "private", "auth")
#: Shorter values are words such as ``true`` and ``1``, which stand everywhere.
_SHORTEST = 6
_MASK = b"***"
_CHUNK = 1 << 20
_FILES = ("output.log", "junit.xml", "tests.jsonl", "warnings.jsonl", "uses.jsonl", "confirm.jsonl")


def looks_secret(name: str) -> bool:
    """Whether a variable's name is one of those."""
    return any(word in name.lower() for word in _WORDS)


def mask_secrets(environment: Mapping[str, str | None]) -> dict[str, str | None]:
    """The same variables, with the values of secrets hidden."""
    return {name: "***" if value and looks_secret(name) else value for name, value in sorted(environment.items())}


def mask_evidence(folder: Path, environment: Mapping[str, str | None]) -> int:
    """Hide the values of secrets in a cell's files; returns how many files had one.

    Args:
        folder: of the cell, when its processes have ended.
        environment: what the suite was started with.
    """
    needles = _forms(value for name, value in environment.items() if value and looks_secret(name))
    return sum(_mask_file(folder / name, needles) for name in _FILES) if needles else 0


def _forms(values: Iterable[str]) -> tuple[bytes, ...]:
    """The values as they stand in plain text, XML and JSON; longest first, so that none hides a part of another."""
    found: set[bytes] = set()
    for value in values:
        # PATH-like values of harmless variables (SSH_AUTH_SOCK) are places, no secrets.
        if len(value) < _SHORTEST or os.path.isabs(value):  # noqa: PTH117 - text, not a path
            continue
        for form in (value, escape(value), escape(value, {'"': "&quot;"}), json.dumps(value)[1:-1]):
            found.add(form.encode("utf-8", "surrogateescape"))
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _has_any(path: Path, needles: tuple[bytes, ...], overlap: int) -> bool:
    """Reading alone is quick, and nearly every file has none."""
    try:
        with path.open("rb") as source:
            rest = b""
            while chunk := source.read(_CHUNK):
                data = rest + chunk
                if any(needle in data for needle in needles):
                    return True
                rest = data[-overlap:]
    except OSError:  # not there
        pass
    return False


def _mask_file(path: Path, needles: tuple[bytes, ...]) -> bool:
    overlap = max(map(len, needles)) - 1
    if not _has_any(path, needles, overlap):
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with path.open("rb") as source, temporary.open("wb") as target:
            rest = b""
            while chunk := source.read(_CHUNK):
                masked = rest + chunk
                for needle in needles:
                    masked = masked.replace(needle, _MASK)
                # What may be the beginning of a value waits for what follows.
                keep = min(overlap, len(masked))
                target.write(masked[: len(masked) - keep])
                rest = masked[len(masked) - keep :]
            target.write(rest)
        temporary.replace(path)
    except OSError:  # a full disk: the file stays as it is
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True
