"""Unpacks a zip file that somebody else made: few files, of a known size, below one folder, and no links."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from .errors import ResultsError

#: Files, bytes of one and of all of them, and how deep they lie.
FILES = 50_000
FILE_BYTES = 256 << 20
ALL_BYTES = 1 << 30
_DEPTH = 6
_CHUNK = 1 << 16
_ENTRY = b"PK\x01\x02"


def unpack(archive: Path, folder: Path, *, only: str | None = None) -> None:
    """Unpack into an empty folder.

    Args:
        archive: the zip file.
        folder: where to.
        only: unpack this member alone, where it is there.

    Raises:
        ResultsError: it is no zip file, or holds what no results folder does. The folder is then of no use.
    """
    try:
        if _entries(archive) > FILES:
            raise ResultsError(f"the artifact holds more than {FILES:,} files")
        with zipfile.ZipFile(archive) as file:
            members = [one for one in file.infolist() if only is None or one.filename == only]
            left = ALL_BYTES
            for member in members:
                path = folder / _checked(member)
                if not member.is_dir():
                    left -= _write(file, member, path, min(left, FILE_BYTES))
    except (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, OSError, ValueError) as error:
        # RuntimeError: it is encrypted. OSError: names that the file system refuses, or one that is file and folder.
        # ValueError and struct.error: what zipfile lets its own reading raise, such as of names that are no UTF-8.
        raise ResultsError(f"the artifact cannot be unpacked: {type(error).__name__}") from error


def _checked(member: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(member.filename)
    mode = member.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if (
        name.is_absolute()
        or not name.parts
        or len(name.parts) > _DEPTH
        or any(part == ".." or ":" in part for part in name.parts)
        or "\\" in member.filename
        or any(ord(sign) < 32 for sign in member.filename)
    ):
        raise ResultsError("the artifact holds a file whose name leads elsewhere")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ResultsError("the artifact holds a link or a special file")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ResultsError("the artifact is packed in a way that GitHub's are not")
    return name


def _entries(archive: Path) -> int:
    """Of the archive's directory, by their signature: to read them takes ten times their size in memory."""
    found, end = 0, b""
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found += (end + chunk).count(_ENTRY)
            end = chunk[-3:]
    return found


def _write(file: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int) -> int:
    """The sizes in the directory of a zip file are claims: what comes out is counted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with file.open(member) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise ResultsError("the artifact unpacks to more than a results folder holds")
            target.write(chunk)
    return size
