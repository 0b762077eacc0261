"""Makes the environment of one interpreter and variant: uv where there is one, else virtualenv and pip."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from . import execute
from .command import AS_IF_BYTECODE
from .metadata import read_metadata
from .model import Cell, InstallMode, Interpreter, Matrix, TestTool
from .record import write_json
from .target import Checkout, last_words

#: uv brings certificates of its own; behind a company's proxy only the system's store has the right ones, which is
#: what pip uses. The first name is uv's older one. What the user has set wins.
UV_DEFAULTS = {"UV_NATIVE_TLS": "1", "UV_SYSTEM_CERTS": "1"}

_NAMED_FILE = re.compile(r"(?m)^\s*(?:-r|-c|--requirement|--constraint)[ =\t]*([^\s#]+)")
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that an environment is made of."""

    matrix: Matrix
    cell: Cell
    """Any cell of its group: gives the interpreter and the variant."""
    interpreter: Interpreter
    checkout: Checkout
    uv: str | None

    @property
    def mode(self) -> InstallMode:
        """How the target is installed, ``AUTO`` decided."""
        return install_mode(self.matrix, self.checkout)

    def digest(self) -> str:
        """``sha256:…`` of every input that is known before installing."""
        install = self.matrix.install
        files = [self.checkout.path / name for name in install.requirement_files]
        files += [Path(entry) for entry in install.constraints if os.path.isabs(entry)]  # noqa: PTH117 - text
        files = _with_named_files(files)
        if install.groups or self.mode is InstallMode.EDITABLE:
            # An editable install follows the source, but not what is declared about it.
            files += [self.checkout.path / name for name in ("pyproject.toml", "setup.cfg", "setup.py")]
        known = {
            "interpreter": [self.interpreter.executable, self.interpreter.version, self.interpreter.build],
            "install": repr(install),
            "variant": repr(self.cell.variant),
            "files": [_digest_of(path) for path in files],
            "target": self.checkout.digest if self.mode is InstallMode.BUILD else str(self.checkout.path),
            "uv": self.uv is not None,
        }
        text = json.dumps(known, sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def install_mode(matrix: Matrix, checkout: Checkout) -> InstallMode:
    """How the target is installed, ``AUTO`` decided by its files."""
    if matrix.install.mode is not InstallMode.AUTO:
        return matrix.install.mode
    return InstallMode.BUILD if read_metadata(checkout.path).is_project else InstallMode.NONE


def make(
    recipe: Recipe, folder: Path, inherited: Mapping[str, str], *, reuse: bool = True
) -> Environment | NotInstalled:
    """The environment in ``folder``; an unchanged one is reused, a half-made one is made anew.

    A marker file that names the inputs' digest is written last, so what was killed on the way never counts.
    """
    digest = recipe.digest()
    if reuse and (ready := _ready(folder, digest)):
        return ready
    started = time.monotonic()
    log = folder.with_name(f"{folder.name}.log")
    log.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    environment = install_environment(inherited)
    python = _python_in(folder)
    for command in _commands(recipe, folder, python):
        ended = execute.run(command, cwd=recipe.matrix.file.parent, environment=environment, log=log, timeout=1800)
        if not ended.ok:
            what = "took over 30 minutes" if ended.timed_out else last_words(log)
            return NotInstalled(reason=what, log=log, seconds=time.monotonic() - started)
    _add_probe(python, folder)
    distributions, modules = _inventory(python)
    if fault := _fault(recipe, distributions):
        return NotInstalled(reason=fault, log=log, seconds=time.monotonic() - started)
    write_json(folder / _MARKER, {"digest": digest, "distributions": distributions, "modules": modules})
    return Environment(
        python=python,
        distributions=distributions,
        modules=modules,
        digest=digest,
        seconds=time.monotonic() - started,
    )


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


def folder_name(cell: Cell) -> str:
    """Folder of a cell's environment below the work folder."""
    return "-".join(part for part in (str(cell.python), str(cell.variant)) if part)


def _commands(recipe: Recipe, folder: Path, python: Path) -> list[list[str]]:
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
    if arguments := _arguments(recipe, folder):
        dated = [newer, install.exclude_newer] if install.exclude_newer else []
        if dated and install.unbounded:
            # What is there already is kept: else a release as old as the date would be taken, and perhaps built, where
            # the target depends on one of these, only to be replaced at the end.
            commands.append([*pip, "--no-deps", *install.unbounded])
        commands.append([*pip, *dated, *arguments])
    if install.unbounded:
        commands.append([*pip, *install.unbounded])
    return commands


def _arguments(recipe: Recipe, folder: Path) -> list[str]:
    """What is installed under the date limit: the target, its extras and groups, the requirements."""
    install, path = recipe.matrix.install, recipe.checkout.path
    arguments = [*_target_arguments(recipe), *install.requirements, *recipe.cell.variant.requirements]
    for name in install.requirement_files:
        arguments += ["-r", str(path / name)]
    for group in install.groups:
        arguments += ["--group", f"{path / 'pyproject.toml'}:{group}"]
    if arguments:
        for constraint in _constraint_files(install.constraints, folder):
            arguments += ["--constraint", str(constraint)]
    return arguments


def _target_arguments(recipe: Recipe) -> list[str]:
    install, checkout = recipe.matrix.install, recipe.checkout
    extras = f"[{','.join(install.extras)}]" if install.extras else ""
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


def _add_probe(python: Path, folder: Path) -> None:
    """Put the probe, alone, at the end of the environment's import path.

    A ``.pth`` file and not PYTHONPATH: nothing changes in the variables that a suite can see, and the processes that
    a suite starts are seen, too.
    """
    home = folder / _PROBE_FOLDER
    source = Path(__file__).parent / "probe"
    if any(_differ(one, home / "forewarn_probe" / one.name) for one in source.glob("as_if*.py")):
        # Compiled by an earlier version of what stands between source and bytecode in runs as if.
        shutil.rmtree(folder / AS_IF_BYTECODE, ignore_errors=True)
    shutil.copytree(
        source,
        home / "forewarn_probe",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    purelib = execute.output_of([str(python), "-I", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"])
    if purelib:
        (Path(purelib.strip()) / "_forewarn_probe.pth").write_text(f"{home}\n{_WATCH_CHILDREN}\n", encoding="utf-8")


def _differ(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() != other.read_bytes()
    except OSError:
        return True


def _inventory(python: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What is installed, by the environment's own word: (name → version, import name → name)."""
    # Isolated: neither the folder that we stand in nor PYTHONPATH is part of it.
    listing = execute.output_of([str(python), "-I", "-m", "forewarn_probe.inventory"])
    try:
        found = json.loads(listing or "{}")
    except ValueError:
        return {}, {}
    return found.get("distributions", {}), found.get("modules", {})


def _fault(recipe: Recipe, distributions: Mapping[str, str]) -> str | None:
    if recipe.matrix.test.tool is TestTool.PYTEST and "pytest" not in distributions:
        return "pytest is not among what was installed; add it to install.requirements in matrix.yaml"
    return None


def _ready(folder: Path, digest: str) -> Environment | None:
    try:
        marker = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    python = _python_in(folder)
    if not isinstance(marker, dict) or marker.get("digest") != digest or not python.exists():
        return None
    _add_probe(python, folder)
    return Environment(
        python=python,
        distributions=marker["distributions"],
        modules=marker.get("modules", {}),
        digest=digest,
        seconds=0.0,
    )


def _python_in(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def install_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What the installing program is started with: nothing of the environment that we ourselves run in."""
    dropped = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "UV_PYTHON")
    return {**UV_DEFAULTS, **{name: value for name, value in inherited.items() if name not in dropped}}


def _with_named_files(files: list[Path]) -> list[Path]:
    """Requirement and constraint files, with those that their lines name (``-r base.txt``), each once."""
    found: dict[Path, None] = {}
    waiting = list(reversed(files))
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        waiting += [path.parent / name for name in _NAMED_FILE.findall(text)]
    return list(found)


def _digest_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"
