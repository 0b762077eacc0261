"""The data itself: its form, and that every record agrees with itself and with what was measured."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from knowledge import records
from knowledge.compare import contradictions
from reports.knowledge_patterns import required_literals
from reports.knowledge_read import build_record

DOCUMENT = records.load()
RECORDS: list[dict[str, Any]] = DOCUMENT["records"]
SCHEMA = json.loads((Path(records.FILE).parent / "deprecations.schema.json").read_text(encoding="utf-8"))
PATTERNS = sorted(
    {record[name] for record in RECORDS for name in ("message_pattern", "error_pattern") if name in record}
)


def test_the_schema_is_met() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(DOCUMENT)


def test_the_file_is_as_it_would_be_written() -> None:
    assert records.FILE.read_text(encoding="utf-8") == records.dump(DOCUMENT)


def test_records_stand_once_and_in_order() -> None:
    ids = [record["id"] for record in RECORDS]
    assert ids == sorted(set(ids))


def test_everything_that_was_collected_is_there() -> None:
    packages = [record["package"] for record in RECORDS]
    assert {name: packages.count(name) for name in set(packages)} == {
        "cpython": 557,
        "pytest": 19,
        "pytest-asyncio": 12,
        "setuptools": 3,
        "asynctest": 1,
    }
    probed = [record for record in RECORDS if record["package"] == "cpython" and "probe" in record]
    assert len(probed) == 510
    assert all(list(record["measured"]) == list(DOCUMENT["interpreters"]) for record in probed)


@pytest.mark.parametrize("version", DOCUMENT["interpreters"])
def test_dates_say_what_was_measured(version: str) -> None:
    probed = [record for record in RECORDS if record["package"] == "cpython" and "probe" in record]
    assert [str(found) for record in probed for found in contradictions(record, version)] == []


def test_exceptions_are_measured() -> None:
    marked = [record for record in RECORDS if "exceptions" in record]
    assert marked
    assert all(
        record["measured"][version] == word for record in marked for version, word in record["exceptions"].items()
    )


def test_sources_name_no_machine() -> None:
    machine = re.compile(r"(^|[\s('\"])(/(work|opt|home|root|usr)/|[A-Z]:\\)|https?://(localhost|127\.)")
    assert not [record["id"] for record in RECORDS if machine.search(json.dumps(record))]


def test_probes_are_python() -> None:
    for record in RECORDS:
        for code in ("probe", "test_file"):
            # What a probe shows may be a syntax error or warning by itself.
            if code in record and record["kind"] != "syntax":
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    compile("\n".join(record[code]), record["id"], "exec", dont_inherit=True)


def kept(raw: dict[str, Any], name: str) -> Any:
    value = getattr(build_record(raw), name)
    if name in ("probe", "test_file"):
        return value.split("\n")
    return list(value) if isinstance(raw[name], list) else value


def test_a_record_keeps_every_field() -> None:
    assert [(raw["id"], name) for raw in RECORDS for name in raw if kept(raw, name) != raw[name]] == []


def tree(pattern: str) -> Any:
    import importlib

    return importlib.import_module("re._parser").parse(pattern)


def endless(parsed: Any, depth: int = 0) -> Iterator[int]:
    """How deep each endless repetition of a parsed pattern stands in others."""
    for operator, value in parsed:
        name = str(operator)
        if name.endswith("_REPEAT"):
            _, high, inner = value
            inside = depth + (str(high) == "MAXREPEAT" or high > 100)
            if inside > depth:
                yield inside
            yield from endless(inner, inside)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from endless(branch, depth)
        elif name == "SUBPATTERN":
            yield from endless(value[-1], depth)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from endless(value[1], depth)


def test_no_pattern_takes_forever() -> None:
    # A repetition in a repetition is what makes time explode; those beside each other are at worst a small power of
    # a length that is bounded.
    depths = {pattern: list(endless(tree(pattern))) for pattern in PATTERNS}
    assert [pattern for pattern, found in depths.items() if max(found, default=0) > 1 or len(found) > 6] == []


def test_every_pattern_has_a_literal_to_look_for() -> None:
    literals = {pattern: required_literals(pattern) for pattern in PATTERNS}
    assert [pattern for pattern, found in literals.items() if min(map(len, found), default=0) < 5] == []
