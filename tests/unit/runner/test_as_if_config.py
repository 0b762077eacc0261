"""What the probe is told of a later version, out of the knowledge base."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runner.as_if import config, prepare_library
from runner.pythons import parse_python


def told(base: str, later: str) -> dict[str, object]:
    return config(parse_python(base), parse_python(later), None)


def test_what_went_between_the_versions_is_gone() -> None:
    assert "cgi" in told("3.12", "3.13")["modules"]  # type: ignore[operator]
    assert "imp" not in told("3.12", "3.13")["modules"]  # type: ignore[operator]
    assert {"cgi", "imp"} <= set(told("3.11", "3.13")["modules"])  # type: ignore[call-overload]
    assert "ThreadedChildWatcher" in told("3.13", "3.14")["names"]["asyncio"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("base", "later", "record", "there"),
    [
        ("3.13", "3.14", "asyncio-ensure-future-no-loop", True),
        ("3.12", "3.13", "asyncio-ensure-future-no-loop", False),
        ("3.14", "3.15", "asyncio-ensure-future-no-loop", False),
        # Its text names 3.15, and 3.15 still has it.
        ("3.14", "3.15", "locale-getdefaultlocale", False),
    ],
)
def test_warnings_of_an_end_between_the_versions(base: str, later: str, record: str, there: bool) -> None:
    rules = told(base, later)["warnings"]
    assert (record in {rule["record"] for rule in rules}) is there  # type: ignore[attr-defined]


def test_every_rule_can_be_used() -> None:
    for rule in told("3.8", "3.20")["warnings"]:  # type: ignore[attr-defined]
        re.compile(rule["pattern"])
        assert re.fullmatch(r"[A-Z]\w+", rule["error"])
        assert rule["category"].endswith("Warning")
        assert rule["message"]


def test_the_library_is_unpacked_once_and_whole(tmp_path: Path) -> None:
    first = prepare_library(parse_python("3.12"), parse_python("3.14"), tmp_path)
    assert first is not None
    assert "argparse" in first.modules
    for module in first.modules:
        path = first.folder / module
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    (first.folder / "mark").touch()
    second = prepare_library(parse_python("3.12"), parse_python("3.14"), tmp_path)
    assert second == first
    assert (first.folder / "mark").exists()
    assert [entry.name for entry in first.folder.parent.iterdir()] == [first.folder.name], "nothing half-made stays"


def test_beyond_the_known_versions_the_last_ones_library_is_the_nearest(tmp_path: Path) -> None:
    library = prepare_library(parse_python("3.14"), parse_python("3.17"), tmp_path)
    assert library is not None
    assert library.folder.name == "3.14-3.15"


@pytest.mark.parametrize(("base", "later"), [("3.15", "3.16"), ("pypy3.11", "pypy3.12")])
def test_where_nothing_is_known_the_bases_own_library_stays(tmp_path: Path, base: str, later: str) -> None:
    assert prepare_library(parse_python(base), parse_python(later), tmp_path) is None
