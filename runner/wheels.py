"""The target's wheel: built once for all interpreters where it is the same for all, else once for each."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from . import execute
from .model import InstallMode, Interpreter
from .recipe import Recipe

_FOR_ALL = Tag("py3", "none", "any")
#: Seconds that a wheel stays after a newer state of the target was built: another process may be installing it.
_KEPT = 24 * 3600


def takes_wheel(recipe: Recipe) -> bool:
    """Whether the target is installed by a wheel that was built before.

    Not with pip, which is there only inside the environment; and not where ``tool.uv.sources`` say that dependencies
    are not those of the index: a wheel does not carry that.
    """
    path = recipe.checkout.path
    return (
        recipe.uv is not None
        and recipe.mode is InstallMode.BUILD
        and not any(map(_has_sources, (path, *path.absolute().parents)))
    )


def source_lock(folder: Path) -> FileLock:
    """Held while something is built from the target's source: build backends write into it.

    Args:
        folder: the one with all environments.
    """
    return FileLock(folder / "target.lock")


def target_wheel(recipe: Recipe, folder: Path, environment: Mapping[str, str], log: Path) -> Path | None:
    """The wheel for an environment; None where it cannot be built, which ``log`` explains.

    The builder of the recipe is asked first, so that it does not depend on the order of the environments whose build it
    is. A wheel that was killed half way is not there.

    Args:
        recipe: of the environment.
        folder: the one with all environments; wheels are kept in it.
        environment: variables of the building program.
        log: what that program says is appended.

    Raises:
        OSError: nothing can be written, not even that log.
    """
    with source_lock(folder):
        if recipe.builder is not None:
            shared = _built(recipe, recipe.builder, folder, environment, log)
            if shared is not None and (_is_for_all(shared) or recipe.builder == recipe.interpreter):
                return shared
            if shared is None and recipe.builder == recipe.interpreter:
                return None
        return _built(recipe, recipe.interpreter, folder, environment, log)


def _built(
    recipe: Recipe, interpreter: Interpreter, folder: Path, environment: Mapping[str, str], log: Path
) -> Path | None:
    place = folder / "wheels" / _key(recipe, interpreter)
    if wheel := _wheel_in(place):
        os.utime(place)
        return wheel
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as name:
        out = Path(name) / "out"
        command = [str(recipe.uv), "build", "--wheel", "--color", "never", "--no-progress"]
        command += ["--python", interpreter.executable, "--out-dir", str(out)]
        if recipe.matrix.install.exclude_newer:
            command += ["--exclude-newer", recipe.matrix.install.exclude_newer]
        command.append(str(_writable(recipe.checkout.path, Path(name))))
        limit = recipe.matrix.limits.install
        ended = execute.run(command, cwd=recipe.matrix.file.parent, environment=environment, log=log, timeout=limit)
        if ended.timed_out:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"error: {too_slow(limit)}\n")
        ended.require_words()
        if not ended.ok or _wheel_in(out) is None:
            return None
        _forget_old(place.parent)
        out.replace(place)
    return _wheel_in(place)


def _writable(source: Path, scratch: Path) -> Path:
    """The target's folder, or a copy of it where build backends could not write into it."""
    if os.access(source, os.W_OK):
        return source
    copy = scratch / source.name
    shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(".nox", ".forewarn"))
    for root, folders, files in os.walk(copy):
        for one in (root, *(os.path.join(root, name) for name in (*folders, *files))):  # noqa: PTH118 - os.walk's
            if not os.path.islink(one):  # noqa: PTH114
                os.chmod(one, os.stat(one).st_mode | 0o700)  # noqa: PTH101, PTH116
    return copy


def too_slow(limit: float | None) -> str:
    """Why an environment is not there whose making took longer than ``limits.install``."""
    return f"not done after {limit:g} s (limits.install)"


def _key(recipe: Recipe, interpreter: Interpreter) -> str:
    """Of all that a wheel is made of."""
    known = [
        recipe.checkout.digest,
        str(recipe.checkout.path),
        recipe.checkout.revision,  # of which some backends make the version
        recipe.matrix.install.exclude_newer,
        [interpreter.executable, interpreter.version, interpreter.build],
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:20]


def _wheel_in(place: Path) -> Path | None:
    return next(iter(sorted(place.glob("*.whl"))), None)


def _is_for_all(wheel: Path) -> bool:
    try:
        return _FOR_ALL in parse_wheel_filename(wheel.name)[3]
    except InvalidWheelFilename:
        return False


def _forget_old(wheels: Path) -> None:
    for place in wheels.iterdir():
        if place.stat().st_mtime < time.time() - _KEPT:
            shutil.rmtree(place, ignore_errors=True)


def _has_sources(folder: Path) -> bool:
    try:
        tool = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool")
    except (OSError, ValueError):
        return False
    uv = tool.get("uv") if isinstance(tool, dict) else None
    return isinstance(uv, dict) and ("sources" in uv or "workspace" in uv)
