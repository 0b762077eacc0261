"""What the outcome of a cell depends on, as far as it can be known before the cell runs."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .as_if import KNOWLEDGE
from .command import REMOVED
from .environment import Recipe
from .version import version

#: Inherited variables by which Python itself behaves otherwise, and the C library with it.
_OF_PYTHON = re.compile(r"PYTHON\w*|TZ|LANG|LANGUAGE|LC_\w+")
#: Inherited variables by which another release may be installed.
_OF_INSTALLERS = re.compile(
    r"(?:UV|PIP)_\w*(?:INDEX|FIND_LINKS|CONSTRAINT|OVERRIDE|EXCLUDE|NEWER|PRE|RESOLUTION|BINARY|BUILD|CONFIG)\w*"
)


#: Fields of a matrix that say which cells there are and what a report makes of them; and those that are told otherwise
#: here. Whatever else a matrix says, now or in time to come, is an input.
_NOT_OF_A_CELL = frozenset(
    {
        *("file", "target", "install", "knowledge"),  # by path and digest; by the environment's; of cells as if
        *("pythons", "optional", "profiles", "variants", "include", "exclude", "forecast", "parallel"),
        *("base", "next", "interpreters", "download", "ignore", "gate", "report", "strict"),
    }
)


def cell_inputs(
    recipe: Recipe, digest: str, environment: Path, inherited: Mapping[str, str], how: Mapping[str, Any]
) -> dict[str, Any]:
    """All that is known of a cell before it runs, as plain JSON values.

    How a suite is started follows from these and from our own source, which is one of them.

    Args:
        recipe: of the cell's environment, with the cell itself.
        digest: of that recipe.
        environment: the environment's folder, whether it is there or not.
        inherited: the environment that forewarn was started with.
        how: settings of the run itself.
    """
    matrix, cell, interpreter = recipe.matrix, recipe.cell, recipe.interpreter
    profile, later = cell.profile, cell.profile.as_if
    names = [field.name for field in dataclasses.fields(matrix) if field.name not in _NOT_OF_A_CELL]
    return {
        "forewarn": [version(), _own_digest()],
        "machine": _machine(),
        "target": [str(recipe.checkout.path), recipe.checkout.digest],
        "environment": [str(environment), digest],
        "interpreter": [interpreter.executable, _state(Path(interpreter.executable))],
        "installers": _chosen(inherited, _OF_INSTALLERS),
        "cell": [cell.id, list(profile.filters), profile.fail_after],
        "matrix": {name: repr(getattr(matrix, name)) for name in names},
        "how": {name: repr(value) for name, value in how.items()},
        "variables": _chosen(inherited, _OF_PYTHON, REMOVED),
        "as_if": None if later is None else [str(later), _facts_digest(), _digest(matrix.knowledge)],
    }


def key_of(inputs: Mapping[str, Any]) -> str:
    """The key under which a cell with such inputs is kept: 64 hexadecimal digits."""
    return _digest(inputs)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _chosen(variables: Mapping[str, str], names: re.Pattern[str], but: Collection[str] = ()) -> dict[str, str]:
    return {name: value for name, value in variables.items() if names.fullmatch(name) and name not in but}


def _state(executable: Path) -> list[Any]:
    """Tells an interpreter from another one that was put in its place."""
    try:
        real = Path(os.path.realpath(executable))
        found = real.stat()
    except OSError:
        return []
    return [str(real), found.st_size, found.st_mtime_ns]


@functools.cache
def _machine() -> list[str]:
    """The system that the suite runs on; a cache may travel from one machine to another."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return [sys.platform, platform.machine(), platform.version()]
    return [sys.platform, platform.machine(), system.get("ID", ""), system.get("VERSION_ID", "")]


@functools.cache
def _own_digest() -> str:
    """Of this package's source, the probe's with it: a checkout changes and keeps its version."""
    home = Path(__file__).parent
    return _of_files([*home.glob("*.py"), *home.glob("probe/*.py")])


@functools.cache
def _facts_digest() -> str:
    """Of what the probe may be told in a run as if."""
    return _of_files([*KNOWLEDGE.glob("*.json"), *KNOWLEDGE.glob("*.tar.xz")])


def _of_files(files: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        total.update(f"{path.name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
