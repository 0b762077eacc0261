"""Values of variables whose names look like those of secrets: hidden in everything that is stored."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_NAME = re.compile(
    r"token|secret|passw|passphrase|credential|api_?key|access_?key|private|cookie|auth(?!or(?!i[sz]))"
    # PWD alone is the shell's name for the working folder, which stands in every path.
    r"|(?:^|_)(?:key|pat)$|_pwd$",
    re.IGNORECASE,
)
#: Variables that say where a secret is.
_PLACE = re.compile(r"(?:sock|file|path|dir|home|config)$|^(?:old)?pwd$", re.IGNORECASE)
#: Shorter values are words such as ``true`` and ``1``, which stand everywhere.
_SHORTEST = 8
#: Longer ones are hidden even where they are words or numbers.
_TRIVIAL = 12
_WORDS = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-_. /](?:[A-Z]?[a-z]+|[A-Z]+))*|[\d.,:_-]+")
_MASK = b"***"
_CHUNK = 1 << 20
#: What a suite's own words stand in.
_KINDS = frozenset({".log", ".xml", ".jsonl"})
#: What stands behind a value that was cut with the text around it.
_CUT = (b'"', b"...", "…".encode(), b"\\", b"&quot;", b"\n")


def looks_secret(name: str) -> bool:
    """Whether a variable's name is one of those."""
    return _NAME.search(name) is not None


def mask_secrets(environment: Mapping[str, str | None]) -> dict[str, str | None]:
    """The same variables, with the values of secrets hidden."""
    return {name: "***" if value and looks_secret(name) else value for name, value in sorted(environment.items())}


class Mask:
    """Hides the values of one environment's secrets."""

    def __init__(self, environment: Mapping[str, str | None]) -> None:
        found: set[bytes] = set()
        for value in _values(environment):
            found.update(_forms(value))
        self._needles = tuple(sorted(found))
        self._longest = max(map(len, self._needles), default=0) + max(map(len, _CUT))

    def evidence(self, folder: Path) -> int:
        """Hide them in a cell's files; returns how many files had one. For when its processes have ended."""
        try:
            return sum(self.file(path) for path in sorted(folder.iterdir()) if path.suffix in _KINDS and path.is_file())
        except OSError:  # no folder, no evidence
            return 0

    def text(self, text: str) -> str:
        """The text without them."""
        data = text.encode("utf-8", "surrogatepass")
        return _hidden(data, self._spans(data, last=True)).decode("utf-8", "surrogatepass")

    def file(self, path: Path) -> bool:
        """Hide them in a file; whether it had one and could be written."""
        if not self._needles or not self._is_in(path):
            return False
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with path.open("rb") as source, temporary.open("wb") as target:
                rest = b""
                while chunk := source.read(_CHUNK):
                    rest += chunk
                    spans = self._spans(rest, last=False)
                    # What may be the beginning of a value waits, as it was, for what follows.
                    end = max(0, len(rest) - self._longest)
                    end = min([end, *(start for start, stop in spans if start < end <= stop)])
                    target.write(_hidden(rest[:end], [span for span in spans if span[1] <= end]))
                    rest = rest[end:]
                target.write(_hidden(rest, self._spans(rest, last=True)))
            temporary.replace(path)
        except OSError:  # a full disk: the file stays as it is
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def _is_in(self, path: Path) -> bool:
        """Reading alone is quick, and nearly every file has none."""
        heads = {needle[: _head(needle)] for needle in self._needles}
        overlap = max(map(len, heads))
        try:
            with path.open("rb") as source:
                rest = b""
                while chunk := source.read(_CHUNK):
                    rest += chunk
                    if any(head in rest for head in heads):
                        return True
                    rest = rest[-overlap:]
        except OSError:  # not there
            pass
        return False

    def _spans(self, data: bytes, *, last: bool) -> list[tuple[int, int]]:
        """From where to where values stand, whole or cut; those that touch are one."""
        found = sorted(span for needle in self._needles for span in _occurrences(needle, data, last=last))
        joined: list[tuple[int, int]] = []
        for start, stop in found:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
            else:
                joined.append((start, stop))
        return joined


def _hidden(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    parts, end = [], 0
    for start, stop in spans:
        parts += [data[end:start], _MASK]
        end = stop
    return b"".join([*parts, data[end:]])


def _occurrences(needle: bytes, data: bytes, *, last: bool) -> Iterator[tuple[int, int]]:
    """Where a value stands in full, or in its greater half before a text was cut: messages are cut at some length."""
    head, at = needle[: _head(needle)], -1
    while (at := data.find(head, at + 1)) >= 0:
        stop = at + len(head)
        while stop < at + len(needle) and data[stop : stop + 1] == needle[stop - at : stop - at + 1]:
            stop += 1
        ends = data.startswith(_CUT, stop) or (last and stop == len(data))
        if stop == at + len(needle) or ends:
            yield at, stop


def _head(needle: bytes) -> int:
    """How many bytes of a value are taken for it where the rest was cut."""
    return min(len(needle), max(_SHORTEST, (len(needle) + 1) // 2))


def _values(environment: Mapping[str, str | None]) -> Iterator[str]:
    """What is to be hidden: values of secrets, their lines, and passwords inside of addresses."""
    for name, value in environment.items():
        if not value:
            continue
        found = [password] if (password := _password(value)) else []
        if looks_secret(name) and not (_PLACE.search(name) and os.path.isabs(value)):  # noqa: PTH117 - text, not a path
            found.append(value)
            # A key of many lines is seldom shown as one text; its first and last lines are no secret.
            found += [line for line in value.split("\n") if not line.startswith("-----")]
        yield from (one for one in (text.strip() for text in found) if not _is_trivial(one) and _bytes(one))


def _password(value: str) -> str | None:
    """The password of ``https://user:password@host``."""
    try:
        return urlsplit(value).password if "://" in value and "@" in value else None
    except ValueError:
        return None


def _is_trivial(value: str) -> bool:
    """Whether hiding it would hide half of the log: short texts, words, numbers."""
    return len(value) < _SHORTEST or (len(value) < _TRIVIAL and _WORDS.fullmatch(value) is not None)


def _forms(value: str) -> Iterator[bytes]:
    """A value as it stands in plain text, in Python's repr, in XML, in JSON and in addresses."""
    for written in {value, repr(value)[1:-1], unquote(value), quote(value, safe="", errors="surrogateescape")}:
        if len(written) < _SHORTEST:
            continue
        text = escape(written, quote=False)
        for form in (written, text, text.replace('"', "&quot;"), json.dumps(written)[1:-1]):
            yield _bytes(form)


def _bytes(text: str) -> bytes:
    """As the system holds it; empty where it cannot be a variable's value."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b""
