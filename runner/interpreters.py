"""Finds the declared interpreters on this machine, and says why one was not found.

python-discovery knows the running interpreter, PATH, uv's managed interpreters and the Windows registry (PEP 514).
What it lacks is here: explicit paths, every version of a version manager (not only the active one, whose shims
fail for the others), the reason for an absence, and a download that is tried only when asked for.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError
from .model import Absent, Interpreter, Python
from .paths import absolute

if TYPE_CHECKING:
    from python_discovery import PyInfoCache, PythonInfo

#: ``3.15=/opt/python3.15`` entries separated like PATH.
INTERPRETERS_VARIABLE = "FOREWARN_INTERPRETERS"

Download = Callable[[Python], "Absent | str"]
"""Gets an interpreter from the network: the path of its executable, or why it could not be had."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionManager:
    """Where a version manager keeps its interpreters: one folder each, below ``versions``."""

    name: str
    versions: Path
    shims: Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explicit:
    """A path somebody gave for one interpreter."""

    path: str
    source: str


def explicit_interpreters(
    options: Iterable[str],
    environment: Mapping[str, str],
    declared: Iterable[tuple[str, str]],
    parse: Callable[[str], Python],
) -> dict[Python, Explicit]:
    """Paths given by hand. ``--interpreter`` wins over the environment variable, that over matrix.yaml.

    Args:
        options: values of ``--interpreter``: ``3.15=/path``.
        environment: searched for ``FOREWARN_INTERPRETERS``.
        declared: the ``interpreters`` map of matrix.yaml.
        parse: reads a Python's name; raises ValueError.

    Raises:
        UsageError: an entry is not ``PYTHON=PATH``.
    """
    found: dict[Python, Explicit] = {}
    for name, path in declared:
        found[parse(name)] = Explicit(path=path, source="matrix.yaml")
    variable = environment.get(INTERPRETERS_VARIABLE, "")
    for source, entries in (
        (INTERPRETERS_VARIABLE, [entry for entry in variable.split(os.pathsep) if entry]),
        ("--interpreter", list(options)),
    ):
        for entry in entries:
            name, separator, path = entry.partition("=")
            try:
                python = parse(name.strip())
            except ValueError as error:
                raise UsageError(f"{source}: {entry!r}: {error}", hint="write 3.15=/path/to/python3.15") from None
            if not separator or not path.strip():
                raise UsageError(f"{source}: {entry!r} names no executable", hint="write 3.15=/path/to/python3.15")
            found[python] = Explicit(path=str(absolute(Path.cwd(), path.strip())), source=source)
    return found


def version_managers(environment: Mapping[str, str]) -> tuple[VersionManager, ...]:
    """pyenv, asdf and mise, at the folders their variables name or at their defaults below the home folder."""
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path("~").expanduser())
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    asdf = Path(environment.get("ASDF_DATA_DIR") or home / ".asdf")
    mise = Path(environment.get("MISE_DATA_DIR") or data / "mise")
    return (
        VersionManager(name="pyenv", versions=pyenv / "versions", shims=pyenv / "shims"),
        VersionManager(name="asdf", versions=asdf / "installs" / "python", shims=asdf / "shims"),
        VersionManager(name="mise", versions=mise / "installs" / "python", shims=mise / "shims"),
    )


class Finder:
    """Looks interpreters up. One object per run: what was asked once is remembered."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        explicit: Mapping[Python, Explicit] | None = None,
        download: Download | None = None,
        cache: PyInfoCache | None = None,
    ) -> None:
        self._environment = environment
        self._explicit = explicit or {}
        self._download = download
        self._cache = cache
        self._managers = version_managers(environment)
        self._search_path = _without_shims(environment, self._managers)

    def find_all(self, pythons: Sequence[Python]) -> dict[Python, Interpreter | Absent]:
        """Look all up at once (each look-up waits for a process); downloads come after, one by one."""
        with ThreadPoolExecutor(max_workers=min(8, len(pythons) or 1)) as pool:
            found = dict(zip(pythons, pool.map(self.find, pythons), strict=True))
        for python, result in found.items():
            if isinstance(result, Absent) and self._download is not None and python not in self._explicit:
                found[python] = self._fetch(python, result)
        return found

    def find(self, python: Python) -> Interpreter | Absent:
        """Look one up without the network."""
        if given := self._explicit.get(python):
            return self._answer(python, given.path, given.source)
        if info := self._discover(python):
            return self._describe(python, info, self._source(info))
        broken = []
        for path in self._managed(python):
            found = self._answer(python, path, self._manager_of(Path(path)) or "PATH")
            if isinstance(found, Interpreter):
                return found
            broken.append(found.reason)
        return Absent(python=python, reason="; ".join([self._why(python), *broken[:1]]))

    def _fetch(self, python: Python, absence: Absent) -> Interpreter | Absent:
        assert self._download is not None  # noqa: S101 - the caller's condition
        result = self._download(python)
        if isinstance(result, Absent):
            return dataclasses.replace(absence, reason=f"{absence.reason}; {result.reason}")
        return self._answer(python, result, "uv (downloaded)")

    def _discover(self, python: Python) -> PythonInfo | None:
        from python_discovery import get_interpreter  # noqa: PLC0415 - costs 40 ms; `forewarn --help` needs none

        spec = f"{python.implementation}{python.major}.{python.minor}"
        return get_interpreter(
            f"{spec}t" if python.free_threaded else spec,
            cache=self._cache,
            env=self._search_path,
            predicate=lambda info: bool(info.free_threaded) == python.free_threaded,
        )

    def _answer(self, python: Python, path: str, source: str) -> Interpreter | Absent:
        """Ask an executable what it is; an explicit path must be what it was given for."""
        from python_discovery import PythonInfo  # noqa: PLC0415

        if not Path(path).is_file():
            return Absent(python=python, reason=f"{source} names {path}, which is not a file")
        info = PythonInfo.from_exe(path, self._cache, raise_on_error=False, env=self._environment)
        if info is None:
            return Absent(python=python, reason=f"{source} names {path}, which does not start as a Python")
        result = self._describe(python, info, source)
        if not _is(python, result):
            return Absent(
                python=python,
                reason=f"{source} names {path}, which is {result.implementation} {result.version}"
                f"{' (free-threaded)' if result.free_threaded else ''}",
            )
        return dataclasses.replace(result, executable=path)

    def _describe(self, python: Python, info: PythonInfo, source: str) -> Interpreter:
        release = info.version_info
        suffix = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(release.releaselevel, "")
        version = info.version_str + (f"{suffix}{release.serial}" if suffix else "")
        return Interpreter(
            python=python,
            executable=str(info.system_executable or info.executable),
            version=version,
            implementation=info.implementation.lower(),
            build=" ".join(info.version.partition(" ")[2].split()),
            free_threaded=bool(info.free_threaded),
            source=source,
        )

    def _managed(self, python: Python) -> list[str]:
        """Executables of this version below the version managers' folders, newest first."""
        stem = "pypy" if python.implementation == "pypy" else "python"
        name = f"{stem}{python.major}.{python.minor}{'t' if python.free_threaded else ''}"
        found: list[Path] = []
        for manager in self._managers:
            try:
                folders = sorted(manager.versions.iterdir(), key=_version_key, reverse=True)
            except OSError:
                continue
            # A folder's name may be an alias (`3.12` beside `3.12.1`); the executable decides.
            found += [folder / "bin" / name for folder in folders]
            found += [folder / f"{stem}.exe" for folder in folders if _version_key(folder)[:2] == _pair(python)]
        return [str(path) for path in found if path.is_file()]

    def _manager_of(self, path: Path) -> str | None:
        return next((manager.name for manager in self._managers if manager.versions in path.parents), None)

    def _source(self, info: PythonInfo) -> str:
        path = Path(str(info.system_executable or info.executable))
        if manager := self._manager_of(path):
            return manager
        parts = path.parts
        if "uv" in parts and "python" in parts[parts.index("uv") :]:
            return "uv"
        folders = [Path(entry) for entry in self._environment.get("PATH", "").split(os.pathsep) if entry]
        return "PATH" if path.parent in folders else "running Python"

    def _why(self, python: Python) -> str:
        name = f"python{python.major}.{python.minor}{'t' if python.free_threaded else ''}"
        if python.implementation != "cpython":
            name = f"{python.implementation}{python.major}.{python.minor}"
        places = ["PATH", "uv's interpreters"]
        places += [manager.name for manager in self._managers if manager.versions.is_dir()]
        text = f"no {python} on {', '.join(places[:-1])} or {places[-1]}"
        for manager in self._managers:
            if (manager.shims / name).exists():
                text += f" ({manager.shims / name} is a {manager.name} shim without an interpreter)"
        return text


def _is(python: Python, found: Interpreter) -> bool:
    version = tuple(int(part) for part in re.findall(r"\d+", found.version)[:2])
    return (
        version == _pair(python)
        and found.implementation == python.implementation
        and found.free_threaded == python.free_threaded
    )


def _pair(python: Python) -> tuple[int, ...]:
    return (python.major, python.minor)


def _version_key(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.name))


def _without_shims(environment: Mapping[str, str], managers: Iterable[VersionManager]) -> dict[str, str]:
    """The environment with the shims' folders taken off PATH: starting each to see it fail costs 0.3 s."""
    shims = {str(manager.shims) for manager in managers}
    entries = environment.get("PATH", "").split(os.pathsep)
    return {
        **environment,
        "PATH": os.pathsep.join(entry for entry in entries if entry.rstrip("/\\") not in shims),
    }
