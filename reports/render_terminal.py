"""The summary on a terminal; the same words on plain lines when there is none."""

from __future__ import annotations

import io
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .view import CauseGroup, CellView, Tone, View

_CAUSES = 10
_TESTS = 3
_PLACES = 3
# Data reaches rich only as Text: a test called "[bold]" is no markup.
_STYLES = {Tone.GOOD: "green", Tone.BAD: "bold red", Tone.WARN: "yellow", Tone.UNKNOWN: "magenta", Tone.QUIET: "dim"}
_SIGNS = {Tone.GOOD: "✓", Tone.BAD: "✗", Tone.WARN: "!", Tone.UNKNOWN: "?", Tone.QUIET: "·"}


def render_terminal(view: View, *, color: bool = False, width: int = 100) -> str:
    """The summary as text, with ANSI colours only where ``color`` says so."""
    buffer = io.StringIO()
    print_view(view, buffer, color=color, width=width)
    return buffer.getvalue()


def print_view(view: View, stream: TextIO, *, color: bool, width: int) -> None:
    """Draw the summary onto a stream."""
    console = Console(
        file=stream,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        width=max(width, 40),
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(_cells(view))
    for one in view.absences:
        _line(console, Tone.UNKNOWN, f"{one.names}: {one.status}", one.reason)
    _print_causes(console, view)
    for note in view.notes:
        _line(console, Tone.QUIET, f"note: {note}")
    console.print()
    _line(console, view.tone, view.answer)
    console.print(Text(f"  {view.headline}"))
    if view.uniform:
        console.print(Text(f"  {view.uniform}", style="dim"))
    console.print(Text(f"  {view.gate}"))


def _line(console: Console, tone: Tone, text: str, more: str = "") -> None:
    line = Text(f"{_SIGNS[tone]} {text}", style=_STYLES[tone])
    if more:
        line.append(f" – {more}", style="not bold default")
    console.print(line)


def _cells(view: View) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in ("cell", "status", "interpreter", "outcomes", "time"):
        table.add_column(head, justify="right" if head == "time" else "left")
    for cell in view.cells:
        table.add_row(*_columns(cell))
    return table


def _columns(cell: CellView) -> tuple[Text, ...]:
    status = Text(f"{_SIGNS[cell.tone]} {cell.status}", style=_STYLES[cell.tone])
    return (Text(cell.id), status, Text(cell.interpreter), Text(cell.counts), Text(cell.seconds))


def _print_causes(console: Console, view: View) -> None:
    for group in view.causes[:_CAUSES]:
        console.print()
        _print_cause(console, group)
    more = sum(group.number for group in view.causes[_CAUSES:]) + view.more_causes
    if more > 0:
        console.print(Text(f"… and {more:,} more causes: report.html has them", style="dim"))


def _print_cause(console: Console, group: CauseGroup) -> None:
    cause = group.causes[0]
    _line(console, cause.tone, cause.title)
    place = f"{cause.place} ({cause.origin})" if cause.place else cause.origin
    console.print(Text(f"  {place}"))
    impact = f"{group.impact} {group.places}".rstrip()
    console.print(Text("  " + "; ".join(part for part in (impact, cause.due, cause.seen) if part)))
    if cause.instead:
        console.print(Text(f"  → {cause.instead}"))
    if group.places:
        console.print(Text(f"  the same at {_elsewhere(group)}"))
    for test in cause.tests[:_TESTS]:
        console.print(Text(f"    {test}", style="dim"))
    more = len(cause.tests) + cause.more_tests - _TESTS
    if more > 0:
        console.print(Text(f"    … and {more:,} more", style="dim"))


def _elsewhere(group: CauseGroup) -> str:
    """The other places, as far as there is room."""
    places = [cause.place or "place unknown" for cause in group.causes[1:]]
    shown = places[:_PLACES]
    more = group.number - 1 - len(shown)
    return ", ".join([*shown, f"and {more:,} more"] if more else shown)
