"""Shapes of values: one description that both reads a value with its faults and states its JSON Schema.

A shape's ``read`` returns plain Python values, or ``FAULTY`` after noting at least one fault. So a
caller sees all faults of a file, and never a value that is half right.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import shlex
from typing import TYPE_CHECKING, Any, Final, Protocol

from .faults import Faults, did_you_mean
from .yaml_nodes import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Faulty(enum.Enum):
    FAULTY = "faulty"


FAULTY: Final = _Faulty.FAULTY
"""Stands for a value that had a fault."""

_NOT_IN_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class Shape(Protocol):
    """What may stand in one place of the file."""

    def read(self, item: Item, faults: Faults) -> Any:
        """The value as Python has it, or ``FAULTY``."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema, as far as that can say it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Located:
    """A value with the item it was read from, for checks that compare places of the file."""

    value: Any
    item: Item


def _expected(item: Item, what: str, faults: Faults) -> Any:
    faults.add(item, f"expected {what}, got {item}")
    return FAULTY


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text:
    """A scalar taken by its source text, so that an unquoted ``3.10`` is not ``3.1``.

    Attributes:
        expected: what a message says is expected here.
        parse: makes the value; its ValueError's text is the fault, after the key path.
        pattern: regular expression that the whole text matches, in the dialect shared with JSON Schema.
        schema_pattern: the same for the schema alone, where ``parse`` finds better words for what is wrong.
        null: whether nothing is allowed, and then read as None.
        number: whether what looks like a number is taken as the text that it is.
        empty: whether the text may be empty.
    """

    expected: str = "text"
    parse: Callable[[str], Any] = str
    pattern: str = ""
    schema_pattern: str = ""
    null: bool = False
    number: bool = True
    empty: bool = False

    def read(self, item: Item, faults: Faults) -> Any:
        """The parsed text."""
        if item.kind is Kind.NULL and self.null:
            return None
        fault = self._fault(item)
        try:
            if not fault:
                return self.parse(item.text)
        except ValueError as error:
            fault = str(error)
        faults.add(item, fault)
        return FAULTY

    def _fault(self, item: Item) -> str:
        """What is wrong before the text is parsed; empty where nothing is."""
        if item.kind is Kind.BOOLEAN:
            return f"expected {self.expected}; put {item.text} in quotes where it is meant as text"
        if item.kind not in ({Kind.TEXT, Kind.NUMBER} if self.number else {Kind.TEXT}):
            return f"expected {self.expected}, got {item}"
        if not item.text and not self.empty:
            return f"expected {self.expected}, got empty text"
        if _NOT_IN_TEXT.search(item.text):
            return f"{item} holds a character that no text may have"
        if self.pattern and not re.fullmatch(self.pattern, item.text):
            return f"expected {self.expected}, got {item}"
        return ""

    def schema(self) -> dict[str, Any]:
        """A string; numbers too, because unquoted versions look like them to an editor."""
        types = ["string"] + ["number"] * self.number + ["null"] * self.null
        schema: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
        if pattern := self.pattern or self.schema_pattern:
            return schema | {"pattern": f"^(?:{pattern})$"}
        return schema if self.empty else schema | {"minLength": 1}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, item: Item, faults: Faults) -> Any:
        """The word."""
        if item.text in self.words and item.kind in {Kind.TEXT, Kind.NUMBER}:
            return item.text
        words = ", ".join(self.words[:-1]) + f" or {self.words[-1]}" if len(self.words) > 1 else self.words[0]
        near = did_you_mean(item.text, self.words)
        faults.add(item, f"expected {words}, got {item}{near}")
        return FAULTY

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.words)}


class Flag:
    """``true`` or ``false``, and no other spelling: ``yes`` is a text to newer YAML readers."""

    def read(self, item: Item, faults: Faults) -> Any:
        """A bool."""
        if item.kind is Kind.BOOLEAN and item.text.lower() in {"true", "false"}:
            return item.text.lower() == "true"
        return _expected(item, "true or false", faults)

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListOf:
    """A list; where it may be empty, a key without a value is an empty list too."""

    each: Shape
    what: str = "a list"
    minimum: int = 0

    def read(self, item: Item, faults: Faults) -> Any:
        """A tuple."""
        if item.kind is not Kind.LIST and not (item.kind is Kind.NULL and not self.minimum):
            return _expected(item, self.what, faults)
        values = tuple(self.each.read(child, faults) for child in item.items)
        if len(values) < self.minimum:
            return _expected(item, f"{self.what} with at least one entry", faults)
        return FAULTY if FAULTY in values else values

    def schema(self) -> dict[str, Any]:
        """An array."""
        if self.minimum:
            return {"type": "array", "items": self.each.schema(), "minItems": self.minimum}
        return {"type": ["array", "null"], "items": self.each.schema()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Words:
    """Arguments of a command: a list, or one text that is split as a shell splits it."""

    minimum: int = 0
    parse: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple

    def read(self, item: Item, faults: Faults) -> Any:
        """A tuple of words."""
        if item.kind is Kind.TEXT:
            words = self._split(item, faults)
        else:
            each = Text(expected="one argument as text", empty=True)
            shape = ListOf(each=each, what="a list of arguments, or text", minimum=self.minimum)
            words = shape.read(item, faults)
        if words is FAULTY:
            return FAULTY
        try:
            return self.parse(words)
        except ValueError as error:
            faults.add(item, str(error))
            return FAULTY

    def _split(self, item: Item, faults: Faults) -> Any:
        if _NOT_IN_TEXT.search(item.text):
            faults.add(item, f"{item} holds a character that no text may have")
            return FAULTY
        try:
            words = tuple(shlex.split(item.text))
        except ValueError as error:
            faults.add(item, f"cannot be split into words as a shell does: {str(error).lower()}")
            return FAULTY
        if len(words) < self.minimum:
            return _expected(item, "a command", faults)
        return words

    def schema(self) -> dict[str, Any]:
        """A string or an array of strings."""
        array = ListOf(each=Text(empty=True), minimum=self.minimum).schema()
        return {"anyOf": [{"type": "string", "minLength": self.minimum}, array]}


@dataclasses.dataclass(frozen=True, kw_only=True)
class MapOf:
    """A mapping whose keys are the person's own names."""

    key: Text
    value: Shape
    what: str = "a mapping"
    minimum: int = 0

    def read(self, item: Item, faults: Faults) -> Any:
        """A dict, its keys as the key's shape parses them."""
        if item.kind is not Kind.MAPPING and not (item.kind is Kind.NULL and not self.minimum):
            return _expected(item, self.what, faults)
        if len(item.entries) < self.minimum:
            return _expected(item, f"{self.what} with at least one entry", faults)
        values: dict[Any, Any] = {}
        for key, child in item.entries:
            # A key has no other type than text, whatever its spelling would be as a value.
            name = self.key.read(dataclasses.replace(key, kind=Kind.TEXT), faults)
            values[name] = self.value.read(child, faults)
        return FAULTY if FAULTY in values or FAULTY in values.values() else values

    def schema(self) -> dict[str, Any]:
        """An object with checked names."""
        names = {"pattern": f"^(?:{self.key.pattern})$"} if self.key.pattern else {"minLength": 1}
        return {
            "type": "object" if self.minimum else ["object", "null"],
            "propertyNames": names,
            "additionalProperties": self.value.schema(),
        } | ({"minProperties": self.minimum} if self.minimum else {})


@dataclasses.dataclass(frozen=True, kw_only=True)
class ByKind:
    """Different shapes for text, list and mapping in one place."""

    what: str
    shapes: Mapping[Kind, Shape]

    def read(self, item: Item, faults: Faults) -> Any:
        """What the shape for the item's kind reads."""
        shape = self.shapes.get(item.kind)
        return shape.read(item, faults) if shape else _expected(item, self.what, faults)

    def schema(self) -> dict[str, Any]:
        """Any of the shapes."""
        schemas = [shape.schema() for shape in {id(shape): shape for shape in self.shapes.values()}.values()]
        return {"anyOf": schemas}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Locate:
    """A shape whose value is wanted together with its place."""

    shape: Shape

    def read(self, item: Item, faults: Faults) -> Any:
        """A `Located`."""
        value = self.shape.read(item, faults)
        return FAULTY if value is FAULTY else Located(value=value, item=item)

    def schema(self) -> dict[str, Any]:
        """That of the shape."""
        return self.shape.schema()
