"""Small texts of matrix.yaml, each with its check: a parser's ValueError is the sentence for the person."""

from __future__ import annotations

import datetime as dt
import re
import warnings

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from .faults import quote
from .filters import parse_filter
from .sizes import parse_size, show_size

DURATION = r"[0-9]{1,9}([.][0-9]{1,9})? ?[smh]?"
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST = 7 * 24 * 3600
#: Bytes; no interpreter runs a suite in less.
_LEAST = 32 << 20


def requirement(text: str) -> str:
    """A requirement of PEP 508."""
    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{quote(text)} is not a requirement such as pytest>=8: {reason}") from None
    except RecursionError:
        raise ValueError(f"{quote(text)} is nested too deeply") from None
    return text


def release(text: str) -> str:
    """``name==version``: one exact release of one project."""
    wanted = Requirement(requirement(text))
    exact = [one for one in wanted.specifier if one.operator == "==" and "*" not in one.version]
    if len(wanted.specifier) != 1 or not exact or wanted.url or wanted.marker or wanted.extras:
        raise ValueError(f"expected one exact release such as requests==2.32.3, got {quote(text)}")
    return f"{wanted.name}=={exact[0].version}"


def constraint(text: str) -> str:
    """A requirement, or the path of a file of them."""
    return text if is_path(text) else requirement(text)


def is_path(text: str) -> bool:
    """Whether a constraint names a file: it ends in ``.txt`` or ``.in``, or has a slash that is no URL's."""
    return "@" not in text and (text.endswith((".txt", ".in")) or bool(re.search(r"[/\\]", text)))


def parallel(text: str) -> int | None:
    """How many cells run at the same time: a number from 1, or ``auto`` (None), as many as the machine bears."""
    if text == "auto":
        return None
    if not re.fullmatch("[0-9]{1,4}", text) or not int(text):
        raise ValueError(f"expected a number from 1, or auto, got {quote(text)}")
    return int(text)


def specifier(text: str) -> SpecifierSet:
    """A set of version specifiers such as ``>=3.10,<3.16``; never the empty one."""
    try:
        found = SpecifierSet(text)
    except InvalidSpecifier:
        found = SpecifierSet()
    if not found:
        raise ValueError(f"expected a version specifier such as >=3.10,<3.16, got {quote(text)}")
    return found


def warning_filter(text: str) -> str:
    """A warnings filter, as it will be passed on."""
    return str(parse_filter(text))


def date(text: str) -> str:
    """A day of the calendar, written 2026-11-01."""
    try:
        # fromisoformat alone would take 20261101 and 2026-W44-7 as well.
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError(f"{quote(text)} is not a date: {error}") from None
    raise ValueError(f"expected a date such as 2026-11-01, got {quote(text)}")


def duration(text: str) -> float:
    """Seconds, or a number with its unit: ``90s``, ``30m``, ``2h``."""
    number, unit = re.fullmatch(r"([0-9.]+) ?([smh]?)", text).groups()  # type: ignore[union-attr]  # DURATION
    seconds = float(number) * _SECONDS[unit]
    if not 0 < seconds <= _LONGEST:
        raise ValueError(f"expected a time of more than 0 seconds and at most a week, got {quote(text)}")
    return seconds


def size(text: str) -> int:
    """Bytes, or a number with its unit: ``500MiB``, ``2GiB``."""
    found = parse_size(text)
    if found < _LEAST:
        raise ValueError(f"expected a size of at least {show_size(_LEAST)}, got {quote(text)}")
    return found


def regex(text: str) -> str:
    """A regular expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{quote(text)} is not a regular expression: {error}") from None
    return text


def command(words: tuple[str, ...]) -> tuple[str, ...]:
    """A command that is told where to write its JUnit file."""
    if not any("{junit}" in word for word in words):
        raise ValueError("the command must contain {junit}, where the path of the JUnit XML file is put in")
    return words
