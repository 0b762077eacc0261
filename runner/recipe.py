"""What an environment is made of, and the digest that tells whether it is still what a matrix asks for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from pathlib import Path

from .metadata import read_metadata
from .model import Cell, InstallMode, Interpreter, Matrix
from .target import Checkout

_NAMED_FILE = re.compile(r"(?m)^\s*(?:-r|-c|--requirement|--constraint)[ =\t]*([^\s#]+)")

#: Of what is noted of an environment; another number makes all anew. 2: with the folder of its packages. 3: and those
#: that it was installed from.
_FORM = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that an environment is made of."""

    matrix: Matrix
    cell: Cell
    """Any cell of its group: gives the interpreter and the variant."""
    interpreter: Interpreter
    checkout: Checkout
    uv: str | None
    builder: Interpreter | None = None
    """Builds the wheel that all interpreters share, if it is the same for all; else each builds its own."""

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
            "interpreter": _identity(self.interpreter),
            "install": repr(install),
            "variant": repr(self.cell.variant),
            "files": [_digest_of(path) for path in files],
            "target": self.checkout.digest if self.mode is InstallMode.BUILD else str(self.checkout.path),
            "builder": None if self.builder is None or self.mode is not InstallMode.BUILD else _identity(self.builder),
            "uv": self.uv is not None,
            "form": _FORM,
        }
        text = json.dumps(known, sort_keys=True)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def is_dated(self) -> bool:
        """Whether the same releases would be installed on any other day."""
        install = self.matrix.install
        named = [*install.requirements, *install.constraints, *self.cell.variant.requirements]
        files = [self.checkout.path / name for name in install.requirement_files]
        # pathlib makes one slash of two; either way it is not a file of ours.
        named += [str(path) for path in _with_named_files(files) if not path.is_file()]
        if install.unbounded or any(":/" in one for one in named):
            return False
        if install.exclude_newer:
            return True
        return not (named or files or install.groups) and self.mode is InstallMode.NONE


def install_mode(matrix: Matrix, checkout: Checkout) -> InstallMode:
    """How the target is installed, ``AUTO`` decided by its files."""
    if matrix.install.mode is not InstallMode.AUTO:
        return matrix.install.mode
    return InstallMode.BUILD if read_metadata(checkout.path).is_project else InstallMode.NONE


def _identity(interpreter: Interpreter) -> list[str]:
    return [interpreter.executable, interpreter.version, interpreter.build]


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
