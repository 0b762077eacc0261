"""report.html: one file that needs no network and no script."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from .view import LEGEND, View

#: Rows drawn into the page; all of them are in report.json.
ROW_LIMIT = 500


def render_html(view: View) -> str:
    """The page. Everything from the run goes through the template's escaping, nothing around it."""
    # Imported here: the other formats should not wait for it.
    from jinja2 import Environment, StrictUndefined, select_autoescape  # noqa: PLC0415

    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _resource("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment.from_string(_resource("report.html"))
    return template.render(
        view=view,
        rows=view.rows[:ROW_LIMIT],
        more_rows=view.more_rows + max(0, len(view.rows) - ROW_LIMIT),
        legend=LEGEND,
        style=style,
        style_digest=digest,
    )


def _resource(name: str) -> str:
    return resources.files(__package__ or "reports").joinpath("templates", name).read_text(encoding="utf-8")
