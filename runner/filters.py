"""Python's warnings filters, as ``python -W`` and a profile of matrix.yaml write them."""

from __future__ import annotations

import dataclasses
import keyword
import re

from .faults import did_you_mean, quote

ACTIONS = ("error", "default", "always", "all", "module", "once", "ignore")
"""``all`` is Python's other name for ``always``."""

BUILTIN_CATEGORIES = (
    "Warning",
    "BytesWarning",
    "DeprecationWarning",
    "EncodingWarning",
    "FutureWarning",
    "ImportWarning",
    "PendingDeprecationWarning",
    "ResourceWarning",
    "RuntimeWarning",
    "SyntaxWarning",
    "UnicodeWarning",
    "UserWarning",
)
"""A fixed list, because the filters are for other interpreters than the one that reads them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarningFilter:
    """One filter; empty fields match everything."""

    action: str
    message: str = ""
    """Literal text that the warning's message starts with, case ignored."""
    category: str = "Warning"
    """A built-in class by its name, any other by its dotted name."""
    module: str = ""
    """Full name of the module that the warning is attributed to."""
    lineno: int = 0
    """Line of that module; 0 is any."""

    @property
    def is_builtin(self) -> bool:
        """Whether the category exists before anything is imported, so that ``python -W`` takes the filter.

        ``EncodingWarning`` exists from Python 3.10 on; an older ``python -W`` says so and goes on without it.
        """
        return self.category.removeprefix("builtins.") in BUILTIN_CATEGORIES

    def __str__(self) -> str:
        """The filter in ``-W`` syntax, without fields at its end that match everything."""
        category = "" if self.category == "Warning" else self.category
        lineno = str(self.lineno) if self.lineno else ""
        return f"{self.action}:{self.message}:{category}:{self.module}:{lineno}".rstrip(":")


def parse_filter(text: str) -> WarningFilter:
    """Read ``action:message:category:module:line``; fields may be empty or left out from the end.

    Raises:
        ValueError: it is no filter; the text is a sentence for the person who wrote it.
    """
    if not text.isprintable():
        raise ValueError(f"{quote(text)} holds a control character or a line end")
    fields = [field.strip() for field in text.split(":")]
    if len(fields) > 5:
        form = "action:message:category:module:line"
        raise ValueError(f"expected {form}, got {quote(text)} with {len(fields)} fields")
    action, message, category, module, lineno = fields + [""] * (5 - len(fields))
    return WarningFilter(
        action=_action(action),
        message=message,
        category=_category(category),
        module=module,
        lineno=_lineno(lineno),
    )


def _action(text: str) -> str:
    if text in ACTIONS:
        return text
    near = did_you_mean(text, ACTIONS)
    if not near and text in BUILTIN_CATEGORIES:
        near = f"; did you mean 'error::{text}'?"
    words = f"{', '.join(ACTIONS[:-1])} or {ACTIONS[-1]}"
    raise ValueError(f"expected {words} as the action of a warnings filter, got {quote(text)}{near}")


def _category(text: str) -> str:
    if not text:
        return "Warning"
    parts = text.split(".")
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        raise ValueError(f"expected the name of a warning class, got {quote(text)}")
    if len(parts) > 1 or text in BUILTIN_CATEGORIES:
        return text
    near = did_you_mean(text, [*BUILTIN_CATEGORIES, *map(str.lower, BUILTIN_CATEGORIES)])
    for name in BUILTIN_CATEGORIES:
        near = near.replace(f"'{name.lower()}'", f"'{name}'")
    dotted = near or "; other packages' classes need their module, as in pytest.PytestWarning"
    raise ValueError(f"{quote(text)} is not a built-in warning class{dotted}")


def _lineno(text: str) -> int:
    if not re.fullmatch("[0-9]{0,9}", text):
        raise ValueError(f"expected a line number as the last field of a warnings filter, got {quote(text)}")
    return int(text or "0")
