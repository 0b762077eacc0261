"""Text from somebody else's run, made safe to look at: what cannot be seen is shown, what is long is cut."""

from __future__ import annotations

import re

# Controls (not newline and tab), lone surrogates, and what turns, joins or hides the characters around it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with each invisible character spelled out by its number; newlines and tabs stay."""
    if text.isprintable():  # nearly all are, and this is far quicker to ask
        return text
    return _INVISIBLE.sub(lambda match: _spelled(ord(match[0])), text.replace("\r\n", "\n"))


def _spelled(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def one_line(text: str, limit: int) -> str:
    """Visible text on one line of at most ``limit`` characters; a cut ends in an ellipsis."""
    # Cut first: spelling out a megabyte to keep a line of it is waste.
    flat = visible(text[: limit * 2]).replace("\n", "⏎").replace("\t", " ")
    if len(flat) <= limit and len(text) <= limit * 2:
        return flat
    return flat[: limit - 1] + "…"


def one_line_id(text: str, limit: int) -> str:
    """As ``one_line``, but a cut leaves the end, which tells parametrized tests apart."""
    if len(text) <= limit:
        return one_line(text, limit * 12)[: limit * 12]
    half = limit // 2
    return one_line(text[:half], limit * 6) + "…" + one_line(text[-half:], limit * 6)


def block(text: str, limit: int) -> str:
    """Visible text of several lines; of a long one the end stays, where a traceback names its exception."""
    if len(text) <= limit:
        return visible(text)
    return "[…]\n" + visible(text[-limit:])


def minute(moment: str) -> str:
    """An ISO moment for people: ``2026-11-24 10:12``, in UTC as all that is stored."""
    return moment[:16].replace("T", " ")


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 test``, ``2 tests``, ``10,000 tests``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(words: tuple[str, ...] | list[str], limit: int = 6) -> str:
    """``a, b and c``; of many, the first ones and how many more."""
    said = list(words) if len(words) <= limit else [*words[: limit - 1], f"{len(words) - limit + 1} more"]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


# GitHub's runner reads what a step prints: `::command::` at the beginning of a line, `##[command]` anywhere in it.
_COMMAND = re.compile(r"^(\s*)::|##\[", re.MULTILINE)


def no_command(text: str, kind: str = "text") -> str:
    """Printed text in which no data is a workflow command.

    Args:
        text: any number of whole lines.
        kind: ``json`` and ``xml`` stay the same data; in other text a sign of no width is added.
    """
    match kind:
        case "json":
            return text.replace("##[", "##\\u005b")
        case "xml":
            return _COMMAND.sub(lambda found: "##&#91;" if found[1] is None else f"{found[1]}&#58;:", text)
        case _:
            return _COMMAND.sub(lambda found: "##\u2060[" if found[1] is None else f"{found[1]}\u2060::", text)
