"""Writes the JUnit files of shards as one, test case by test case: however large they are, none is held whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, TextIO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from .traces import DEEPEST
from .untrusted import open_plain

#: XML reads a plain one as the end of a line.
_RETURN = {"\r": "&#13;"}
_Key = tuple[str | None, ...]


def merge_junit(paths: Iterable[Path], into: TextIO) -> str | None:
    """Write one document of several; returns what is wrong with one of them, or None.

    Args:
        paths: of the shards. A test case that an earlier one has is left out. One that cannot be read to its end gives
            the test cases before that.
        into: where the document goes; in UTF-8.
    """
    into.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites>')
    seen: set[_Key] = set()
    fault = None
    for path in paths:
        shard = _Shard(into, seen)
        try:
            with open_plain(path) as file:
                shard.read(file)
        except (OSError, expat.ExpatError, LookupError, ValueError) as error:
            fault = f"{path.parent.name}: junit.xml cannot be read: {error}"
        seen |= shard.close()
    into.write("</testsuites>\n")
    return fault


class _Shard:
    """Hands on one shard's suites without their root, and without test cases that were written already."""

    def __init__(self, into: TextIO, seen: set[_Key]) -> None:
        self._into = into
        self._seen = seen
        self._here: set[_Key] = set()
        self._open: list[str] = []
        """Suites, and what else is begun outside of test cases."""
        self._case = io.StringIO()
        """A test case so far. One that is cut may have failed: it is not written."""
        self._key: _Key = ()
        self._depth = 0
        """Elements that are open inside of a test case, itself included."""

    def read(self, file: BinaryIO) -> None:
        """Read a document.

        Raises:
            ExpatError, LookupError: it is no XML, or in an encoding that is not known.
            ValueError: it was made to grow in memory.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        parser.ParseFile(file)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth + len(self._open) >= DEEPEST:
            raise ValueError(f"nested more than {DEEPEST:,} deep")
        if self._depth:
            self._depth += 1
        elif name == "testcase":
            self._depth = 1
            self._key = tuple(map(attributes.get, ("classname", "name", "file", "line")))
        else:
            self._open.append(name)
        if self._depth or name != "testsuites":
            written = "".join([f" {key}={quoteattr(value)}" for key, value in attributes.items()])
            self._to.write(f"<{name}{written}>")

    def _end(self, name: str) -> None:
        if not self._depth:
            self._close()
            return
        self._case.write(f"</{name}>")
        self._depth -= 1
        if not self._depth:
            self._here.add(self._key)
            if self._key not in self._seen:
                self._into.write(self._case.getvalue())
            self._case.seek(0)
            self._case.truncate()

    def _text(self, text: str) -> None:
        self._to.write(escape(text, _RETURN))

    @property
    def _to(self) -> TextIO:
        return self._case if self._depth else self._into

    def _close(self) -> None:
        if (name := self._open.pop()) != "testsuites":
            self._into.write(f"</{name}>")

    def close(self) -> set[_Key]:
        """End what a file that was cut left open; returns the test cases that it has."""
        while self._open:
            self._close()
        return self._here


def _refuse(*_: object) -> None:
    raise ValueError("it has a document type, which no test tool writes: it can define text that grows without end")
