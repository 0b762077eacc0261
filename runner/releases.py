"""The release calendar: when each Python appears and when its support ends."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .model import Python

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_FILE = Path(__file__).parent.parent / "knowledge" / "releases.json"
_FORMAT = 1

# PEP 602: a release is developed from the first beta of the one before, and has its own first beta five
# months before its final release.
_MONTHS_IN_DEVELOPMENT = 17
_MONTHS_IN_BETA = 5
# Since 3.13 (PEP 719) bug fixes go on for about two years, with a last release some weeks later; the calendar
# rounds that up to the end of the year until the day of the last one is known.
_YEARS_OF_BUGFIXES = 2


class ReleaseStatus(enum.StrEnum):
    """Where a release stands in its life on one day."""

    PLANNED = "planned"
    IN_DEVELOPMENT = "in development"
    PRERELEASE = "prerelease"
    """Betas and release candidates can be had."""
    BUGFIX = "bugfix"
    SECURITY = "security"
    END_OF_LIFE = "end-of-life"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Release:
    """One feature release. Where only the month is known, its last day stands for it."""

    python: Python
    first_release: dt.date
    end_of_life: dt.date
    """The last day with support."""
    bugfix_until: dt.date
    """The last day on which bugs are fixed; after it, only security holes."""
    pep: int | None = None

    def status(self, today: dt.date) -> ReleaseStatus:
        """Where it stands on a day."""
        if today > self.end_of_life:
            return ReleaseStatus.END_OF_LIFE
        if today > self.bugfix_until:
            return ReleaseStatus.SECURITY
        if today >= self.first_release:
            return ReleaseStatus.BUGFIX
        months = 12 * (self.first_release.year - today.year) + self.first_release.month - today.month
        if months <= _MONTHS_IN_BETA:
            return ReleaseStatus.PRERELEASE
        return ReleaseStatus.IN_DEVELOPMENT if months <= _MONTHS_IN_DEVELOPMENT else ReleaseStatus.PLANNED


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calendar:
    """All known releases, seen from one day."""

    releases: tuple[Release, ...]
    """Ascending."""
    today: dt.date

    def release(self, python: Python) -> Release | None:
        """The release that an interpreter implements, or None where it is not known."""
        wanted = (python.major, python.minor)
        return next((one for one in self.releases if (one.python.major, one.python.minor) == wanted), None)

    def status(self, python: Python) -> ReleaseStatus | None:
        """Where an interpreter's release stands today; None where it is not known."""
        release = self.release(python)
        return release.status(self.today) if release else None

    def released(self) -> tuple[Python, ...]:
        """Releases that are out, supported or not."""
        return tuple(one.python for one in self.releases if one.first_release <= self.today)

    def supported(self) -> tuple[Python, ...]:
        """Releases that are out and get fixes."""
        alive = {ReleaseStatus.BUGFIX, ReleaseStatus.SECURITY}
        return tuple(one.python for one in self.releases if one.status(self.today) in alive)

    def after(self, python: Python) -> Python | None:
        """The next release, out or not."""
        later = (one.python for one in self.releases if one.python.minor > python.minor)
        return next(later, None)

    def matching(self, specifier: SpecifierSet) -> tuple[Python, ...]:
        """Releases that are out and of which at least one patch release matches."""
        return tuple(python for python in self.released() if matches(python, specifier))


def matches(python: Python, specifier: SpecifierSet) -> bool:
    """Whether one of a release's patch releases matches: 3.12 does for ``>=3.12.2``."""
    # No release has had more than 25 patch releases; 99 stands for those that are still to come.
    return any(specifier.contains(f"{python.major}.{python.minor}.{patch}") for patch in (*range(31), 99))


def read_calendar(today: dt.date | None = None, *, file: Path = _FILE) -> Calendar:
    """Read the calendar that is part of the package.

    Args:
        today: the day to look from; by default the current one, in UTC.
        file: the data.

    Raises:
        UsageError: the file has a format that is not known.
    """
    data = json.loads(file.read_text(encoding="utf-8"))
    if data["format"] != _FORMAT:
        raise UsageError(f"{file}: format {data['format']} is not known, only {_FORMAT}")
    releases = tuple(sorted((_release(one) for one in data["releases"]), key=lambda one: one.python))
    return Calendar(releases=releases, today=today or dt.datetime.now(dt.UTC).date())


def _release(data: dict[str, Any]) -> Release:
    major, minor = map(int, data["version"].split("."))
    first = _last_day(data["first_release"])
    until = data.get("bugfix_until")
    return Release(
        python=Python(major=major, minor=minor),
        first_release=first,
        end_of_life=_last_day(data["end_of_life"]),
        bugfix_until=_last_day(until) if until else dt.date(first.year + _YEARS_OF_BUGFIXES, 12, 31),
        pep=data["pep"],
    )


def _last_day(text: str) -> dt.date:
    """A date, or the last day of a month given as ``2026-10``."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return dt.date(*parts)
    year, month = parts
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
