"""The text of the comment on a pull request, and the mark by which it is found again."""

from __future__ import annotations

import re

from .compare import Difference
from .github_event import EndedRun, RunOrder
from .markdown_text import code, escape
from .render_difference import difference_markdown
from .render_markdown import MARKER, render_markdown
from .texts import one_line
from .view import View

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
    return code(one_line(branch, 80)) + (f" ({code(commit[:7])})" if commit else "")


def whole(view: View, difference: Difference | None, base: str, link: str) -> str:
    """The report, and in it what is different from the base.

    Args:
        view: of the run.
        difference: from the base's last report to it; None where there is none.
        base: what `commit_of` calls it.
        link: address of the page with all tests, or nothing.
    """
    if difference is None:
        changes = f"Not compared: {base} has no report yet.\n"
    else:
        changes = f"Against {base}: {difference_markdown(difference)}"
    # The mark here is another: it says of which run the comment is.
    return render_markdown(view, changes, link).removeprefix(f"{MARKER}\n")


def is_news(difference: Difference) -> bool:
    """Whether there is something to tell: new tests that are well are none."""
    return bool(
        difference.new_causes
        or difference.gone_causes
        or difference.gone_tests
        or difference.newly_breaking
        or difference.newly_fixed
        or difference.other_changes
        or not difference.complete
    )


def unchanged(base: str) -> str:
    """One line."""
    return f"✅ forewarn: nothing changes against {base}.\n"


def no_results(reason: str) -> str:
    """What is said of a run that left nothing to report on."""
    return f"❓ forewarn: there are no results of this run, so nothing is known. {escape(reason)}\n"


def address(server: str, run: EndedRun) -> str:
    """Where the run is shown."""
    return f"{server}/{run.repository}/actions/runs/{run.id}"


def footer(server: str, run: EndedRun) -> str:
    """Where everything is."""
    return f"\n[The run]({address(server, run)}) has all of it, `report.html` first.\n"
