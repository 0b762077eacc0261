"""``forewarn doctor``: what a run would find on this machine."""

from __future__ import annotations

import argparse
import os
import shutil

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import execute
from .config import read_matrix
from .environment import find_uv
from .model import Absent, Interpreter, Matrix, Python
from .plan import plan
from .session_options import Options, make_finder


def doctor(options: argparse.Namespace) -> int:
    """Print the interpreters and tools; 0 where every one that is not optional was found, else 3.

    Raises:
        ForewarnError: a faulty matrix or option.
    """
    matrix = read_matrix(options.matrix)
    environment = dict(os.environ)
    uv = find_uv(environment)
    chosen = Options(interpreters=tuple(options.interpreter), download=options.download)
    found = make_finder(matrix, chosen, environment, uv).find_all(matrix.pythons)
    console = Console(highlight=False)
    console.print(_table(matrix, found))
    for line in _tools(uv):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(_summary(matrix)), soft_wrap=True)
    missing = [python for python, result in found.items() if isinstance(result, Absent)]
    needed = [str(python) for python in missing if python not in matrix.optional]
    if needed:
        console.print(Text(f"not found: {', '.join(needed)}: their cells will be unavailable and a run ends with 3"))
        console.print(Text("give a path (--interpreter 3.X=PATH), --download, or declare them `optional`;"))
        console.print(Text("list them under `forecast` to be told what a run as if the base were they shows"))
    return 3 if needed else 0


def _table(matrix: Matrix, found: dict[Python, Interpreter | Absent]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("wanted", "version", "found", "where, or why not"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("wanted", "version"))
    for python, result in found.items():
        wanted = f"{python} (optional)" if python in matrix.optional else str(python)
        if isinstance(result, Absent):
            table.add_row(Text(wanted), Text("—"), Text("no", style="red"), Text(result.reason))
        else:
            table.add_row(
                Text(wanted),
                Text(result.version),
                Text(result.source, style="green"),
                Text(result.executable),
            )
    return table


def _tools(uv: str | None) -> list[str]:
    git = shutil.which("git")
    answer = execute.output_of([uv, "--version"]) if uv else None
    return [
        f"uv: {answer.strip()} at {uv}" if answer else "uv: not found; virtualenv and pip make the environments",
        f"git: {git}" if git else "git: not found; needed for git targets and for noticing changed files quickly",
    ]


def _summary(matrix: Matrix) -> str:
    later = ", ".join(str(python) for python in matrix.next) or "nothing later"
    return f"{matrix.file.name}: {len(plan(matrix))} cells, base {matrix.base}, compared with {later}"
