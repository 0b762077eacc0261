"""Writes documents so that a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .errors import OutputError


def write_document(path: Path, text: str | Iterable[str]) -> None:
    """Write a document, or its pieces, in UTF-8.

    Raises:
        OutputError: the folder or the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # A lone surrogate has no UTF-8; whatever the renderers let through is spelled out here.
            temporary.unlink(missing_ok=True)
            with temporary.open(  # "x": never through a link that waits under this name
                "x", encoding="utf-8", errors="backslashreplace", newline="", buffering=1 << 20
            ) as file:
                file.writelines([text] if isinstance(text, str) else text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}", hint="name another folder with --output"
        ) from error
