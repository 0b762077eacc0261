"""Our reading of warnings filters answers as Python's own does."""

from __future__ import annotations

import re
import warnings

from hypothesis import given
from hypothesis import strategies as st

from reports.evidence import Frame, Witnessed
from reports.filters import parse_filter
from reports.patterns import Patterns

CATEGORIES = (
    "Warning",
    "DeprecationWarning",
    "PendingDeprecationWarning",
    "FutureWarning",
    "UserWarning",
    "RuntimeWarning",
)
TEXTS = st.text("abc .(+[", max_size=6)


def python_says(message: str, category: str, text: str, kind: str) -> bool:
    """Whether Python finds the filter for the warning."""
    classes = {name: getattr(__builtins__, name, None) or eval(name) for name in CATEGORIES}  # noqa: S307 - names above
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", message, classes[category])
        warnings.warn_explicit(text, classes[kind], "file.py", 1)
    return bool(caught)


@given(TEXTS, st.sampled_from(CATEGORIES), TEXTS, st.sampled_from(CATEGORIES), st.booleans())
def test_messages_and_categories(message: str, category: str, text: str, kind: str, literal: bool) -> None:
    message, text = message.strip(), text or "x"
    pattern = re.escape(message) if literal else message
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(pattern)
        except re.error:
            return
    rule = parse_filter(f"ignore:{message}:{category}", literal=literal)
    assert rule is not None
    warning = Witnessed(
        category=kind, message=text, when="runtest", frames=(Frame(file="file.py", line=1, function="f"),), tests=()
    )
    assert rule.matches(warning, Patterns()) is python_says(pattern, category, text, kind)
