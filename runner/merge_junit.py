"""Writes the JUnit files of shards as one, element by element: however large and deep they are, none is held whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from xml.sax import SAXException, make_parser
from xml.sax.handler import ContentHandler, LexicalHandler, property_lexical_handler
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from .untrusted import open_plain

_Key = tuple[str | None, ...]


def merge_junit(paths: Iterable[Path], into: BinaryIO) -> str | None:
    """Write one document of several; returns what is wrong with one of them, or None.

    Args:
        paths: of the shards. A test case that an earlier one has is left out. One that cannot be read to its end gives
            the test cases before that.
        into: where the document goes.
    """
    into.write(b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>')
    seen: set[_Key] = set()
    fault = None
    for path in paths:
        shard = _Shard(into, seen)
        parser = make_parser()  # noqa: S317 - no entities: see _NoEntities
        parser.setContentHandler(shard)
        parser.setProperty(property_lexical_handler, _NoEntities())
        try:
            with open_plain(path) as file:
                parser.parse(file)
        except (OSError, SAXException, LookupError, ValueError) as error:
            said = error.getMessage() if isinstance(error, SAXException) else error
            fault = f"{path.parent.name}: junit.xml cannot be read: {said}"
        seen |= shard.close()
    into.write(b"</testsuites>\n")
    return fault


class _NoEntities(LexicalHandler):
    """Refuses a document type: no test tool writes one, and it can define text that expands without end."""

    def startDTD(self, name: str, public_id: str | None, system_id: str | None) -> None:  # noqa: N802, ARG002 - SAX's own name
        raise SAXException("it has a document type, which no test tool writes")


class _Shard(ContentHandler):
    """Hands on one shard's suites without their root, and without test cases that were written already."""

    def __init__(self, written: BinaryIO, seen: set[_Key]) -> None:
        super().__init__()
        self._written = XMLGenerator(written, encoding="utf-8", short_empty_elements=True)
        self._seen = seen
        self._here: set[_Key] = set()
        self._open: list[str] = []
        """Suites, and what else is begun outside of test cases."""
        self._case: io.BytesIO | None = None
        """A test case so far. One that is cut may have failed: it is not written."""
        self._inside = self._written
        self._depth = 0
        """Of the element that comes next, inside of a test case."""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's own name
        """Begin an element."""
        if self._depth:
            self._depth += 1
            self._inside.startElement(name, attrs)
        elif name == "testcase":
            self._depth = 1
            self._case = io.BytesIO()
            self._inside = XMLGenerator(self._case, encoding="utf-8", short_empty_elements=True)
            self._inside.startElement(name, attrs)
            self._key = tuple(attrs.get(part) for part in ("classname", "name", "file", "line"))
        else:
            self._open.append(name)
            if name != "testsuites":
                self._written.startElement(name, attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's own name
        """End it; a whole test case is written now, unless an earlier shard has it."""
        if not self._depth:
            self._end(self._open.pop())
            return
        self._inside.endElement(name)
        self._depth -= 1
        if not self._depth and self._case is not None:
            self._here.add(self._key)
            if self._key not in self._seen:
                self._written.ignorableWhitespace(self._case.getvalue().decode())
            self._case, self._inside = None, self._written

    def characters(self, content: str) -> None:
        """Text, also between elements."""
        self._inside.characters(content)

    def _end(self, name: str) -> None:
        if name != "testsuites":
            self._written.endElement(name)

    def close(self) -> set[_Key]:
        """End what a file that was cut left open; returns the test cases that it has."""
        while self._open:
            self._end(self._open.pop())
        return self._here
