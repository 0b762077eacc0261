"""Sizes in bytes, as people write and read them."""

from __future__ import annotations

import re

SIZE = r"[0-9]{1,12} ?([KMGTkmgt]([iI]?[bB])?|[bB])?"
"""A size, as a pattern."""


def parse_size(text: str) -> int:
    """Bytes of a size such as ``500M``, ``2 GiB`` or ``1000000``.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,12})\s*(?:([KMGT])(?:i?B)?|B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(f"{text!r} is no size")
    return int(found[1]) << 10 * (" KMGT".index(found[2].upper()) if found[2] else 0)


def show_size(size: int) -> str:
    """``812 bytes``, ``1.4 MiB``."""
    if size < 1024:
        return f"{size} bytes"
    power = min((size.bit_length() - 1) // 10, 4)
    return f"{size / (1 << 10 * power):.1f} {' KMGT'[power]}iB"
