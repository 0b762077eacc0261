from __future__ import annotations

import pytest

from reports.identity import Identifier, ancestors, dotted_address, escape_as_pytest, junit_names, unittest_names


@pytest.mark.parametrize(
    ("node_id", "names"),
    [
        ("tests/test_a.py::test_x", ("tests.test_a", "test_x")),
        ("test_a.py::T::U::test_x", ("test_a.T.U", "test_x")),
        ("tests/test_a.py::test_x[a::b]", ("tests.test_a", "test_x[a::b]")),
        ("tests/test_a.py::test_x[x]y]", ("tests.test_a", "test_x[x]y]")),
        ("tests/test_a.py::test_x[a/b.py]", ("tests.test_a", "test_x[a/b.py]")),
        ("tests/test_a.py::test_x[\x1b]", ("tests.test_a", "test_x[#x1B]")),
        ("tests/test_a.py::test_x[\ud800]", ("tests.test_a", "test_x[#xD800]")),
        ("tests/test[1].py::test_x", ("tests.test[1]", "test_x")),
        ("docs/usage.rst::usage.rst", ("docs.usage.rst", "usage.rst")),
        ("tests/test_a.py", ("", "tests.test_a")),
    ],
)
def test_names_as_pytest_writes_them(node_id: str, names: tuple[str, str]) -> None:
    assert junit_names(node_id) == names


@pytest.mark.parametrize(
    ("test_id", "names"),
    [
        ("pkg.test_a.T.test_x", ("pkg.test_a.T", "test_x")),
        ("pkg.test_a.T.test_x (2)", ("pkg.test_a.T", "test_x (2)")),
        ("lonely", ("", "lonely")),
    ],
)
def test_names_of_unittest(test_id: str, names: tuple[str, str]) -> None:
    assert unittest_names(test_id) == names


def test_what_a_probe_recorded_comes_first() -> None:
    identifier = Identifier()
    identifier.learn("tests/test_b.py::TestB::test_inherited[a::b]", "pytest")
    found = identifier.identify("tests.test_b.TestB", "test_inherited[a::b]", "tests/base.py")
    assert found == "tests/test_b.py::TestB::test_inherited[a::b]"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("tests.test_a", "test_x", "tests/test_a.py"), "tests/test_a.py::test_x"),
        (("tests.test_a.T.U", "test_x[1]", "tests/test_a.py"), "tests/test_a.py::T::U::test_x[1]"),
        (("test_w.T", "test_x", "sub\\test_w.py"), "test_w.T::test_x"),
        (("tests.test_a", "test_x", None), "tests.test_a::test_x"),
        (("", "works", None), "works"),
        (("Suite", "works", "Suite.java"), "Suite::works"),
    ],
)
def test_rebuilt_where_nobody_wrote_it_down(row: tuple[str, str, str | None], expected: str) -> None:
    identifier = Identifier()
    assert identifier.identify(*row) == expected
    assert identifier.identify(*row) == expected


def test_an_inherited_method_belongs_to_the_module_of_its_class() -> None:
    identifier = Identifier()
    identifier.identify("tests.test_b", "test_own", "tests/test_b.py")
    assert (
        identifier.identify("tests.test_b.T", "test_inherited", "tests/base.py") == "tests/test_b.py::T::test_inherited"
    )


def test_two_ids_with_the_same_names_are_told_apart_by_file() -> None:
    identifier = Identifier()
    first, second = "a/b.py::test_x", "a.b.py::test_x"
    identifier.learn(first, "pytest")
    identifier.learn(second, "pytest")
    assert identifier.identify("a.b", "test_x", "a/b.py") == first
    assert identifier.identify("a.b", "test_x", "a.b.py") == second


def test_other_tools_use_a_class_name_in_two_files() -> None:
    identifier = Identifier()
    names = {identifier.identify("Suite", "works", file) for file in ("a.js", "b.js", "a.js")}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("test_sub (i=1)", "test_sub"),
        ("test_sub [message] (i=1)", "test_sub"),
        ("test_sub [message]", "test_sub"),
        ("test_param[a b (c)]", None),
        ("test_param[1]", None),
        ("a sentence (with remark)", None),
    ],
)
def test_a_row_of_a_subtest_belongs_to_its_test(name: str, parent: str | None) -> None:
    assert Identifier().fold_subtest("m.T", name) == parent


@pytest.mark.parametrize(
    ("test_id", "address"),
    [
        ("tests/sub/test_a.py::T::test_x[p.q]", "tests.sub.test_a.T.test_x"),
        ("tests/sub/test_a.py", "tests.sub.test_a"),
        ("tests/sub/__init__.py", "tests.sub"),
        ("tests/sub/conftest.py", "tests.sub"),
        ("conftest.py", ""),
        ("", ""),
        ("pkg.mod.T.test_x", "pkg.mod.T.test_x"),
    ],
)
def test_addresses(test_id: str, address: str) -> None:
    assert dotted_address(test_id) == address


def test_ancestors_come_nearest_first() -> None:
    assert list(ancestors("a.b.c")) == ["a.b.c", "a.b", "a", ""]


def test_escaping_leaves_what_xml_can_hold() -> None:
    assert escape_as_pytest("é\t日本 ]]>") == "é\t日本 ]]>"
