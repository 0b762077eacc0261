"""This installation of forewarn: its version, and where it is imported from."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path


def version() -> str:
    """The installed distribution's version; of a checkout that was not installed, the one before with a mark."""
    try:
        return importlib.metadata.version("forewarn")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"


def import_root() -> Path:
    """The folder that our top-level package is imported from."""
    return Path(__file__).resolve().parents[str(__package__).count(".") + 1]
