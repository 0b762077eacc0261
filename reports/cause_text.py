"""A cause in one paragraph of plain text."""

from __future__ import annotations

from .model import Cause
from .texts import count, one_line


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
