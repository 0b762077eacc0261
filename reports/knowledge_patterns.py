"""A message pattern that costs nothing until a text could match it.

Compiling all patterns of the knowledge base takes longer than reading it, and a message concerns one or two of
them. So each pattern first names literals of which a matching text must hold at least one.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable

from .patterns import LIMIT, Patterns

_TOKEN = re.compile(
    r"""
      (?P<text>  (?: [^\\.^$*+?{}\[\]|()] (?![?*+{]) )+ )    # characters that stand for themselves
    | (?P<one>   [^\\.^$*+?{\[|()] )                         # one that is repeated
    | (?P<same>  \\ [^a-zA-Z0-9] )                           # one that is escaped
    | (?P<set>   \\ . | \. | \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<look>  \( \? <? [=!] )
    | (?P<open>  \( (?: \?: | \?P<\w+> )? (?! \? ) )
    | (?P<close> \) )
    | (?P<or>    \| )
    | (?P<edge>  [\^$] )
    | (?P<times> [?*+] | \{ \d* ,? \d* \} )
    | (?P<odd>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_LOOKAHEAD = re.compile(r"[?*+]|\{\d*,?\d*\}")

#: Literals of which one must be in the text; empty: nothing is known.
AnyOf = tuple[str, ...]


@dataclasses.dataclass
class _Branch:
    """One alternative while it is read: the literal at its end so far, and the best requirement until there."""

    run: str = ""
    best: AnyOf = ()

    def add(self, text: str, optional: bool, repeated: bool) -> None:
        if not optional:
            self.run += text
        if optional or repeated:
            self.stop()

    def stop(self) -> None:
        """Something stands here that is not a literal."""
        if self.run:
            self.require((self.run,))
        self.run = ""

    def require(self, found: AnyOf) -> None:
        if _worth(found) > _worth(self.best):
            self.best = found


@dataclasses.dataclass
class _Group:
    """What stands in one pair of parentheses, or in the whole pattern."""

    ignored: bool = False
    branches: list[_Branch] = dataclasses.field(default_factory=lambda: [_Branch()])

    def literals(self) -> AnyOf:
        for branch in self.branches:
            branch.stop()
        if not all(branch.best for branch in self.branches):
            return ()
        return tuple(dict.fromkeys(literal for branch in self.branches for literal in branch.best))


def _worth(found: AnyOf) -> int:
    return min(map(len, found), default=0)


def required_literals(pattern: str) -> AnyOf:
    """Literals of which every text that the pattern matches holds at least one; empty when none is certain."""
    stack = [_Group()]
    for token in _TOKEN.finditer(pattern):
        group = stack[-1]
        match token.lastgroup:
            case "text" | "one" | "same":
                group.branches[-1].add(token[0].removeprefix("\\"), *_repetition(pattern, token.end()))
            case "or":
                group.branches.append(_Branch())
            case "open" | "look":
                group.branches[-1].stop()
                stack.append(_Group(ignored=token.lastgroup == "look"))
            case "close" if len(stack) > 1:
                stack.pop()
                if not group.ignored and not _repetition(pattern, token.end())[0]:
                    stack[-1].branches[-1].require(group.literals())
            case "odd" | "close":
                return ()
            case _:
                group.branches[-1].stop()
    return stack[0].literals() if len(stack) == 1 else ()


def _repetition(pattern: str, position: int) -> tuple[bool, bool]:
    """(may be absent, may come more than once) of what ends at the position."""
    found = _LOOKAHEAD.match(pattern, position)
    return (found is not None and found[0] != "+", found is not None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Entry:
    """One pattern, and what it speaks for."""

    literals: AnyOf
    pattern: str
    keys: tuple[str, ...]
    is_foreign: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class PatternIndex:
    """Patterns, each with the keys of the records that it speaks for."""

    entries: tuple[_Entry, ...]
    patterns: Patterns
    """For those of somebody else; ours are known to end, whatever a run asks."""

    @classmethod
    def of(cls, patterns: Iterable[tuple[str, str]], foreign: frozenset[str] = frozenset()) -> PatternIndex:
        """Index (key, pattern) pairs; records often share a pattern, which is then tried once.

        Args:
            patterns: the pairs.
            foreign: keys whose patterns somebody else wrote.
        """
        keys: dict[tuple[str, bool], list[str]] = {}
        for key, pattern in patterns:
            keys.setdefault((pattern, key in foreign), []).append(key)
        return cls(
            entries=tuple(
                _Entry(literals=required_literals(text), pattern=text, keys=tuple(found), is_foreign=is_foreign)
                for (text, is_foreign), found in keys.items()
            ),
            patterns=Patterns(),
        )

    def search(self, text: str) -> list[str]:
        """Keys of the patterns that match the text's beginning.

        Raises:
            SlowPatternError: a pattern of somebody else takes too long to tell.
        """
        text = text[:LIMIT]
        return [
            key
            for entry in self.entries
            if not entry.literals or any(literal in text for literal in entry.literals)
            if self._matches(entry, text)
            for key in entry.keys
        ]

    def _matches(self, entry: _Entry, text: str) -> bool:
        if entry.is_foreign:
            return self.patterns.compile(entry.pattern).search(text)
        return _compiled(entry.pattern).search(text) is not None


_compiled = functools.lru_cache(maxsize=None)(re.compile)
