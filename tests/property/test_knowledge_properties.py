"""The knowledge base against any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import records
from reports.errors import UsageError
from reports.explain import explain
from reports.knowledge import Knowledge
from reports.knowledge_patterns import required_literals
from reports.knowledge_read import check_records
from reports.patterns import LIMIT

KNOWLEDGE = Knowledge()
DOCUMENT = records.load()
PATTERNS = sorted(
    {record[name] for record in DOCUMENT["records"] for name in ("message_pattern", "error_pattern") if name in record}
)

words = st.sampled_from(
    [
        "There is no current event loop",
        "'",
        "TypeError: ",
        "module ",
        "DeprecationWarning: ",
        "will be removed in ",
        "Python 3.16",
        "3.9",
        "\n",
        "\0",
        "\ud800",
        "No module named 'imp'",
    ]
)
texts = st.one_of(st.text(max_size=200), st.lists(words, max_size=8).map("".join))
pythons = st.one_of(
    st.none(), st.sampled_from(["3.8", "3.12.1", "3.16", "pypy3.11", "3.13t", "", "x"]), st.text(max_size=8)
)
names = st.one_of(st.none(), st.sampled_from(["DeprecationWarning", "builtins.TypeError", "."]), st.text(max_size=20))


@given(texts, names, pythons)
def test_any_text_has_an_answer(text: str, name: str | None, python: str | None) -> None:
    for find in (KNOWLEDGE.find_by_warning, KNOWLEDGE.find_by_error):
        match = find(name, text, python)
        if match is not None:
            assert {record.family for record in match.records} == {match.family}
            assert match.narrow(text).records
            assert match.family not in {record.family for record in match.others}
    forecast = KNOWLEDGE.from_text(text, name, python=python)
    assert (forecast.reliability is None) or forecast.version


@given(texts)
def test_explaining_never_fails_but_for_ids(text: str) -> None:
    asked = text.strip()
    try:
        explanation = explain(text, KNOWLEDGE)
    except UsageError as caught:
        refused: UsageError | None = caught
    else:
        refused = None
        assert explanation.answers or explanation.query == asked
    if refused:
        assert refused.hint
        assert not asked or re.fullmatch(r"[a-z0-9-]+", asked)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
@pytest.mark.parametrize("half", [0, 1])
def test_a_matching_text_holds_a_required_literal(half: int, data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS[half::2]))
    text = data.draw(st.from_regex(pattern))
    assert any(literal in text for literal in required_literals(pattern))


@given(
    st.integers(0, LIMIT), st.sampled_from([record for record in DOCUMENT["records"] if "message_pattern" in record])
)
def test_what_stands_beyond_the_limit_changes_nothing(extra: int, record: dict[str, str]) -> None:
    text = ("x" * extra + record["message_pattern"] * 200)[: LIMIT * 2].ljust(LIMIT)
    beyond = KNOWLEDGE.find_by_warning(None, text[:LIMIT] + record["message_pattern"] * 50)
    assert beyond == KNOWLEDGE.find_by_warning(None, text[:LIMIT])


@given(st.sampled_from(DOCUMENT["records"]))
def test_records_survive_writing_and_reading(record: dict[str, object]) -> None:
    import json

    alone = {"format": 1, "records": [record]}
    assert json.loads(records.dump(alone)) == alone
    if {"message_pattern", "error_pattern"} & set(record):
        assert check_records([record], {}, "knowledge") == {record["id"]: record}
