from __future__ import annotations

import contextlib
import gc
import io
import tracemalloc

import pytest
from results_builder import case, failure, suite

from reports.junit import TEXT_LIMIT, Case, JUnitError, read_cases


def read(text: str | bytes) -> list[Case]:
    return list(read_cases(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(suite(case("a", "x"), case("a", "y")), ["x", "y"], id="pytest"),
        pytest.param('<testsuite><testcase classname="a" name="x"/></testsuite>', ["x"], id="testsuite root"),
        pytest.param(
            '<testsuite><testsuite><testcase name="x"/></testsuite><testcase name="y"/></testsuite>',
            ["x", "y"],
            id="nested suites",
        ),
        pytest.param('<testsuite xmlns:j="u"><j:testcase name="x"/></testsuite>', ["x"], id="namespace"),
        pytest.param("\n\n  <testsuites/>", [], id="blank lines before, no tests"),
        pytest.param(suite(case("a", "x", time="1,234.5", line="abc")), ["x"], id="commas and words for numbers"),
        pytest.param("<testsuite><testcase/></testsuite>", [], id="nameless"),
        pytest.param(
            '<?xml version="1.0" encoding="utf-16"?><testsuite><testcase name="é"/></testsuite>'.encode("utf-16"),
            ["é"],
            id="utf-16",
        ),
    ],
)
def test_dialects(text: str | bytes, names: list[str]) -> None:
    assert [row.name for row in read(text)] == names


@pytest.mark.parametrize(
    ("inner", "tags"),
    [
        ("<skipped/>", ["skipped"]),
        ("<failure/>", ["failure"]),
        (failure("one") + failure("two"), ["failure", "failure"]),
        (failure("call") + failure("teardown", tag="error"), ["failure", "error"]),
        ("<system-out>noise <b/></system-out><properties><property name='failure'/></properties>", []),
        ("<flakyFailure message='x'/><rerunFailure message='y'/>", []),
    ],
)
def test_entries(inner: str, tags: list[str]) -> None:
    (row,) = read(suite(case("a", "x", inner)))
    assert [entry.tag for entry in row.entries] == tags


@pytest.mark.parametrize("attribute", [{"status": "notrun"}, {"result": "skipped"}, {"status": "DISABLED"}])
def test_tests_that_were_not_run_by_attribute(attribute: dict[str, str]) -> None:
    (row,) = read(suite(case("a", "x", **attribute)))
    assert [entry.tag for entry in row.entries] == ["skipped"]


def test_text_of_nested_markup_does_not_end_the_failure() -> None:
    (row,) = read(suite(case("a", "x", "<failure message='m'>before<b>in</b>after</failure>")))
    assert row.entries[0].text == "beforeinafter"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (suite(case("a", "x"), case("a", "y"))[:-60], ["x"]),
        ("", []),
        ("not xml at all", []),
        ("<html><testcase name='x'/></html>", ["x"]),
        (suite(case("a", "x")).replace("</testsuites>", "&nosuch;</testsuites>"), ["x"]),
        ('<?xml version="1.0" encoding="klingon"?><testsuites/>', []),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuites/>', []),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites><testcase name="&x;"/></testsuites>', []),
    ],
    ids=["cut", "empty", "text", "html", "unknown entity", "encoding", "entity", "external entity"],
)
def test_a_bad_file_gives_what_was_read_and_a_fault(text: str, names: list[str]) -> None:
    seen: list[str] = []

    def read_all() -> None:
        for row in read_cases(io.BytesIO(text.encode())):
            seen.append(row.name)  # noqa: PERF401 - what came before the fault must be kept

    with pytest.raises(JUnitError, match=r"junit\.xml cannot be read to its end"):
        read_all()
    assert seen == names


def test_an_entity_bomb_is_refused_before_it_grows() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE b [<!ENTITY e0 "lol">{levels}]><testsuites>&e9;</testsuites>'
    with pytest.raises(JUnitError, match="declares an entity"):
        read(bomb)


def test_a_huge_traceback_keeps_its_beginning_and_its_end() -> None:
    text = "first\n" + "x" * 3_000_000 + "\nlast"
    tracemalloc.start()
    (row,) = read(suite(case("a", "x", failure("m", text) + f"<system-out>{'y' * 3_000_000}</system-out>")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = row.entries[0].text
    assert kept.startswith("first")
    assert kept.endswith("last")
    assert len(kept) < TEXT_LIMIT + 100
    # The test holds the document several times; the reader must not add to that.
    assert peak < 14_000_000


def test_the_nameless_row_of_an_interrupted_test_is_no_result() -> None:
    rows = '<testcase classname="m" name="a"/><testcase time="0.000" />'
    text = f"<testsuites><testsuite>{rows}</testsuite></testsuites>"
    assert [one.name for one in read_cases(io.BytesIO(text.encode()))] == ["a"]


def test_what_a_red_test_printed_is_kept_and_what_others_printed_is_not() -> None:
    long = "x" * 10_000
    rows = read(
        "<testsuite><testcase name='a'><failure message='no'/><system-out>one</system-out><properties/>two"
        f"<system-err>{long}three</system-err></testcase>"
        "<testcase name='b'><system-out>quiet</system-out></testcase><system-out>of the suite</system-out>"
        "<testcase name='c'><error message='no'/></testcase></testsuite>"
    )
    first, second, third = [row.output for row in rows]
    assert first.startswith("one")
    assert "two" not in first
    assert first.endswith("three")
    assert len(first) < 5_000
    assert (second, third) == ("", "")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.25", 0.25), ("1,234.5", None), ("-1", None), ("nan", None), ("inf", None), ("", None), ("1e400", None)],
)
def test_times_are_read_where_they_are_numbers(text: str, seconds: float | None) -> None:
    (row,) = read(f"<testsuite><testcase name='a' time='{text}'/></testsuite>")
    assert row.seconds == seconds


@pytest.mark.parametrize("text", [suite(case("a", "x", failure("no"))), "<testsuites><testcase name='x'/>", "no"])
def test_a_parser_is_gone_with_its_file_and_needs_no_collector(text: str) -> None:
    def parsers() -> int:
        return sum(type(one).__name__ == "xmlparser" for one in gc.get_objects())

    gc.collect()
    gc.disable()  # as while a report is made
    try:
        before = parsers()
        with contextlib.suppress(JUnitError):
            read(text)
        assert parsers() == before
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("inner", "fault"),
    [
        ("<a>" * 10_000, "nested more than 1,000 deep"),
        (f"<testcase name='deep'><failure>{'<a>' * 10_000}", "nested more than 1,000 deep"),
        (f"<testcase name='red'>{'<skipped/>' * 2_000}<failure/></testcase>", "more than 1,000 results"),
    ],
)
def test_what_is_made_to_grow_ends_the_reading(inner: str, fault: str) -> None:
    """And not only what is beyond the limit: the result that is not read may be the failure."""
    names: list[str] = []
    text = f"<testsuite><testcase name='first'/>{inner}</testsuite>"
    with pytest.raises(JUnitError, match=fault):
        names.extend(row.name for row in read_cases(io.BytesIO(text.encode())))
    assert names == ["first"]
