"""The text of the comment on a pull request, and the mark by which it is found again."""

from __future__ import annotations

import re

from .change import Change, VersionChange
from .gate import SAID
from .github_event import EndedRun, RunOrder
from .markdown_text import code, escape
from .render_markdown import MARKER
from .texts import one_line, one_line_id

#: GitHub takes 65,536 characters; the report itself is at most 60,000 (`render_markdown`).
_CHANGE_LIMIT = 4_000
_TESTS = 20
_MARK = re.compile(r"<!-- forewarn-comment key=(\S+) workflow=(\d{1,18}) run=(\d{1,18}) attempt=(\d{1,18}) -->")
KEY = re.compile(r"[A-Za-z0-9._-]{1,60}")


def mark(key: str, run: EndedRun) -> str:
    """The first line of the comment; nobody sees it."""
    return (
        f"<!-- forewarn-comment key={key} workflow={run.workflow} run={run.order.number} "
        f"attempt={run.order.attempt} -->\n"
    )


def read_mark(body: str, key: str) -> tuple[int, RunOrder] | None:
    """The workflow and the run that a comment with our mark is of; None of any other comment."""
    match = _MARK.match(body)
    if match is None or match[1] != key:
        return None
    return int(match[2]), RunOrder(number=int(match[3]), attempt=int(match[4]))


def commit_of(branch: str, commit: str = "") -> str:
    """A branch and a commit of it, in markdown."""
    return code(one_line(branch, 80), in_table=False) + (f" ({code(commit[:7])})" if commit else "")


def whole(report: str, change: Change | None, base: str) -> str:
    """The report, headed by what is different from the base.

    Args:
        report: as `render_markdown` made it.
        change: against the base's last report; None where there is none.
        base: what `commit_of` calls it.
    """
    report = report.removeprefix(f"{MARKER}\n")  # this comment has a mark of its own, which says of which run it is
    if change is None:
        return f"{report}\n*Not compared: {base} has no report yet.*\n"
    return f"### Against {base}\n\n{_change(change)}\n\n{report}"


def unchanged(base: str) -> str:
    """One line."""
    return f"✅ forewarn: nothing changes against {base}.\n"


def no_results(reason: str) -> str:
    """What is said of a run that left nothing to report on."""
    return f"❓ forewarn: there are no results of this run, so nothing is known. {escape(reason)}\n"


def footer(server: str, run: EndedRun) -> str:
    """Where everything is."""
    return f"\n[The run]({server}/{run.repository}/actions/runs/{run.id}) has all of it, `report.html` first.\n"


def _change(change: Change) -> str:
    lines = [_line(one) for one in change.changes]
    if change.versions:
        named = ", ".join(one_line(version, 20) for version in change.versions[:_TESTS])
        lines.append(f"- Not compared, because only one of the two is about it: {escape(named)}.")
    if not lines:
        return "Nothing changes."
    tests = dict.fromkeys(test for one in change.changes for test in one.now)
    shown = [f"  - {code(one_line_id(test, 120), in_table=False)}" for test in list(tests)[:_TESTS]]
    if len(tests) > _TESTS:
        shown.append(f"  - and {len(tests) - _TESTS:,} more")
    if shown:
        lines += ["- The tests that are new to it:", *shown]
    text = "\n".join(lines)
    return text if len(text) <= _CHANGE_LIMIT else "\n".join(lines[: len(change.changes)])[:_CHANGE_LIMIT]


def _line(change: VersionChange) -> str:
    said = []
    for word, tests in (("new", change.now), ("no longer", change.no_longer)):
        if tests:
            said.append(f"{word}: {len(tests):,} {SAID[change.verdict][len(tests) != 1]}")
    return f"- **{escape(one_line(change.version, 20))}**: {'; '.join(said)}"
