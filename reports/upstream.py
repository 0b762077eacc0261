"""A text with which a dependency's cause can be reported to those who can repair it. It stands alone."""

from __future__ import annotations

import datetime
import re
import textwrap

from .errors import UsageError
from .knowledge import Knowledge
from .knowledge_releases import dated
from .markdown_text import code, escape
from .model import Cause, OriginKind, Run
from .texts import block, listed, one_line, visible
from .view import Report


def upstream_text(report: Report, identifier: str, knowledge: Knowledge, today: datetime.date) -> str:
    """The report as Markdown, without anything of the project that found it.

    Raises:
        UsageError: no such cause, or one that is nobody else's.
    """
    theirs = [one for one in report.causes.causes if one.origin.kind is OriginKind.DEPENDENCY]
    cause = next((one for one in theirs if one.id == identifier), None)
    if cause is None:
        known = ", ".join(one.id for one in theirs[:10])
        raise UsageError(
            f"{identifier!r} is no cause in a dependency", hint=f"there are {known}" if known else "there is none"
        )
    return "\n".join(_lines(cause, report.run, knowledge, today))


def _lines(cause: Cause, run: Run, knowledge: Knowledge, today: datetime.date) -> list[str]:
    record = knowledge.get(cause.record) if cause.record else None
    name = _text(cause.origin.distribution or "", 60)
    installed = f"{name} {_text(cause.origin.version or '', 40)}".strip()
    subject = _code(record.subject, 120) if record is not None else "something that ends"
    version = cause.deadline or (cause.versions[0] if cause.breaking and cause.versions else None)
    lines = [f"# {name} on Python {_text(version, 20)}" if version else f"# {name} and later versions of Python", ""]
    place = cause.raised_at
    where = f"{_code(place.file, 160)}, line {place.line}" if place is not None else "a place that was not recorded"
    if place is not None and place.function:
        where += f", in {_code(place.function, 80)}"
    lines += [f"{installed} uses {subject} ({where}).", ""]
    if cause.breaking:
        lines += [f"With Python {_text(cause.versions[0], 20)} this fails:", ""]
    elif cause.deadline:
        then = "Until then Python says" if cause.kind == "warning" else "Then this fails"
        sure = "" if cause.certainty == "scheduled" else f" ({cause.certainty})"
        lines += [f"It ends with Python {dated(cause.deadline, today)}{sure}. {then}:", ""]
    else:
        lines += ["No date is known for its end. Python says:", ""]
    text = block(f"{cause.category or 'error'}: {cause.message}" if cause.message else cause.category or "error", 2_000)
    lines += [textwrap.indent(text, "    "), ""]
    if record is not None:
        lines += _known(record.replacement, record.probe, record.sources)
    lines += [f"Seen with {installed} on {listed(_pythons(cause, run))}.", ""]
    return lines


def _pythons(cause: Cause, run: Run) -> list[str]:
    found: dict[str, None] = {}
    for one in run.cells:
        version = _text(one.cell.version or one.cell.python, 20)
        if one.cell.as_if in cause.versions:
            found[f"Python {version}, run as if it were {_text(one.cell.as_if, 20)}"] = None
        elif one.cell.python in cause.versions and one.cell.as_if is None and one.cell.version:
            found[f"Python {version}"] = None
    return list(found) or ["an unknown Python"]


def _known(replacement: str, probe: str | None, sources: tuple[str, ...]) -> list[str]:
    lines = []
    if replacement:
        lines += [f"Instead: {_text(replacement, 400)}", ""]
    if probe:
        lines += ["The smallest program that shows it:", "", textwrap.indent(visible(probe.strip()), "    "), ""]
    if sources:
        lines += ["Sources:", "", *(f"- {_source(source)}" for source in sources[:5]), ""]
    return lines


def _text(text: str, limit: int) -> str:
    return escape(one_line(text, limit))


def _code(text: str, limit: int) -> str:
    return code(one_line(text, limit), in_table=False)


def _source(text: str) -> str:
    """An address as it is, so that it is a link; anything else is text: a project's own records are in its results."""
    return text if len(text) < 300 and re.fullmatch(r"https://[\w./#?=&%+,:~-]+", text, re.ASCII) else _text(text, 300)
