"""report.md, a comment of at most 60,000 characters, and summary.md, a job summary of at most 900,000 bytes.

For any input, and saying what is left out and where it is. GitHub counts characters of a comment (65,536) and bytes of
a summary (1 MiB, and drops a longer one whole).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from .markdown_text import code, escape
from .texts import count
from .view import Absence, CauseGroup, CellView, RowView, Tone, VersionView, View

LIMIT = 60_000
SUMMARY_LIMIT = 900_000
#: By this a comment of ours is found again, to be updated.
MARKER = "<!-- forewarn:report -->"
#: Kept free for the sentence that tells what was left out.
RESERVE = 400
_TONES = {Tone.GOOD: "✅", Tone.BAD: "❌", Tone.WARN: "⚠️", Tone.UNKNOWN: "❓", Tone.QUIET: "▫️"}
_DETAILS_END = "\n</details>"


def render_markdown(view: View, changes: str = "", link: str = "") -> str:
    """The comment. Sections come in the order of their weight, and the budget is spent in that order.

    Args:
        view: what is shown.
        changes: what this run changes against another one, as Markdown (``render_difference``).
        link: address of the page; from whoever runs this, not from the run.
    """
    page = Page(LIMIT - RESERVE, len)
    page.add(MARKER)
    return _render(page, view, changes, link)


def render_summary(view: View, changes: str = "", link: str = "") -> str:
    """The job summary: the same, and far more of it."""
    return _render(
        Page(SUMMARY_LIMIT - 4 * RESERVE, lambda text: len(text.encode("utf-8", "replace"))), view, changes, link
    )


def _render(page: Page, view: View, changes: str, link: str) -> str:
    page.add(f"## {_TONES[view.tone]} {escape(view.answer)}\n")
    page.add(f"{escape(view.headline)}\n")
    page.add(f"{escape(view.gate)}\n")
    if link:
        page.add(f"[The page with all tests]({link})\n")
    if changes and not page.add(f"### What this changes\n\n{changes}"):
        page.left_out(1, "comparison")
    if view.absences:
        page.section(
            "### Not measured, or not to the end\n",
            map(_absence, view.absences),
            "cells",
            (len(one.cells) for one in view.absences),
        )
    if view.versions:
        page.section("### What happens to the tests\n", map(_version, view.versions), "versions")
    if view.causes:
        numbers = (group.number for group in view.causes)
        head = "### Causes, most breaking tests first\n\n" + _CAUSE_HEAD
        page.section(head, map(_cause, view.causes), "causes", numbers)
        page.left_out(view.more_causes, "causes")
    if view.rows:
        page.open_details("Tests whose outcome is not the same everywhere", len(view.rows) + view.more_rows)
        page.section(_table_head(view), (_row(row) for row in view.rows), "tests")
        page.left_out(view.more_rows, "tests")
        page.close_details()
    if view.uniform:
        page.add(f"\n{escape(view.uniform)}\n")
    page.open_details("Cells", len(view.cells))
    page.section(_CELL_HEAD, map(_cell, view.cells), "cells")
    page.close_details()
    if view.notes:
        page.section("### Notes\n", (f"- {escape(note)}" for note in view.notes), "notes")
    return page.text()


class Page:
    """Text within a budget of characters; what does not fit is counted."""

    def __init__(self, budget: int, size: Callable[[str], int]) -> None:
        self._budget = budget
        self._size = size
        self._is_open = False
        self._parts: list[str] = []
        self._lost: dict[str, int] = {}

    def add(self, text: str) -> bool:
        """Take a text if it fits; whether it did."""
        size = self._size(text) + 1
        if size > self._budget:
            return False
        self._parts.append(text)
        self._budget -= size
        return True

    def open_details(self, title: str, number: int) -> None:
        """Begin what is folded away at first; its end is paid for now, so that it always fits."""
        end = len(_DETAILS_END) + 1
        self._budget -= end
        self._is_open = self.add(f"\n<details><summary>{escape(title)} ({number:,})</summary>\n")
        if not self._is_open:
            self._budget += end

    def close_details(self) -> None:
        """End it."""
        if self._is_open:
            self._parts.append(_DETAILS_END)
            self._is_open = False

    def section(self, head: str, lines: Iterable[str], name: str, numbers: Iterable[int] = itertools.repeat(1)) -> None:
        """A heading and its lines, as many as fit.

        Args:
            head: the heading.
            lines: what stands under it.
            name: what is counted where a line does not fit.
            numbers: how many of those each line stands for.
        """
        fits = self.add(f"\n{head}")
        for line, number in zip(lines, numbers, strict=False):
            fits = fits and self.add(line)
            if not fits:
                self.left_out(number, name)

    def left_out(self, number: int, name: str) -> None:
        """Count what is not shown."""
        if number:
            self._lost[name] = self._lost.get(name, 0) + number

    def text(self) -> str:
        """All of it, and what was left out."""
        if self._lost:
            lost = ", ".join(f"{number:,} {name}" for name, number in self._lost.items())
            self._parts.append(f"\n*Left out here: {lost}. `report.html` and `report.json` have more.*")
        return "\n".join(self._parts) + "\n"


_CELL_HEAD = "| Cell | Status | Interpreter | Outcomes | Time |\n| --- | --- | --- | --- | --- |"
_CAUSE_HEAD = "| Cause | Tests | Where | Whose |\n| --- | --- | --- | --- |"


def _absence(one: Absence) -> str:
    names = ", ".join(map(code, one.cells)) + (" (optional)" if one.optional else "")
    return f"- {names}: **{escape(one.status)}**{f' – {escape(one.reason)}' if one.reason else ''}"


def _cell(cell: CellView) -> str:
    status = f"{_TONES[cell.tone]} {escape(cell.status)}"
    if cell.reason:
        status += f": {escape(cell.reason)}"
    name = code(cell.id) + (" (optional)" if cell.optional else "")
    return f"| {name} | {status} | {escape(cell.interpreter)} | {escape(cell.counts)} | {escape(cell.seconds)} |"


def _version(version: VersionView) -> str:
    said = " · ".join(f"{_TONES[tally.tone]} {tally.number:,} {tally.words}" for tally in version.tallies)
    return f"- **{escape(version.version)}**: {escape(said or 'nothing is known')}"


def _cause(group: CauseGroup) -> str:
    cause = group.causes[0]
    where = code(cause.place) if cause.place else "–"
    if group.places:
        where += f"<br>and {count(group.number - 1, 'more place')}"
    more = "; ".join(part for part in (cause.due, cause.seen, cause.instead) if part)
    return (
        f"| {_TONES[cause.tone]} {code(cause.title)}<br>{escape(more)} "
        f"| {escape(f'{group.impact} {group.places}'.rstrip())} | {where} | {escape(cause.origin)} |"
    )


def _table_head(view: View) -> str:
    columns = " | ".join(escape(cell.id) for cell in view.cells)
    rule = " | ".join("---" for _ in view.cells)
    return (
        "✓ passed, ✗ failed, E error, s skipped, x expected failure, X passed against expectation, "
        "– not there, ? not measured\n\n"
        f"| Test | Verdict | {columns} |\n| --- | --- | {rule} |"
    )


def _row(row: RowView) -> str:
    marks = " | ".join(mark.sign for mark in row.marks)
    verdicts = "<br>".join(f"{escape(version)}: {escape(word)}" for version, word, _ in row.verdicts)
    return f"| {code(row.id)} | {verdicts} | {marks} |"
