"""The JUnit files of shards become one, whatever they hold."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner.merge_junit import merge_junit

BOMB = (
    '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<testsuite><testcase name="x"><failure message="&b;"/></testcase></testsuite>'
)
EXTERNAL = (
    '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="x">&x;</testcase></testsuite>'
)


def merged(folder: Path, *texts: str) -> tuple[str | None, ElementTree.Element]:
    paths = []
    for number, text in enumerate(texts):
        path = folder / str(number) / "junit.xml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    into = io.StringIO()
    fault = merge_junit(paths, into)
    return fault, ElementTree.fromstring(into.getvalue())


def names(root: ElementTree.Element) -> list[str]:
    return [str(case.get("name")) for case in root.iter("testcase")]


def test_what_shards_tell_alike_is_told_once(tmp_path: Path) -> None:
    fault, root = merged(
        tmp_path,
        '<testsuites><testsuite name="a"><testcase name="x"><error message="&lt;&#10;é">t&amp;\n</error></testcase>'
        '<testcase name="x"/></testsuite></testsuites>',
        '<testsuite name="b"><testsuite><testcase name="x"/><testcase name="y"/></testsuite></testsuite>',
    )
    assert fault is None
    assert names(root) == ["x", "x", "y"]
    error = root.find(".//error")
    assert error is not None
    assert (error.get("message"), error.text) == ("<\né", "t&\n")


@pytest.mark.parametrize("cut", ['<testcase name="z">', '<testcase name="z"><failure', '<testcase name="z"/', ""])
def test_a_case_that_is_cut_is_not_there(tmp_path: Path, cut: str) -> None:
    """It may have failed: as an element without a failure it would have passed."""
    fault, root = merged(tmp_path, f'<testsuites><testsuite><testcase name="y"/>{cut}')
    assert fault is not None
    assert fault.startswith("0: junit.xml cannot be read: ")
    assert names(root) == ["y"]


@pytest.mark.parametrize("text", [BOMB, EXTERNAL])
def test_a_document_type_is_refused(tmp_path: Path, text: str) -> None:
    fault, root = merged(tmp_path, text)
    assert str(fault).startswith("0: junit.xml cannot be read: it has a document type, which no test tool writes")
    assert names(root) == []


def test_depth_is_an_error(tmp_path: Path) -> None:
    deep = 10_000
    inner = f'<testcase name="x">{"<b>" * deep}{"</b>" * deep}</testcase>'
    fault, _ = merged(tmp_path, f"<testsuite>{'<a>' * deep}{'</a>' * deep}{inner}</testsuite>")
    assert fault == "0: junit.xml cannot be read: nested more than 1,000 deep"


def test_no_file_and_links_are_a_fault(tmp_path: Path) -> None:
    into = io.StringIO()
    assert "cannot be read" in str(merge_junit([tmp_path / "none"], into))
    (tmp_path / "secret").write_text('<testsuite><testcase name="s3cret"/></testsuite>', encoding="utf-8")
    (tmp_path / "junit.xml").symlink_to(tmp_path / "secret")
    assert "it is a link" in str(merge_junit([tmp_path / "junit.xml"], into))
    assert "s3cret" not in into.getvalue()
