"""Which test files a change can affect; all of them where anything is doubtful."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runner.changed import Affected, affected

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": "def total(items): return sum(items)",
    "tests/conftest.py": "import pytest",
    "tests/helpers.py": "def make(): return []",
    "tests/test_cart.py": "from shop.cart import total\nfrom helpers import make",
    "tests/test_list.py": "def test(): assert []",
    "tests/test_more.py": "from test_base import Base",
    "tests/test_base.py": "class Base: pass",
    "tests/test_empty.py": "import pytest; pytest.skip()",
    "tests/data.json": "{}",
    "docs/usage.md": "see test_list and test_cart",
    "docs/example.txt": ">>> import test_doc",
    "tests/test_doc.py": "A = 1",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p test_plugin'",
    "tests/test_plugin.py": "def pytest_configure(): pass",
}
TESTED = {"docs/example.txt", *(name for name in FILES if "test_" in name)} - {"tests/test_empty.py"}


def after(changes: Mapping[str, str | None]) -> Affected:
    """What is affected where these files have other contents; None: they are gone."""
    now = {name: text for name, text in {**FILES, **changes}.items() if text is not None}
    return affected(FILES, now, TESTED, lambda name: now[name].encode())


@pytest.mark.parametrize(
    ("changes", "files"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"tests/test_list.py": "def test(): assert not []"}, ["tests/test_list.py"], id="a test file"),
        pytest.param({"tests/test_cart.py": "", "tests/test_list.py": ""}, None, id="two that docs speak of"),
        pytest.param({"tests/test_more.py": "from test_base import Base  # new"}, ["tests/test_more.py"], id="leaf"),
        pytest.param({"tests/test_new.py": "def test(): pass"}, ["tests/test_new.py"], id="a new test file"),
        pytest.param({"tests/new_test.py": "def test(): pass"}, ["tests/new_test.py"], id="new, by its other name"),
        pytest.param({"tests/test_list.py": None}, ["tests/test_list.py"], id="a test file that is gone"),
        pytest.param(
            {"tests/test_list.py": None, "tests/test_lists.py": "x"},
            ["tests/test_list.py", "tests/test_lists.py"],
            id="renamed",
        ),
        pytest.param(
            {"tests/test_base.py": "", "tests/test_more.py": ""},
            ["tests/test_base.py", "tests/test_more.py"],
            id="an imported one with who imports it",
        ),
    ],
)
def test_files_that_are_run_again(changes: Mapping[str, str | None], files: list[str] | None) -> None:
    expected = sorted(changes) if files is None else files
    assert after(changes) == Affected(files=frozenset(expected))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"src/shop/cart.py": "x"}, "src/shop/cart.py has changed, which is no file of tests", id="code"),
        pytest.param({"tests/test_empty.py": "x"}, "which is no file of tests", id="a file that no test was of"),
        pytest.param({"tests/helpers.py": "x"}, "which is no file of tests", id="a helper"),
        pytest.param({"tests/conftest.py": "x"}, "which is of all tests around it", id="a conftest"),
        pytest.param({"tests/__init__.py": ""}, "which is of all tests around it", id="a package"),
        pytest.param({"tests/data.json": "[]"}, "which any test may read", id="data"),
        pytest.param({"docs/usage.md": ""}, "which any test may read", id="text"),
        pytest.param({"pyproject.toml": ""}, "which any test may read", id="settings"),
        pytest.param({"tests/data.json": None}, "which any test may read", id="data that is gone"),
        pytest.param({"tests/test_base.py": "x"}, "tests/test_more.py speaks of test_base", id="imported by another"),
        pytest.param({"tests/test_base.py": None}, "speaks of test_base", id="gone, and imported by another"),
        pytest.param({"tests/test_plugin.py": "x"}, "pyproject.toml speaks of test_plugin", id="named by settings"),
        pytest.param(
            {"tests/test_doc.py": "x"}, "docs/example.txt speaks of test_doc", id="named by a text with tests"
        ),
        pytest.param({"tests/test_list.py": "x", "src/shop/cart.py": "y"}, "src/shop/cart.py has changed", id="both"),
    ],
)
def test_changes_that_may_affect_any_test(changes: Mapping[str, str | None], why: str) -> None:
    found = after(changes)
    assert why in (found.whole or "")
    assert not found.files
