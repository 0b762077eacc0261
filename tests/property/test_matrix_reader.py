"""Any text gives a matrix or a message with a place; names and filters survive being written and read."""

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.config import parse_python, read_matrix
from runner.errors import MatrixError
from runner.filters import ACTIONS, BUILTIN_CATEGORIES, WarningFilter, parse_filter
from runner.matrix_table import MATRIX
from runner.model import Matrix, Python
from runner.releases import read_calendar
from runner.schema import describe

TODAY = read_calendar(dt.date(2026, 11, 20))
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def judge(folder: Path, data: bytes) -> Matrix | None:
    """Read the bytes; whatever is no matrix must be a message whose lines all have a place."""
    file = folder / "matrix.yaml"
    file.write_bytes(data)
    try:
        return read_matrix(file, calendar=TODAY)
    except MatrixError as error:
        lines = error.message.split("\n")
        assert lines
        for line in lines:
            assert re.match(rf"{re.escape(str(file))}:([0-9]+:[0-9]+: \S| and )", line), line
            line.encode()  # no lone surrogate that could not be printed
        return None


WORDS = st.sampled_from(
    ["3.12", "3.13t", "pypy3.11", ">=3.12", "requires-python", "pytest>=8", "error::UserWarning", ".", "30m", "any"]
)
SCALARS = st.one_of(WORDS, st.text(max_size=8), st.integers(), st.floats(), st.booleans(), st.none(), st.dates())
KEYS = st.one_of(
    st.sampled_from([*MATRIX.fields, "path", "sdist", "mode", "pytest", "cell", "reason", "tests", "fail-on"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


@QUICK
@given(data=st.binary(max_size=200))
@example(data=b"\xef\xbb\xbf\xff")
@example(data=b'a: "\\U00110000"')
@example(data=b"%YAML 9" + b"9" * 5000 + b".1\n--- a")
@example(data=b"? ? ? ? a")
@example(data=b"a: &x {b: *x}")
@example(data=b"<<: *a")
@example(data=b"- " * 1000)
@example(data=b'target: "\\0"')
@example(data=b"target: " + b"a/" * 3000)
@example(data=b'install: {constraints: ["' + b"a" * 5000 + b'.txt"]}')
@example(data=b"python: '" + b"9" * 5000 + b"'")
@example(data=b"python: ['3." + b"9" * 5000 + b"']")
@example(data=b"install: {requirements: ['a; " + b"(" * 3000 + b"']}")
@example(data=b"ignore: [{reason: a, message: '" + b"(" * 3000 + b"'}]")
@example(data=b"limits: {cell: 1.2.3}")
@example(data=b"target: ~nobody_has_this_name/x")
def test_any_bytes(folder: Path, data: bytes) -> None:
    judge(folder, data)


@QUICK
@given(text=st.text(alphabet="abt3.:-[]{}\"'&*!|>%#?, \n\t\u0085\u2028é😀", max_size=80))
def test_any_text_of_yaml_signs(folder: Path, text: str) -> None:
    judge(folder, text.encode())


@QUICK
@given(value=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_values_under_known_keys(folder: Path, value: dict[str, Any]) -> None:
    matrix = judge(folder, yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass"))
    if matrix:
        describe(matrix)
        assert matrix.base in matrix.pythons
        assert set(matrix.next) <= set(matrix.pythons)
        assert matrix.optional <= set(matrix.pythons)
        assert any(not profile.filters for profile in matrix.profiles)


PYTHONS = st.one_of(
    st.builds(Python, major=st.just(3), minor=st.integers(8, 99)),
    st.builds(Python, major=st.just(3), minor=st.integers(13, 99), free_threaded=st.just(value=True)),
    st.builds(Python, major=st.just(3), minor=st.integers(8, 99), implementation=st.sampled_from(["pypy", "graalpy"])),
)


@given(python=PYTHONS)
def test_names_of_interpreters_round_trip(python: Python) -> None:
    assert parse_python(str(python)) == python


@QUICK
@given(pythons=st.lists(PYTHONS, min_size=1, max_size=6, unique=True), quoted=st.booleans())
def test_a_list_of_interpreters_arrives_sorted_whether_quoted_or_not(
    folder: Path, pythons: list[Python], quoted: bool
) -> None:
    names = [f'"{python}"' if quoted else str(python) for python in pythons]
    matrix = judge(folder, f"python: [{', '.join(names)}]".encode())
    assert matrix is not None
    assert matrix.pythons == tuple(sorted(pythons))


@given(text=st.text(max_size=20))
def test_any_text_is_an_interpreter_or_a_value_error(text: str) -> None:
    try:
        assert str(parse_python(text)) == text
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either way is right


FIELD = st.text(st.characters(exclude_characters=":", exclude_categories=("C", "Z")), max_size=8)
FILTERS = st.builds(
    WarningFilter,
    action=st.sampled_from(ACTIONS),
    message=FIELD,
    category=st.sampled_from([*BUILTIN_CATEGORIES, "pytest.PytestWarning", "a.b.C"]),
    module=FIELD,
    lineno=st.integers(0, 999_999_999),
)


@given(one=FILTERS)
def test_filters_round_trip(one: WarningFilter) -> None:
    assert parse_filter(str(one)) == one


@given(text=st.text(max_size=30) | FILTERS.map(str).flatmap(lambda text: st.sampled_from([text[1:], text + ":", text])))
def test_any_text_is_a_filter_or_a_value_error(text: str) -> None:
    try:
        found = parse_filter(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either way is right
    else:
        assert parse_filter(str(found)) == found
