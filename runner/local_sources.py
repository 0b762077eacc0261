"""Where the distributions of an environment came from, other than by name from an index.

A folder of this machine is an input: what lies in it may change while its path and all requirements stay.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .source_files import digest_of_files


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sources:
    """What an environment was installed from, beside the target and an index."""

    folders: tuple[Path, ...] = ()
    """Folders here, editable or not; sorted."""
    built: tuple[str, ...] = ()
    """Distributions of such folders that are no longer linked with them."""
    urls: tuple[str, ...] = ()
    """Distributions that came from a URL, behind which there may be something else tomorrow."""

    def digests(self) -> dict[str, str]:
        """``sha256:…`` of the files of each folder."""
        return {str(folder): digest_of_files(folder) for folder in self.folders}


def sources_of(environment: Path, target: Path) -> Sources:
    """By the environment's own record of each distribution (``direct_url.json``, PEP 610)."""
    from urllib.request import url2pathname  # noqa: PLC0415 - slow to import; what is cached needs none

    folders: set[Path] = set()
    built: set[str] = set()
    urls: set[str] = set()
    for file in _records(environment):
        try:
            record = json.loads(file.read_bytes())
            url = urlsplit(record["url"])
        except (OSError, ValueError, KeyError, TypeError):
            urls.add(file.parent.name)
            continue
        if url.scheme != "file":
            urls.add(file.parent.name)
        elif (folder := Path(url2pathname(url.path))).is_dir() and folder.resolve() != target.resolve():
            folders.add(folder)
            if not (record.get("dir_info") or {}).get("editable"):
                built.add(file.parent.name.partition("-")[0])
        elif not folder.is_dir() and environment.parent.resolve() not in folder.resolve().parents:
            # An archive; those beside the environment are the target's own wheel.
            urls.add(file.parent.name)
    return Sources(folders=tuple(sorted(folders)), built=tuple(sorted(built)), urls=tuple(sorted(urls)))


def unchanged(digests: object) -> bool:
    """Whether the folders that ``Sources.digests`` told of are as they were; not where it is not known."""
    return isinstance(digests, dict) and all(digest_of_files(Path(name)) == one for name, one in digests.items())


def _records(environment: Path) -> Iterator[Path]:
    for pattern in ("lib/*/site-packages/*/direct_url.json", "Lib/site-packages/*/direct_url.json"):
        yield from sorted(environment.glob(pattern))
