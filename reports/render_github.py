"""Workflow commands that GitHub turns into annotations: ten errors, ten warnings and ten notices a step, no more.

What is over the limit GitHub drops in silence, so the ten are spent on causes, the most important first, and the first
one says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cause_text import message_of, place_of
from .model import Cause
from .texts import listed, one_line, visible
from .view import Tone, View

#: Annotations of one level that GitHub keeps of one step.
LIMIT = 10


def render_github(view: View) -> str:
    """One command a line."""
    causes = view.report.causes.causes
    levels: dict[str, list[Cause]] = {"error": [], "warning": [], "notice": []}
    for cause in causes:
        levels["error" if cause.breaking else "warning" if cause.will_break else "notice"].append(cause)
    lines = [
        _command(
            "error" if view.tone is Tone.BAD else "notice", "forewarn", f"{view.answer} {view.headline} {view.gate}"
        )
    ]
    if absent := [one for one in view.absences if not one.optional]:
        # One for all: what breaks is not to be crowded out by what is not known.
        names = listed([cell for one in absent for cell in one.cells], 12)
        why = "; ".join(f"{one.status}. {one.reason}".strip() for one in absent[:3])
        lines.append(_command("error", "forewarn: not measured", f"{names}: {why}"))
    for level, found in levels.items():
        room = LIMIT - sum(line.startswith(f"::{level} ") for line in lines)
        lines += list(_causes(level, found, max(room, 0)))
    return "\n".join(lines) + "\n"


def _causes(level: str, causes: list[Cause], room: int) -> Iterator[str]:
    shown = causes[:room] if len(causes) <= room else causes[: max(room - 1, 0)]
    for cause in shown:
        yield _command(level, "forewarn", message_of(cause), place_of(cause))
    if len(causes) > len(shown) and room:
        yield _command(level, "forewarn", f"{len(causes) - len(shown)} more causes are in the report.")


def _command(level: str, title: str, message: str, place: tuple[str, int] | None = None) -> str:
    where = f"file={_property(visible(place[0]))},line={place[1]}," if place is not None else ""
    return f"::{level} {where}title={_property(title)}::{_data(one_line(message, 1_500))}"


def _data(text: str) -> str:
    """As the runner undoes it: what would end the line, and the sign that it undoes by."""
    text = text.replace("##[", "##\u2060[")  # its older form of a command, wherever it stands in a line
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
