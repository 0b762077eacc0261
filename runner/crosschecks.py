"""Checks of matrix.yaml that one value alone cannot show: between its keys, and with the target's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from . import paths, texts
from .faults import Faults, did_you_mean, quote
from .model import InstallMode, Python
from .pythons import parse_python
from .selection import check_declared
from .shapes import FAULTY, Located

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .metadata import Metadata


def check_names(values: Mapping[str, Any], faults: Faults) -> None:
    """Check the names that become cell ids, and that a profile without filters is there."""
    profiles = values.get("profiles")
    if isinstance(profiles, Located) and all(
        written["filters"] if isinstance(written, dict) else written for written in profiles.value.values()
    ):
        faults.add(profiles.item, "one profile must have no filters, such as 'plain: []': it is the measured one")
    variants = values.get("variants")
    if not isinstance(variants, Located):
        return
    for axis, choices in variants.value.items():
        place = variants.item.key(axis)
        if axis in {"python", "profile"}:
            faults.add(place, f"{axis!r} is an axis of every matrix; choose another name")
        if len({value.lower() for value in choices}) < len(choices):
            faults.add(place, "two values differ only in upper and lower case, which folders may not keep apart")


def check_cells(values: Mapping[str, Any], pythons: tuple[Python, ...], faults: Faults) -> None:
    """Check that ``interpreters``, ``include`` and ``exclude`` name what is declared."""
    interpreters = values.get("interpreters")
    if isinstance(interpreters, Located):
        for name in interpreters.value:
            _check_python(name, pythons, interpreters.item.key(name), faults)
    known = _axes(values)
    if known is None:
        return
    axes = {"python": {}, "profile": known[0], **known[1]}
    for entry in _located(values.get("include")):
        if "python" not in entry.value:
            faults.add(entry.item, "'python' is missing")
    for entry in (*_located(values.get("include")), *_located(values.get("exclude"))):
        _check_choices(entry, axes, pythons, faults)


def check_target(values: Mapping[str, Any], target: Path | None, metadata: Metadata | None, faults: Faults) -> None:
    """Check what refers to files and names of the target, as far as the target is here."""
    test, install = values.get("test"), values.get("install")
    cwd = test.get("cwd") if isinstance(test, dict) else None
    if target and isinstance(cwd, Located) and not paths.is_folder(paths.resolve(target, cwd.value)):
        faults.add(cwd.item, f"the target has no folder {quote(cwd.value)}")
    if not isinstance(install, dict):
        return
    mode, declared = install.get("mode"), values.get("target")
    is_release = declared is FAULTY or (isinstance(declared, dict) and "sdist" in declared)
    if isinstance(mode, Located) and mode.value == InstallMode.INDEX and not is_release:
        faults.add(mode.item, "'index' installs a published release, and needs a target with sdist")
    if not target or not metadata:
        return
    for file in _located(install.get("requirement-files")):
        if not paths.is_file(paths.resolve(target, file.value)):
            faults.add(file.item, f"the target has no file {quote(file.value)}")
    _check_offered(install.get("groups"), metadata.groups, "dependency group", faults)
    if "extras" not in metadata.dynamic:
        _check_offered(install.get("extras"), metadata.extras, "extra", faults)


def check_constraints(values: Mapping[str, Any], folder: Path, faults: Faults) -> None:
    """Check that the constraint files are there, seen from the folder of matrix.yaml."""
    install = values.get("install")
    if not isinstance(install, dict):
        return
    for line in _located(install.get("constraints")):
        if texts.is_path(line.value) and not paths.is_file(paths.resolve(folder, line.value)):
            faults.add(line.item, f"there is no file {quote(line.value)} in the folder of this file")


def _check_offered(written: Any, offered: tuple[str, ...], what: str, faults: Faults) -> None:
    names = {canonicalize_name(name) for name in offered}
    for one in _located(written):
        if canonicalize_name(one.value) not in names:
            near = did_you_mean(one.value, offered)
            others = f"; it has {', '.join(offered)}" if offered else ""
            faults.add(one.item, f"the target has no {what} {quote(one.value)}{near or others}")


def _located(written: Any) -> Iterator[Located]:
    if isinstance(written, Located):
        yield from written.value


def _axes(values: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The names of profiles, and the axes with their values; None where one of them has a fault."""
    profiles, variants = values.get("profiles"), values.get("variants")
    if profiles is FAULTY or variants is FAULTY:
        return None
    named = profiles.value if isinstance(profiles, Located) else {"plain": (), "strict": ()}
    return named, variants.value if isinstance(variants, Located) else {}


def _check_choices(
    entry: Located, known: Mapping[str, Mapping[str, Any]], pythons: tuple[Python, ...], faults: Faults
) -> None:
    for axis, choice in entry.value.items():
        if axis not in known:
            near = did_you_mean(axis, known) or f"; known here: {', '.join(known)}"
            faults.add(entry.item.key(axis), f"{quote(axis)} is not an axis of this matrix{near}")
        elif axis == "python":
            _check_python(choice.value, pythons, choice.item, faults)
        elif choice.value not in known[axis]:
            near = did_you_mean(choice.value, known[axis]) or f"; it has {', '.join(known[axis])}"
            faults.add(choice.item, f"{axis} has no {quote(choice.value)}{near}")


def _check_python(name: str, pythons: tuple[Python, ...], place: Any, faults: Faults) -> None:
    try:
        check_declared(parse_python(name), pythons, place, faults)
    except ValueError as error:
        faults.add(place, str(error))
