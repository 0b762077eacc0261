"""Tells the probe, by files in the folder of a cell, what more than a plain run the cell is."""

from __future__ import annotations

import json
from pathlib import Path

from . import as_if
from .command import as_if_file, fail_after_file, shard_file
from .errors import UsageError
from .model import Cell
from .record import write_json
from .runs import Run


def tell_probe(run: Run, cell: Cell, folder: Path) -> None:
    """Write what the probe reads; nothing for a plain run.

    Args:
        run: the cell's.
        cell: which says with which filters, which part, as if on which later version.
        folder: where its evidence goes.

    Raises:
        UsageError: nothing can be written.
    """
    if cell.profile.fail_after:
        fail_after_file(folder).write_text(json.dumps(cell.profile.filters), encoding="utf-8")
    if cell.shard is not None:
        number, of = cell.shard
        write_json(shard_file(folder), {"number": number, "of": of})
    if cell.profile.as_if is not None:
        later = cell.profile.as_if
        try:
            library = as_if.prepare_library(cell.python, later, run.work)
        except OSError as error:
            raise UsageError(f"cannot write below {run.work}: {error.strerror or error}") from error
        write_json(as_if_file(folder), as_if.config(cell.python, later, library, run.matrix.knowledge))
