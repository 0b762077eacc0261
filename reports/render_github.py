"""Workflow commands that GitHub turns into annotations: ten errors, ten warnings and ten notices a step, no more.

What is over the limit GitHub drops in silence, so the ten are spent on causes, the most important first, and the first
one says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cause_text import message_of
from .model import Cause
from .texts import one_line
from .view import Tone, View

#: Annotations of one level that GitHub keeps of one step.
LIMIT = 10


def render_github(view: View) -> str:
    """One command a line."""
    causes = view.report.causes.causes
    levels: dict[str, list[Cause]] = {"error": [], "warning": [], "notice": []}
    for cause in causes:
        levels["error" if cause.breaking else "warning" if cause.will_break else "notice"].append(cause)
    lines = [_command("error" if view.tone is Tone.BAD else "notice", "forewarn", f"{view.headline} {view.gate}")]
    lines += [
        _command("error", "forewarn: not measured", f"{cell.id}: {cell.status}. {cell.reason}")
        for cell in view.incomplete
        if not cell.optional
    ]
    lines = lines[:LIMIT]
    for level, found in levels.items():
        room = LIMIT - sum(line.startswith(f"::{level} ") for line in lines)
        lines += list(_causes(level, found, max(room, 0)))
    return "\n".join(lines) + "\n"


def _causes(level: str, causes: list[Cause], room: int) -> Iterator[str]:
    shown = causes[:room] if len(causes) <= room else causes[: max(room - 1, 0)]
    for cause in shown:
        yield _command(level, "forewarn", message_of(cause), cause.file, cause.line)
    if len(causes) > len(shown) and room:
        yield _command(level, "forewarn", f"{len(causes) - len(shown)} more causes are in the report.")


def _command(level: str, title: str, message: str, file: str | None = None, line: int | None = None) -> str:
    properties = [f"title={_property(title)}"]
    if file is not None and not file.startswith(("/", "<")):
        properties.insert(0, f"file={_property(one_line(file, 300))}")
        if line:
            properties.insert(1, f"line={line}")
    return f"::{level} {','.join(properties)}::{_data(one_line(message, 1_500))}"


def _data(text: str) -> str:
    """As the runner undoes it: what would end the line, and the sign that it undoes by."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
