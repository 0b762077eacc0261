"""Which documents there are, and who makes each. Renderers are imported when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING

from .errors import UsageError

if TYPE_CHECKING:
    from .compare import Difference
    from .view import View

#: What is built when nothing is asked for, and all there is.
DEFAULT_FORMATS = ("terminal", "html", "md", "json")
FORMATS = (*DEFAULT_FORMATS, "summary", "sarif", "github", "junit", "csv")
FILES = {
    "html": "report.html",
    "md": "report.md",
    "json": "report.json",
    "summary": "summary.md",
    "sarif": "report.sarif",
    "junit": "report.junit.xml",
    "csv": "report.csv",
}
#: How each is kept from holding commands to GitHub's runner when it is printed (``texts.no_command``).
PRINTED = {"json": "json", "sarif": "json", "junit": "xml", "html": "xml", "github": "commands"}


def document(name: str, view: View, changes: Difference | None, link: str = "") -> str | Iterator[str]:  # noqa: PLR0911 - one for each
    """A document by the name of its format; ``terminal`` without colours.

    Args:
        name: of FORMATS.
        view: what is shown.
        changes: against another run, for those that tell them.
        link: address of the page, for those that lead to it.
    """
    match name:
        case "html":
            return _page(view)
        case "md" | "summary":
            from .render_difference import difference_markdown  # noqa: PLC0415
            from .render_markdown import render_markdown, render_summary  # noqa: PLC0415

            said = difference_markdown(changes) if changes is not None else ""
            return render_markdown(view, said, link) if name == "md" else render_summary(view, said, link)
        case "json":
            from .render_json import stream_json  # noqa: PLC0415

            return stream_json(view)
        case "sarif":
            from .knowledge import Knowledge  # noqa: PLC0415
            from .render_sarif import render_sarif  # noqa: PLC0415

            return render_sarif(view, Knowledge(), _version())
        case "github":
            from .render_github import render_github  # noqa: PLC0415

            return render_github(view)
        case "junit":
            from .render_junit import stream_junit  # noqa: PLC0415

            return stream_junit(view)
        case "csv":
            from .render_csv import stream_csv  # noqa: PLC0415

            return stream_csv(view)
        case _:
            return terminal_document(view, changes, color=False, width=100)


def checked_link(url: str | None) -> str:
    """An address that Markdown takes as it is; empty where none is given.

    Raises:
        UsageError: it is none.
    """
    if url is None:
        return ""
    if not re.fullmatch(r"https?://[^\s()<>\[\]\"'`|\\]+", url):
        raise UsageError(f"--page-url: {url!r} is no address", hint="write https://…")
    return url


def terminal_document(view: View, changes: Difference | None, color: bool, width: int) -> str:
    """For a terminal."""
    from .render_difference import difference_text  # noqa: PLC0415
    from .render_terminal import render_terminal  # noqa: PLC0415

    text = render_terminal(view, color=color, width=width)
    return text if changes is None else f"{text}\nchanged: {difference_text(changes)}"


def _page(view: View) -> str:
    from .owners import find_owners  # noqa: PLC0415
    from .render_html import render_html  # noqa: PLC0415

    run = view.report.run
    rules = run.target.get("codeowners")
    files = {test.file or test.id.partition("::")[0] for test in run.tests}
    files.update(cause.file for cause in view.report.causes.causes if cause.file)
    return render_html(view, find_owners(rules, files) if isinstance(rules, str) else {})


def _version() -> str:
    try:
        return metadata.version("forewarn")
    except metadata.PackageNotFoundError:  # a checkout
        return "0.0.0"
