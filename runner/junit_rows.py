"""Reads the rows of a JUnit file as the bytes that the test tool wrote, so that they can be put together anew."""

from __future__ import annotations

import codecs
import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


class JUnitFault(Exception):  # noqa: N818 - the word of the evidence
    """A file that cannot be read as JUnit; the text says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One test case."""

    classname: str
    name: str
    file: str | None
    line: str | None
    kinds: tuple[str, ...]
    """Tags of what counts in it: ``failure``, ``error``, ``skipped``."""
    seconds: float
    text: bytes

    @property
    def key(self) -> tuple[str, str]:
        """What names the test."""
        return self.classname, self.name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Suite:
    """One ``<testsuite>``."""

    attributes: Mapping[str, str]
    rows: tuple[Row, ...]
    rest: tuple[bytes, ...] = ()
    """Its other elements: properties, output."""


def read_suites(path: Path) -> list[Suite]:
    """The suites of a file.

    Raises:
        JUnitFault: it is not there or not well-formed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JUnitFault(f"cannot be read: {error.strerror or error}") from error
    try:
        reader = _Reader(_as_utf8(data))
        reader.parse()
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise JUnitFault(f"cannot be read: {error}") from error
    return reader.suites


def write_suites(path: Path, suites: Iterable[Suite]) -> None:
    """Write a file of these suites, their counts made anew."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>')
        for suite in suites:
            _write(file, suite)
        file.write(b"</testsuites>\n")
    temporary.replace(path)


def _write(file: BinaryIO, suite: Suite) -> None:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415 - brings urllib.request, for which no start has to wait

    counts = dict.fromkeys(("errors", "failures", "skipped"), 0)
    for row in suite.rows:
        for kind in row.kinds:
            counts[_COUNTED[kind]] += 1
    seconds = f"{sum(row.seconds for row in suite.rows):.3f}"
    numbers = {name: str(count) for name, count in {**counts, "tests": len(suite.rows)}.items()}
    attributes = {**suite.attributes, **numbers, "time": seconds}
    words = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    file.write(f"<testsuite{words}>".encode())
    file.writelines(suite.rest)
    file.writelines(row.text for row in suite.rows)
    file.write(b"</testsuite>")


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    declared = _ENCODING.match(data)
    return data.decode(declared[1].decode()).encode() if declared else data


class _Reader:
    """Notes where each row begins and ends."""

    def __init__(self, data: bytes) -> None:
        self.suites: list[Suite] = []
        self._data = data
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._tags: list[str] = []
        self._suite: int | None = None
        """Depth of the suite that is being read."""
        self._attributes: dict[str, str] = {}
        self._rows: list[Row] = []
        self._rest: list[bytes] = []
        self._child: tuple[int, dict[str, str]] = (0, {})
        self._kinds: list[str] = []

    def parse(self) -> None:
        self._parser.Parse(self._data, True)  # noqa: FBT003 - expat takes no names

    def _doctype(self, *_: object) -> None:
        raise ValueError("it declares entities of its own")  # which mean nothing in another file

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        depth = len(self._tags)
        self._tags.append(tag)
        if self._suite is None:
            if tag == "testsuite":
                self._suite = depth
                self._attributes, self._rows, self._rest = attributes, [], []
        elif depth == self._suite + 1:
            self._child, self._kinds = (self._parser.CurrentByteIndex, attributes), []
        elif depth == self._suite + 2 and tag in _COUNTED and self._tags[-2] == "testcase":
            self._kinds.append(tag)

    def _end(self, tag: str) -> None:
        self._tags.pop()
        depth = len(self._tags)
        if self._suite is None:
            return
        if depth == self._suite:
            suite = Suite(attributes=self._attributes, rows=tuple(self._rows), rest=tuple(self._rest))
            self.suites.append(suite)
            self._suite = None
        elif depth == self._suite + 1:
            start, attributes = self._child
            text = self._data[start : self._end_of(start)]
            if tag == "testcase":
                self._rows.append(_row(attributes, tuple(self._kinds), text))
            else:
                self._rest.append(text)

    def _end_of(self, start: int) -> int:
        """Where the element ends whose end is being read: behind ``<a …/>``, or behind ``</a>``."""
        opening = _TAG.match(self._data, start)
        if opening is None:
            raise ValueError(f"no tag at byte {start}")
        if opening[0].endswith(b"/>"):
            return opening.end()
        return self._data.index(b">", self._parser.CurrentByteIndex) + 1


def _row(attributes: Mapping[str, str], kinds: tuple[str, ...], text: bytes) -> Row:
    try:
        seconds = float(attributes.get("time", "0"))
    except ValueError:
        seconds = 0.0
    return Row(
        attributes.get("classname", ""),
        attributes.get("name", ""),
        attributes.get("file"),
        attributes.get("line"),
        kinds,
        seconds,
        text,
    )
