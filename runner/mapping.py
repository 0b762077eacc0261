"""The shape of a mapping with known keys."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from .faults import Faults, did_you_mean, quote
from .shapes import FAULTY, Shape
from .yaml_nodes import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """One key: what may stand there, and what an editor tells about it."""

    shape: Shape
    description: str
    default: Any = None
    """As JSON, for the editor; the value that the reader fills in is the model's."""
    examples: tuple[Any, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The shape's schema with the texts."""
        notes: dict[str, Any] = {"description": self.description}
        if self.default is not None:
            notes["default"] = self.default
        if self.examples:
            notes["examples"] = list(self.examples)
        return notes | self.shape.schema()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Keyed:
    """A mapping with known keys; a key above it without a value is the empty mapping, where that is valid."""

    title: str
    fields: Mapping[str, Field]
    """In the order that a person would write them."""
    required: tuple[str, ...] = ()
    exactly_one: tuple[str, ...] = ()
    """Of these keys there must be one and only one."""
    at_least_one: tuple[str, ...] = ()
    needs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Key → another key that it has no meaning without."""

    def read(self, item: Item, faults: Faults) -> Any:
        """A dict of the keys that were written; a key whose value had a fault has the value ``FAULTY``."""
        if item.kind is Kind.NULL and not self._demanding():
            return {}
        if item.kind is not Kind.MAPPING:
            faults.add(item, f"expected a mapping with {', '.join(self.fields)}, got {item}")
            return FAULTY
        values: dict[str, Any] = {}
        for key, value in item.entries:
            field = self.fields.get(key.text)
            if field is None:
                self._unknown(item, key, faults)
            else:
                values[key.text] = field.shape.read(value, faults)
        return values if self._complete(item, values, faults) else FAULTY

    def _unknown(self, item: Item, key: Item, faults: Faults) -> None:
        """Complain about a key at the key's own place, under the path of its mapping."""
        near = did_you_mean(key.text, self.fields)
        others = "" if near else f"; known here: {', '.join(self.fields)}"
        place = dataclasses.replace(key, path=item.path)
        faults.add(place, f"unknown key {quote(key.text)}{near or others}")

    def _complete(self, item: Item, values: Mapping[str, Any], faults: Faults) -> bool:
        """Whether the combination of keys is allowed; notes what is not."""
        wrong = [f"{key!r} is missing" for key in self.required if key not in values]
        given = [key for key in self.exactly_one if key in values]
        if self.exactly_one and len(given) != 1:
            got = " and ".join(given) or "none of them"
            wrong.append(f"expected exactly one of {', '.join(self.exactly_one)}, got {got}")
        if self.at_least_one and not any(key in values for key in self.at_least_one):
            wrong.append(f"expected at least one of {', '.join(self.at_least_one)}")
        wrong += [
            f"{key!r} has a meaning only together with {other!r}"
            for key, other in self.needs.items()
            if key in values and other not in values
        ]
        for message in wrong:
            faults.add(item, message)
        return not wrong

    def _demanding(self) -> bool:
        return bool(self.required or self.exactly_one or self.at_least_one)

    def schema(self) -> dict[str, Any]:
        """An object without other properties."""
        schema: dict[str, Any] = {
            "title": self.title,
            "type": "object" if self._demanding() else ["object", "null"],
            "additionalProperties": False,
            "properties": {key: field.schema() for key, field in self.fields.items()},
        }
        if self.required:
            schema["required"] = list(self.required)
        if self.exactly_one:
            schema["oneOf"] = [{"required": [key]} for key in self.exactly_one]
        if self.at_least_one:
            schema["anyOf"] = [{"required": [key]} for key in self.at_least_one]
        if self.needs:
            schema["dependentRequired"] = {key: [other] for key, other in self.needs.items()}
        return schema
