"""Python's warnings filters, asked about warnings that were recorded: which of them does a filter match?"""

from __future__ import annotations

import builtins
import dataclasses
import re

from .evidence import Witnessed
from .patterns import Pattern, Patterns


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter, in the parts of ``action:message:category:module:line``."""

    action: str
    message: str
    """Regular expression; empty: any."""
    category: str
    """Dotted name, ``builtins.`` left out."""
    module: str
    line: int

    def matches(self, warning: Witnessed, patterns: Patterns) -> bool:
        """Whether Python would apply it: the text's beginning, the class or one it derives from, module and line.

        Raises:
            SlowPatternError: its pattern takes too long to tell.
        """
        if self.message:
            pattern = _compiled(self.message, patterns)
            if pattern is None or not pattern.match(warning.message):
                return False
        if not _derives(warning, self.category):
            return False
        if not self.module and not self.line:
            return True
        frame = warning.frames[0] if warning.frames else None
        if frame is None or (self.line and self.line != frame.line):
            return False
        # The module that a warning is charged to is not recorded; any file on the way may be it.
        pattern = _compiled(self.module + r"\Z", patterns) if self.module else None
        return not self.module or any(
            pattern is not None and pattern.match(_module_of(one.file)) for one in warning.frames[:4]
        )


def parse_filter(text: str, *, literal: bool) -> Filter | None:
    """A filter as pytest's ``filterwarnings`` has it, or (``literal``) as ``-W`` takes it; None where it is neither."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) > 5 or not parts[0]:
        return None
    action, message, category, module, line = [*parts, "", "", "", ""][:5]
    if line and not line.isdecimal():
        return None
    if literal:
        message, module = re.escape(message), re.escape(module)
    category = category.removeprefix("builtins.") or "Warning"
    return Filter(action=action, message=message, category=category, module=module, line=int(line or 0))


def _derives(warning: Witnessed, category: str) -> bool:
    if category == "Warning" or category in {warning.category, *warning.bases}:
        return True
    wanted, found = (getattr(builtins, name, None) for name in (category, warning.category))
    return isinstance(wanted, type) and isinstance(found, type) and issubclass(found, wanted)


def _module_of(file: str) -> str:
    path = re.sub(r"(/__init__)?\.py$", "", file.replace("\\", "/"))
    inside = re.split(r"/(?:site-packages|dist-packages|lib/python3\.\d+t?)/", path)[-1]
    return inside.strip("/").replace("/", ".")


def _compiled(text: str, patterns: Patterns) -> Pattern | None:
    try:
        return patterns.compile(text, ignore_case=True)
    except ValueError:
        return None
