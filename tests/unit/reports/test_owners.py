"""Whose a file is, by CODEOWNERS."""

from __future__ import annotations

import pytest

from reports.owners import find_owners

FILE = """
# everything
*            @all
/tests/      @testers  @more   # with a remark
tests/pay/*  pay@example.org
*.txt        @texts
docs/
[Section]
!not
"""


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("shop/cart.py", "@all"),
        ("tests/test_a.py", "@testers @more"),
        ("tests/pay/test_b.py", "pay@example.org"),
        ("tests/readme.txt", "@texts"),
        ("docs/page.py", None),
    ],
)
def test_the_last_rule_that_fits_counts(file: str, owner: str | None) -> None:
    assert find_owners(FILE, [file]).get(file) == owner


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing", "\x00", "[[[ @a", "a" * 10_000])
def test_anything_may_stand_there(text: str) -> None:
    assert find_owners(text, ["tests/test_a.py"]) == {}
