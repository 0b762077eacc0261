"""Which tests are needed: whatever more is seen, no less is run."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runner.compiled import CompilerWarning
from runner.model import TestTool
from runner.needed import Need, Rules, select

ORDER = [
    f"{folder}test_{file}.py::{cls}test_{n}"
    for folder in ("", "a/")
    for file in "xy"
    for cls in ("", "T::")
    for n in "12"
]
FILTERS = ("error::DeprecationWarning", "ignore:fine:UserWarning")

records = st.fixed_dictionaries(
    {
        "test": st.sampled_from([*ORDER, None, "elsewhere.py::test"]),
        "when": st.sampled_from(["config", "collect", "runtest", "between", "child"]),
        "category": st.sampled_from(["DeprecationWarning", "UserWarning", "pkg.Old"]),
        "message": st.sampled_from(["old", "Fine by me", "There is no current event loop"]),
    },
    optional={
        "bases": st.just(["DeprecationWarning", "Warning"]),
        "decided": st.booleans(),
        "captured": st.booleans(),
        "late": st.booleans(),
        "importing": st.booleans(),
        "thread": st.just("Thread-1"),
        "after": st.sampled_from(ORDER),
        "fixture": st.tuples(
            st.just("one"),
            st.sampled_from(["class", "module", "package", "session"]),
            st.sampled_from(["setup", "teardown"]),
        ).map(list),
    },
)
tools = st.sampled_from([TestTool.PYTEST, TestTool.UNITTEST])


def needed(need: Need) -> frozenset[str]:
    return frozenset(ORDER) if need.whole else need.tests


def chosen(seen: list[dict[str, Any]], tool: TestTool) -> Need:
    return select(ORDER, seen, Rules(FILTERS), tool)


@given(seen=st.lists(records, max_size=4), more=records, tool=tools)
def test_a_warning_more_is_never_a_test_less(seen: list[dict[str, Any]], more: dict[str, Any], tool: TestTool) -> None:
    before, after = chosen(seen, tool), chosen([*seen, more], tool)
    assert needed(before) <= needed(after)
    assert before.process <= after.process


@given(seen=st.lists(records, max_size=5), tool=tools)
def test_the_order_of_warnings_says_nothing(seen: list[dict[str, Any]], tool: TestTool) -> None:
    one, other = chosen(seen, tool), chosen(seen[::-1], tool)
    assert (needed(one), one.process) == (needed(other), other.process)


@given(seen=st.lists(records, max_size=5), tool=tools)
def test_what_warned_in_a_test_is_run(seen: list[dict[str, Any]], tool: TestTool) -> None:
    need = chosen(seen, tool)
    rules = Rules(FILTERS)
    for record in seen:
        matches = rules.match(record["category"], record["message"], record.get("bases", ()))
        if matches and record["when"] == "runtest" and not record.get("decided") and record["test"]:
            assert need.process
            assert need.whole or record["test"] in need.tests


@given(seen=st.lists(records, max_size=5), tool=tools)
def test_controls_are_others(seen: list[dict[str, Any]], tool: TestTool) -> None:
    need = chosen(seen, tool)
    assert not need.controls & need.tests
    assert need.controls <= frozenset(ORDER)
    assert need.process or not (need.tests or need.controls)


@given(seen=st.lists(records, max_size=3), tool=tools)
def test_a_record_that_refers_to_another_is_as_good(seen: list[dict[str, Any]], tool: TestTool) -> None:
    short: list[dict[str, Any]] = []
    for number, record in enumerate(seen):
        short += [{**record, "id": str(number)}, {"test": ORDER[0], "like": str(number)}]
    full = [one for record in seen for one in (record, {**record, "test": ORDER[0], "after": None})]
    assert chosen(short, tool) == chosen(full, tool)


@given(seen=st.lists(records, max_size=4), tool=tools)
def test_filters_of_the_suite_make_every_warning_count(seen: list[dict[str, Any]], tool: TestTool) -> None:
    all_count = select(ORDER, seen, Rules(FILTERS, all_warnings=True), tool)
    assert needed(chosen(seen, tool)) <= needed(all_count)
    assert all_count == select(ORDER, seen, Rules(["error"]), tool)
    assert all_count.process or all(record["when"] != "collect" for record in seen)


@given(test=st.sampled_from([None, *ORDER]), tool=tools)
def test_what_the_compiler_says(test: str | None, tool: TestTool) -> None:
    found = [(test, CompilerWarning(category="DeprecationWarning", message="invalid escape sequence"))]
    need = select(ORDER, [], Rules(FILTERS), tool, found)
    behind = frozenset(ORDER[ORDER.index(test) :]) if test else frozenset()
    assert (need.process, needed(need) >= behind) == (True, True)
    other = [(test, CompilerWarning(category="SyntaxWarning", message="invalid escape sequence"))]
    assert select(ORDER, [], Rules(FILTERS), tool, other) == Need()
