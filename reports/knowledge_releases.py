"""Dates beside versions: ``3.16, planned for October 2027``."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Mapping

from .knowledge_model import Version, version_of
from .knowledge_read import FOLDER

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@functools.cache
def _calendar() -> Mapping[Version, str]:
    document = json.loads((FOLDER / "releases.json").read_bytes())
    return {version_of(entry["version"]) or (): entry["first_release"] for entry in document["releases"]}


def release_date(python: str) -> str | None:
    """The day or month of a Python's first release; beyond the calendar by the yearly rhythm of PEP 602."""
    version, calendar = version_of(python), _calendar()
    if version is None or version[:2] in calendar or len(version) < 2:
        return calendar.get((version or ())[:2])
    last = max(calendar)
    years = version[1] - last[1]
    if version[0] != last[0] or not 0 < years < 50:
        return None
    return f"{int(calendar[last][:4]) + years}{calendar[last][4:7]}"


@functools.cache
def _ends() -> Mapping[Version, str]:
    document = json.loads((FOLDER / "releases.json").read_bytes())
    return {version_of(entry["version"]) or (): entry["end_of_life"] for entry in document["releases"]}


def end_of_life(python: str, today: datetime.date) -> str:
    """``ends in October 2027``, ``ended in October 2026``; empty where no date is known."""
    date = _ends().get((version_of(python) or ())[:2])
    if date is None:
        return ""
    month = f"{_MONTHS[int(date[5:7]) - 1]} {date[:4]}"
    over = date[:7] < today.isoformat()[:7]
    return f"{'ended' if over else 'ends'} in {month} (no security fixes after it)"


def dated(python: str, today: datetime.date) -> str:
    """A version of Python with its date, in words; bare where no date is known."""
    date = release_date(python)
    if date is None:
        return python
    month = f"{_MONTHS[int(date[5:7]) - 1]} {date[:4]}"
    # Of a month alone, the whole month has to be over.
    if date < (today.isoformat() if len(date) > 7 else today.isoformat()[:7]):
        return f"{python}, released in {month}"
    if (version_of(python) or ())[:2] in _calendar():
        return f"{python}, planned for {month}"
    return f"{python}, expected in {month}"
