"""YAML text as a tree of items that know their place, their key path and their source text.

PyYAML composes the nodes; nothing is constructed from them, so ``3.10`` stays ``3.10`` and no tag can create
an object. The file may come from anywhere: its size, its depth and what its aliases expand to are limited.
"""

from __future__ import annotations

import codecs
import dataclasses
import enum
import re
from typing import TYPE_CHECKING, Any

import yaml

from .errors import MatrixError
from .faults import Faults, quote

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_FILE = 1_000_000
_DEEPEST = 20
_MOST_ITEMS = 20_000
"""Counted after aliases are expanded."""
_TOO_MANY = f"more than {_MOST_ITEMS:_} values"
_TAG = "tag:yaml.org,2002:"

_ADVICE = {
    "chomping or indentation": "; put a text that starts with '>' or '|' in quotes",
    r"character '\t'": "; indent with spaces",
    "that cannot start any token": "; put a text that starts with it in quotes",
    "mapping values are not allowed": "; put a text with ': ' in it in quotes",
}
"""What to do about those of PyYAML's messages that speak of its insides."""


class Kind(enum.Enum):
    """What an item is; the value is the word for it in messages."""

    NULL = "nothing"
    BOOLEAN = "a boolean"
    NUMBER = "a number"
    TEXT = "text"
    LIST = "a list"
    MAPPING = "a mapping"


_SCALARS = {
    "null": Kind.NULL,
    "bool": Kind.BOOLEAN,
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "str": Kind.TEXT,
    "timestamp": Kind.TEXT,
    "value": Kind.TEXT,
    "merge": Kind.TEXT,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """One value of the file."""

    path: str
    """Key path such as ``variants.pytest-asyncio.old[0]``; empty for the whole file."""
    line: int
    column: int
    kind: Kind
    text: str = ""
    """Source text of a scalar, without its quotes."""
    items: tuple[Item, ...] = ()
    """Of a list."""
    entries: tuple[tuple[Item, Item], ...] = ()
    """(key, value) pairs of a mapping; the keys are texts, each once."""

    def __str__(self) -> str:
        """How a message names what stands here."""
        if self.kind in {Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN}:
            return quote(self.text)
        return str(self.kind.value)

    def key(self, name: str) -> Item:
        """A key of this mapping, or the mapping itself where it has no such key."""
        return next((key for key, _ in self.entries if key.text == name), self)


class _Loader(yaml.SafeLoader):
    """Composes nodes, and stops at a depth that Python's own stack can take, and at what would take a minute."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """As inherited, counting the depth and the nodes."""
        self.depth += 1
        self.nodes += 1
        if self.depth > _DEEPEST or self.nodes > _MOST_ITEMS:
            what = f"nested more than {_DEEPEST} levels deep" if self.depth > _DEEPEST else _TOO_MANY
            raise yaml.MarkedYAMLError(problem=what, problem_mark=self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_items(file: Path, faults: Faults) -> Item:
    """Read a YAML file.

    Args:
        file: the file; empty files count as an empty mapping.
        faults: gets what is wrong but leaves the rest readable, such as duplicate keys.

    Returns:
        The file's one value.

    Raises:
        MatrixError: the file cannot be read, is not YAML, or exceeds a limit.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise MatrixError(f"{file}: there is no such file", hint="run `forewarn init` to write one") from None
    except OSError as error:
        raise MatrixError(f"{file}: cannot be read: {error.strerror or error}") from None
    if len(data) > _LARGEST_FILE:
        faults.add_at(1, 1, f"the file is larger than {_LARGEST_FILE:_} bytes")
        raise faults.error()
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        faults.add_at(*_position(before, len(before)), "not UTF-8 text")
        raise faults.error() from None
    return parse_items(text, faults)


def parse_items(text: str, faults: Faults) -> Item:
    """The tree of a YAML text; see `read_items`."""
    node = _compose(text, faults)
    if node is None:
        return Item(path="", line=1, column=1, kind=Kind.MAPPING)
    return _Tree(faults).item(node, path="", depth=0)


def _compose(text: str, faults: Faults) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        except (ValueError, OverflowError):
            # PyYAML lets chr() and int() fail on escapes such as "\UFFFFFFFF".
            faults.add_at(loader.line + 1, loader.column + 1, "not valid YAML: impossible number or escape")
    except yaml.reader.ReaderError as error:
        position = _position(text, error.position)
        faults.add_at(*position, f"not valid YAML: character {error.character!r} is not allowed")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.problem, error.context) if part)
        what += next((advice for sign, advice in _ADVICE.items() if sign in what), "")
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        faults.add_at(line, column, f"not valid YAML: {what}")
    raise faults.error() from None


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


class _Tree:
    """Turns nodes into items, expanding aliases within limits."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._visits = 0

    def item(self, node: yaml.Node, *, path: str, depth: int) -> Item:
        """The item of a node."""
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self._visits += 1
        if self._visits > _MOST_ITEMS or depth > _DEEPEST:
            what = _TOO_MANY if depth <= _DEEPEST else "a value that contains itself"
            self._faults.add_at(line, column, f"{what} (each use of an alias counts)")
            raise self._faults.error()
        kind = self._kind(node)
        items: tuple[Item, ...] = ()
        entries: tuple[tuple[Item, Item], ...] = ()
        if isinstance(node, yaml.SequenceNode):
            items = tuple(
                self.item(child, path=f"{path}[{index}]", depth=depth + 1) for index, child in enumerate(node.value)
            )
        elif isinstance(node, yaml.MappingNode):
            entries = self._entries(node, path=path, depth=depth)
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        return Item(path=path, line=line, column=column, kind=kind, text=text, items=items, entries=entries)

    def _kind(self, node: yaml.Node) -> Kind:
        """The kind by tag and form; a foreign tag is a fault, and the form decides."""
        name = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.ScalarNode):
            kinds, default = _SCALARS, Kind.TEXT
        elif isinstance(node, yaml.SequenceNode):
            kinds, default = {"seq": Kind.LIST}, Kind.LIST
        else:
            kinds, default = {"map": Kind.MAPPING}, Kind.MAPPING
        if name not in kinds:
            mark = node.start_mark
            message = f"the tag {quote(node.tag)} is not known here; leave it out"
            self._faults.add_at(mark.line + 1, mark.column + 1, message)
        return kinds.get(name, default)

    def _entries(self, node: yaml.MappingNode, *, path: str, depth: int) -> tuple[tuple[Item, Item], ...]:
        entries: dict[str, tuple[Item, Item]] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == f"{_TAG}merge":
                mark = key_node.start_mark
                what = "merging with '<<'" if isinstance(key_node, yaml.ScalarNode) else "a key that is not text"
                self._faults.add_at(mark.line + 1, mark.column + 1, f"{what} is not supported here")
                continue
            # A key's text is taken as it stands, so that `3.10:` and `no:` mean what they say.
            key = self.item(key_node, path=_join(path, key_node.value), depth=depth + 1)
            value = self.item(value_node, path=key.path, depth=depth + 1)
            first = entries.setdefault(key.text, (key, value))[0]
            if first is not key:
                where = f"first at line {first.line}, column {first.column}"
                self._faults.add_at(key.line, key.column, f"duplicate key {quote(key.path)}; {where}")
        return tuple(entries.values())


def _join(path: str, key: str) -> str:
    shown = key if re.fullmatch(r"[\w.+-]{1,60}", key) else quote(key)
    return f"{path}.{shown}" if path else shown
