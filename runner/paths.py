"""Paths that a person wrote: any text is asked about the file system without an error.

`pathlib` raises for names that are too long, folders that may not be entered, links in a circle and unknown
users; for a file somebody wrote, each of these only means that nothing is there.
"""

from __future__ import annotations

import os
from pathlib import Path


def resolve(folder: Path, text: str) -> Path:
    """The absolute path of a text, relative to a folder; ``~`` is the home folder."""
    return Path(os.path.realpath(folder / os.path.expanduser(text)))  # noqa: PTH111 - see above


def absolute(folder: Path, text: str) -> Path:
    """As `resolve`, but links are kept: an environment's interpreter is found by the link to it."""
    return folder / os.path.expanduser(text)  # noqa: PTH111 - see above


def is_folder(path: Path) -> bool:
    """Whether a folder is there."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def is_file(path: Path) -> bool:
    """Whether a file is there."""
    return os.path.isfile(path)  # noqa: PTH113 - see above
