"""Which tests a change of the target's files can affect, as far as that can be told from the files. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

#: Part of how tests of other files run, whatever refers to them.
_SHARED = frozenset({"conftest.py", "__init__.py", "__main__.py", "setup.py"})
#: Of files that import nothing, unless tests are collected from them.
_TEXT = frozenset({".md", ".rst", ".txt"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Earlier:
    """The last complete run of a cell, with other files of the target and all else the same."""

    files: Mapping[str, str]
    """Digest of each file of the target."""
    evidence: Mapping[str, bytes]
    """Content by name."""
    record: Mapping[str, Any]
    """Its cell.json."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Affected:
    """What has to be run again."""

    files: frozenset[str] = frozenset()
    """Test files; those that are gone are among them."""
    whole: str | None = None
    """Why it is everything."""


def affected(
    before: Mapping[str, str], now: Mapping[str, str], tested: Collection[str], read: Callable[[str], bytes]
) -> Affected:
    """The test files whose tests are to be run again, all others ending as before.

    Only changes to files that hold tests, and that nothing else speaks of, are such. A name that stands as a word in
    any other code or settings may be an import.

    Args:
        before: digest of each file of the target, by name, when all tests were run.
        now: the same today.
        tested: names of the files that tests were collected from.
        read: gives the content of a file of today.

    Raises:
        OSError: by ``read``.
    """
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    for name in sorted(changed):
        if doubt := _doubt(name, tested, new=name not in before):
            return Affected(whole=doubt)
    words = {PurePosixPath(name).stem for name in changed}
    if not words:
        return Affected()
    pattern = re.compile(rb"(?<!\w)(?:" + b"|".join(re.escape(word.encode()) for word in sorted(words)) + rb")(?!\w)")
    for name in sorted(now.keys() - changed):
        if PurePosixPath(name).suffix in _TEXT and name not in tested:
            continue
        if found := pattern.search(read(name)):
            return Affected(whole=f"{name} speaks of {found[0].decode()}, which has changed")
    return Affected(files=frozenset(changed))


def _doubt(name: str, tested: Collection[str], *, new: bool) -> str | None:
    """Why a change of a file may affect tests of others."""
    path = PurePosixPath(name)
    if path.name in _SHARED:
        return f"{name} has changed, which is of all tests around it"
    if path.suffix != ".py":
        return f"{name} has changed, which any test may read"
    if name not in tested and not (new and (path.stem.startswith("test_") or path.stem.endswith("_test"))):
        return f"{name} has changed, which is no file of tests"
    return None


def carried_in_words(carried: object) -> str:
    """``; 12 of 400 tests run, the others measured 2026-11-24 10:12``; nothing where all were run.

    Args:
        carried: the field of a cell.json, which may hold anything.
    """
    if not isinstance(carried, Mapping):
        return ""
    run, tests = carried.get("run"), carried.get("tests")
    if not isinstance(run, int) or not isinstance(tests, int):
        return ""
    return f"; {run} of {run + tests} tests run, the others measured {minute(str(carried.get('from')))}"


def minute(moment: str) -> str:
    """An ISO moment for people: ``2026-11-24 10:12``, in UTC as all that is stored."""
    return moment[:16].replace("T", " ")
