"""report.md: a comment of at most 60,000 characters for any input, saying what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .view import CauseView, CellView, RowView, Tone, View

LIMIT = 60_000
#: Kept free for the sentence that tells what was left out.
_RESERVE = 400
_TONES = {Tone.GOOD: "✅", Tone.BAD: "❌", Tone.WARN: "⚠️", Tone.UNKNOWN: "❓", Tone.QUIET: "▫️"}
# Everything that markdown, or GitHub on top of it, could read as more than text.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~&$^]|(?<!\w)_|_(?!\w)|^[-+=]|(?<=^\d)[.)](?=\s)")
# What GitHub makes a link of after markdown is done, wherever it stands outside code; a joint of no width stops it.
_LINKED = re.compile(
    r"@(?=\w)|#(?=\d)|\bGH(?=-\d)|\b(?:https?|ftp|mailto|javascript|data)(?=:)|\bwww(?=\.)"
    r"|(?<!\w)[0-9a-fA-F]{6}(?=[0-9a-fA-F]{1,34}(?!\w))",
    re.IGNORECASE,
)
_JOINT = "\u2060"


def render_markdown(view: View) -> str:
    """The document. Sections come in the order of their weight, and the budget is spent in that order."""
    page = _Page(LIMIT - _RESERVE)
    page.add(f"## {_TONES[view.tone]} {escape(view.headline)}\n")
    page.add(f"{escape(view.gate)}\n")
    if view.incomplete:
        page.section("### Not measured, or not to the end\n\n" + _CELL_HEAD, map(_cell, view.incomplete), "cells")
    if view.versions:
        page.section("### What happens to the tests\n", map(_version, _tallies(view)), "counts")
    if view.causes:
        page.section("### Causes, most breaking tests first\n\n" + _CAUSE_HEAD, _causes(view), "causes")
        page.left_out(view.more_causes, "causes")
    if view.rows:
        page.section(_table_head(view), (_row(row) for row in view.rows), "tests")
        page.left_out(view.more_rows, "tests")
    if view.uniform:
        page.add(f"\n{escape(view.uniform)}\n")
    page.section("### Cells\n\n" + _CELL_HEAD, map(_cell, view.cells), "cells")
    if view.notes:
        page.section("### Notes\n", (f"- {escape(note)}" for note in view.notes), "notes")
    return page.text()


class _Page:
    """Text within a budget of characters; what does not fit is counted."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._parts: list[str] = []
        self._lost: dict[str, int] = {}

    def add(self, text: str) -> bool:
        if len(text) + 1 > self._budget:
            return False
        self._parts.append(text)
        self._budget -= len(text) + 1
        return True

    def section(self, head: str, lines: Iterable[str], name: str) -> None:
        """A heading and its lines, as many as fit."""
        fits = self.add(f"\n{head}")
        for line in lines:
            fits = fits and self.add(line)
            if not fits:
                self.left_out(1, name)

    def left_out(self, number: int, name: str) -> None:
        if number:
            self._lost[name] = self._lost.get(name, 0) + number

    def text(self) -> str:
        if self._lost:
            lost = ", ".join(f"{number:,} {name}" for name, number in self._lost.items())
            self._parts.append(f"\n*Left out here: {lost}. `report.html` and `report.json` have more.*")
        return "\n".join(self._parts) + "\n"


def escape(text: str) -> str:
    """Text that markdown shows as it is: no markup, no table cell, no mention, no link."""
    flat = _LINKED.sub(lambda match: match[0] + _JOINT, " ".join(text.split()))
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", flat)


def code(text: str) -> str:
    """Text as a code span that survives a table: neither pipes nor backticks end it, nothing in it is a link."""
    flat = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else "–"


_CELL_HEAD = "| Cell | Status | Interpreter | Outcomes | Time |\n| --- | --- | --- | --- | --- |"
_CAUSE_HEAD = "| Cause | Tests | Where | Whose |\n| --- | --- | --- | --- |"


def _cell(cell: CellView) -> str:
    status = f"{_TONES[cell.tone]} {escape(cell.status)}"
    if cell.reason:
        status += f": {escape(cell.reason)}"
    name = code(cell.id) + (" (optional)" if cell.optional else "")
    return f"| {name} | {status} | {escape(cell.interpreter)} | {escape(cell.counts)} | {escape(cell.seconds)} |"


def _tallies(view: View) -> Iterable[tuple[str, str]]:
    for version in view.versions:
        for tally in version.tallies:
            yield version.version, f"{_TONES[tally.tone]} {tally.number:,} {tally.words}"


def _version(line: tuple[str, str]) -> str:
    return f"- **{escape(line[0])}**: {escape(line[1])}"


def _causes(view: View) -> Iterable[str]:
    for cause in view.causes:
        yield _cause(cause)


def _cause(cause: CauseView) -> str:
    where = code(cause.place) if cause.place else "–"
    more = "; ".join(part for part in (cause.due, cause.seen, cause.instead) if part)
    return (
        f"| {_TONES[cause.tone]} {code(cause.title)}<br>{escape(more)} "
        f"| {escape(cause.impact)} | {where} | {escape(cause.origin)} |"
    )


def _table_head(view: View) -> str:
    columns = " | ".join(escape(cell.id) for cell in view.cells)
    rule = " | ".join("---" for _ in view.cells)
    return (
        "### Tests whose outcome is not the same everywhere\n\n"
        "✓ passed, ✗ failed, E error, s skipped, x expected failure, X passed against expectation, "
        "– not there, ? not measured\n\n"
        f"| Test | Verdict | {columns} |\n| --- | --- | {rule} |"
    )


def _row(row: RowView) -> str:
    marks = " | ".join(mark.sign for mark in row.marks)
    verdicts = "<br>".join(f"{escape(version)}: {escape(word)}" for version, word, _ in row.verdicts)
    return f"| {code(row.id)} | {verdicts} | {marks} |"
