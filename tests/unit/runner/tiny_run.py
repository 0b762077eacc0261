"""A run of the interpreter that the tests run on: two profiles, a suite of two tests, nothing installed."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from this_python import HERE, INTERPRETER

from runner import model
from runner.environment import find_uv
from runner.record import ResultsFolder
from runner.runs import Run
from runner.target import prepare
from runner.workspace import working_copies

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
PROFILES = (model.Profile(name="plain"), model.Profile(name="strict", filters=("error::DeprecationWarning",)))

SUITE = """
import unittest, warnings

class A(unittest.TestCase):
    def test_passes(self): pass
    def test_warns(self): warnings.warn("old", DeprecationWarning)
"""


def tiny_run(
    folder: Path,
    matrix: Callable[..., model.Matrix],
    found: model.Interpreter | model.Absent = INTERPRETER,
    **changes: Any,
) -> Run:
    """The run below ``folder``, where the suite is written if none is there; ``changes`` are of the matrix."""
    target = folder / "target"
    if not target.is_dir():
        target.mkdir(parents=True)
        (target / "test_a.py").write_text(SUITE, encoding="utf-8")
    fields: dict[str, Any] = {
        "target": model.Target(path=target),
        "test": model.Test(tool=model.TestTool.UNITTEST, arguments=("-v", "test_a")),
        "pythons": (HERE,),
        "profiles": PROFILES,
        "base": HERE,
        "next": (),
    }
    inherited = {**os.environ, "HIDDEN_TOKEN": "hunter2"}
    whole = matrix(**{**fields, **changes})
    return Run(
        matrix=whole,
        checkout=prepare(whole.target, folder / "work", inherited, None),
        interpreters={HERE: found},
        results=ResultsFolder(folder / "results"),
        work=folder / "work",
        inherited=inherited,
        uv=find_uv(os.environ),
        now=lambda: NOW,
        copies=working_copies(folder / "work"),
    )
