"""The order of versions of Python, and what has ended in one."""

from __future__ import annotations

import re


def version_key(python: str) -> tuple[str, tuple[int, ...], str]:
    """Sorts ``3.9`` before ``3.10`` before ``3.13t``, and other implementations behind CPython."""
    match = re.match(r"([A-Za-z]*)-?(\d+(?:\.\d+)*)(.*)", python)
    if match is None:
        return ("~", (), python)
    name = "" if match[1].lower() in {"", "cpython", "python", "py"} else match[1].lower()
    # int() refuses very long digit strings; a version with one is not a version.
    numbers = tuple(int(part[:9]) for part in match[2].split("."))
    return (name, numbers, match[3])


def has_come(deadline: str, version: str) -> bool:
    """Whether what ends in a version of Python has ended in ``version``, of whatever implementation: ``pypy3.11``."""
    return version_key(deadline)[1] <= version_key(version)[1]
