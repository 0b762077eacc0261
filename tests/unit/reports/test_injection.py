"""Markup, mentions, commands and escapes in every field of a results folder are inert text in every document."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.__main__ import main
from reports.arrange import build_view
from reports.comment_text import commit_of, whole
from reports.compare import compare_summaries, summary_of, summary_of_view
from reports.conclude import conclude
from reports.documents import FORMATS
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.view import View

TODAY = dt.date(2026, 11, 20)
#: In one text: HTML, Markdown, a mention, a link, a workflow command, a terminal escape, a bidi override, a formula.
EVIL = (
    '=cmd()</script><evil-tag onevil="x()">[l](javascript:evil)![i](https://evil.example/i.png)|`@evil-user` '
    "@evil-user https://evil.example/ www.evil.example evil@evil.example #1 \x1b[31m\x1b]8;;https://evil.example\x07\u202e\u2028\r\n"
    "::error::evil\n##[error]evil\n\n# evil\n- [ ] evil\n<!-- evil -->&#x1b;{{evil}}${{evil}}]]>--><![CDATA[x"
)
#: What XML can hold of it.
IN_XML = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "#", EVIL)
ALL = (*FORMATS, "badge svg", "badge json", "comment", "diff terminal", "diff md", "diff json", "upstream", "explain")


def poison(folder: Path) -> Path:
    plan: list[Mapping[str, object]] = []
    for python in ("3.12", EVIL):
        name = f"cell{len(plan)}"
        path = folder / "cells" / name
        path.mkdir(parents=True)
        identity = {"cell": name, "python": python, "profile": "plain", "variant": {EVIL: EVIL}}
        record = {
            "format": 1,
            **identity,
            "status": "complete",
            "tool": EVIL,
            "reason": EVIL,
            "filters": [],
            "signal": EVIL,
            "cwd": "/home/dev/x",
            "cached_from": EVIL,
            "interpreter": {"version": EVIL, "implementation": EVIL, "build": EVIL},
            "distributions": {"dep": EVIL if python == "3.12" else "2", EVIL: EVIL},
            "modules": {"dep": "dep", EVIL: EVIL},
        }
        (path / "cell.json").write_text(json.dumps(record), encoding="utf-8")
        test, text = quoteattr(f"test_x[{IN_XML}]"), quoteattr(f"DeprecationWarning: {IN_XML}")
        rows = []
        for place in (f"/x/site-packages/dep/{IN_XML}.py", IN_XML, "tests/a.py"):
            trace = f'  File "{place}", line 3, in {IN_XML}\n    {IN_XML}\n{IN_XML}: {IN_XML}'
            inner = (
                f"<failure type={text} message={text}>{quoteattr(trace)[1:-1]}</failure><system-out>{text}</system-out>"
            )
            rows.append(
                f"<testcase classname={quoteattr(IN_XML)} name={test} file={quoteattr(place)} line='1'>"
                f"{inner if plan else ''}</testcase>"
            )
        (path / "junit.xml").write_text(f"<testsuite>{''.join(rows)}</testsuite>", encoding="utf-8")
        frames = [["/x/site-packages/dep/a.py", 3, EVIL], [f"/home/dev/x/{EVIL}.py", 4, EVIL]]
        records: dict[str, list[dict[str, object]]] = {
            "tests": [
                {"event": "session", "format": 1, "tool": EVIL, "root": EVIL},
                {"event": "collection-error", "id": EVIL, "message": EVIL},
                {"event": "begin", "id": f"tests/b.py::{EVIL}"},
                {
                    "event": "end",
                    "id": f"tests/b.py::{EVIL}",
                    "outcome": "failed" if plan else "passed",
                    "message": EVIL,
                },
                {"event": "finish"},
            ],
            "warnings": [
                {
                    "category": category,
                    "message": message,
                    "stack": frames,
                    "test": f"tests/b.py::{EVIL}",
                    "source": EVIL,
                }
                | {"ignored_at": [EVIL, 1, EVIL], "when": "runtest", "bases": [EVIL]}
                for category in (EVIL, "DeprecationWarning")
                for message in (EVIL, f"{EVIL} is deprecated and will be removed in Python 3.15")
            ],
            "ignores": [{"kind": kind, "text": f"ignore:{EVIL}", "condition": EVIL} for kind in ("ini", "skip", EVIL)],
            "confirm": [{"test": f"tests/b.py::{EVIL}", "verdict": EVIL, "because": [EVIL], "note": EVIL}],
            "upgrades": [
                dict.fromkeys(("distribution", "installed", "file", "source", "without", "newest", "note"), EVIL)
            ],
            "functions": [{"file": EVIL, "line": 3, "function": EVIL}],
            "modules": [{"module": EVIL, "file": EVIL, "needs": [EVIL]}],
        }
        for file, lines in records.items():
            text = "".join(f"{json.dumps(line)}\n" for line in lines)
            (path / f"{file}.jsonl").write_text(text, encoding="utf-8")
        plan.append(identity)
    plan.append({"cell": re.sub(r"[^!-.0-~]", "", EVIL)[:200], "python": EVIL, "profile": EVIL, "optional": True})
    run = {
        "format": 1,
        "matrix": {
            "base": "3.12",
            "next": [EVIL],
            "profiles": {"plain": [], EVIL: [EVIL]},
            "gate": {"breaks": "any", EVIL: EVIL},
            "ignore": [{"reason": EVIL, "tests": EVIL, "expires": EVIL}, {"reason": EVIL, "message": f"({EVIL}"}],
            "knowledge": [
                {"id": "own", "subject": EVIL, "message_pattern": "removed in", "replacement": EVIL, "note": EVIL}
            ],
        },
        "plan": plan,
        "target": {"name": EVIL, "revision": EVIL, "codeowners": f"* @evil-user {EVIL}\n*.py {EVIL}"},
        "started": EVIL,
        "ended": EVIL,
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, pytest.CaptureFixture[str]], str]:
    """Makes each as the command line prints it."""
    folder = poison(tmp_path_factory.mktemp("results") / "x")
    today = ["--today", TODAY.isoformat()]
    words: dict[str, list[str]] = {
        **{name: ["report", str(folder), "--format", name, "--output", "-", *today] for name in FORMATS},
        "badge svg": ["badge", str(folder), *today],
        "badge json": ["badge", str(folder), "--format", "json", *today],
        "explain": ["explain", EVIL, *today],
    }

    def view() -> View:
        return build_view(conclude(load_run(folder), Knowledge(), TODAY), TODAY)

    def document(name: str, capsys: pytest.CaptureFixture[str]) -> str:
        if name == "comment":
            one = view()
            return whole(one, compare_summaries(summary_of(_empty()), summary_of_view(one)), commit_of(EVIL), "")
        if name == "upstream":
            report = conclude(load_run(folder), Knowledge(), TODAY)
            theirs = next(one.id for one in report.causes.causes if one.origin.kind == "dependency")
            words[name] = ["upstream", theirs, str(folder), *today]
        if name.startswith("diff"):
            (folder.parent / "before.json").write_text(json.dumps(_empty()), encoding="utf-8")
            main(["diff", str(folder.parent / "before.json"), str(folder), "--format", name.split()[1], *today])
        else:
            assert main(words[name]) != 2
        return capsys.readouterr().out

    return document


def _empty() -> dict[str, object]:
    tests = [{"id": EVIL, "verdicts": {EVIL: {"verdict": EVIL}}}]
    cause = {"id": EVIL, "title": EVIL, "file": EVIL, "line": 1, "kind": EVIL, "breaking": 1}
    return {"format": 1, "tests": tests, "causes": [cause], "next": [EVIL, "3.13"], "summary": {"headline": EVIL}}


@pytest.mark.parametrize("name", ALL)
def test_nothing_moves_a_terminal_or_commands_a_runner(
    documents: Callable[..., str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents(name, capsys)
    assert "evil" in text or name == "explain"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", text)
    if name != "github":
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert "##[error]" not in text or name == "comment"  # which is sent, not printed
    for line in text.split("\n") if name == "github" else []:
        assert re.match(r"::(error|warning|notice) [^:]*::|$", line), line


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(f"{key}={value}" for key, value in attrs if key.startswith("on"))]
        self.found += [str(value) for key, value in attrs if key in ("href", "src") and str(value)[:1] != "#"]


def test_the_page_has_no_element_of_theirs(documents: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    tags = _Tags()
    tags.feed(documents("html", capsys))
    assert not [one for one in tags.found if "evil" in one or one.startswith("on")]


@pytest.mark.parametrize("name", ["junit", "badge svg"])
def test_xml_is_xml_and_has_no_element_of_theirs(
    documents: Callable[..., str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ElementTree.fromstring(documents(name, capsys))
    assert not [one.tag for one in root.iter() if "evil" in str(one.tag) or any("onevil" in key for key in one.attrib)]


@pytest.mark.parametrize("name", ["json", "sarif", "badge json", "diff json"])
def test_json_is_json(documents: Callable[..., str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(documents(name, capsys))


def test_no_cell_of_a_spreadsheet_is_a_formula(
    documents: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(csv.reader(io.StringIO(documents("csv", capsys))))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _inside(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _inside(token.children or [])


@pytest.mark.parametrize("name", ["md", "summary", "comment", "diff md", "upstream"])
def test_markdown_shows_text(documents: Callable[..., str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = documents(name, capsys)
    for token in _inside(MarkdownIt("gfm-like", {"html": True}).parse(text)):
        assert "evil" not in str(token.attrs), token
        if token.type in ("html_block", "html_inline", "heading_open", "image"):
            assert "evil" not in token.content, token
        if token.type == "text":
            # A joint of no width stands behind the sign: nobody is told.
            assert not re.search(r"(?<![\w`])@evil", token.content), token
            assert not re.search(r"(?<!\w)#1\b", token.content), token
