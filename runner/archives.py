"""Unpacks tar archives without following what they have no business to do, on any Python 3.11."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path


def extract_all(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive into a folder, and nothing outside of it.

    Raises:
        tarfile.TarError: a member lies or links outside, or is neither file, folder nor link.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
        return
    for member in archive:  # before 3.11.4
        _check(member, folder)
        archive.extract(member, folder)


def _check(member: tarfile.TarInfo, folder: Path) -> None:
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise tarfile.ExtractError(f"{member.name!r} is a special file")
    if not _is_inside(folder, member.name):
        raise tarfile.ExtractError(f"{member.name!r} would be extracted outside of the destination")
    start = os.path.dirname(member.name) if member.issym() else ""  # noqa: PTH120 - names of the archive, not ours
    if (member.issym() or member.islnk()) and not _is_inside(folder, os.path.join(start, member.linkname)):  # noqa: PTH118
        raise tarfile.ExtractError(f"{member.name!r} would link outside of the destination")


def _is_inside(folder: Path, name: str) -> bool:
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, name))  # noqa: PTH118 - an absolute name replaces the root here
    return not os.path.isabs(name) and os.path.commonpath([root, path]) == root  # noqa: PTH117
