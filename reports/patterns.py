"""Regular expressions that somebody else wrote, asked about texts that somebody else wrote.

They mean what Python's mean, and cannot take forever: what could go back and forth over a text is matched by ``regex``,
which can be stopped (docs/adr/0022-hostile-input.md).
"""

from __future__ import annotations

import dataclasses
import math
import re
import time
import warnings
from collections.abc import Callable

import regex

from .errors import ForewarnError

#: No more of a text is looked at: messages are short, and nobody's pattern needs a megabyte.
LIMIT = 4000
#: Characters of a pattern, and how often its counted repetitions may ask for something, multiplied.
_LONGEST = 4000
_MOST_REPEATED = 100_000
#: Processor seconds of one question, and of all slow ones and all at all of one command.
_ONE, _SLOW, _ALL = 0.25, 2.0, 5.0
_IS_SLOW = 0.001
_ESCAPED = re.compile(r"\\[^a-zA-Z0-9]")
#: A brace that repeats nothing is a brace to Python; ``regex`` has a meaning for it.
_BRACE = re.compile(r"\\.|\{(?!\d*,?\d*\})", re.DOTALL)
_COUNTED = re.compile(r"\{(\d*),?(\d*)\}")


class SlowPatternError(ForewarnError):
    """A pattern, or all together, took so long that nothing can be said."""


@dataclasses.dataclass(frozen=True)
class Pattern:
    """One regular expression."""

    search: Callable[[str], bool]
    """Whether it is anywhere in the beginning of a text."""
    match: Callable[[str], bool]
    """Whether the text begins with it."""


class Patterns:
    """Compiles patterns, and watches the time that they take together."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, bool], Pattern | ValueError] = {}
        self._slow = _SLOW
        self._left = _ALL

    def compile(self, text: str, *, ignore_case: bool = False) -> Pattern:
        """A pattern, compiled once.

        Raises:
            ValueError: it is none, or one that no person writes; with the reason.
        """
        key = (text, ignore_case)
        if key not in self._compiled:
            try:
                self._compiled[key] = self._make(text, re.IGNORECASE if ignore_case else re.NOFLAG)
            except ValueError as error:
                self._compiled[key] = error
        found = self._compiled[key]
        if isinstance(found, ValueError):
            raise found
        return found

    def _make(self, text: str, flags: re.RegexFlag) -> Pattern:
        plain = _python(text, flags)
        bare = _ESCAPED.sub("", text)

        def match_plainly(given: str) -> bool:
            return plain.match(given[:LIMIT]) is not None

        if not re.search(r"[*+?{|]|\\\d|\(\?P=", bare):
            return Pattern(search=lambda given: plain.search(given[:LIMIT]) is not None, match=match_plainly)
        braced = _BRACE.sub(lambda found: found[0] if found[0][0] == "\\" else "\\{", text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                able = regex.compile(braced, regex.V0 | (regex.IGNORECASE if flags else 0))
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise ValueError(f"not a regular expression: {error}") from None
        # From one place and with one repetition there is one way through a text: Python is ten times as fast then.
        is_simple = len(re.findall(r"[*+]", bare)) < 2 and not re.search(r"[?{|(]|\\\d", bare)
        return Pattern(
            search=lambda given: self._timed(able.search, given, text),
            match=match_plainly if is_simple else lambda given: self._timed(able.match, given, text),
        )

    def _timed(self, ask: Callable[..., object], given: str, text: str) -> bool:
        began = time.thread_time()  # a busy machine is nobody's fault
        try:
            found = ask(given[:LIMIT], timeout=_ONE) is not None
        except TimeoutError:
            raise _too_slow(text) from None
        spent = time.thread_time() - began
        self._left -= spent
        self._slow -= spent if spent > _IS_SLOW else 0
        if self._left < 0 or self._slow < 0:
            raise _too_slow(text)
        return found


def _python(text: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """As Python itself compiles it, which also says whether it is a pattern at all.

    Raises:
        ValueError: it is none, or too large.
    """
    counts = [max(int(number[:9] or 1) for number in found.groups()) for found in _COUNTED.finditer(text)]
    if len(text) > _LONGEST or math.prod(counts) > _MOST_REPEATED:
        raise ValueError("not a regular expression of a person: it is too long, or repeats too much")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of patterns that a later Python will read otherwise
            return re.compile(text, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _too_slow(text: str) -> SlowPatternError:
    return SlowPatternError(
        f"the pattern {text[:200]!r} takes too long to match",
        hint="write it so that no part of a text can be read in many ways: without repetitions inside of others",
    )
