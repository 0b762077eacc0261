"""Faults in a file that a person wrote: each with its place, all of them reported at once."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Protocol

from .errors import MatrixError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_REPORTED = 50
_LONGEST_QUOTE = 60


class Place(Protocol):
    """Something that stands somewhere in the file."""

    @property
    def path(self) -> str:
        """Key path such as ``python[1]``; empty for the whole file."""

    @property
    def line(self) -> int:
        """Counted from 1."""

    @property
    def column(self) -> int:
        """Counted from 1."""


class Faults:
    """Collects the faults of one file.

    Args:
        file: the file's name as it is shown to the person.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: dict[tuple[int, int, str], None] = {}

    def add(self, place: Place, message: str) -> None:
        """Note a fault of the value at ``place``; the message gets the key path in front."""
        self.add_at(place.line, place.column, f"{place.path}: {message}" if place.path else message)

    def add_at(self, line: int, column: int, message: str) -> None:
        """Note a fault of the text at a position (both counted from 1)."""
        self._found[line, column, message] = None

    def error(self, *, hint: str | None = None) -> MatrixError:
        """The error that lists every fault in the order of the file, one line each."""
        ordered = sorted(self._found, key=lambda found: found[:2])
        lines = [f"{self._file}:{line}:{column}: {message}" for line, column, message in ordered]
        if len(lines) > _MOST_REPORTED:
            more = len(lines) - _MOST_REPORTED
            lines[_MOST_REPORTED:] = [f"{self._file}: and {more} more"]
        return MatrixError("\n".join(lines), hint=hint)

    def raise_any(self) -> None:
        """Raise the collected faults.

        Raises:
            MatrixError: there is at least one.
        """
        if self._found:
            raise self.error()


def quote(text: str) -> str:
    """The text in quotes on one line, shortened, with control characters made visible."""
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1] + "…"
    return ascii(text) if re.search(r"[\ud800-\udfff]", text) else repr(text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'python'?`` for the nearest known word, or nothing where none is near."""
    if len(word) > _LONGEST_QUOTE:
        return ""
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
