"""The calendar that is shipped, seen from different days."""

import datetime as dt
import json
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from runner.config import parse_python
from runner.errors import UsageError
from runner.releases import ReleaseStatus, matches, read_calendar

TODAY = read_calendar(dt.date(2026, 11, 20))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("3.8", "end-of-life"),
        ("3.10", "end-of-life"),
        ("3.11", "security"),
        ("3.12", "security"),
        ("3.13", "bugfix"),
        ("3.13t", "bugfix"),
        ("pypy3.11", "security"),
        ("3.14", "bugfix"),
        ("3.15", "bugfix"),
        ("3.16", "in development"),
        ("3.17", "planned"),
        ("3.30", None),
    ],
)
def test_status_in_november_2026(name: str, status: str | None) -> None:
    assert TODAY.status(parse_python(name)) == status


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-04-30", ReleaseStatus.PLANNED),
        ("2026-05-01", ReleaseStatus.IN_DEVELOPMENT),
        ("2027-04-30", ReleaseStatus.IN_DEVELOPMENT),
        ("2027-05-01", ReleaseStatus.PRERELEASE),
        ("2027-10-30", ReleaseStatus.PRERELEASE),
        ("2027-10-31", ReleaseStatus.BUGFIX),
        ("2029-12-31", ReleaseStatus.BUGFIX),
        ("2030-01-01", ReleaseStatus.SECURITY),
        ("2032-10-31", ReleaseStatus.SECURITY),
        ("2032-11-01", ReleaseStatus.END_OF_LIFE),
    ],
)
def test_the_life_of_a_release(day: str, status: ReleaseStatus) -> None:
    calendar = read_calendar(dt.date.fromisoformat(day))
    assert calendar.status(parse_python("3.16")) is status


def test_what_is_out_supported_and_next() -> None:
    assert [str(one) for one in TODAY.released()][-1] == "3.15"
    assert [str(one) for one in TODAY.supported()] == ["3.11", "3.12", "3.13", "3.14", "3.15"]
    assert TODAY.after(parse_python("3.15")) == parse_python("3.16")
    assert TODAY.after(TODAY.releases[-1].python) is None


@pytest.mark.parametrize(
    ("specifier", "python", "expected"),
    [
        (">=3.12.2", "3.12", True),
        (">3.12", "3.12", True),
        (">=3.13", "3.12", False),
        ("<3.12", "3.12", False),
        ("==3.12.*", "3.12", True),
        ("==3.12.99", "3.12", True),
        ("!=3.12.*", "3.12", False),
        ("~=3.11", "3.14", True),
    ],
)
def test_a_release_matches_when_one_of_its_patch_releases_does(specifier: str, python: str, expected: bool) -> None:
    assert matches(parse_python(python), SpecifierSet(specifier)) is expected


def test_the_data_is_ordered_and_complete() -> None:
    pythons = [one.python for one in TODAY.releases]
    assert pythons == sorted(pythons)
    assert [one.minor for one in pythons] == list(range(8, 8 + len(pythons)))
    for one in TODAY.releases:
        assert one.first_release < one.bugfix_until < one.end_of_life


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "releases.json"
    file.write_text(json.dumps({"format": 2, "releases": []}))
    with pytest.raises(UsageError, match="format 2 is not known, only 1"):
        read_calendar(file=file)


def test_by_default_it_is_today() -> None:
    assert read_calendar().today >= dt.date(2026, 1, 1)
