"""Which interpreters a matrix declares, and the checks of everything that refers to them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from . import texts
from .faults import Faults, Place, did_you_mean, quote
from .matrix_table import REQUIRES_PYTHON
from .pythons import parse_python
from .releases import Calendar, matches
from .shapes import FAULTY, Located

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .metadata import Metadata
    from .model import Python

_WRITE_LIST = 'write a list such as ["3.12", "3.13"], or a specifier such as \'>=3.12\''


@dataclasses.dataclass(frozen=True, kw_only=True)
class Selection:
    """The declared interpreters with their parts in the comparison."""

    pythons: tuple[Python, ...]
    optional: frozenset[Python]
    base: Python
    next: tuple[Python, ...]
    forecast: tuple[Python, ...] = ()


def select(
    values: Mapping[str, Any], faults: Faults, *, top: Place, calendar: Calendar, metadata: Metadata | None
) -> Selection | None:
    """Choose the interpreters and check what refers to them.

    Args:
        values: what the table's reader made of the file.
        faults: gets what is wrong.
        top: where a fault is put of a key that was not written.
        calendar: the known releases.
        metadata: of the target, or None where it is not here yet.

    Returns:
        None where the declared interpreters have a fault, so that nothing can be said of the rest.
    """
    written = values.get("python")
    if written is FAULTY:
        return None
    chosen = _declared(written, faults, top=top, calendar=calendar, metadata=metadata)
    if not chosen:
        return None
    pythons, coming = chosen
    base = _declared_one(values.get("base"), pythons, faults) or min(pythons)
    return Selection(
        pythons=pythons,
        optional=coming | _optional(values.get("optional"), pythons, faults),
        base=base,
        next=_next(values.get("next"), pythons, base, faults),
        forecast=_forecast(values, base, faults),
    )


def check_declared(python: Python, pythons: Iterable[Python], place: Place, faults: Faults) -> bool:
    """Whether a version that some key refers to is declared; notes where it is not."""
    if python in pythons:
        return True
    declared = ", ".join(map(str, pythons))
    faults.add(place, f"{str(python)!r} is not declared under 'python', which has {declared}")
    return False


def _declared(
    written: Located | None, faults: Faults, *, top: Place, calendar: Calendar, metadata: Metadata | None
) -> tuple[tuple[Python, ...], frozenset[Python]] | None:
    """The declared interpreters, and those of them that are optional because they are not out yet."""
    if written and isinstance(written.value, tuple):
        listed = _without_duplicates(written.value, faults)
        return (listed, frozenset()) if listed else None
    try:
        if written and written.value.strip() != REQUIRES_PYTHON:
            return _from_text(written.value.strip(), calendar), frozenset()
        required = _required(metadata, asked=written is not None)
        return _from_required(required, calendar) if required else (calendar.supported(), frozenset())
    except ValueError as error:
        faults.add(written.item if written else top, str(error))
        return None


def _without_duplicates(listed: Iterable[Located], faults: Faults) -> tuple[Python, ...]:
    seen: set[Python] = set()
    for one in listed:
        if one.value in seen:
            faults.add(one.item, f"{str(one.value)!r} is in the list twice")
        seen.add(one.value)
    return tuple(sorted(seen))


def _from_text(text: str, calendar: Calendar) -> tuple[Python, ...]:
    """The interpreters of a specifier, or the one that is named without a list."""
    if text[:1] not in "<>=!~":
        near = did_you_mean(text, [REQUIRES_PYTHON])
        if near:
            raise ValueError(f"expected versions, a specifier or {REQUIRES_PYTHON}, got {quote(text)}{near}")
        return (parse_python(text),)
    found = calendar.matching(texts.specifier(text))
    if not found:
        released = calendar.released()
        raise ValueError(f"no Python matches {quote(text)}; the known releases are {released[0]} to {released[-1]}")
    return found


def _required(metadata: Metadata | None, *, asked: bool) -> SpecifierSet | None:
    """What the target declares; where nothing is known, that is a fault only when the file asks for it."""
    if not metadata:
        if asked:
            raise ValueError(f"the target is fetched only when its tests run; {_WRITE_LIST}")
        return None
    if "requires_python" in metadata.dynamic:
        raise ValueError(f"the target's requires-python is computed when it is built; {_WRITE_LIST}")
    if not metadata.requires_python:
        if asked:
            raise ValueError(f"the target declares no requires-python; {_WRITE_LIST}")
        return None
    try:
        return SpecifierSet(metadata.requires_python)
    except InvalidSpecifier:
        declared = quote(metadata.requires_python)
        raise ValueError(f"the target's requires-python {declared} is not a specifier; {_WRITE_LIST}") from None


def _from_required(required: SpecifierSet, calendar: Calendar) -> tuple[tuple[Python, ...], frozenset[Python]]:
    """What the target says it runs on, and the release that comes after it."""
    found = calendar.matching(required)
    if not found:
        raise ValueError(f"no known Python matches the target's requires-python {quote(str(required))}")
    coming = calendar.after(found[-1])
    if coming is None:
        return found, frozenset()
    return (*found, coming), frozenset({coming} - set(calendar.released()))


def _declared_one(written: Any, pythons: tuple[Python, ...], faults: Faults) -> Python | None:
    if not isinstance(written, Located) or not check_declared(written.value, pythons, written.item, faults):
        return None
    python: Python = written.value
    return python


def _optional(written: Any, pythons: tuple[Python, ...], faults: Faults) -> frozenset[Python]:
    if not isinstance(written, Located):
        return frozenset()
    if isinstance(written.value, SpecifierSet):
        found = frozenset(python for python in pythons if matches(python, written.value))
        if not found:
            faults.add(written.item, f"none of the declared Python versions matches {quote(str(written.value))}")
        return found
    return frozenset(one.value for one in written.value if check_declared(one.value, pythons, one.item, faults))


def _next(written: Any, pythons: tuple[Python, ...], base: Python, faults: Faults) -> tuple[Python, ...]:
    if not isinstance(written, Located):
        return tuple(python for python in pythons if python > base)
    for one in written.value:
        if check_declared(one.value, pythons, one.item, faults) and one.value <= base:
            faults.add(one.item, f"{str(one.value)!r} does not come after base, which is {base}")
    return _without_duplicates(written.value, faults)


def _forecast(values: Mapping[str, Any], base: Python, faults: Faults) -> tuple[Python, ...]:
    written, test = values.get("forecast"), values.get("test")
    if not isinstance(written, Located):
        return ()
    if isinstance(test, dict) and "command" in test:
        faults.add(written.item, "a forecast runs pytest or unittest; a command cannot be run as if Python were later")
    for one in written.value:
        if one.value <= base:
            faults.add(one.item, f"{str(one.value)!r} does not come after base, which is {base}")
        elif (one.value.implementation, one.value.free_threaded) != (base.implementation, base.free_threaded):
            faults.add(one.item, f"{str(one.value)!r} is of another build than base, which is {base}")
    return _without_duplicates(written.value, faults)
