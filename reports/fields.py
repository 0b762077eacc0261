"""Values of somebody else's JSON, as what they should be: nothing else gets further."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .journal import text_of
from .texts import one_line

_NOT_IN_VERSION = re.compile(r"[^A-Za-z0-9._+-]")


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """A list, or an empty one where it is none."""
    return value if isinstance(value, list) else []


def words(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(word for word in sequence(value) if isinstance(word, str))


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Names and texts of an object, as lines."""
    return tuple((line(name), line(str(text))) for name, text in mapping(value).items())


def version_text(value: object) -> str:
    """A version, or the name of a tool or an implementation: it stands in sentences, and is nothing but itself."""
    return _NOT_IN_VERSION.sub("?", text_of(value, 60))


def line(value: object) -> str:
    """A name that somebody chose, on one line, with nothing in it that is not seen."""
    return one_line(text_of(value), 200)


def seconds_of(value: object) -> float | None:
    """Seconds, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e9 else None  # neither NaN nor Infinity, which json.loads accepts


def count_of(value: object) -> int | None:
    """A number of things, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def exit_status_of(value: object) -> int | None:
    """A process's exit status, or None."""
    return value if isinstance(value, int) and -(2**31) <= value < 2**32 else None  # JSON has no largest number
