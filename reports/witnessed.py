"""Reads what the probe saw beside outcomes (docs/results-format.md); each file may be cut anywhere."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .evidence import Confirmed, Crash, Frame, Ignored, Lacking, Upgrade, Use, Witnessed
from .untrusted import open_plain, parse_json

#: Different warnings of one cell that are kept; a suite has hundreds, and a file may be made by anybody.
_MOST = 20_000
#: Steps through the graph of imports, all together.
_MOST_STEPS = 2_000_000
_DEPTH = 60
_LINE_LIMIT = 1 << 20


def read_warnings(path: Path) -> tuple[Witnessed, ...]:
    """The warnings of a cell, equal ones as one; () where nothing was recorded."""
    found: dict[tuple[object, ...], _Group] = {}
    by_number: dict[str, tuple[_Group, dict[str, Any]]] = {}
    for record in _records(path):
        like = record.get("like")
        if isinstance(like, str):
            if like in by_number:
                group, same = by_number[like]
                group.add({**same, "test": record.get("test")})
            continue
        category, message, frames = _text(record.get("category")), _text(record.get("message")), _frames(record)
        key = (category, message, frames, _text(record.get("when")))
        if key not in found and len(found) >= _MOST:
            continue
        group = found.setdefault(key, _Group())
        group.add(record)
        if isinstance(number := record.get("id"), str) and len(by_number) < _MOST:
            by_number[number] = (group, {"captured": record.get("captured"), "late": record.get("late")})
    return tuple(
        Witnessed(
            category=str(category),
            message=str(message),
            when=str(when),
            frames=frames,  # type: ignore[arg-type]
            tests=tuple(sorted(group.tests)),
            expected=group.expected,
            late=group.late,
            outside=group.outside,
            ignored_at=tuple(sorted(group.ignored_at)),
            source=group.source,
            bases=group.bases,
        )
        for (category, message, frames, when), group in found.items()
    )


def read_uses(path: Path) -> tuple[Use, ...]:
    """What was held against the code in a run as if Python were later; () where nothing was."""
    found: dict[tuple[object, ...], tuple[Use, set[str]]] = {}
    for record in _records(path):
        frames = _frames(record)
        in_child = bool(record.get("child"))
        key = (_text(record.get("what")), _text(record.get("error")), frames[:1], in_child)
        if key not in found and len(found) >= _MOST:
            continue
        use = Use(
            what=_text(record.get("what")),
            error=_text(record.get("error")),
            record=_text(record.get("record")) or None,
            frames=frames,
        )
        started_by = found.setdefault(key, (use, set()))[1]
        if in_child:
            started_by.add(_text(record.get("test")))
    return tuple(
        dataclasses.replace(use, started_by=frozenset(started_by)) if started_by else use
        for use, started_by in found.values()
    )


def read_crashes(path: Path) -> tuple[Crash, ...]:
    """The exceptions that ended processes which tests had started, in a run as if Python were later."""
    return tuple(
        Crash(
            test=_text(record.get("test")),
            type=_text(record.get("type")),
            message=_text(record.get("message")),
            raised_in=_text(record.get("file")),
        )
        for record in itertools.islice(_records(path), _MOST)
    )


def read_lacking(path: Path) -> tuple[Lacking, ...]:
    """Modules that the build was asked for and lacks; () where none were."""
    return tuple(
        Lacking(module=_text(record.get("module")), frames=_frames(record))
        for record in itertools.islice(_records(path), _MOST)
        if _text(record.get("module"))
    )


def read_functions(path: Path) -> Mapping[tuple[str, int], str]:
    """(file, line) → qualified name of the function, of the places that failures went through."""
    found: dict[tuple[str, int], str] = {}
    for record in _records(path):
        line = record.get("line")
        if isinstance(line, int) and len(found) < _MOST:
            found[_text(record.get("file")), line] = _text(record.get("function"))
    return found


def read_importers(path: Path) -> Mapping[str, tuple[str, ...]]:
    """File of a module → files of all modules that need it, itself included; {} where nothing was recorded."""
    files: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    for record in itertools.islice(_records(path), _MOST):
        name, needs = _text(record.get("module")), record.get("needs")
        files[name] = _text(record.get("file"))
        for needed in needs if isinstance(needs, list) else ():
            needed_by.setdefault(_text(needed), set()).add(name)
    return Importers(files, needed_by)


class Importers(Mapping[str, tuple[str, ...]]):
    """The graph of a suite's imports, asked for one file at a time: all answers together grow with its square."""

    def __init__(self, files: Mapping[str, str], needed_by: Mapping[str, set[str]]) -> None:
        self._files = files
        self._names = {file: name for name, file in files.items()}
        self._needed_by = needed_by
        self._left = _MOST_STEPS
        self._known: dict[str, tuple[str, ...]] = {}

    def __getitem__(self, file: str) -> tuple[str, ...]:
        if file not in self._known:
            reached = self._reached(self._names[file])
            self._known[file] = tuple(sorted({self._files[one] for one in reached if one in self._files}))
        return self._known[file]

    def __contains__(self, file: object) -> bool:
        return file in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _reached(self, name: str) -> set[str]:
        reached, waiting = {name}, [name]
        while waiting and self._left > 0:
            for one in self._needed_by.get(waiting.pop(), ()):
                self._left -= 1
                if one not in reached:
                    reached.add(one)
                    waiting.append(one)
        return reached


def read_confirmed(path: Path) -> Mapping[str, Confirmed]:
    """What running again has shown, by test; {} where nothing was run again."""
    return {
        _text(record.get("test")): Confirmed(
            verdict=_text(record.get("verdict")),
            because=_texts(record.get("because")),
            note=_text(record.get("note")),
        )
        for record in itertools.islice(_records(path), _MOST)
    }


def read_upgrades(path: Path) -> tuple[Upgrade, ...]:
    """What is known of newer releases; () where nothing was looked for."""
    return tuple(
        Upgrade(
            distribution=_text(record.get("distribution")),
            installed=_text(record.get("installed")),
            file=_text(record.get("file")),
            source=_text(record.get("source")),
            without=_text(record.get("without")) or None,
            newest=_text(record.get("newest")) or None,
            note=_text(record.get("note")),
        )
        for record in itertools.islice(_records(path), _MOST)
    )


def read_ignored(path: Path) -> tuple[Ignored, ...]:
    """The suite's own rules; () where none were recorded."""
    return tuple(
        Ignored(
            kind=_text(record.get("kind")),
            text=_text(record.get("text")),
            condition=_text(record.get("condition")),
            tests=_texts(record.get("tests")),
        )
        for record in itertools.islice(_records(path), _MOST)
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


class _Group:
    """What equal warnings have not in common."""

    def __init__(self) -> None:
        self.tests: set[str] = set()
        self.expected = True
        self.late = True
        self.outside = False
        self.source = ""
        self.ignored_at: set[tuple[str, int, str]] = set()
        self.bases: tuple[str, ...] = ()

    def add(self, record: dict[str, Any]) -> None:
        test = _text(record.get("test"))
        self.bases = self.bases or _texts(record.get("bases"))
        self.source = self.source or _text(record.get("source"))
        place = record.get("ignored_at")
        if isinstance(place, list) and len(place) == 3 and isinstance(place[1], int):
            self.ignored_at.add((_text(place[0]), place[1], _text(place[2])))
        if test:
            self.tests.add(test)
        else:
            self.outside = True
        if record.get("captured") is not True:
            self.expected = False
        if record.get("late") is not True:
            self.late = False


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with open_plain(path) as file:
            while line := file.readline(_LINE_LIMIT):
                try:
                    record = parse_json(line)
                except ValueError:
                    continue
                if isinstance(record, dict):
                    yield record
    except OSError:
        return


def _frames(record: dict[str, Any]) -> tuple[Frame, ...]:
    stack = record.get("stack")
    return tuple(_usable(entry) for entry in (stack if isinstance(stack, list) else ())[:_DEPTH] if _is_frame(entry))


def _is_frame(entry: object) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 3
        and isinstance(entry[0], str)
        and isinstance(entry[1], int)
        and isinstance(entry[2], str)
    )


def _usable(entry: list[Any]) -> Frame:
    return Frame(file=entry[0], line=entry[1], function=entry[2])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
