"""A project's own records: what they may say, and how mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.knowledge import Knowledge
from reports.knowledge_model import Certainty, Deadline
from reports.knowledge_patterns import required_literals
from reports.knowledge_read import KnowledgeError, read_records

KNOWLEDGE = Knowledge()
OWN = {
    "id": "acme-client-v1",
    "package": "acme",
    "subject": "acme.Client",
    "message_pattern": "^acme\\.Client is going away$",
    "deprecated_in": "2.0",
    "removal_scheduled_for": "3.0",
    "replacement": "Use acme.connect.",
}


def test_a_record_is_added() -> None:
    knowledge = KNOWLEDGE.with_records([OWN])
    match = knowledge.find_by_warning("DeprecationWarning", "acme.Client is going away", "3.12")
    assert match is not None
    assert (match.record.id, match.record.package, match.exact) == ("acme-client-v1", "acme", True)
    assert match.deadline == Deadline(version="3.0", certainty=Certainty.SCHEDULED)
    assert KNOWLEDGE.find_by_warning("DeprecationWarning", "acme.Client is going away") is None


def test_a_known_record_keeps_what_is_not_replaced() -> None:
    knowledge = KNOWLEDGE.with_records([{"id": "module-imp", "replacement": "Use our loader."}])
    record, before = knowledge.get("module-imp"), KNOWLEDGE.get("module-imp")
    assert record is not None
    assert before is not None
    assert record.replacement == "Use our loader."
    assert (record.message_pattern, record.measured) == (before.message_pattern, before.measured)
    assert len(knowledge.ids) == len(KNOWLEDGE.ids)


def own(**changes: Any) -> dict[str, Any]:
    return {**OWN, **changes}


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (["x"], "knowledge[0]: a record is a mapping"),
        ([{}], "knowledge[0].id: None is not an id such as module-imp"),
        ([own(id="Not An Id")], "knowledge[0].id: 'Not An Id' is not an id such as module-imp"),
        ([own(removed="3.12")], "knowledge[0].removed: there is no such field"),
        ([own(removed_in=3.12)], "knowledge[0].removed_in: 3.12 is not a text (put it in quotes)"),
        ([own(removed_in="soon")], "knowledge[0].removed_in: 'soon' is not a version"),
        ([own(removal_scheduled_for="soon")], "knowledge[0].removal_scheduled_for: 'soon' is not a version"),
        ([own(message_pattern="(")], "knowledge[0].message_pattern: not a regular expression"),
        ([own(message_pattern="(" * 3000)], "knowledge[0].message_pattern: not a regular expression"),
        ([own(message_pattern="(?:a{999}){999}")], "knowledge[0].message_pattern: not a regular expression of a pers"),
        ([own(sources="one")], "knowledge[0].sources: a list of texts"),
        ([own(measured={"3.12": "fine"})], "knowledge[0].measured: 'fine' is none of absent, error, ok, warns"),
        ([own(measured={"x": "ok"})], "knowledge[0].measured: 'x' is not a version"),
        ([own(measured={3.12: "ok"})], "knowledge[0].measured: a mapping of versions (in quotes) to words"),
        ([own(error_pattern_generic="yes")], "knowledge[0].error_pattern_generic: true or false"),
        ([{"id": "new-one", "subject": "x"}], "knowledge[0]: a record needs a message_pattern or an error_pattern"),
        ([{"id": "new-one", "message_pattern": "x"}], "knowledge[0].subject: a new record names what is deprecated"),
        ([OWN, OWN], "knowledge[1].id: acme-client-v1 stands here twice"),
    ],
)
def test_mistakes_name_their_place(records: list[Any], message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        KNOWLEDGE.with_records(records)
    assert message in caught.value.message


def test_mistakes_come_all_at_once() -> None:
    with pytest.raises(KnowledgeError) as caught:
        KNOWLEDGE.with_records([own(removed_in="soon"), own(kind=1)], where="matrix.yaml: knowledge")
    assert "matrix.yaml: knowledge[0].removed_in" in caught.value.message
    assert "matrix.yaml: knowledge[1].kind" in caught.value.message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}'])
def test_a_file_that_is_none_of_ours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deprecations.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError):
        read_records(path)
    with pytest.raises(KnowledgeError):
        read_records(tmp_path / "absent.json")


def test_a_record_that_was_shipped_passes_a_projects_check() -> None:
    raw = json.loads((Path(__file__).parents[3] / "knowledge" / "deprecations.json").read_text(encoding="utf-8"))
    patterned = [record for record in raw["records"] if {"message_pattern", "error_pattern"} & set(record)]
    assert len(Knowledge({}).with_records(patterned).ids) == len(patterned)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("^abc$", ("abc",)),
        ("abc?d", ("ab",)),
        ("ab+c", ("ab",)),
        ("x{2}abc", ("abc",)),
        (r"a\.b\(c", ("a.b(c",)),
        (r"\d+ is \w", (" is ",)),
        ("long(?:short|middle)", ("short", "middle")),
        ("(?:first|second)?end", ("end",)),
        ("(?!not)foo", ("foo",)),
        ("one|two", ("one", "two")),
        ("one|.*", ()),
        ("[abc]x[]y]", ("x",)),
        (r"back\\slash", ("back\\slash",)),
        (r"foo\nbar", ("foo",)),
        ("(?i)foo", ()),
        ("(a)(?(1)b|c)", ()),
        ("(", ()),
        (")", ()),
    ],
)
def test_literals_of_a_pattern(pattern: str, literals: tuple[str, ...]) -> None:
    assert required_literals(pattern) == literals
