"""``forewarn explain``: the answers, and how they are shown."""

from __future__ import annotations

import datetime
import json

import pytest

from reports import __main__ as reports_main
from reports.errors import UsageError
from reports.explain import explain
from reports.knowledge import Knowledge
from reports.knowledge_releases import dated, release_date
from reports.knowledge_show import show_json, show_text
from runner import __main__ as runner_main

KNOWLEDGE = Knowledge()
TODAY = datetime.date(2026, 11, 20)


def shown(query: str, *, python: str | None = None, color: bool = False) -> str:
    return show_text(explain(query, KNOWLEDGE, python), TODAY, color=color, width=100)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("module-imp", ["module-imp"]),
        ("  module-imp\n", ["module-imp"]),
        ("imp", ["module-imp"]),
        ("asyncio.iscoroutinefunction()", ["asyncio-iscoroutinefunction"]),
        ("pkg_resources", ["setuptools-pkg-resources"]),
        ("DeprecationWarning: the imp module is deprecated in favour of importlib", ["module-imp"]),
        ("src/a.py:3: DeprecationWarning: the imp module is deprecated in favour of importlib", ["module-imp"]),
        ("E   ModuleNotFoundError: No module named 'imp'", ["module-imp"]),
        ("No module named 'imp'", ["module-imp"]),
        ("module 'asyncio' has no attribute 'iscoroutinefunction'", ["asyncio-iscoroutinefunction"]),
        ("pytest.PytestUnknownMarkWarning: Unknown pytest.mark.x - is this a typo?", ["pytest-unknown-mark"]),
    ],
)
def test_one_record(query: str, ids: list[str]) -> None:
    assert [record.id for answer in explain(query, KNOWLEDGE).answers for record in answer.records] == ids


def test_a_record_is_shown_whole() -> None:
    text = shown("asyncio-iscoroutinefunction")
    for words in (
        "to be removed in 3.16, planned for October 2027 (scheduled)",
        "DeprecationWarning since 3.14",
        "Use inspect.iscoroutinefunction",
        "3.13 ok, 3.14 warns, 3.15 warns",
        "gh-122875",
    ):
        assert words in text
    assert "removed in 3.12, released in October 2023 (measured)" in shown("module-imp")
    assert "removed in pytest 8.0 (measured)" in shown("pytest-skip-msg")
    assert "expected in October 2031" in shown("argparse-version")
    assert "fails on every version measured" in shown("asyncio-get-event-loop-after-run")
    assert "\x1b[" not in text
    assert "\x1b[" in shown("module-imp", color=True)


def test_a_shared_text_lists_the_family_and_why() -> None:
    text = shown("DeprecationWarning: There is no current event loop", python="3.12")
    assert "measured on 3.12; 10 records share it" in text
    assert "asyncio-get-event-loop-no-loop" in text
    silent = shown("DeprecationWarning: There is no current event loop", python="3.11")
    assert "not what was measured or documented on 3.11" in silent.replace("\n", " ")
    assert "(no proof)" in silent.replace("\n", " ")


def test_the_same_words_in_another_class_are_no_proof() -> None:
    text = shown("UserWarning: the imp module is deprecated in favour of importlib").replace("\n", " ")
    assert "a UserWarning is somebody else's (no proof)" in text


def test_an_unknown_text_says_what_it_says() -> None:
    text = shown("DeprecationWarning: foo.bar is deprecated and will be removed in Python 3.17").replace("\n  ", " ")
    assert "No record knows this text." in text
    assert "scheduled: the text names Python 3.17, planned for October 2028; such texts were right in 93%" in text
    assert "neither" not in text
    assert "an error's text says nothing" in shown("TypeError: frobnication failed")
    assert "nearest records: module-imp" in shown("Module-Imp")


@pytest.mark.parametrize(
    ("query", "hint"), [("module-im", "did you mean module-imp"), ("zzzzzz", "quotes"), ("  ", "module-imp")]
)
def test_an_unknown_id_is_a_mistake(query: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain(query, KNOWLEDGE)
    assert hint in (caught.value.hint or "")


def test_json() -> None:
    document = json.loads(show_json(explain("module-imp", KNOWLEDGE)))
    [answer] = document["answers"]
    [record] = answer["records"]
    assert record["deadline"] == {"version": "3.12", "certainty": "measured", "date": "2023-10-02"}
    assert record["measured"]["3.11"] == "warns"
    unknown = json.loads(show_json(explain("DeprecationWarning: x will be removed in Python 3.16", KNOWLEDGE)))
    assert (unknown["answers"], unknown["text"]["version"], unknown["text"]["date"]) == ([], "3.16", "2027-10")


@pytest.mark.parametrize("hostile", ["[bold]x[/bold] \x1b[31m", "\ud800 DeprecationWarning: \0", "(" * 5000, "'" * 9])
def test_hostile_texts_are_only_text(hostile: str) -> None:
    assert "\x1b" not in shown(hostile)


def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner_main.main(["explain", "module-imp", "--today", "2026-11-20"]) == 0
    assert "module-imp" in capsys.readouterr().out
    assert reports_main.main(["explain", "--format", "json", "DeprecationWarning:", "a", "text"]) == 0
    assert json.loads(capsys.readouterr().out)["query"] == "DeprecationWarning: a text"
    assert runner_main.main(["explain", "module-im"]) == 2
    assert "did you mean module-imp" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("python", "date", "words"),
    [
        ("3.12", "2023-10-02", "3.12, released in October 2023"),
        ("3.15", "2026-10", "3.15, released in October 2026"),
        ("3.16", "2027-10", "3.16, planned for October 2027"),
        ("3.19", "2030-10", "3.19, expected in October 2030"),
        ("3.7", None, "3.7"),
        ("4.0", None, "4.0"),
        ("3", None, "3"),
        ("future", None, "future"),
    ],
)
def test_dates(python: str, date: str | None, words: str) -> None:
    assert release_date(python) == date
    assert dated(python, TODAY) == words


def test_a_month_is_over_before_it_counts() -> None:
    assert dated("3.15", datetime.date(2026, 10, 31)) == "3.15, planned for October 2026"
    assert dated("3.14", datetime.date(2025, 10, 7)) == "3.14, planned for October 2025"
    assert dated("3.14", datetime.date(2025, 10, 8)) == "3.14, released in October 2025"
