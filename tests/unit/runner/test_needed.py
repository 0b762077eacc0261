"""Which warnings a profile's filters may be for, and which tests that makes needed."""

from __future__ import annotations

from typing import Any

import pytest

from runner.model import TestTool
from runner.needed import Need, Rules, select

ORDER = tuple(f"test_{file}.py::test_{number}" for file in "abc" for number in range(10))


@pytest.mark.parametrize(
    ("text", "category", "message", "bases", "matches"),
    [
        pytest.param("error", "UserWarning", "any", (), True, id="all"),
        pytest.param("error::DeprecationWarning", "DeprecationWarning", "old", (), True, id="category"),
        pytest.param("error::DeprecationWarning", "UserWarning", "old", (), False, id="another category"),
        pytest.param("error::DeprecationWarning", "a.Old", "x", ("DeprecationWarning", "Warning"), True, id="derived"),
        pytest.param("error::builtins.UserWarning", "UserWarning", "x", (), True, id="builtins"),
        pytest.param("error:old", "UserWarning", "OLD times", (), True, id="beginning, in any case"),
        pytest.param("error:old", "UserWarning", "of old", (), False, id="not the beginning"),
        pytest.param("error:o.d", "UserWarning", "old", (), False, id="no pattern"),
        pytest.param("error::pytest.PytestWarning", "pytest.PytestWarning", "x", ("UserWarning",), True, id="dotted"),
        pytest.param("error::a.b.Old", "c.Old", "x", ("UserWarning",), True, id="from elsewhere"),
        pytest.param("error::a.Next", "a.b.In5", "x", ("UserWarning",), True, id="by another name"),
        pytest.param("error::a.Next", "b.In5", "x", ("UserWarning",), False, id="of another package"),
        pytest.param("error:::mod:3", "UserWarning", "x", (), True, id="module and line are not known"),
        pytest.param("ignore::UserWarning", "UserWarning", "x", (), True, id="any action"),
    ],
)
def test_match(text: str, category: str, message: str, bases: tuple[str, ...], matches: bool) -> None:
    assert Rules([text]).match(category, message, bases) is matches


def need(*records: dict[str, Any], tool: TestTool = TestTool.PYTEST) -> Need:
    base = {"when": "runtest", "category": "DeprecationWarning", "message": "old"}
    return select(ORDER, [{**base, **record} for record in records], Rules(["error::DeprecationWarning"]), tool)


def test_controls_stand_behind() -> None:
    found = need({"test": ORDER[3]})
    assert found.tests == {ORDER[3]}
    assert found.controls == {ORDER[4], ORDER[10], ORDER[20]}


def test_controls_are_few() -> None:
    order = [f"test_{file}.py::test_{number}" for file in range(1000) for number in range(10)]
    records = [
        {"test": test, "when": "runtest", "category": "DeprecationWarning", "message": "old"} for test in order[::2]
    ]
    found = select(order, records, Rules(["error"]), TestTool.PYTEST)
    assert len(found.controls) == 100


def test_a_loop_is_made_once() -> None:
    assert need({"test": ORDER[12], "message": "There is no current event loop"}).tests == set(ORDER[12:])


def test_most_of_all_is_all() -> None:
    assert need({"test": ORDER[2], "importing": True}).whole == "28 of 30 tests can end otherwise"


def test_a_test_that_warns_too_often_to_be_known() -> None:
    found = need(*({"test": ORDER[15], "category": "UserWarning", "message": str(n)} for n in range(200)))
    assert found.tests == set(ORDER[15:])


@pytest.mark.parametrize("text", ["category", "message"])
def test_a_record_that_cannot_be_read_matters(text: str) -> None:
    assert need({"test": ORDER[5], text: None}).tests == {ORDER[5]}
