"""Patterns of somebody else mean what Python's mean, and end."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.gate import glob
from reports.patterns import LIMIT, Patterns, SlowPatternError


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a|a)*$", "a" * 60 + "b"),
        (r"(?=(a+))*b|(a*)*c", "a" * LIMIT),
        ("(?:a|aa|aaa)+$", "a" * 200 + "b"),
    ],
)
def test_what_would_take_forever_is_an_error(pattern: str, text: str) -> None:
    one = Patterns().compile(pattern)
    with pytest.raises(SlowPatternError, match="takes too long"):
        one.search(text)


@pytest.mark.parametrize("pattern", ["(", "(" * 3_000, "a{99999999999999}", "(?:(?:a{999}){999}){9}", "a" * 5_000, "*"])
def test_what_is_no_pattern_is_said(pattern: str) -> None:
    patterns = Patterns()
    for _ in range(2):
        with pytest.raises(ValueError, match="not a regular expression"):
            patterns.compile(pattern)


PIECES = st.sampled_from(
    [*"ab.*+?|()[]{}^$\\,-=!:<>1", "{e}", "{1,2}", "{i<=1}", "\\d", "\\1", "(?:", "(?=", "(?i:", "[^", "\\b", "{", "]"]
)


@given(st.lists(PIECES, max_size=8).map("".join), st.text("ab1{}e,.\n", max_size=12))
def test_a_pattern_means_what_python_says(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = re.compile(pattern)
        except re.error:
            with pytest.raises(ValueError, match="not a regular"):
                Patterns().compile(pattern)
            return
    found = Patterns().compile(pattern)
    assert found.search(text) is (expected.search(text) is not None)
    assert found.match(text) is (expected.match(text) is not None)


@given(st.text("ab*?[", max_size=8), st.text("ab[", max_size=8))
def test_a_glob_is_what_a_shell_says(pattern: str, text: str) -> None:
    parts = {"*": ".*", "?": "."}
    slow = re.compile("".join(parts.get(char, re.escape(char)) for char in pattern) + r"\Z", re.DOTALL)
    assert bool(glob(pattern).match(text)) is bool(slow.match(text))


def test_a_glob_of_many_stars_takes_no_time() -> None:
    assert glob("*a" * 200 + "*b").match("a" * 100_000) is None
