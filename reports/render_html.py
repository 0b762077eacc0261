"""report.html: one file that needs no network; without scripts, its summary and causes are still there."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from .durations import find_durations
from .model import Verdict
from .page_data import pack
from .timeline import build_timeline
from .view import LEGEND, MEANINGS, VERDICT_TONES, View

if TYPE_CHECKING:
    from jinja2 import Template

#: Marks in the rows that a printer and a reader without scripts see; the table that the script draws has all rows.
_MARK_LIMIT = 700
#: Groups of causes that are told in full; the page has to stay light.
CAUSE_LIMIT = 50


def render_html(view: View, owners: Mapping[str, str] | None = None) -> str:
    """The page. Everything from the run goes through the template's escaping, or into base64.

    Args:
        view: what is shown.
        owners: of files in the target.
    """
    style, script = _resource("report.css"), _resource("report.js")
    rows = view.row_groups[: max(10, _MARK_LIMIT // max(1, len(view.cells)))]
    used = {found.verdict for one in view.report.comparisons for found in one.verdicts.values()}
    return _template().render(
        view=view,
        causes=view.causes[:CAUSE_LIMIT],
        brief=view.causes[CAUSE_LIMIT:],
        rows=rows,
        more_rows=view.more_grouped + sum(group.number for group in view.row_groups[len(rows) :]),
        meanings=[(verdict.value, MEANINGS[verdict], VERDICT_TONES[verdict]) for verdict in Verdict if verdict in used],
        owners=defaultdict(str, owners or {}),
        legend=LEGEND,
        timeline=build_timeline(view.report, view.today),
        durations=find_durations(view.report.run),
        data=pack(view.report, owners or {}),
        style=style,
        style_digest=_digest(style),
        script=script,
        script_digest=_digest(script),
    )


@functools.cache
def _template() -> Template:
    """The page's template; compiling it takes longer than filling it with a small run."""
    # Imported here: the other formats should not wait for it.
    from jinja2 import Environment, StrictUndefined, select_autoescape  # noqa: PLC0415

    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_resource("report.html"))


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _resource(name: str) -> str:
    return resources.files(__package__ or "reports").joinpath("templates", name).read_text(encoding="utf-8")
