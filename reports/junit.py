"""Reads JUnit XML as a stream of test cases, however large, broken or hostile the file (ADR 0003)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

import junitparser

#: Characters kept of one message and of one traceback; of a longer one the beginning and the end stay.
MESSAGE_LIMIT = 2_000
TEXT_LIMIT = 8_000
_CHUNK = 1 << 18
_OUTPUT_TAGS = frozenset({"system-out", "system-err"})
_OUTPUT_LIMIT = 4_000
_RESULT_TAGS = frozenset({"failure", "error", "skipped"})
_NOT_RUN = frozenset({"notrun", "disabled", "skipped", "suppressed", "ignored"})
#: Elements inside of each other, and results of one test case: no tool writes as many, and all are held at once.
_DEEPEST = 1_000
_MOST_RESULTS = 1_000
_CUT = "\n[… left out …]\n"


class Entry(NamedTuple):
    """One ``failure``, ``error`` or ``skipped`` of a test case."""

    tag: str
    type: str | None
    message: str
    text: str


class Case(NamedTuple):
    """One ``testcase`` element. A named tuple: there are hundreds of thousands of them."""

    classname: str
    name: str
    file: str | None
    line: int | None
    entries: tuple[Entry, ...]
    seconds: float | None = None
    output: str = ""
    """What a red test had printed, where the tool puts that into the file."""


class JUnitError(Exception):
    """The rest of the file cannot be read; the cases so far stand."""


def read_cases(source: BinaryIO) -> Iterator[Case]:
    """Yield the test cases of a JUnit file in order; raises as ``read_batches`` does."""
    for cases in read_batches(source):
        yield from cases


def read_batches(source: BinaryIO) -> Iterator[list[Case]]:
    """Yield the test cases of a JUnit file in order, some hundreds at a time: large files have very many.

    Raises:
        JUnitError: after the cases that could be read, when the file is cut, not XML, or declares entities.
    """
    reader = _Reader()
    # Files of some tools begin with blank lines, which XML forbids before its declaration.
    first = source.read(_CHUNK).lstrip()
    try:
        chunk = first
        while chunk:
            reader.feed(chunk)
            yield reader.take()
            chunk = source.read(_CHUNK)
        reader.close()
    except (expat.ExpatError, ValueError, LookupError) as error:
        yield reader.take()
        raise JUnitError(f"junit.xml cannot be read to its end: {error}") from error
    except OSError as error:
        raise JUnitError(f"junit.xml cannot be read: {error.strerror or error}") from error
    finally:
        reader.forget()
    yield reader.take()


class _Capped:
    """Text that arrives in pieces, of which only the beginning and the end are kept."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._cut = False

    def add(self, text: str) -> None:
        room = self._half - self._head_size
        if room > 0:
            self._head.append(text[:room])
            self._head_size += min(room, len(text))
            text = text[room:]
        if text:
            self._tail.append(text)
            self._tail_size += len(text)
            while self._tail and self._tail_size - len(self._tail[0]) >= self._half:
                self._tail_size -= len(self._tail.popleft())
                self._cut = True

    def text(self) -> str:
        tail = "".join(self._tail)
        if len(tail) > self._half:
            tail, self._cut = tail[-self._half :], True
        return "".join(self._head) + (_CUT if self._cut else "") + tail


class _Reader:
    """Turns expat's events into cases; only cases with a result in them become elements."""

    def __init__(self) -> None:
        self._cases: list[Case] = []
        self._attributes: dict[str, str] | None = None
        self._element: Element | None = None
        self._result: Element | None = None
        self._text: _Capped | None = None
        self._output: _Capped | None = None
        self._level = 0
        self._depth = 0
        """Inside of a result."""
        self._root_seen = False
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = _refuse_entity
        self._parser = parser

    def feed(self, data: bytes) -> None:
        self._parser.Parse(data, False)  # noqa: FBT003 - a C function

    def close(self) -> None:
        self._parser.Parse(b"", True)  # noqa: FBT003 - a C function
        if not self._root_seen:
            raise ValueError("its root is neither <testsuites> nor <testsuite>")

    def forget(self) -> None:
        """Let go of the parser, which has a hold on this: a report is made with no collector of cycles at work."""
        del self._parser

    def take(self) -> list[Case]:
        cases, self._cases = self._cases, []
        return cases

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._level += 1
        if self._level > _DEEPEST:
            raise ValueError(f"its elements are nested more than {_DEEPEST:,} deep")
        if self._attributes is None:
            if tag == "testcase" or tag.endswith("testcase"):
                self._attributes = attributes
            else:
                self._root_seen = self._root_seen or tag.endswith(("testsuites", "testsuite"))
            return
        tag = tag.rpartition(":")[2]
        if self._result is not None:
            self._depth += 1
        elif tag in _RESULT_TAGS:
            if self._element is None:
                self._element = Element("testcase", self._attributes)
            if len(self._element) >= _MOST_RESULTS:
                raise ValueError(f"a test case has more than {_MOST_RESULTS:,} results")
            self._result = SubElement(self._element, tag, attributes)
            self._text = _Capped(TEXT_LIMIT)
            self._parser.CharacterDataHandler = self._text.add
        elif self._element is not None and tag in _OUTPUT_TAGS:
            # What passing tests print (it may be hundreds of megabytes) is never collected.
            self._output = self._output or _Capped(_OUTPUT_LIMIT)
            self._parser.CharacterDataHandler = self._output.add

    def _end(self, tag: str) -> None:
        self._level -= 1
        if self._attributes is None:
            return
        if self._result is None:
            if tag == "testcase" or tag.endswith("testcase"):
                entries = () if self._element is None else _entries(self._element)
                case = _case(self._attributes, entries, self._output.text() if self._output is not None else "")
                # pytest leaves a nameless, empty row for the test that an interrupt ended: it is no pass.
                if case[0] or case[1] or case[4]:
                    self._cases.append(case)
                self._attributes = self._element = self._output = None
            else:
                self._parser.CharacterDataHandler = None
        elif self._depth:
            self._depth -= 1
        else:
            self._result.text = self._text.text() if self._text is not None else ""
            self._result = self._text = None
            self._parser.CharacterDataHandler = None


def _refuse_entity(name: str, *_: object) -> None:
    raise ValueError(f"it declares an entity ({name!r}), which no test tool does")


def _entries(element: Element) -> tuple[Entry, ...]:
    # junitparser knows which children are results; it takes standard elements, with lxml installed or not.
    case = junitparser.TestCase()
    case._elem = element  # noqa: SLF001 - `fromelem` is this and has no types
    return tuple(_entry(result) for result in case.result)


# The tuple's own constructor: there are hundreds of thousands of these.
_new = tuple.__new__


def _case(attributes: dict[str, str], entries: tuple[Entry, ...], output: str) -> Case:
    get = attributes.get
    if ("status" in attributes or "result" in attributes) and not entries and _was_not_run(attributes):
        entries = (Entry("skipped", None, "", ""),)
    line, time = get("line"), get("time")
    number = int(line) if line is not None and line.isdecimal() and len(line) < 10 else None
    try:
        seconds = float(time) if time is not None else None
    except ValueError:  # some tools write 1,234.5
        seconds = None
    if seconds is not None and not 0.0 <= seconds < 1e9:
        seconds = None
    return _new(Case, (get("classname", ""), get("name", ""), get("file"), number, entries, seconds, output))


def _was_not_run(attributes: dict[str, str]) -> bool:
    """Some tools have an attribute for what others write as an element."""
    return any(attributes.get(name, "").lower() in _NOT_RUN for name in ("status", "result"))


def _entry(result: junitparser.junitparser.FinalResult) -> Entry:
    message = str(result.message or "")
    return Entry(str(result._tag), result.type, message[:MESSAGE_LIMIT], result.text or "")  # noqa: SLF001 - no other name
