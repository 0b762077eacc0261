"""The documents beside html, md and json, and what changed between two runs; nothing in them is trusted."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from results_builder import HOSTILE, Folder, case, failure

from reports.__main__ import main
from reports.compare import compare_summaries, read_report, summary_of
from reports.documents import FILES, FORMATS
from reports.render_difference import difference_markdown
from reports.render_github import LIMIT
from reports.render_markdown import MARKER

T, U, V = "tests/test_a.py::test_x", "tests/test_a.py::test_y", "tests/test_a.py::test_z"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "results")


def simple(folder: Folder, later: dict[str, str]) -> Path:
    folder.tests("3.12", dict.fromkeys((T, U), "passed"))
    folder.tests("3.13", later)
    return folder.run()


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main([*words, "--today", "2026-11-20"])
    return code, capsys.readouterr().out


def test_every_format_has_a_file_or_is_printed(
    folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = simple(folder, {T: "failed", U: "passed"})
    code, text = printed(capsys, "report", str(run), "--format", ",".join(FORMATS), "--output", str(tmp_path / "out"))
    assert code == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES.values())
    assert "::error title=forewarn::" in text
    for name in FILES.values():
        assert str(tmp_path / "out" / name) in text


def test_a_document_can_go_to_standard_output(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    run = simple(folder, {T: "failed", U: "passed"})
    _, text = printed(capsys, "report", str(run), "--format", "json", "--output", "-")
    assert json.loads(text)["summary"]["tests"] == 2
    assert not (run / "report.json").exists()


def test_a_link_to_the_page_is_taken_from_the_command_line_alone(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    run = simple(folder, {T: "failed", U: "passed"})
    words = ("report", str(run), "--format", "md,summary", "--output", "-", "--page-url")
    _, text = printed(capsys, *words, "https://example.org/a/1")
    assert text.count("[The page with all tests](https://example.org/a/1)") == 2
    for url in ("javascript:alert(1)", "https://a b", "https://a)b", ""):
        assert main([*words, url]) == 2


def test_sarif_has_a_result_at_each_place_and_a_rule_for_each_kind(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    run = simple(folder, {T: "failed", U: "passed"})
    _, text = printed(capsys, "report", str(run), "--format", "sarif", "--output", "-")
    [found] = json.loads(text)["runs"]
    [result] = found["results"]
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "tests/test_a.py"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert re.fullmatch("c[0-9a-f]{10}", result["partialFingerprints"]["forewarnCause/v1"])
    assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "python-valueerror"


def test_csv_has_a_row_for_each_test(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    run = simple(folder, {T: "failed", U: "passed"})
    _, text = printed(capsys, "report", str(run), "--format", "csv", "--output", "-")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["test"], row["verdict 3.13"], row["3.13-plain"], row["breaks in"]) for row in rows] == [
        (T, "breaks", "failed", "3.13"),
        (U, "ok", "passed", ""),
    ]


def test_the_merged_junit_says_what_the_cells_said(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = {T: "failed", U: "error", V: "skipped", "tests/test_a.py::test_w": "xfailed"}
    folder.tests("3.12", dict.fromkeys(outcomes, "passed"))
    folder.tests("3.13", outcomes)
    _, text = printed(capsys, "report", str(folder.run()), "--format", "junit", "--output", "-")
    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(text)}
    assert suites["3.12-plain"].get("tests") == "4"
    found = {case.get("name"): [child.tag for child in case] for case in suites["3.13-plain"].iter("testcase")}
    assert found == {"test_x": ["failure"], "test_y": ["error"], "test_z": ["skipped"], "test_w": ["skipped"]}
    assert (suites["3.13-plain"].get("failures"), suites["3.13-plain"].get("errors")) == ("1", "1")


def many(folder: Folder, number: int) -> Path:
    names = [f"test_{index}" for index in range(number)]
    folder.cell("3.12", [case("tests.test_a", name, file="tests/test_a.py") for name in names])
    folder.cell(
        "3.13",
        [
            case(
                "tests.test_a",
                name,
                failure(f"E{name}Error: no", f"tests/test_a.py:{index + 1}: E{name}Error"),
                file="tests/test_a.py",
            )
            for index, name in enumerate(names)
        ],
    )
    return folder.run()


def test_annotations_stay_within_githubs_limit_and_say_how_many_there_are(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = printed(capsys, "report", str(many(folder, 40)), "--format", "github")
    commands = text.splitlines()
    assert len([line for line in commands if line.startswith("::error")]) == LIMIT
    assert "40 tests break, 40 causes" in commands[0]
    assert commands[-1].endswith("32 more causes are in the report.")


# What a run may call its tests: shown as text by every renderer.
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def hostile(folder: Folder) -> Path:
    names = [name for name in HOSTILE if name]
    texts = [escaped(name) for name in names]
    folder.cell("3.12", [case("tests.test_a", f"t[{text}]", file="tests/test_a.py") for text in texts])
    folder.cell(
        "3.13",
        [
            case(
                "tests.test_a",
                f"t[{text}]",
                failure(f"ValueError: {text}", f"{text}\n\ntests/test_a.py:3: ValueError"),
                file="tests/test_a.py",
            )
            for text in texts
        ],
        reason="::error::forged\n::set-output name=x::y",
        status="crashed",
    )
    return folder.run()


def escaped(name: str) -> str:
    return "".join(char if char >= " " and not "\ud800" <= char <= "\udfff" else f"#x{ord(char):02X}" for char in name)


def links(text: str) -> Iterator[str]:
    for token in MARKDOWN.parse(text):
        for inner in token.children or []:
            if inner.type in {"link_open", "image", "html_inline"} and inner.content not in {"<br>", "</br>"}:
                yield inner.content or str(inner.attrs)
        if token.type == "html_block":
            yield from re.findall(r"<(?!/?(?:details|summary)>|!-- forewarn:report -->)[^>]*>", token.content)


@pytest.mark.parametrize("name", ["md", "summary"])
def test_hostile_names_are_text_in_markdown(folder: Folder, capsys: pytest.CaptureFixture[str], name: str) -> None:
    _, text = printed(capsys, "report", str(hostile(folder)), "--format", name, "--output", "-")
    assert list(links(text)) == []
    tables = [token for token in MARKDOWN.parse(text) if token.type == "table_open"]
    assert len(tables) == 3, "causes, tests, cells"
    assert not re.search(r"(?<![\w`\\;])@(?=everyone)(?!\u2060)", re.sub(r"`+[^`]*`+", "", text))
    assert text.startswith(MARKER) is (name == "md")


def test_no_workflow_command_is_forged(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = printed(capsys, "report", str(hostile(folder)), "--format", "github")
    for line in text.splitlines():
        assert re.match(r"::(error|warning|notice) (file=[^:,]*,(line=\d+,)?)?title=[^:,]*::", line), line
    assert "\x1b" not in text


def test_no_cell_is_a_formula(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1")
    folder.cell("3.12", [case(name, "") for name in names])
    folder.cell("3.13", [case(name, "") for name in names])
    _, text = printed(capsys, "report", str(folder.run()), "--format", "csv", "--output", "-")
    for row in csv.reader(io.StringIO(text)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


@pytest.mark.parametrize("name", ["sarif", "junit", "json", "csv"])
def test_hostile_names_leave_machine_formats_well_formed(
    folder: Folder, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _, text = printed(capsys, "report", str(hostile(folder)), "--format", name, "--output", "-")
    if name == "junit":
        assert len(list(ElementTree.fromstring(text).iter("testcase"))) >= 30
    elif name == "csv":
        assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1
    else:
        assert json.loads(text)


def test_what_changed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = simple(Folder(tmp_path / "a"), {T: "failed", U: "passed"})
    after = simple(Folder(tmp_path / "b"), {T: "passed", U: "failed"})
    code, text = printed(capsys, "diff", str(before), str(after))
    assert code == 1
    assert text.startswith("1 test newly breaks, 1 test is repaired")
    assert f"{U}  3.13: ok → breaks" in text
    assert printed(capsys, "diff", str(after), str(before))[1].startswith("1 test newly breaks, 1 test is repaired")
    assert printed(capsys, "diff", str(before), str(before)) == (0, "nothing changed: 2 tests, 1 cause\n")
    found = json.loads(printed(capsys, "diff", str(before), str(after), "--format", "json")[1])
    assert [one["test"] for one in found["newly_breaking"]] == [U]
    main(["report", str(before), "--format", "json", "--today", "2026-11-20"])
    capsys.readouterr()
    code, comment = printed(
        capsys, "report", str(after), "--against", str(before / "report.json"), "--format", "md", "--output", "-"
    )
    assert "### What this changes" in comment
    assert "1 test newly breaks, 1 test is repaired" in comment


def test_an_incomplete_run_is_no_proof_that_nothing_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = simple(Folder(tmp_path / "a"), {T: "passed", U: "passed"})
    other = Folder(tmp_path / "b")
    other.tests("3.12", {T: "passed", U: "passed"})
    other.tests("3.13", {T: "passed"}, status="crashed")
    code, text = printed(capsys, "diff", str(before), str(other.run()))
    assert code == 3
    assert "incomplete" in text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 2, "tests": []}', b"[" * 100_000, b"\xff"])
def test_what_is_no_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(content)
    assert main(["diff", str(file), str(file)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_was_not_measured_does_not_crowd_out_what_breaks(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.13", {T: "failed"})
    for number in range(20):
        folder.cell("3.13", None, profile=f"p{number}", status="failed-to-start", reason="no pytest")
    _, text = printed(capsys, "report", str(folder.run()), "--format", "github")
    commands = text.splitlines()
    assert commands[1].startswith("::error title=forewarn%3A not measured::3.13-p0, ")
    assert commands[1].endswith("and 9 more: failed-to-start. no pytest")
    assert commands[2].startswith("::error file=tests/test_a.py,line=3,title=forewarn::ValueError: no. 1 test breaks")


def test_an_annotation_has_no_place_outside_of_the_target(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    text = "/env/lib/python3.13/site-packages/requests/api.py:3: ValueError"
    folder.cell("3.12", [case("tests.test_a", "test_x")])
    folder.cell("3.13", [case("tests.test_a", "test_x", failure("ValueError: no", text))])
    run = folder.run()
    _, text = printed(capsys, "report", str(run), "--format", "github")
    assert "ValueError: no" in text
    assert "file=" not in text
    _, text = printed(capsys, "report", str(run), "--format", "sarif", "--output", "-")
    assert json.loads(text)["runs"][0]["properties"]["leftOut"] == 1


def test_a_suite_that_was_not_measured_is_not_green_in_the_merged_junit(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.tests("3.12", {T: "passed"})
    folder.cell("3.13", None, status="unavailable", reason="no python3.13")
    folder.cell("3.14", None, status="unavailable", optional=True)
    _, text = printed(capsys, "report", str(folder.run()), "--format", "junit", "--output", "-")
    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(text)}
    assert [suites[f"{one}-plain"].get("errors") for one in ("3.12", "3.13", "3.14")] == ["0", "1", "0"]
    [error] = suites["3.13-plain"].iter("error")
    assert error.get("message") == "unavailable: no python3.13"
    assert suites["3.14-plain"].get("skipped") == "1"


FORGED = ("::error::forged", "  ::set-output name=a::b", "see ##[error]forged", "##[add-mask]x")


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_is_printed_holds_a_forged_command(
    folder: Folder, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for python, inner in (("3.12", ""), ("3.13", "f")):
        rows = [case("", one, failure(one, f"{one}\n{one}\na.py:1: E") if inner else "") for one in FORGED]
        folder.cell(python, rows, status="complete" if not inner else "crashed", reason=FORGED[0])
    run = folder.run(ignore=[{"reason": text, "expires": "2020-01-01"} for text in FORGED])
    _, text = printed(capsys, "report", str(run), "--format", name, "--output", "-")
    assert "forged" in text or name == "html"
    for line in text.splitlines():
        if line.startswith("::") and name == "github":
            continue
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line
    if name in {"json", "sarif"}:
        assert FORGED[2] in json.dumps(json.loads(text))
    if name == "junit":
        cases = list(ElementTree.fromstring(text).iter("testcase"))
        assert {*FORGED} <= {one.get("name") for one in cases}
        assert any("\n::error::forged" in (one.text or "") for one in ElementTree.fromstring(text).iter("failure"))


def report_json(path: Path, tests: dict[str, dict[str, str]], **fields: object) -> Path:
    """A report.json of a few words: test → version → verdict."""
    document = {
        "format": 1,
        "complete": True,
        "next": ["3.13"],
        "tests": [
            {"id": test, "verdicts": {version: {"verdict": one} for version, one in verdicts.items()}}
            for test, verdicts in tests.items()
        ],
        "causes": [],
        **fields,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("after", ["unknown", "hidden", "gone", "flaky"])
def test_a_test_that_does_not_show_that_it_holds_is_not_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], after: str
) -> None:
    one = report_json(tmp_path / "a.json", {T: {"3.13": "breaks"}})
    two = report_json(tmp_path / "b.json", {T: {"3.13": after}})
    code, text = printed(capsys, "diff", str(one), str(two))
    assert (code, text.splitlines()[0]) == (0, "1 other verdict")
    assert f"3.13: breaks → {after}" in text


def test_a_version_that_only_one_run_is_about_is_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = report_json(tmp_path / "a.json", {T: {"3.13": "ok"}})
    two = report_json(tmp_path / "b.json", {T: {"3.13": "ok", "3.14": "breaks"}}, next=["3.13", "3.14"])
    code, text = printed(capsys, "diff", str(one), str(two))
    assert (code, text) == (0, "1 test unchanged; not compared, since only one run is about it: 3.14\n")


@pytest.mark.parametrize("form", ["terminal", "md", "json"])
def test_a_report_of_somebody_elses_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    evil = "3.13\x1b[31m\n::error::forged @everyone"
    cause = {"id": evil, "title": evil, "kind": evil, "file": evil, "line": evil, "breaking": "9" * 99}
    one = report_json(tmp_path / "a.json", {evil: {evil: "ok"}}, next=[evil])
    two = report_json(tmp_path / "b.json", {evil: {evil: "breaks"}, "\ud800": {}}, next=[evil], causes=[cause])
    code, text = printed(capsys, "diff", str(one), str(two), "--format", form)
    assert code == 1
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if form == "md":
        assert "@everyone" not in re.sub(r"`[^`]*`", "", text)


def test_what_changed_is_told_within_a_limit(tmp_path: Path) -> None:
    turn = "\u202e" * 300
    tests = [f"tests/test_a.py::test[{turn}{number}]" for number in range(200)]
    one = report_json(tmp_path / "a.json", {test: {"3.13": "ok"} for test in tests})
    two = report_json(tmp_path / "b.json", {test: {"3.13": "breaks"} for test in tests})
    difference = compare_summaries(*(summary_of(read_report(path)) for path in (one, two)))
    for limit in (100_000, 20_000, 3_000, 100):
        text = difference_markdown(difference, limit)
        assert len(text) <= max(limit, 200)
        assert "200 tests newly break" in text
        match = re.search(r"and (\d+) more", text)
        assert match
        assert int(match[1]) + text.count("\n- `") == 200
