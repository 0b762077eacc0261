from __future__ import annotations

from pathlib import Path

import pytest
from results_builder import Folder, case, failure

from reports.causes import CauseIndex, find_causes, normal_message, steady
from reports.diff import compare
from reports.load import load_run
from reports.model import OriginKind


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("object at 0x7f12 is bad", "object at 0xdeadbeef is bad"),
        ("took 1.5s of 3 seconds", "took 22ms of 9.75 seconds"),
        ("cannot open '/tmp/pytest-1/a.txt'", "cannot open '/tmp/pytest-of-me/b.txt'"),
        ("cannot open C:\\temp\\x\\y", "cannot open /tmp/x"),
        ("not on Python 3.12.1", "not on Python 3.14.0rc2"),
        ("id 6f9619ff-8b86-d011-b42d-00cf4fc964ff", "id 00000000-0000-0000-0000-000000000000"),
        ("expected 3, got -4.5e10", "expected 5, got 17"),
        ("same first line\nmore", "same first line\nother"),
        ("spaces   here", "spaces here"),
        ('(1, "[34 chars]t3:1:7: (unicode error)', '(1, "[34 chars]5g:1:7: (unicode error)'),
    ],
)
def test_messages_that_are_one(first: str, second: str) -> None:
    assert normal_message(first) == normal_message(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("no attribute 'utcnow'", "no attribute 'utcfromtimestamp'"),
        ("test_1 failed", "test_2 failed"),
        ("No module named 'cgi'", "No module named 'imp'"),
    ],
)
def test_messages_that_differ(first: str, second: str) -> None:
    assert normal_message(first) != normal_message(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("<A object at 0x7f1234567890>", "<A object at 0x7f1234560000>"),
        ("in /tmp/pytest-of-me/pytest-3/a", "in /tmp/pytest-of-me/pytest-12/popen-gw1/a"),
        ("in /tmp/tmp9mq3lnik:1:18: bad", "in /tmp/tmpyvt1n59_:1:18: bad"),
        ("in /tmp/tmp9mq3lnik.py", "in /tmp/tmp_yvt1n59.py"),
    ],
)
def test_texts_that_are_one(first: str, second: str) -> None:
    assert steady(first) == steady(second)


def test_names_that_only_begin_as_temporary_ones() -> None:
    assert steady("/a/tmp_of_somebody and tmp9mq3lnik") == "/a/tmp_of_somebody and tmp9mq3lnik"


def row(name: str, message: str, place: str = "shop/cart.py", line: int = 7, function: str = "total") -> str:
    outer = f"    def {name}():\n>       total()\n\ntests/test_a.py:{line}: \n_ _ _\n\n"
    text = f"{outer}    def {function}():\n>       raise\n\n{place}:{line}: RuntimeError"
    return case("tests.test_a", name, failure(message, text), file="tests/test_a.py")


def good(*names: str) -> list[str]:
    return [case("tests.test_a", name, file="tests/test_a.py") for name in names]


def causes_of(folder: Folder) -> CauseIndex:
    run = load_run(folder.run())
    return find_causes(run, compare(run))


def test_many_tests_one_cause(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    names = [f"test_{number}" for number in range(35)]
    folder.cell("3.12", good(*names))
    folder.cell(
        "3.13", [row(name, f"RuntimeError: no loop 0x{number:x}", line=number + 1) for number, name in enumerate(names)]
    )
    index = causes_of(folder)
    (cause,) = index.causes
    assert (len(cause.tests), cause.breaking) == (35, 35)
    assert (cause.category, cause.kind, cause.file, cause.function) == (
        "RuntimeError",
        "failure",
        "shop/cart.py",
        "total",
    )
    assert cause.origin.kind is OriginKind.PROJECT
    assert [frame.file for frame in cause.stack] == ["tests/test_a.py", "shop/cart.py"]
    assert index.by_verdict["3.13", cause.tests[0]] == (cause.id,)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (row("test_y", "RuntimeError: no", line=99), True),
        (row("test_y", "RuntimeError: yes"), False),
        (row("test_y", "RuntimeError: no", place="shop/stock.py"), False),
        (row("test_y", "RuntimeError: no", function="count"), False),
        (row("test_y", "RuntimeError: no", place="/env/lib/python3.12/site-packages/shop/cart.py"), True),
    ],
    ids=["other line", "other message", "other file", "other function", "installed instead of editable"],
)
def test_what_makes_a_cause(tmp_path: Path, other: str, same: bool) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", good("test_x", "test_y"))
    folder.cell("3.13", [row("test_x", "RuntimeError: no"), other])
    assert len(causes_of(folder).causes) == (1 if same else 2)


def test_the_id_is_the_same_on_another_machine(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", good("test_x"))
    folder.cell("3.13", [row("test_x", "RuntimeError: no", place="/ci/build/shop/cart.py")], cwd="/ci/build")
    assert causes_of(folder).causes[0].id == "c6616613b4d"


def test_most_breaking_tests_come_first_and_fixed_ones_have_no_cause(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell(
        "3.12", [*good("test_a", "test_b", "test_c"), row("test_old", "OldError: x"), row("test_fix", "FixError: x")]
    )
    folder.cell(
        "3.13",
        [
            row("test_a", "RuntimeError: rare"),
            row("test_b", "RuntimeError: common"),
            row("test_c", "RuntimeError: common"),
            row("test_old", "OldError: x"),
            *good("test_fix"),
        ],
    )
    causes = causes_of(folder).causes
    assert [(cause.message, cause.breaking) for cause in causes] == [("common", 2), ("rare", 1), ("OldError: x", 0)]


def test_a_warning_as_an_error_is_a_warning_and_is_seen_on_the_base_too(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    text = "DeprecationWarning: utcnow() is deprecated"
    warning = row("test_x", text).replace("RuntimeError", "DeprecationWarning")
    for python in ("3.12", "3.13"):
        folder.cell(python, good("test_x"))
        folder.cell(python, [warning], profile="strict")
    (cause,) = causes_of(folder).causes
    assert (cause.kind, cause.breaking, cause.strict_only) == ("warning", 0, True)
    assert cause.versions == ("3.12", "3.13")


def test_each_failed_subtest_is_a_cause_and_the_summary_is_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", good("test_x"))
    inner = failure("ValueError: one") + failure("KeyError: two") + failure("contains 2 failed subtests")
    folder.cell("3.13", [case("tests.test_a", "test_x", inner, file="tests/test_a.py")])
    assert sorted(cause.title for cause in causes_of(folder).causes) == ["KeyError: two", "ValueError: one"]


def test_a_place_in_a_dependency_alone_is_the_dependency(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    folder.cell("3.12", good("test_x"))
    text = "/env/lib/python3.13/site-packages/requests/api.py:3: RuntimeError"
    folder.cell("3.13", [case("tests.test_a", "test_x", failure("RuntimeError: no", text), file="tests/test_a.py")])
    (cause,) = causes_of(folder).causes
    assert (cause.file, cause.origin.distribution, cause.origin.version) == ("requests/api.py", "requests", "2.32.0")
