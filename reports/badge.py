"""A badge for a README: whether the suite is ready for a version, as SVG or as data for shields.io's endpoint."""

from __future__ import annotations

import dataclasses
import html
import json

from .errors import UsageError
from .forecast import is_forecast
from .readiness import BROKEN, Readiness, is_whole, readiness
from .texts import count
from .view import Report

_COLORS = {"brightgreen": "#3c7a17", "yellowgreen": "#5c6b00", "red": "#b3261e", "lightgrey": "#5f6368"}
#: Width of a letter in Verdana at 11 pixels, on average; browsers fit the text to what is left.
_LETTER = 6.6


@dataclasses.dataclass(frozen=True, kw_only=True)
class Badge:
    """What a badge says."""

    message: str
    color: str
    """A name that shields.io knows."""


def make_badge(report: Report, version: str | None = None) -> Badge:
    """The badge of a report. Anything that was not measured makes it unknown, never ready.

    Args:
        report: what was concluded.
        version: the later version; by default the last one that is asked about.

    Raises:
        UsageError: the version is not among those asked about.
    """
    known = [one for one in report.comparisons if not is_forecast(one)] or list(report.comparisons)
    if not known:
        return Badge(message="unknown", color="lightgrey")
    chosen = {one.version: one for one in known}
    if version is not None and version not in chosen:
        raise UsageError(
            f"--python: {version} is not a version that this run asks about", hint=f"it asks about {', '.join(chosen)}"
        )
    one = chosen[version] if version is not None else known[-1]
    found = readiness(report, one)
    if found is Readiness.BROKEN and is_whole(report, one):
        broken = sum(each.verdict in BROKEN for each in one.verdicts.values())
        return Badge(message=f"{count(broken, 'test breaks', 'tests break')} on {one.version}", color="red")
    if found is Readiness.READY:
        return Badge(message=f"ready for {one.version}", color="brightgreen")
    if found is Readiness.SILENT:
        return Badge(message=f"no break seen on {one.version}", color="yellowgreen")
    return Badge(message=f"unknown for {one.version}", color="lightgrey")


def badge_json(badge: Badge) -> str:
    """As shields.io's endpoint reads it (https://shields.io/badges/endpoint-badge)."""
    fields = {"schemaVersion": 1, "label": "Python", "message": badge.message, "color": badge.color}
    return json.dumps(fields) + "\n"


def badge_svg(badge: Badge) -> str:
    """A drawing that needs no font, script or server."""
    label, message = "Python", html.escape(badge.message)
    left, right = (round(len(text) * _LETTER) + 12 for text in (label, badge.message))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{label}: {message}"><title>{label}: {message}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLORS[badge.color]}"/></g>'
        '<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 12}">{label}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{message}</text></g></svg>\n'
    )
