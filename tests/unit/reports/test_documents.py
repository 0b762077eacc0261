"""All four documents: what they say, and that nothing in a run can change what they are."""

from __future__ import annotations

import datetime
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from results_builder import HOSTILE, Folder, case, failure, journal

from reports.arrange import build_view
from reports.conclude import conclude
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.markdown_text import code, escape
from reports.render_html import render_html
from reports.render_json import render_json
from reports.render_markdown import LIMIT, SUMMARY_LIMIT, render_markdown, render_summary
from reports.render_terminal import render_terminal
from reports.texts import block, count, listed, one_line, one_line_id, visible
from reports.view import Tone, View

SCHEMA = json.loads(Path("reports/report.schema.json").read_text())
TODAY = datetime.date(2026, 11, 20)
T = "tests/test_a.py::test_x"
U = "tests/test_a.py::test_y"


def view_of(folder: Folder, **matrix: Any) -> View:
    return build_view(conclude(load_run(folder.run(**matrix)), Knowledge(), TODAY), TODAY)


def legal(text: str) -> str:
    """What XML can hold of it."""
    return re.sub("[\0\x1b\ud800]", "?", text)


def hostile_view(folder: Folder) -> View:
    names = [f"test_x[{text}]" for text in HOSTILE]
    folder.cell("3.12", [case("tests.test_a", legal(name)) for name in names], tool="<b>tool</b>")
    bad = [
        case("tests.test_a", legal(name), failure(legal(f"ValueError: {text}"), f"{legal(text)}\na.py:1: ValueError"))
        for name, text in zip(names, HOSTILE, strict=True)
    ]
    cell = folder.cell("3.13", bad, status="crashed", reason="<img src=x> @everyone | `x` \x1b[31m\u202e")
    # What XML cannot hold comes through JSON.
    ends = (
        {"event": "end", "id": f"tests/test_a.py::{name}", "outcome": "failed", "message": text}
        for name, text in zip(names, HOSTILE, strict=True)
    )
    journal(cell, *ends)
    return view_of(folder, ignore=[{"reason": text, "expires": "x"} for text in HOSTILE])


@pytest.mark.parametrize(
    ("outcomes", "headline", "tone"),
    [
        (("passed", "failed"), "3.12 → 3.13: 1 test breaks, 1 cause.", Tone.BAD),
        (("passed", "passed"), "3.12 → 3.13: nothing breaks.", Tone.GOOD),
        (("failed", "passed"), "3.12 → 3.13: nothing breaks.", Tone.GOOD),
        (("passed", "skipped"), "3.12 → 3.13: nothing breaks; 1 test no longer shows a result.", Tone.WARN),
        (("missing", "failed"), "3.12 → 3.13: 1 test fails that did not run on the base, 1 cause.", Tone.BAD),
    ],
)
def test_the_headline(tmp_path: Path, outcomes: tuple[str, str], headline: str, tone: Tone) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: outcomes[0], U: "passed"})
    folder.tests("3.13", {T: outcomes[1], U: "passed"})
    view = view_of(folder)
    assert (view.headline, view.tone) == (headline, tone)


def test_cells_that_did_not_end_are_named_once_behind_what_is_known(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for python in ("3.12", "3.13", "3.14"):
        folder.tests(python, {T: "passed"})
        folder.tests(python, {T: "passed"}, profile="strict", status="crashed")
    said = view_of(folder, next=["3.13", "3.14"]).headline
    assert said == (
        "3.12 → 3.13 and 3.14: no break was seen. "
        "Not measured to the end: 3.13-strict (crashed) and 3.14-strict (crashed)."
    )


def test_the_headline_names_what_was_not_measured(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: "failed"})
    folder.tests("3.14", {T: "failed"})
    folder.cell("3.15", None, status="unavailable", reason="not found", optional=True)
    view = view_of(folder, next=["3.13", "3.14", "3.15"])
    assert view.headline == "3.12 → 3.13 and 3.14: 1 test breaks, 1 cause. 3.15 was not measured (unavailable)."
    assert [one.names for one in view.absences] == ["3.15-plain (optional)"]


@pytest.mark.parametrize("status", ["crashed", "timed-out", "truncated"])
@pytest.mark.parametrize("profile", ["plain", "strict"])
def test_no_document_says_that_nothing_breaks_while_anything_is_unknown(
    tmp_path: Path, status: str, profile: str
) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed", U: "passed"})
    if profile == "strict":
        folder.tests("3.13", {T: "passed", U: "passed"})
    folder.tests("3.13", {T: "passed"}, profile=profile, status=status, reason="why it ended")
    view = view_of(folder)
    assert "no break was seen; 1 of 2 tests unknown" in view.headline
    assert view.tone is Tone.UNKNOWN
    for text in (render_terminal(view), render_markdown(view), render_html(view), render_json(view)):
        assert "nothing breaks" not in text
        assert "why it ended" in " ".join(text.split())
        assert "1 of 2 tests unknown" in " ".join(text.split())


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [("3.12", None, "unavailable"), ("3.13", {T: "passed"}, "complete")],
            "3.12 (base) was not measured (unavailable)",
        ),
        ([("3.12", {}, "complete"), ("3.13", {}, "complete")], "No test was measured."),
        ([("3.12", {T: "passed"}, "complete")], "3.13 was not measured (no cell was planned)."),
    ],
)
def test_nothing_to_say(tmp_path: Path, cells: list[tuple[str, dict[str, str] | None, str]], said: str) -> None:
    folder = Folder(tmp_path / "results")
    for python, tests, status in cells:
        if tests is None:
            folder.cell(python, None, status=status, reason="x")
        else:
            folder.tests(python, tests, status=status)
    view = view_of(folder)
    assert said in view.headline
    assert view.tone is Tone.UNKNOWN
    assert "no green light" in view.gate


def test_without_a_later_version(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    run_json = folder.run(next=[])
    assert run_json.exists()
    assert "no later version" in view_of(folder, next=[]).headline


def test_rows_are_worst_first_and_uniform_ones_a_number(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    tests = {f"tests/test_a.py::test_{name}": name for name in ("breaks", "ok", "gone", "same", "hidden")}
    folder.tests("3.12", dict.fromkeys(tests, "passed"))
    after = {"breaks": "failed", "gone": "missing", "hidden": "skipped"}
    folder.tests("3.13", {test: after.get(name, "passed") for test, name in tests.items()})
    view = view_of(folder)
    assert [row.verdicts[0][1] for row in view.rows] == ["breaks", "hidden", "gone"]
    assert view.uniform == "2 tests had the same outcome in every complete cell (2 passed)."


def test_reruns_are_marked(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", [case("m", "x", failure("no")), case("m", "x")])
    folder.cell("3.13", [case("m", "x", failure("no"))])
    view = view_of(folder)
    assert view.rows[0].marks[0].note.startswith("2 attempts")
    assert json.loads(render_json(view))["tests"][0]["attempts"] == {"3.12-plain": 2}


def test_json_is_valid_and_deterministic(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    view = hostile_view(folder)
    text = render_json(view)
    document = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document, SCHEMA)
    assert text == render_json(view)
    assert text.isascii()
    known = {test["id"] for test in document["tests"]}
    ids = {cause["id"] for cause in document["causes"]}
    assert all(set(cause["tests"]) <= known for cause in document["causes"])
    assert all(set(verdict["causes"]) <= ids for test in document["tests"] for verdict in test["verdicts"].values())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.text = ""
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes.update(name for name, _ in attrs)
        for name, value in attrs:
            if name in {"href", "src"}:
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_shows_hostile_text_and_runs_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    html = render_html(hostile_view(folder))
    page = _Page()
    page.feed(html)
    assert not {"img", "iframe", "object", "link", "b-tool"} & set(page.tags)
    assert page.tags["script"] == 2, "the data and our own script"
    assert not {name for name in page.attributes if name.startswith("on")} | ({"style"} & page.attributes)
    assert all(link.startswith(("#c", "#test", "#incomplete")) for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    assert "</script><img src=x onerror=alert(1)>" in page.text
    assert "{{ 7*7 }}{% raw %}" in page.text
    assert not re.search("[\x00\x1b\u202a-\u202e\u200b\ud800-\udfff]", html)
    assert "default-src 'none'" in html


def test_html_has_what_a_self_contained_page_needs(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: "failed"})
    html = render_html(view_of(folder))
    assert not re.search(r"""https?://|src=|@import|url\(""", html)
    assert "prefers-color-scheme: dark" in html
    assert html.index("Causes</h2>") < html.index("Tests × interpreters</h2>")


def test_terminal_text_has_no_control_characters_and_no_markup_from_data(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    text = render_terminal(hostile_view(folder), color=False, width=120)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\ud800-\udfff]", text)
    assert "[bold]rich[/bold]" in text
    assert "\x1b[" in render_terminal(view_of(folder), color=True)


def test_markdown_neutralises(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    text = render_markdown(hostile_view(folder))
    assert len(text) <= LIMIT
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"@\w|<img|</script>|\]\(|https?:/|javascript:|(?<!&)#\d|[\x00\x1b\u202e]", outside)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    tables: list[set[int]] = [set()]
    for line in text.splitlines():
        if line.startswith("|"):
            tables[-1].add(len(re.findall(r"(?<!\\)\|", line)))
        elif tables[-1]:
            tables.append(set())
    assert rows
    assert all(len(columns) <= 1 for columns in tables), "every row of a table has as many columns as its head"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@everyone", "@\u2060everyone"),
        ("a@b", "a@\u2060b"),
        ("#12", "&#35;\u206012"),
        ("[x](javascript:a)", "&#91;x&#93;(javascript\u2060:a)"),
        ("https://a.b www.c.d", "https\u2060://a.b www\u2060.c.d"),
        ("deadbeefcafe", "deadbe\u2060efcafe"),
        ("snake_case _em_ *b* | <i>", "snake_case &#95;em&#95; &#42;b&#42; &#124; &#60;i&#62;"),
        ("1. one", "1&#46; one"),
        ("3.12 - x", "3.12 - x"),
    ],
)
def test_markdown_text(text: str, expected: str) -> None:
    assert escape(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a|b", "`a\\|b`"), ("`x`", "`` `x` ``"), ("a``b", "```a``b```"), ("", "–"), ("a\nb", "`a b`"), ("@x", "`@x`")],
)
def test_markdown_code(text: str, expected: str) -> None:
    assert code(text) == expected


def test_markdown_stays_in_its_budget_and_says_what_is_left_out(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    names = [f"tests/test_a.py::test_{number}[{'long ' * 40}]" for number in range(1_500)]
    folder.tests("3.12", dict.fromkeys(names, "passed"))
    rows = [
        case(
            "tests.test_a",
            name.split("::", 1)[1],
            failure(f"ValueError: {chr(97 + number % 26)} {'x' * (number % 97)}"),
            file="tests/test_a.py",
        )
        for number, name in enumerate(names)
    ]
    folder.cell("3.13", rows)
    view = view_of(folder)
    text = render_markdown(view)
    assert len(text) <= LIMIT
    assert len(text) < len(render_summary(view).encode()) <= SUMMARY_LIMIT
    match = re.search(r"Left out here: .*?([\d,]+) tests", text)
    assert match
    shown = len(re.findall(r"^\| `tests/test_a", text, re.MULTILINE))
    assert int(match[1].replace(",", "")) + shown == 1_500
    assert "and 1,495 more" in render_html(view)
    assert "more causes: report.html has them" in render_terminal(view)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é 日本", "plain é 日本"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202egnp", "\\u202egnp"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_long_texts_are_cut() -> None:
    assert one_line("x" * 1_000_000, 10) == "xxxxxxxxx…"
    assert one_line("a\nb", 10) == "a⏎b"
    assert one_line_id("test[" + "x" * 1_000 + "-7]", 20) == "test[xxxxx…xxxxxxx-7]"
    assert block("x" * 10 + "end", 5) == "[…]\nxxend"
    assert [count(1, "test"), count(2_000, "test")] == ["1 test", "2,000 tests"]
    assert listed(list("abcdefgh")) == "a, b, c, d, e and 3 more"
    assert [listed([]), listed(["a"]), listed(["a", "b"])] == ["", "a", "a and b"]
