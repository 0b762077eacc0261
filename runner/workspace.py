"""What a running cell has for itself: a working copy of the target, a home, a folder for temporary files."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .copies import LEFT_OUT, PREFIX, Copies, remove
from .errors import UsageError
from .model import InstallMode, Isolation

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
    fill: Callable[[], None] = dataclasses.field(default=lambda: None, compare=False)
    """Has the target be there, which is not before: many a cell needs no process, and a copy takes its time. Called
    again it does nothing. Raises UsageError where a copy cannot be made."""


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
    copies: Copies,
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
        copies: makes copies of the target, or has one.

    Raises:
        UsageError: nothing can be written.
    """
    copied = _decide(isolation.working_copy, parallel) and (mode is not InstallMode.EDITABLE or isolation.working_copy)
    home, temporary = _decide(isolation.home, parallel), _decide(isolation.tmp, parallel)
    if not (copied or home or temporary):
        yield Workspace(target=target)
        return
    # Short and outside of the project: sockets have short names, and pytest looks for its settings in folders above.
    try:
        folder = _made(name)
    except OSError as error:
        raise _no_place(target, error) from error
    try:
        try:
            changes = _home(folder / "home", inherited) if home else {}
            if temporary:
                (folder / "tmp").mkdir()
                changes |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "tmp"))
        except OSError as error:
            raise _no_place(target, error) from error
        if not copied:
            yield Workspace(target=target, changes=changes)
            return
        copy = _WorkingCopy(target, folder / "copy", copies)
        yield Workspace(target=copy.target, changes=changes, fill=copy.fill)
        copy.hand_on()
    finally:
        remove(folder)


class _WorkingCopy:
    """A copy of a target for one cell: with what above it has a say in its suite.

    That is the whole git working copy where a folder between its top and the target holds settings of pytest or a
    conftest, else the target alone. Environments, caches and what forewarn makes are left out.
    """

    def __init__(self, target: Path, folder: Path, copies: Copies) -> None:
        self._target = target
        self._top = _top(target)
        self._folder = folder
        self._copies = copies
        self._filled = False
        self.target = folder / target.relative_to(self._top)

    def fill(self) -> None:
        """See `Workspace.fill`."""
        if self._filled:
            return
        try:
            self._copies.give(self._top, self._folder)
        except OSError as error:
            raise _no_place(self._target, error) from error
        self._filled = True

    def hand_on(self) -> None:
        """After the cell."""
        if self._filled:
            self._copies.take_back(self._top, self._folder)


def working_copies(work: Path) -> Copies:
    """The copies for all cells of the run that works in a folder."""
    return Copies(lambda: _made(f"{work}/copies"), work / "bytecode")


def _made(name: str) -> Path:
    key = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    wanted = Path(tempfile.gettempdir()) / f"{PREFIX}{key}"
    remove(wanted)  # of a run that was killed
    with contextlib.suppress(FileExistsError):  # somebody else's
        wanted.mkdir(mode=0o700)
        return wanted
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def _no_place(target: Path, error: OSError) -> UsageError:
    return UsageError(
        f"cannot make a place for a cell of {target}: {error}",
        hint="make room, name another folder by TMPDIR, or run without -j",
    )


def _decide(wanted: bool | None, parallel: bool) -> bool:
    return parallel if wanted is None else wanted


def _top(target: Path) -> Path:
    top = target
    for folder in (target, *target.parents):
        if folder != target and any((folder / name).is_file() for name in _ABOVE):
            top = folder
        if (folder / ".git").exists():
            # What was fetched lies below the project that asks for it, and is none of its parts.
            return target if LEFT_OUT & set(target.relative_to(top).parts) else top
    return target  # no git working copy: nobody says where the project ends


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
