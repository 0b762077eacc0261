"""Text from somebody else's run as Markdown shows it: never markup, never a link, never a mention."""

from __future__ import annotations

import re

# Everything that markdown, or GitHub on top of it, could read as more than text.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~&$^]|(?<!\w)_|_(?!\w)|^[-+=]|(?<=^\d)[.)](?=\s)")
# What GitHub makes a link of after markdown is done, wherever it stands outside code; a joint of no width stops it.
_LINKED = re.compile(
    r"@(?=[\w-])|#(?=\d)|\bGH(?=-\d)|\b(?:https?|ftp|mailto|xmpp|javascript|data)(?=:)|\bwww(?=\.)|:(?=[\w+-]+:)"
    r"|(?<!\w)[0-9a-fA-F]{6}(?=[0-9a-fA-F]{1,34}(?!\w))",
    re.IGNORECASE,
)
_JOINT = "\u2060"


def escape(text: str) -> str:
    """Text that markdown shows as it is: no markup, no table cell, no mention, no link."""
    flat = _LINKED.sub(lambda match: match[0] + _JOINT, " ".join(text.split()))
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", flat)


def code(text: str, *, in_table: bool = True) -> str:
    """Text as a code span: neither backticks nor, in a table, pipes end it, and nothing in it is a link."""
    flat = " ".join(text.split())
    if in_table:
        flat = flat.replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}" if flat else "–"
