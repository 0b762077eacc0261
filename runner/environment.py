"""Makes the environment of one interpreter and variant: uv where there is one, else virtualenv and pip."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from . import execute
from .command import AS_IF_BYTECODE
from .local_sources import Sources, sources_of, unchanged
from .model import Cell, InstallMode, TestTool
from .recipe import Recipe
from .record import write_json
from .target import last_words
from .untrusted import read_json
from .wheels import source_lock, takes_wheel, target_wheel, too_slow

__all__ = ["UV_DEFAULTS", "Environment", "NotInstalled", "Recipe", "find_uv", "folder_name", "install_environment"]

#: uv brings certificates of its own; behind a company's proxy only the system's store has the right ones, which is
#: what pip uses. The first name is uv's older one. What the user has set wins.
UV_DEFAULTS = {"UV_NATIVE_TLS": "1", "UV_SYSTEM_CERTS": "1"}

_MARKER = "forewarn-environment.json"
_PROBE_FOLDER = "forewarn-probe"

#: Run by every interpreter of the environment as it starts; does nothing outside of a measured suite.
_WATCH_CHILDREN = "import os; 'FOREWARN_EVIDENCE' in os.environ and __import__('forewarn_probe.children')"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that is ready."""

    python: Path
    distributions: Mapping[str, str]
    """Normalised name → version."""
    modules: Mapping[str, str]
    """Top-level import name → the distribution that brought it."""
    digest: str
    seconds: float
    """What it cost this time; 0 where it was reused."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NotInstalled:
    """An environment that could not be made."""

    reason: str
    log: Path
    seconds: float


def make(
    recipe: Recipe, folder: Path, inherited: Mapping[str, str], *, reuse: bool = True
) -> Environment | NotInstalled:
    """The environment in ``folder``; an unchanged one is reused, a half-made one is made anew.

    A marker file that names the inputs' digest is written last and removed first, so what was killed on the way never
    counts. A lock keeps others out meanwhile, threads and processes. What could not be made is removed: where the disk
    is full, others need the room.
    """
    started = time.monotonic()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            digest = recipe.digest()
            if reuse and (ready := _ready(folder, digest)):
                return ready
            try:
                made = _made(recipe, folder, install_environment(inherited), digest)
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            if isinstance(made, NotInstalled):
                shutil.rmtree(folder, ignore_errors=True)
            return made
    except OSError as error:
        reason = f"cannot write {error.filename or folder}: {error.strerror or error}"
        return NotInstalled(reason=reason, log=_log(folder), seconds=time.monotonic() - started)


def _log(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.log")


def _made(recipe: Recipe, folder: Path, environment: Mapping[str, str], digest: str) -> Environment | NotInstalled:
    started = time.monotonic()
    log = _log(folder)
    log.unlink(missing_ok=True)
    (folder / _MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    python = python_in(folder)

    def not_installed(reason: str) -> NotInstalled:
        return NotInstalled(reason=reason, log=log, seconds=time.monotonic() - started)

    limit = recipe.matrix.limits.install
    wheel = None
    if takes_wheel(recipe):
        wheel = target_wheel(recipe, folder.parent, environment, log)
        if wheel is None:
            return not_installed(last_words(log))
    builds = wheel is None and recipe.mode in (InstallMode.BUILD, InstallMode.EDITABLE)
    with source_lock(folder.parent) if builds else contextlib.nullcontext():
        commands = _commands(recipe, folder, python, wheel)
        installing = commands[1:]
        while commands:
            command = commands.pop(0)
            ended = execute.run(command, cwd=recipe.matrix.file.parent, environment=environment, log=log, timeout=limit)
            if not ended.ok:
                ended.require_words()
                return not_installed(too_slow(limit) if ended.timed_out else last_words(log))
            if not commands and recipe.uv:
                commands, installing = _built_anew(sources_of(folder, recipe.checkout.path), installing), []
    sources = sources_of(folder, recipe.checkout.path)
    found = _inventory(python, _update_probe(folder))
    if found is None:
        return not_installed("the environment's Python does not say what is installed")
    if fault := _fault(recipe, found["distributions"]):
        return not_installed(fault)
    _add_probe(folder, Path(found["purelib"]))
    known = {"digest": digest, "sources": sources.digests(), "urls": list(sources.urls)}
    write_json(folder / _MARKER, {**known, **found})
    return Environment(
        python=python,
        distributions=found["distributions"],
        modules=found["modules"],
        digest=digest,
        seconds=time.monotonic() - started,
    )


def _built_anew(sources: Sources, commands: list[list[str]]) -> list[list[str]]:
    """Those that install once more what was built of a folder beside the target.

    uv may have it from an earlier state of that folder, as `_target_arguments` says.
    """
    words = [f"--reinstall-package={name}" for name in sources.built]
    return [[*command, *words] for command in commands] if words else []


def find_uv(environment: Mapping[str, str]) -> str | None:
    """The uv executable: ``UV``, the one installed beside us, or the one on PATH."""
    if named := environment.get("UV"):
        return shutil.which(named, path=environment.get("PATH"))
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - an optional dependency
    except ImportError:
        return shutil.which("uv", path=environment.get("PATH"))
    try:
        return str(find_uv_bin())
    except FileNotFoundError:
        return shutil.which("uv", path=environment.get("PATH"))


def place(work: Path, cell: Cell) -> Path:
    """Folder of a cell's environment."""
    return work / "environments" / folder_name(cell)


def folder_name(cell: Cell) -> str:
    """Folder of a cell's environment below the work folder."""
    return "-".join(part for part in (str(cell.python), str(cell.variant)) if part)


def _commands(recipe: Recipe, folder: Path, python: Path, wheel: Path | None = None) -> list[list[str]]:
    install = recipe.matrix.install
    if recipe.uv:
        create = [recipe.uv, "venv", "--quiet", "--clear", "--no-project", "--python"]
        create += [recipe.interpreter.executable, str(folder)]
        pip = [recipe.uv, "pip", "install", "--python", str(python), "--color", "never", "--no-progress"]
        newer = "--exclude-newer"
    else:
        create = [sys.executable, "-m", "virtualenv", "--quiet", "--python"]
        create += [recipe.interpreter.executable, str(folder)]
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-color"]
        newer = "--uploaded-prior-to"
    commands = [create]
    if arguments := _arguments(recipe, folder, wheel):
        dated = [newer, install.exclude_newer] if install.exclude_newer else []
        if dated and install.unbounded:
            # What is there already is kept: else a release as old as the date would be taken, and perhaps built, where
            # the target depends on one of these, only to be replaced at the end.
            commands.append([*pip, "--no-deps", *install.unbounded])
        commands.append([*pip, *dated, *arguments])
    if install.unbounded:
        commands.append([*pip, *install.unbounded])
    return commands


def _arguments(recipe: Recipe, folder: Path, wheel: Path | None) -> list[str]:
    """What is installed under the date limit: the target, its extras and groups, the requirements."""
    install, path = recipe.matrix.install, recipe.checkout.path
    arguments = [*_target_arguments(recipe, wheel), *install.requirements, *recipe.cell.variant.requirements]
    for name in install.requirement_files:
        arguments += ["-r", str(path / name)]
    for group in install.groups:
        arguments += ["--group", f"{path / 'pyproject.toml'}:{group}"]
    if arguments:
        for constraint in _constraint_files(install.constraints, folder):
            arguments += ["--constraint", str(constraint)]
    return arguments


def _target_arguments(recipe: Recipe, wheel: Path | None = None) -> list[str]:
    install, checkout = recipe.matrix.install, recipe.checkout
    extras = f"[{','.join(install.extras)}]" if install.extras else ""
    if wheel is not None:
        name = wheel.name.partition("-")[0]
        return [f"{name}{extras} @ {wheel.absolute().as_uri()}"]
    match recipe.mode:
        case InstallMode.BUILD | InstallMode.AUTO:
            # uv keys its cache of built folders on pyproject.toml alone: without this a changed source is not
            # seen (pip builds anew each time).
            refresh = ["--refresh-package", checkout.name] if checkout.name else ["--refresh"]
            return [*(refresh if recipe.uv else []), f"{checkout.path}{extras}"]
        case InstallMode.EDITABLE:
            return ["--editable", f"{checkout.path}{extras}"]
        case InstallMode.INDEX:
            name, _, version = str(recipe.matrix.target.sdist).partition("==")
            return [f"{name}{extras}=={version}"]
        case InstallMode.NONE:
            return []


def _constraint_files(constraints: tuple[str, ...], folder: Path) -> list[Path]:
    files = [Path(entry) for entry in constraints if os.path.isabs(entry)]  # noqa: PTH117 - text, not a path yet
    lines = [entry for entry in constraints if not os.path.isabs(entry)]  # noqa: PTH117
    if lines:
        written = folder.with_name(f"{folder.name}.constraints.txt")
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text("\n".join(lines) + "\n", encoding="utf-8")
        files.append(written)
    return files


def _inventory(python: Path, home: Path) -> dict[str, Any] | None:
    """What is installed and where, by the environment's own word; None where it does not say."""
    # Isolated: neither the folder that we stand in nor PYTHONPATH is part of it.
    listing = execute.output_of([str(python), "-I", str(home / "forewarn_probe" / "inventory.py")])
    try:
        return json.loads(listing or "null")  # type: ignore[no-any-return] # our own module's word
    except ValueError:
        return None


def _add_probe(folder: Path, purelib: Path) -> None:
    """Put the probe, alone, at the end of the environment's import path.

    A ``.pth`` file and not PYTHONPATH: nothing changes in the variables that a suite can see, and the processes that
    a suite starts are seen, too.
    """
    # From where the file lies, which is ASCII: some interpreters read it by the locale's encoding, and do not start
    # where a folder's name is not in it.
    home = os.path.relpath(os.path.realpath(folder / _PROBE_FOLDER), os.path.realpath(purelib))
    text = f"{home}\n{_WATCH_CHILDREN}\n"
    _replace(purelib / "_forewarn_probe.pth", text.encode())


def _update_probe(folder: Path) -> Path:
    """Have this version's probe in the environment; the folder to import it from."""
    home = folder / _PROBE_FOLDER
    package = home / "forewarn_probe"
    package.mkdir(parents=True, exist_ok=True)
    sources = sorted((Path(__file__).parent / "probe").glob("*.py"))
    for source in sources:
        if _replace(package / source.name, source.read_bytes()) and source.name.startswith("as_if"):
            # Compiled by an earlier version of what stands between source and bytecode in runs as if.
            shutil.rmtree(folder / AS_IF_BYTECODE, ignore_errors=True)
    for old in {path.name for path in package.glob("*.py")} - {source.name for source in sources}:
        (package / old).unlink(missing_ok=True)
    return home


def _replace(path: Path, content: bytes) -> bool:
    """Write a file as a whole, and only where it differs: a suite may be running there. Whether it did."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
    return True


def _fault(recipe: Recipe, distributions: Mapping[str, str]) -> str | None:
    if recipe.matrix.test.tool is TestTool.PYTEST and "pytest" not in distributions:
        return "pytest is not among what was installed; add it to install.requirements in matrix.yaml"
    return None


def read_marker(folder: Path, digest: str) -> dict[str, Any] | None:
    """What is known of the environment in ``folder``; None where it is not whole, or of other inputs.

    Its fields: ``distributions``, ``modules``, ``purelib``, ``sources`` (digests of folders here that something was
    installed from), ``urls`` (distributions that came from elsewhere than an index).
    """
    marker = read_json(folder / _MARKER)
    if marker is None or marker.get("digest") != digest or not python_in(folder).exists():
        return None
    return marker if unchanged(marker.get("sources")) else None


def _ready(folder: Path, digest: str) -> Environment | None:
    marker = read_marker(folder, digest)
    if marker is None:
        return None
    _update_probe(folder)
    _add_probe(folder, Path(marker["purelib"]))
    return Environment(
        python=python_in(folder),
        distributions=marker["distributions"],
        modules=marker.get("modules", {}),
        digest=digest,
        seconds=0.0,
    )


def python_in(folder: Path) -> Path:
    """The interpreter of the environment in a folder, there or not."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def install_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What the installing program is started with: nothing of the environment that we ourselves run in."""
    dropped = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "UV_PYTHON")
    return {**UV_DEFAULTS, **{name: value for name, value in inherited.items() if name not in dropped}}
