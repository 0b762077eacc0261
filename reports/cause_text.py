"""A cause in one paragraph of plain text, and its place in the target."""

from __future__ import annotations

from .model import Cause, OriginKind
from .texts import count, one_line

_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})
#: Longer ones are no files.
_LONGEST = 1_000


def place_of(cause: Cause) -> tuple[str, int] | None:
    """Where in the target a cause is shown: file from its folder, and line. None where it has no such place."""
    file, line = cause.file, cause.line
    if file is None or not line or line < 1 or not (cause.origin.kind in _OWN or cause.stack):
        return None
    strange = file.startswith(("/", "<")) or ":" in file[:3] or ".." in file.replace("\\", "/").split("/")
    return None if strange or not file or len(file) > _LONGEST else (file, line)


def message_of(cause: Cause) -> str:
    """What happens, to how many tests, by when and what to do; one paragraph of plain text."""
    parts = [one_line(cause.title, 300).rstrip(".")]
    if cause.breaking:
        versions = ", ".join(one_line(one, 20) for one in cause.versions[:6])
        parts.append(f"{count(cause.breaking, 'test breaks', 'tests break')} on Python {versions}")
    elif cause.will_break:
        parts.append(f"{count(cause.will_break, 'test')} will break")
    else:
        parts.append(f"{count(len(cause.tests), 'test')} affected")
    if cause.deadline and not cause.breaking:
        parts.append(f"ends in Python {one_line(cause.deadline, 20)} ({cause.certainty})")
    advice = " ".join(part for part in (one_line(cause.upgrade, 300), one_line(cause.replacement, 300)) if part)
    if advice:
        parts.append(advice.rstrip("."))
    return ". ".join(parts) + "."
