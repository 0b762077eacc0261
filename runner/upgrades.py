"""Looks for the first release of a dependency that no longer has the line by which tests break.

The environment's own index is asked, through uv and its settings: newer releases are unpacked, never run, beside the
environment. What is found is a fact about source code, and no proof: a cell with that release is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from . import execute
from .environment import install_environment
from .traces import read_records

#: Lines and releases that are looked at for one cell; a dependency that breaks at more places breaks at once.
_MOST_LINES = 12
_MOST_RELEASES = 60
_SITE = re.compile(r"^.*[\\/](?:site|dist)-packages[\\/](?P<inside>.+)$")
_WOULD_INSTALL = re.compile(r"^ \+ (?P<name>\S+)==(?P<version>\S+)", re.MULTILINE)
#: A warning that names a version is of an end that may come.
_DATED = re.compile(r"\b3\.\d{1,2}\b|removed|removal")
_BLOCK = re.compile(r"(?:if|elif|else|try|except|match|case)\b")
_TELLING = re.compile(r"\w{3}.*\w{3}", re.DOTALL)


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Blamed:
    """A line of an installed distribution."""

    distribution: str
    installed: str
    file: str
    """Below site-packages, with forward slashes."""
    source: str
    """The line, without the space around it."""
    within: tuple[str, ...] = ()
    """The conditions and ``try`` blocks that it stands in, outermost first: a guard is a repair, too."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What newer releases do with a line."""

    blamed: Blamed
    without: str | None
    """The first release that does not have it."""
    newest: str | None
    """The newest release that this Python can have; None where there is none beyond the installed one."""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """A line of upgrades.jsonl."""
        blamed = dataclasses.asdict(self.blamed)
        del blamed["within"]
        return {**blamed, "without": self.without, "newest": self.newest, "note": self.note}


class Index:
    """The releases that uv finds for one environment."""

    def __init__(self, uv: str, python: Path, work: Path, inherited: Mapping[str, str]) -> None:
        self._pip = [uv, "pip", "install", "--python", str(python), "--no-deps", "--color", "never", "--no-progress"]
        self._work = work
        self._environment = {"UV_HTTP_RETRIES": "0", **install_environment(inherited)}

    def newest(self, name: str) -> str | None:
        """The newest release; None where the index does not tell, or it is the installed one."""
        return self._would_install([name], name)

    def first(self, name: str, bounds: str) -> str | None:
        """The lowest release within bounds such as ``>1.2,<2``; None where there is none."""
        return self._would_install([f"{name}{bounds}", "--resolution", "lowest-direct"], name)

    def unpack(self, name: str, version: str) -> Path | None:
        """The folder with a release's files; None where it has no wheel."""
        folder = self._work / f"{name}-{version}"
        if folder.is_dir():
            return folder
        self._work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._work, ignore_cleanup_errors=True) as parent:
            made = Path(parent) / "release"
            command = [*self._pip, "--only-binary", ":all:", "--target", str(made), f"{name}=={version}"]
            answer = execute.ask(command, environment=self._environment)
            if answer is None or answer.exit_status != 0:
                return None
            # Whole or not at all; another cell may have been quicker, with the same files.
            with contextlib.suppress(OSError):
                made.rename(folder)
        return folder

    def _would_install(self, words: list[str], name: str) -> str | None:
        # Into nowhere: what the environment has already would not be named.
        nowhere = ["--dry-run", "--target", str(self._work / "nowhere")]
        answer = execute.ask([*self._pip, *nowhere, *words], environment=self._environment)
        if answer is None or answer.exit_status != 0:
            return None
        return next(
            (one["version"] for one in _WOULD_INSTALL.finditer(answer.errors) if _normal(one["name"]) == _normal(name)),
            None,
        )


def look_for_upgrades(folder: Path, index: Index, limit: float, *, target: str | None) -> int:
    """Write upgrades.jsonl for a measured cell; returns how many lines of dependencies were looked for.

    Args:
        folder: of the cell, with its evidence.
        index: where its environment's releases come from.
        limit: seconds for all of it.
        target: name of the distribution under test, which is no dependency.
    """
    blamed = sorted(set(_blamed(folder, target)))[:_MOST_LINES]
    deadline = time.monotonic() + limit
    found: list[Upgrade] = []
    for name in dict.fromkeys(one.distribution for one in blamed):
        found += _upgrades([one for one in blamed if one.distribution == name], index, deadline)
    if found:
        text = "".join(json.dumps(one.to_json()) + "\n" for one in found)
        (folder / "upgrades.jsonl").write_text(text, encoding="utf-8")
    return len(found)


def _upgrades(blamed: list[Blamed], index: Index, deadline: float) -> Iterator[Upgrade]:
    """What becomes of all lines of one distribution."""
    name, version = blamed[0].distribution, blamed[0].installed
    newest = index.newest(name)
    if newest is None or newest == version:
        yield from (Upgrade(blamed=one, without=None, newest=None, note="no newer release is known") for one in blamed)
        return
    last = index.unpack(name, newest)
    if last is None:
        yield from (
            Upgrade(blamed=one, without=None, newest=newest, note="the newest release has no wheel") for one in blamed
        )
        return
    open_lines = []
    for one in blamed:
        if has_line(last, one):
            yield Upgrade(blamed=one, without=None, newest=newest, note="the newest release has it, too")
        else:
            open_lines.append(one)
    for one in open_lines:
        first = first_without(one, index, newest, deadline)
        note = "" if first is not None else "an earlier release may not have it, either"
        yield Upgrade(blamed=one, without=first or newest, newest=newest, note=note)


def first_without(blamed: Blamed, index: Index, newest: str, deadline: float) -> str | None:
    """The first release without a line that the newest does not have; None where that was not found in time.

    By halves, as far as numbers allow: a line that is gone is taken to stay away.
    """
    name = blamed.distribution
    try:
        has, has_not = Version(blamed.installed), Version(newest)
    except InvalidVersion:
        return None
    bound = has_not
    for _ in range(_MOST_RELEASES):
        if time.monotonic() > deadline:
            return None
        middle = halfway(has, bound)
        found = index.first(name, f">{has},<{bound}" if middle is None else f">={middle},<{bound}")
        if found is None and middle is None:
            return str(has_not)
        if found is None:
            bound = Version(middle or "")
            continue
        release = index.unpack(name, found)
        if release is None or has_line(release, blamed):
            has = Version(found)
        else:
            has_not = bound = Version(found)
    return None


def halfway(low: Version, high: Version) -> str | None:
    """A version number between two, on the coarsest scale that has one; None where releases are next to each other."""
    before, after = (*low.release, 0, 0, 0)[:3], (*high.release, 0, 0, 0)[:3]
    place = next((place for place in range(3) if before[place] != after[place]), 3)
    if place == 3:
        return None
    if after[place] - before[place] > 1:
        numbers = (*before[:place], (before[place] + after[place]) // 2)
    elif any(after[place + 1 :]):
        numbers = after[: place + 1]
    elif place == 2:
        return None
    else:
        # Nobody knows how far the numbers go: 1.26 and 2.0 have 1.60 between them, or nothing.
        numbers = (*before[: place + 1], before[place + 1] * 2 + 8)
    return ".".join(map(str, numbers))


def has_line(release: Path, blamed: Blamed) -> bool:
    """Whether an unpacked release has the line as it stands, in the same file or, where that is gone, in any."""
    file = release / blamed.file
    files: Iterable[Path] = [file] if file.is_file() else release.rglob("*.py")
    for one in files:
        try:
            text = one.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if line.strip() == blamed.source and _blocks_around(lines, number) == blamed.within:
                return True
    return False


def _blocks_around(lines: list[str], number: int) -> tuple[str, ...]:
    """The headers of conditions and ``try`` blocks around a line, outermost first."""
    depth = _indentation(lines[number])
    found = []
    for line in reversed(lines[:number]):
        if not line.strip() or line.lstrip().startswith("#") or _indentation(line) >= depth:
            continue
        depth = _indentation(line)
        if _BLOCK.match(line.strip()):
            found.append(line.strip())
        if depth == 0:
            break
    return tuple(reversed(found))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blamed(folder: Path, target: str | None) -> Iterator[Blamed]:
    try:
        record = json.loads((folder / "cell.json").read_bytes())
    except (OSError, ValueError):
        return
    versions = {_normal(name): version for name, version in record.get("distributions", {}).items()}
    modules = record.get("modules", {})
    for path, line in _places(folder):
        match = _SITE.match(path)
        if match is None:
            continue
        inside = match["inside"].replace("\\", "/")
        name = _normal(modules.get(inside.split("/", 1)[0].removesuffix(".py"), ""))
        lines = _lines(Path(path))
        source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        if name in versions and name != _normal(target or "") and _TELLING.search(source):
            yield Blamed(
                distribution=name,
                installed=versions[name],
                file=inside,
                source=source,
                within=_blocks_around(lines, line - 1),
            )


def _places(folder: Path) -> Iterator[tuple[str, int]]:
    """The innermost code outside of the standard library: of doomed uses, dated warnings and failures."""
    for name in ("uses.jsonl", "functions.jsonl", "warnings.jsonl"):
        for record in read_records(folder / name):
            if name == "functions.jsonl" and not record.get("installed"):
                continue
            if name == "warnings.jsonl" and not (
                str(record.get("category", "")).endswith("DeprecationWarning")
                and _DATED.search(str(record.get("message", "")))
                and record.get("captured") is not True
            ):
                continue
            place = record.get("place") or [record.get("file"), record.get("line")]
            if isinstance(place, list) and len(place) == 2 and isinstance(place[0], str) and isinstance(place[1], int):
                yield place[0], place[1]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
