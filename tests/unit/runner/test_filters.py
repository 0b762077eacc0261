"""Warnings filters: what is read, what is refused, and what Python itself makes of them."""

import builtins
import warnings

import pytest

from runner.filters import BUILTIN_CATEGORIES, WarningFilter, parse_filter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error", WarningFilter(action="error")),
        ("error::DeprecationWarning", WarningFilter(action="error", category="DeprecationWarning")),
        (
            "error::pytest.PytestRemovedIn9Warning",
            WarningFilter(action="error", category="pytest.PytestRemovedIn9Warning"),
        ),
        ("ignore:a message", WarningFilter(action="ignore", message="a message")),
        ("once:::a.b:12", WarningFilter(action="once", module="a.b", lineno=12)),
        (
            " error : m : UserWarning : x : 0 ",
            WarningFilter(action="error", message="m", category="UserWarning", module="x"),
        ),
        ("error::::", WarningFilter(action="error")),
    ],
)
def test_a_filter_has_five_fields(text: str, expected: WarningFilter) -> None:
    assert parse_filter(text) == expected
    assert parse_filter(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eror", r"got 'eror'; did you mean 'error'\?$"),
        ("", r"as the action of a warnings filter, got ''$"),
        ("DeprecationWarning", r"did you mean 'error::DeprecationWarning'\?$"),
        ("error::DeprecationWaring", r"not a built-in warning class; did you mean 'DeprecationWarning'\?$"),
        ("error::deprecationwarning", r"did you mean 'DeprecationWarning'\?$"),
        ("error::Zzz", r"'Zzz' is not a built-in warning class; other packages' classes need their module"),
        ("error::a-b", r"expected the name of a warning class, got 'a-b'"),
        ("error::a..b", r"expected the name of a warning class"),
        ("error::class.X", r"expected the name of a warning class"),
        ("error::::x", r"expected a line number .* got 'x'"),
        ("error::::-1", r"expected a line number"),
        ("error:a:b:c:1:2", r"expected action:message:category:module:line, got .* with 6 fields"),
        ("error:a\nb", r"holds a control character"),
    ],
)
def test_a_fault_is_one_precise_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error::DeprecationWarning", True),
        ("error::builtins.DeprecationWarning", True),
        ("error", True),
        ("error::pytest.PytestWarning", False),
    ],
)
def test_python_itself_takes_filters_of_built_in_classes(text: str, expected: bool) -> None:
    assert parse_filter(text).is_builtin is expected


def test_the_fixed_list_has_the_classes_of_this_python() -> None:
    found = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Warning)}
    assert found == set(BUILTIN_CATEGORIES)


def test_python_reads_the_text_in_the_same_way() -> None:
    text = str(parse_filter("error:some text:DeprecationWarning:pkg.mod:7"))
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings._processoptions([text])  # type: ignore[attr-defined]
        action, message, category, module, lineno = warnings.filters[0]
    assert (action, category, lineno) == ("error", DeprecationWarning, 7)
    assert message
    assert module
    assert message.match("Some text and more")
    assert module.match("pkg.mod")
