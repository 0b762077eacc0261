"""Evidence of one cell out of a plain run and a run of some of its tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runner.junit_rows import JUnitFault, read_suites, write_suites
from runner.merge_evidence import Carried, carry_over, row_key
from runner.model import TestTool
from runner.suite_log import read_log


def write(folder: Path, name: str, records: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def events(outcomes: dict[str, str]) -> list[dict[str, Any]]:
    ran = [
        record
        for test, outcome in outcomes.items()
        for record in ({"event": "begin", "id": test}, {"event": "end", "id": test, "outcome": outcome})
    ]
    return [{"event": "session"}, {"event": "collected", "ids": list(outcomes)}, *ran, {"event": "finish"}]


def junit(folder: Path, rows: str) -> None:
    (folder / "junit.xml").write_text(
        f'<?xml version="1.0"?><testsuites><testsuite name="s" tests="9" errors="9">{rows}</testsuite></testsuites>',
        encoding="utf-8",
    )


@pytest.fixture
def carried(tmp_path: Path) -> Carried:
    """Three tests ran plainly, the second again with filters, where it fails."""
    source, part = tmp_path / "plain", tmp_path / "part"
    write(source, "tests.jsonl", events({"t.py::a": "passed", "t.py::b": "passed", "t.py::c": "failed"}))
    write(part, "tests.jsonl", events({"t.py::b": "failed"}))
    rows = '<testcase classname="t" name="a" time="1"/><testcase classname="t" name="b" time="2"></testcase>'
    junit(source, f'{rows}<testcase classname="t" name="c"><failure message="in /old/t.py">&lt;</failure></testcase>')
    junit(part, '<testcase classname="t" name="b"><failure message="DeprecationWarning">old</failure></testcase>')
    full = {"test": "t.py::b", "id": "7-1", "category": "DeprecationWarning", "file": "/old/t.py"}
    write(source, "warnings.jsonl", [full, {"test": "t.py::c", "like": "7-1"}, {"test": "t.py::a", "like": "7-1"}])
    write(part, "warnings.jsonl", [{"test": "t.py::b", "id": "7-1", "category": "DeprecationWarning"}])
    return Carried(
        source=source,
        log=read_log(source / "tests.jsonl"),
        suites=read_suites(source / "junit.xml"),
        tests={"t.py::a", "t.py::c"},
        part=part,
        tool=TestTool.PYTEST,
        roots=("/old", "/new"),
    )


def test_every_test_has_one_outcome(carried: Carried, tmp_path: Path) -> None:
    (into := tmp_path / "cell").mkdir()
    assert carry_over(carried, into) == 1
    log = read_log(into / "tests.jsonl")
    assert dict(log.outcomes) == {"t.py::a": "passed", "t.py::b": "failed", "t.py::c": "failed"}
    assert list(log.begun) == ["t.py::a", "t.py::b", "t.py::c"]
    assert log.needed is not None
    assert (log.needed["ids"], log.finished, log.exit_status) == (["t.py::b"], True, 1)
    root = ElementTree.parse(into / "junit.xml").getroot()
    rows = [(suite.get("tests"), suite.get("failures"), case.get("name")) for suite in root for case in suite]
    assert rows == [("2", "1", "a"), ("2", "1", "c"), ("1", "1", "b")]
    assert root.find(".//testcase[@name='c']/failure").attrib == {"message": "in /new/t.py"}  # type: ignore[union-attr]


def test_warnings_refer_to_what_is_here(carried: Carried, tmp_path: Path) -> None:
    (into := tmp_path / "cell").mkdir()
    carry_over(carried, into)
    first, second, third = lines(into / "warnings.jsonl")
    assert first == {"test": "t.py::c", "id": "c7-1", "category": "DeprecationWarning", "file": "/new/t.py"}
    assert second == {"test": "t.py::a", "like": "c7-1"}
    assert third == {"test": "t.py::b", "id": "7-1", "category": "DeprecationWarning"}


def test_what_was_not_collected_is_not_carried_over(carried: Carried, tmp_path: Path) -> None:
    write(carried.part, "tests.jsonl", [{"event": "collection-error", "id": "t.py"}, {"event": "finish"}])
    junit(carried.part, '<testcase classname="" name="t"><error message="collection failure"/></testcase>')
    gone = Carried(
        source=carried.source,
        log=carried.log,
        suites=carried.suites,
        tests=(),
        part=carried.part,
        lost=carried.log.collected,
        tool=TestTool.PYTEST,
        roots=carried.roots,
    )
    (into := tmp_path / "cell").mkdir()
    assert carry_over(gone, into) == 1
    log = read_log(into / "tests.jsonl")
    assert (log.outcomes, log.collected, log.errors) == ({}, (), ("t.py",))
    assert [case.get("name") for case in ElementTree.parse(into / "junit.xml").iter("testcase")] == ["t"]


@pytest.mark.parametrize(
    ("test", "tool", "key"),
    [
        ("tests/test_a.py::test", TestTool.PYTEST, ("tests.test_a", "test")),
        ("tests/test_a.py::Class::test[a::b/c.py]", TestTool.PYTEST, ("tests.test_a.Class", "test[a::b/c.py]")),
        ("README.rst::README.rst", TestTool.PYTEST, ("README.rst", "README.rst")),
        ("a.B.test", TestTool.UNITTEST, ("a.B", "test")),
        ("a.B.test (2)", TestTool.UNITTEST, ("a.B", "test (2)")),
        ("a.B.test (x.y)", TestTool.UNITTEST, ("a.B", "test (x.y)")),
    ],
)
def test_row_key(test: str, tool: TestTool, key: tuple[str, str]) -> None:
    assert row_key(test, tool) == key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_rows_are_kept_as_they_were_written(tmp_path: Path, encoding: str) -> None:
    rows = "<testcase classname='ä' name=\"a > 'b'\" ><![CDATA[ <x/> ]]></testcase><testcase name='c'\n/>"
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite name="s"><properties/>{rows}</testsuite>'
    (tmp_path / "junit.xml").write_bytes(text.encode(encoding))
    (suite,) = read_suites(tmp_path / "junit.xml")
    assert "".join(row.text.decode() for row in suite.rows) == rows
    assert suite.rest == (b"<properties/>",)
    write_suites(tmp_path / "again.xml", [suite])
    assert [row.key for row in read_suites(tmp_path / "again.xml")[0].rows] == [("ä", "a > 'b'"), ("", "c")]


@pytest.mark.parametrize(
    "text", ["", "<testsuite>", "<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", '<?xml version="1.0" encoding="no"?><a/>']
)
def test_what_is_no_junit(tmp_path: Path, text: str) -> None:
    (tmp_path / "junit.xml").write_text(text, encoding="utf-8")
    with pytest.raises(JUnitFault):
        read_suites(tmp_path / "junit.xml")
