"""Reads matrix.yaml: checks all of it, fills in the defaults, and says everything that is wrong at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import paths, texts
from .crosschecks import check_cells, check_constraints, check_names, check_target
from .faults import Faults, quote
from .matrix_table import MATRIX
from .metadata import Metadata, read_metadata
from .model import Ignore, Install, InstallMode, Isolation, Limits, Matrix, Profile, StrictMode, Target, Test, TestTool
from .pythons import parse_python
from .releases import Calendar, read_calendar
from .sections import NOTHING
from .selection import Selection, select
from .shapes import FAULTY, Located
from .yaml_nodes import Item, read_items

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["DEFAULT_GATE", "DEFAULT_PROFILES", "parse_python", "read_matrix"]

DEFAULT_GATE = {"breaks": "any", "new-failure": "any", "changed-environment": "any"}
DEFAULT_PROFILES = (
    Profile(name="plain"),
    Profile(name="strict", filters=("error::DeprecationWarning", "error::PendingDeprecationWarning")),
)


def read_matrix(file: Path, *, calendar: Calendar | None = None) -> Matrix:
    """Read and check a matrix.yaml.

    Args:
        file: the file; it is named in messages as it is given here.
        calendar: the known releases, seen from today; by default those of the package.

    Returns:
        The matrix with every default filled in and absolute paths.

    Raises:
        MatrixError: the file cannot be read or has faults; the message has one line for each of them.
    """
    faults = Faults(str(file))
    root = read_items(file, faults)
    values = MATRIX.read(root, faults)
    if values is FAULTY:
        raise faults.error()
    folder = file.absolute().parent
    target = _target(values.get("target"), folder, root, faults)
    metadata = read_metadata(target.path) if target and target.path else None
    # A target that has a fault leaves nothing to compare with; its own fault is enough.
    selection = None
    if target or isinstance(getattr(values.get("python"), "value", None), tuple):
        today = calendar or read_calendar()
        selection = select(values, faults, top=root, calendar=today, metadata=metadata)
    check_names(values, faults)
    check_target(values, target.path if target else None, metadata, faults)
    check_constraints(values, folder, faults)
    if selection:
        check_cells(values, selection.pythons, faults)
    faults.raise_any()
    if not target or not selection:  # pragma: no cover - both come with a fault
        raise faults.error()
    return _matrix(values, file=file.absolute(), target=target, selection=selection, metadata=metadata)


def _target(written: Any, folder: Path, root: Item, faults: Faults) -> Target | None:
    """The target, or None where it has a fault."""
    if written is FAULTY:
        return None
    if isinstance(written, dict) and "path" not in written:
        if FAULTY in written.values():
            return None
        git: str | None = written.get("git")
        # A repository may be given by its folder; `git clone` would look for it from its own working folder.
        if git and (git.startswith(".") or paths.is_folder(folder / git)):
            git = str(paths.resolve(folder, git))
        return Target(sdist=written.get("sdist"), git=git, revision=written.get("revision"))
    located = written["path"] if isinstance(written, dict) else written
    if located is FAULTY:
        return None
    path, place = (located.value, located.item) if located else (".", root)
    resolved = paths.resolve(folder, path)
    if not paths.is_folder(resolved):
        faults.add(place, f"there is no folder {quote(path)}")
        return None
    return Target(path=resolved)


def _matrix(
    values: Mapping[str, Any], *, file: Path, target: Target, selection: Selection, metadata: Metadata | None
) -> Matrix:
    """The matrix of values that have no fault."""
    profiles = _plain(values.get("profiles"))
    gate = values.get("gate", {}).get("fail-on", {})
    return Matrix(
        file=file,
        target=target,
        install=_install(values.get("install", {}), file.parent),
        test=_test(values.get("test") or {}, metadata),
        pythons=selection.pythons,
        optional=selection.optional,
        profiles=tuple(_profile(name, written) for name, written in profiles.items()) if profiles else DEFAULT_PROFILES,
        variants=tuple((axis, tuple(choices.items())) for axis, choices in _plain(values.get("variants")).items()),
        include=_choices(values.get("include")),
        exclude=_choices(values.get("exclude")),
        env=tuple(values.get("env", {}).items()),
        limits=Limits(**values.get("limits", {})),
        parallel=values.get("parallel", 1),
        isolation=Isolation(**{key.replace("-", "_"): value for key, value in values.get("isolation", {}).items()}),
        base=selection.base,
        next=selection.next,
        forecast=selection.forecast,
        knowledge=tuple(
            {key.replace("-", "_"): value for key, value in record.items()} for record in values.get("knowledge", ())
        ),
        interpreters=tuple(
            (name, str(paths.absolute(file.parent, path.value)))
            for name, path in _plain(values.get("interpreters")).items()
        ),
        download=values.get("download", False),
        strict=StrictMode(values.get("strict", StrictMode.WARNED)),
        ignore=tuple(Ignore(**rule) for rule in values.get("ignore", ())),
        gate={} if gate == NOTHING else DEFAULT_GATE | gate,
        report=values.get("report", {}),
    )


def _profile(name: str, written: Any) -> Profile:
    if not isinstance(written, dict):
        return Profile(name=name, filters=written)
    return Profile(name=name, filters=written["filters"], fail_after=written.get("fail") == "after")


def _plain(written: Located | None) -> Mapping[str, Any]:
    return written.value if written else {}


def _choices(written: Located | None) -> tuple[tuple[tuple[str, str], ...], ...]:
    entries = written.value if written else ()
    return tuple(tuple((axis, choice.value) for axis, choice in entry.value.items()) for entry in entries)


def _install(values: Mapping[str, Any], folder: Path) -> Install:
    mode = values.get("mode")
    return Install(
        mode=InstallMode(mode.value) if mode else InstallMode.AUTO,
        requirements=values.get("requirements", ()),
        requirement_files=_texts(values.get("requirement-files")),
        extras=_texts(values.get("extras")),
        groups=_texts(values.get("groups")),
        constraints=tuple(
            str(paths.resolve(folder, line)) if texts.is_path(line) else line
            for line in _texts(values.get("constraints"))
        ),
        exclude_newer=values.get("exclude-newer"),
        unbounded=values.get("unbounded", ()),
    )


def _texts(written: Located | None) -> tuple[str, ...]:
    return tuple(one.value for one in written.value) if written else ()


def _test(values: Mapping[str, Any], metadata: Metadata | None) -> Test:
    tool = next((tool for tool in TestTool if tool.value in values), None)
    if tool is None:
        # Nothing was written: start what the target's own files speak for.
        return Test(tool=(metadata and metadata.test_tool) or TestTool.PYTEST)
    cwd = values.get("cwd")
    return Test(
        tool=tool,
        arguments=values[tool.value],
        cwd=cwd.value if cwd else ".",
        pythonpath=values.get("pythonpath", ()),
    )
