"""An explanation as text for a terminal, plain or in colours, and as JSON."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .explain import Answer, Explanation
from .knowledge_model import Certainty, Observed, Record, TextForecast
from .knowledge_releases import dated, release_date
from .texts import visible

#: 1: first format.
FORMAT = 1

_WHOLE = 3
_STYLES = {Observed.OK: "green", Observed.WARNS: "yellow", Observed.ERROR: "bold red", Observed.ABSENT: "dim"}

Row = tuple[str, Text]


def show_text(explanation: Explanation, today: datetime.date, *, color: bool, width: int) -> str:
    """The explanation as lines; ANSI colours only where ``color`` says so."""
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        width=max(width, 40),
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for number, answer in enumerate(explanation.answers):
        if number:
            console.print()
        _print_answer(console, answer, today)
    if not explanation.answers:
        _print_unknown(console, explanation, today)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _print_answer(console: Console, answer: Answer, today: datetime.date) -> None:
    several = len(answer.records) > 1
    if several or answer.match:
        sure = "" if answer.match is None or answer.match.convicts else " (no proof)"
        console.print(Text(f"Found by {answer.reason}{sure}", style="dim"))
        if several:
            console.print(Text(f"{len(answer.records)} records; the call decides which one is meant:", style="dim"))
    whole = answer.records if len(answer.records) <= _WHOLE else answer.records[:1]
    for record in whole:
        _print_record(console, record, today)
    if more := answer.records[len(whole) :]:
        console.print(Text("and these:", style="dim"))
        _print_table(console, [(record.id, Text(f"{record.subject}: {_end(record, today)}")) for record in more])


def _print_record(console: Console, record: Record, today: datetime.date) -> None:
    title = Text(record.id, style="bold").append(f"  {record.subject} ({record.kind})", style="not bold")
    console.print(title)
    _print_table(console, _rows(record, today))


def _print_table(console: Console, rows: Iterable[Row]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(label, text)
    console.print(Padding(table, (0, 0, 0, 2)))


def _rows(record: Record, today: datetime.date) -> Iterator[Row]:
    name = "Python" if record.of_python else record.package
    if record.deprecated_in and record.deprecated_in != record.removed_in:
        yield "deprecated", Text(f"since {name} {record.deprecated_in}")
    yield "warns", Text(_warns(record))
    yield "ends", Text(_end(record, today), style="bold")
    if record.after_removal:
        yield "then", Text(visible(record.after_removal))
    if record.replacement:
        yield "instead", Text(visible(record.replacement))
    if record.message_pattern:
        yield "text", Text(visible(record.message_pattern))
    if record.error_pattern:
        common = " (common: proves nothing alone)" if record.error_pattern_generic else ""
        yield "error", Text(visible(record.error_pattern) + common)
    if record.measured:
        yield "measured", _measured(record)
    if record.note:
        yield "note", Text(visible(record.note))
    if record.sources:
        yield "sources", Text(visible(", ".join(record.sources)))


def _warns(record: Record) -> str:
    if not record.warns_since:
        return "never"
    until = f" to {record.warns_until}" if record.warns_until else ""
    remarks = "".join(f"; {remark}" for remark in record.warns_remarks)
    return f"{record.category} since {record.warns_since}{until}{remarks}"


def _end(record: Record, today: datetime.date) -> str:
    deadline = record.deadline
    if deadline is None:
        return "no removal planned"
    if record.kind == "behaviour" and record.always_broken and not record.silent_change:
        return "fails on every version measured"
    verb = "removed" if record.removed_in else "to be removed"
    if record.kind in ("behaviour", "syntax"):
        verb = "changed" if record.removed_in else "to change"
    if deadline.version is None:
        return f"{verb}, undated"
    when = dated(deadline.version, today) if record.of_python else f"{record.package} {deadline.version}"
    sure = "" if record.removed_in and deadline.certainty is Certainty.SCHEDULED else f" ({deadline.certainty})"
    return f"{verb} in {when}{sure or ' (documented, not measured)'}"


def _measured(record: Record) -> Text:
    text = Text()
    for version, observed in record.measured.items():
        mark = "*" if version in record.exceptions else ""
        text.append(f"{', ' if text else ''}{version} ").append(f"{observed.value}{mark}", style=_STYLES[observed])
    if record.silent_change:
        text.append(" (ok: the change is in force)", style="dim")
    if record.exceptions:
        text.append(" (*: see the note)", style="dim")
    return text


def _print_unknown(console: Console, explanation: Explanation, today: datetime.date) -> None:
    console.print(Text("No record knows this text.", style="bold"))
    forecast = explanation.text
    if forecast is None:
        console.print(Text("  It is an error, and an error's text says nothing about versions."))
    else:
        console.print(Padding(Text(_says(forecast, today)), (0, 0, 0, 2)))
    if explanation.nearest:
        console.print(Text(f"  nearest records: {', '.join(explanation.nearest)}", style="dim"))


def _says(forecast: TextForecast, today: datetime.date) -> str:
    words = forecast.reason
    if forecast.version and forecast.certainty is Certainty.SCHEDULED:
        words = words.replace(forecast.version, dated(forecast.version, today))
    if forecast.deprecated_in:
        words += f"; deprecated since {forecast.deprecated_in}"
    if forecast.reliability:
        words += f"; such texts were right in {forecast.reliability:.0%} of those measured, and never too late"
    return f"{forecast.certainty}: {words}"


def show_json(explanation: Explanation) -> str:
    """The explanation as JSON."""
    document = {
        "format": FORMAT,
        "query": explanation.query,
        "answers": [
            {
                "reason": answer.reason,
                "convicts": answer.match.convicts if answer.match else None,
                "records": [_record(record) for record in answer.records],
            }
            for answer in explanation.answers
        ],
        "text": _forecast(explanation.text) if explanation.text else None,
        "nearest": list(explanation.nearest),
    }
    return json.dumps(document, indent=2) + "\n"


def _record(record: Record) -> dict[str, Any]:
    deadline = record.deadline
    date = release_date(deadline.version) if deadline and deadline.version and record.of_python else None
    return {
        "id": record.id,
        "package": record.package,
        "family": record.family,
        "subject": record.subject,
        "kind": record.kind,
        "category": record.category,
        "deprecated_in": record.deprecated_in,
        "warns_since": record.warns_since,
        "removed_in": record.removed_in,
        "removal_scheduled_for": record.removal_scheduled_for,
        "deadline": deadline and {"version": deadline.version, "certainty": deadline.certainty.value, "date": date},
        "after_removal": record.after_removal,
        "replacement": record.replacement,
        "message_pattern": record.message_pattern,
        "error_pattern": record.error_pattern,
        "measured": {version: observed.value for version, observed in record.measured.items()},
        "note": record.note,
        "sources": list(record.sources),
    }


def _forecast(forecast: TextForecast) -> dict[str, Any]:
    return {
        "version": forecast.version,
        "date": release_date(forecast.version) if forecast.version else None,
        "certainty": forecast.certainty.value,
        "deprecated_in": forecast.deprecated_in,
        "reliability": forecast.reliability,
        "reason": forecast.reason,
    }
