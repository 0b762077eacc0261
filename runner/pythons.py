"""Names of declared interpreters: ``3.12``, ``3.13t``, ``pypy3.11``."""

from __future__ import annotations

import re

from .faults import quote
from .model import Python

OLDEST = Python(major=3, minor=8)
"""The oldest release whose suites can be measured."""

PATTERN = "3[.][1-9][0-9]?t?|(pypy|graalpy)3[.][1-9][0-9]?"
_NAME = re.compile(r"(?P<implementation>pypy|graalpy)?3\.(?P<minor>[1-9][0-9]?|0)(?P<threads>t?)")
_EXPECTED = "a Python version such as 3.12, 3.13t or pypy3.11"


def parse_python(text: str) -> Python:
    """Read the name of an interpreter.

    Raises:
        ValueError: it is none, or one that is too old; the text is a sentence for the person who wrote it.
    """
    found = _NAME.fullmatch(text)
    if not found or (found["implementation"] and found["threads"]):
        raise ValueError(f"expected {_EXPECTED}, got {quote(text)}{_suggestion(text)}")
    python = Python(
        major=3,
        minor=int(found["minor"]),
        implementation=found["implementation"] or "cpython",
        free_threaded=bool(found["threads"]),
    )
    if python.minor < OLDEST.minor:
        raise ValueError(f"expected Python {OLDEST} or later, got {quote(text)}{_suggestion(text)}")
    if python.free_threaded and python.minor < 13:
        raise ValueError(f"{quote(text)}: free-threaded builds exist from 3.13t on")
    return python


def _suggestion(text: str) -> str:
    """What was probably meant: ``3.12.1``, ``py312``, ``python3.12``, ``3.15-dev``, or a float's ``3.1``."""
    if text == "3.1":
        return "; did you mean '3.10'?"
    found = re.fullmatch(r"(?i)(?P<name>pypy|graalpy)?(?:c?python|py)?[ -]?3\.?(?P<minor>[0-9]{1,2})(?P<rest>.*)", text)
    if not found or not OLDEST.minor <= int(found["minor"]) < 40:
        return ""
    threads = "t" if found["rest"] == "t" and not found["name"] and int(found["minor"]) >= 13 else ""
    return f"; did you mean '{(found['name'] or '').lower()}3.{int(found['minor'])}{threads}'?"
