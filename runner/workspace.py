"""What a running cell has for itself: a working copy of the target, a home, a folder for temporary files."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import bytecode
from .errors import UsageError
from .model import InstallMode, Isolation

#: Not copied: what belongs to one place or is made anew.
_LEFT_OUT = frozenset({"__pycache__", ".forewarn", ".nox", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
#: Large, and only read by suites.
_LINKED = frozenset({".git", "node_modules"})

#: How the places of cells are named, in the folder for temporary files.
_PREFIX = "fw-"

#: What makes a folder above the target part of how its suite runs.
_ABOVE = ("conftest.py", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "setup.py", "pytest.toml")

#: Where programs keep their files if this says so, and else below HOME.
_XDG = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where one cell runs."""

    target: Path
    """The target's folder, or a copy of it."""
    changes: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    """Environment variables; ``None`` removes."""


#: Names of the variables that a workspace may change.
VARIABLES = frozenset({"HOME", "USERPROFILE", "GIT_CONFIG_GLOBAL", "TMPDIR", "TEMP", "TMP", *_XDG})


@contextlib.contextmanager
def workspace(
    isolation: Isolation,
    mode: InstallMode,
    target: Path,
    inherited: Mapping[str, str],
    *,
    name: str,
    parallel: bool,
    kept: Path | None = None,
) -> Iterator[Workspace]:
    """A place for one cell; what was made for it is gone afterwards.

    Args:
        isolation: what the matrix wants; what it leaves open is wanted when cells run beside each other.
        mode: of the target's installation. An editable one is imported from the target's own folder, so that a copy
            would be another code than the one that is tested.
        target: its folder.
        inherited: the environment that the changes apply to.
        name: of the cell in its run; the same one has the same place again, so that what a suite says of its files is
            the same again, too.
        parallel: whether other cells may run at the same time.
        kept: folder for what is compiled in copies of the target, so that the next copy need not compile it again.

    Raises:
        UsageError: the copy cannot be made.
    """
    copied = _decide(isolation.working_copy, parallel) and (mode is not InstallMode.EDITABLE or isolation.working_copy)
    home, temporary = _decide(isolation.home, parallel), _decide(isolation.tmp, parallel)
    if not (copied or home or temporary):
        yield Workspace(target=target)
        return
    # Short and outside of the project: sockets have short names, and pytest looks for its settings in folders above.
    folder = _made(target, name)
    try:
        try:
            changes = _home(folder / "home", inherited) if home else {}
            if temporary:
                (folder / "tmp").mkdir()
                changes |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "tmp"))
            place = copy_project(target, folder / "copy") if copied else target
        except OSError as error:
            raise _no_place(target, error) from error
        # Bytecode knows the path of its source, so what was compiled elsewhere is of no use.
        store = kept / _key(str(place)) if kept and copied else None
        if store:
            bytecode.restore(store, place)
        yield Workspace(target=place, changes=changes)
        if store:
            bytecode.keep(place, store)
    finally:
        remove(folder)


def _made(target: Path, name: str) -> Path:
    wanted = Path(tempfile.gettempdir()) / f"{_PREFIX}{_key(name)}"
    try:
        remove(wanted)  # of a run that was killed
        with contextlib.suppress(FileExistsError):  # somebody else's
            wanted.mkdir(mode=0o700)
            return wanted
        return Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise _no_place(target, error) from error


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _no_place(target: Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot make a place for a cell of {target}: {error}",
        hint="make room, name another folder by TMPDIR, or run without -j",
    )


def copy_project(target: Path, into: Path) -> Path:
    """Copy the target with what above it has a say in its suite; its place in the copy.

    That is the whole git working copy where a folder between its top and the target holds settings of pytest or a
    conftest, else the target alone. Environments, caches and what forewarn makes are left out.
    """
    top = _top(target)
    into.parent.mkdir(parents=True, exist_ok=True)
    _copy(top, into)
    return into / target.relative_to(top)


def remove(folder: Path) -> None:
    """Remove a folder as far as it can be, also what a suite has left unreadable in it."""

    def make_writable(function: object, path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120 - a text, as shutil gives it
            os.chmod(path, 0o700)  # noqa: PTH101
            function(path)  # type: ignore[operator]

    shutil.rmtree(folder, onerror=make_writable)


def _decide(wanted: bool | None, parallel: bool) -> bool:
    return parallel if wanted is None else wanted


def _top(target: Path) -> Path:
    top = target
    for folder in (target, *target.parents):
        if folder != target and any((folder / name).is_file() for name in _ABOVE):
            top = folder
        if (folder / ".git").exists():
            # What was fetched lies below the project that asks for it, and is none of its parts.
            return target if _LEFT_OUT & set(target.relative_to(top).parts) else top
    return target  # no git working copy: nobody says where the project ends


def _copy(source: Path, into: Path) -> None:
    into.mkdir()
    # Some keep temporary files in their project: a copy is not to hold itself, nor those of other cells.
    has_places = os.path.samefile(source, tempfile.gettempdir())  # noqa: PTH121 - both are texts in the end
    with os.scandir(source) as entries:
        for entry in entries:
            place = into / entry.name
            if has_places and entry.name.startswith(_PREFIX):
                continue
            if entry.name in _LINKED and entry.is_dir():
                place.symlink_to(entry.path, target_is_directory=True)
            elif entry.is_symlink():
                place.symlink_to(os.readlink(entry.path))  # noqa: PTH115
            elif entry.is_dir():
                if entry.name not in _LEFT_OUT and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):  # noqa: PTH110, PTH118
                    _copy(Path(entry.path), place)
            elif entry.is_file():
                shutil.copy2(entry.path, place)


def _home(folder: Path, inherited: Mapping[str, str]) -> dict[str, str | None]:
    """An empty home. Git's settings stay: without a name and an address it does not even commit."""
    folder.mkdir()
    changes: dict[str, str | None] = {"HOME": str(folder)}
    if os.name == "nt":
        changes["USERPROFILE"] = str(folder)
    changes |= {name: None for name in _XDG if name in inherited}
    settings = Path(inherited.get("HOME", "")) / ".gitconfig"
    if "HOME" in inherited and "GIT_CONFIG_GLOBAL" not in inherited and settings.is_file():
        changes["GIT_CONFIG_GLOBAL"] = str(settings)
    return changes
