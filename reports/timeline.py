"""When it bites: the releases of Python on a time axis, and how many tests fall at each."""

from __future__ import annotations

import dataclasses
import datetime

from .knowledge_releases import dated, release_date
from .model import Verdict
from .versions import version_key
from .view import Report

_FALL = {Verdict.BREAKS: "measured", Verdict.CHANGED_ENVIRONMENT: "measured", Verdict.NEW_FAILURE: "measured"}
_FORECAST = {Verdict.WILL_BREAK: "forecast", Verdict.DEPENDENCY_WILL_BREAK: "forecast"}
_WIDTH, _LEFT, _RIGHT = 960, 60, 70


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """One release on the axis."""

    version: str
    x: int
    date: str
    """In words."""
    measured: int
    """Tests that fall there first, as measured."""
    forecast: int
    """Tests that will, by the forecast."""
    ends: int
    """Causes whose deadline it is."""
    radius: int
    """0 where nothing falls."""

    @property
    def words(self) -> str:
        """What the picture says, as a sentence."""
        parts = [
            f"{self.measured:,} break" if self.measured else "",
            f"{self.forecast:,} will break" if self.forecast else "",
        ]
        said = ", ".join(part for part in parts if part)
        if self.ends:
            deadline = f"{self.ends} deadline{'' if self.ends == 1 else 's'}"
            said = f"{said}; {deadline}" if said else deadline
        return said or "nothing known"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timeline:
    """The picture, in units of its view box."""

    marks: tuple[Mark, ...]
    today: int
    today_words: str
    width: int = _WIDTH
    height: int = 150


def build_timeline(report: Report, today: datetime.date) -> Timeline | None:
    """The releases from the base to the last one that anything is known of; None where none has a date."""
    falls: dict[str, list[int]] = {}
    fallen: set[str] = set()
    for comparison in sorted(report.comparisons, key=lambda one: version_key(one.version)):
        count = falls.setdefault(comparison.version, [0, 0, 0])
        for test, found in comparison.verdicts.items():
            if test not in fallen and found.verdict in _FALL:
                count[0] += 1
                fallen.add(test)
            elif test not in fallen and found.verdict in _FORECAST:
                count[1] += 1
                fallen.add(test)
    for cause in report.causes.causes:
        if cause.deadline is not None and not cause.breaking:
            falls.setdefault(cause.deadline, [0, 0, 0])[2] += 1
    falls.setdefault(report.run.question.base, [0, 0, 0])
    days = {version: day for version in falls if (day := _day(release_date(version))) is not None}
    if not days:
        return None
    first, last = min(*days.values(), today), max(*days.values(), today)
    span = max(1, (last - first).days)

    def place(day: datetime.date) -> int:
        return round(_LEFT + (day - first).days / span * (_WIDTH - _LEFT - _RIGHT))

    most = max((sum(count[:2]) for count in falls.values()), default=0)
    marks = tuple(
        Mark(
            version=version,
            x=place(day),
            date=dated(version, today).partition(", ")[2],
            measured=falls[version][0],
            forecast=falls[version][1],
            ends=falls[version][2],
            radius=round(6 + 16 * (sum(falls[version][:2]) / most) ** 0.5) if most and sum(falls[version][:2]) else 0,
        )
        for version, day in sorted(days.items(), key=lambda one: version_key(one[0]))
    )
    return Timeline(marks=marks, today=place(today), today_words=today.isoformat())


def _day(text: str | None) -> datetime.date | None:
    """A date; of a month alone its first day."""
    return None if text is None else datetime.date.fromisoformat(text if len(text) > 7 else f"{text}-01")
