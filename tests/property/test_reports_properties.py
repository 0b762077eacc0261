from __future__ import annotations

import io
import re
from collections import Counter
from xml.sax.saxutils import quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.causes import normal_message
from reports.diff import compare, decide
from reports.identity import Identifier, escape_as_pytest, junit_names
from reports.journal import read_journal
from reports.junit import JUnitError, read_cases
from reports.markdown_text import code, escape
from reports.model import Cell, CellResults, Outcome, Question, Run, TestInfo, Verdict
from reports.render_markdown import RESERVE, Page
from reports.texts import one_line, one_line_id, visible

MEASURED = st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.UNKNOWN])
TEXT = st.text(st.characters(codec=None), max_size=60)


def run_of(before: list[Outcome], after: list[Outcome], *, swapped: bool = False) -> Run:
    tests = tuple(TestInfo(id=f"t{number}", classname="", name=f"t{number}") for number in range(len(before)))
    cells = tuple(
        CellResults(
            cell=Cell(id=python, python=python, profile="plain"),
            outcomes={
                f"t{number}": outcome for number, outcome in enumerate(outcomes) if outcome is not Outcome.MISSING
            },
            details={},
        )
        for python, outcomes in (("3.12", before), ("3.13", after))
    )
    base, later = ("3.13", "3.12") if swapped else ("3.12", "3.13")
    return Run(question=Question(base=base, next=(later,), gate=()), cells=cells, tests=tests)


def counts(run: Run) -> Counter[Verdict]:
    (comparison,) = compare(run)
    assert set(comparison.verdicts) == {test.id for test in run.tests}
    return Counter(found.verdict for found in comparison.verdicts.values())


@given(st.lists(st.tuples(MEASURED, MEASURED), max_size=30))
def test_swapping_base_and_next_swaps_breaks_and_fixed(pairs: list[tuple[Outcome, Outcome]]) -> None:
    before, after = [one for one, _ in pairs], [two for _, two in pairs]
    forth, back = counts(run_of(before, after)), counts(run_of(before, after, swapped=True))
    assert forth[Verdict.BREAKS] == back[Verdict.FIXED]
    assert forth[Verdict.FIXED] == back[Verdict.BREAKS]
    assert forth[Verdict.ALWAYS_FAILING] == back[Verdict.ALWAYS_FAILING]
    assert forth.total() == len(pairs)


@given(st.sampled_from(Outcome), st.sampled_from(Outcome), st.lists(st.sampled_from(Outcome), max_size=3))
def test_missing_evidence_is_never_ok(before: Outcome, after: Outcome, strict: list[Outcome]) -> None:
    verdict = decide(before, after, tuple(strict))
    if Outcome.UNKNOWN in {before, after}:
        assert verdict is Verdict.UNKNOWN
    if {Outcome.UNKNOWN, Outcome.MISSING} & set(strict):
        assert verdict is not Verdict.OK


@given(st.lists(st.sampled_from(["tests", "unit", "test_a"]), min_size=1, max_size=3), TEXT)
def test_a_node_id_survives_the_way_through_xml(path: list[str], params: str) -> None:
    node_id = f"{'/'.join(path)}.py::TestC::test_x[{params}]"
    classname, name = junit_names(node_id)
    attributes = f"classname={quoteattr(classname)} name={quoteattr(name)}"
    xml = f"<testsuite><testcase {attributes}/></testsuite>"
    (row,) = read_cases(io.BytesIO(xml.encode()))
    identifier = Identifier()
    identifier.learn(node_id, "pytest")
    assert identifier.identify(row.classname, row.name, None) == node_id
    rebuilt = Identifier().identify(row.classname, row.name, f"{'/'.join(path)}.py")
    assert rebuilt == escape_as_pytest(node_id)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_readers(data: bytes) -> None:
    read_journal(io.BytesIO(data))
    try:
        for _ in read_cases(io.BytesIO(b"<testsuite>" + data)):
            pass
    except JUnitError:
        pass


@given(st.integers(0, 400))
def test_a_cut_file_gives_the_rows_before_the_cut(size: int) -> None:
    whole = "<testsuite>" + "".join(f'<testcase name="t{n}"><failure>x</failure></testcase>' for n in range(5))
    whole += "</testsuite>"
    names = []
    try:
        for row in read_cases(io.BytesIO(whole[:size].encode())):
            names.append(row.name)  # noqa: PERF401 - what came before the fault is kept
    except JUnitError:
        assert size < len(whole)
    assert names == [f"t{n}" for n in range(whole[:size].count("</testcase>"))]


@given(TEXT)
def test_shown_text_is_visible_and_bounded(text: str) -> None:
    pattern = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    assert not re.search(pattern, visible(text))
    assert visible(visible(text)) == visible(text)
    assert len(one_line(text, 20)) <= 20
    assert "\n" not in one_line_id(text, 20)


@given(st.text("`|\\ab \n@", max_size=30))
def test_a_code_span_is_one_span(text: str) -> None:
    span = code(text)
    if span == "–":
        return
    fence = re.match("`+", span)
    assert fence
    inner = span[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert not re.search(r"(?<!\\)\|", span)


@given(TEXT)
def test_escaped_markdown_has_no_markup_left(text: str) -> None:
    shown = escape(visible(text))
    assert not re.search(r"[<>`*|\[\]~]|@\w|(?<!&)#", shown)
    assert "\n" not in shown


@settings(max_examples=200)
@given(TEXT)
def test_normal_messages_are_stable(text: str) -> None:
    once = normal_message(text)
    assert "\n" not in once
    assert once == normal_message(text)


SECTIONS = st.lists(st.tuples(st.text(max_size=400), st.lists(st.text(max_size=3_000), max_size=30)), max_size=12)


@given(sections=SECTIONS, limit=st.integers(400, 20_000), in_bytes=st.booleans())
def test_a_document_stays_in_its_budget_and_counts_what_it_leaves_out(
    sections: list[tuple[str, list[str]]], limit: int, in_bytes: bool
) -> None:
    def size(text: str) -> int:
        return len(text.encode("utf-8", "replace")) if in_bytes else len(text)

    page = Page(limit, size)
    for title, lines in sections:
        page.open_details(title, len(lines))
        page.section(title, (f"<line>{line}" for line in lines), "lines")
        page.close_details()
    text = page.text()
    left_out = re.search(r"Left out here: ([\d,]+) lines", text)
    lost = int(left_out[1].replace(",", "")) if left_out else 0
    assert text.count("<line>") + lost == sum(len(lines) for _, lines in sections)
    assert text.count("<details>") == text.count("</details>")
    assert size(text) <= limit + RESERVE
