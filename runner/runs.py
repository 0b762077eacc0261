"""What all cells of one run have in common."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

from .cache import Cache
from .copies import Copies
from .model import Absent, Cell, Interpreter, Matrix, Python
from .recipe import Recipe
from .record import ResultsFolder
from .target import Checkout


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """One run."""

    matrix: Matrix
    checkout: Checkout
    interpreters: Mapping[Python, Interpreter | Absent]
    results: ResultsFolder
    work: Path
    """Where environments are kept."""
    inherited: Mapping[str, str]
    """The environment that forewarn was started with."""
    uv: str | None
    now: Callable[[], datetime.datetime]
    copies: Copies
    """Of the target, for cells that have one for themselves; to be closed when the run is over."""
    reuse: bool = True
    """Whether what was made of unchanged inputs is used again: environments, and evidence from the cache."""
    changed: bool = False
    """Whether cells run only the test files that a change since their last complete run can affect."""
    cache: Cache | None = None
    """Where complete cells are taken from and kept; None for neither."""
    parallel: bool = False
    """Whether several cells are measured at the same time."""
    full: bool = False
    """Whether strict cells run all tests, also those of which the plain cell proves the outcome."""

    def recipe(self, cell: Cell, interpreter: Interpreter) -> Recipe:
        """What the environment of a cell is made of."""
        base = self.interpreters.get(self.matrix.base)
        return Recipe(
            matrix=self.matrix,
            cell=cell,
            interpreter=interpreter,
            checkout=self.checkout,
            uv=self.uv,
            builder=base if isinstance(base, Interpreter) else None,
        )
