"""forewarn's own version."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """The installed distribution's version; of a checkout that was not installed, the one before with a mark."""
    try:
        return importlib.metadata.version("forewarn")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"
