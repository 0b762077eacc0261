"""Writes measured tables into a markdown file, between two markers; what stands around them is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_table(path: Path, command: str, lines: Sequence[str]) -> None:
    """Replace what ``command`` has written before; at the end of the file where it has not."""
    start = f"<!-- Below this line: written by {command} --output. -->"
    end = f"<!-- End of what {command} writes. -->"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, _, rest = text.partition(start)
    after = rest.partition(end)[2] or "\n"
    path.write_text("\n".join([f"{before}{start}", "", *lines, "", f"{end}{after}"]), encoding="utf-8")
