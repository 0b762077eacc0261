"""Runs a program as if its Python were a later one, with the probe alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runner.as_if import config, prepare_library
from runner.model import Interpreter
from runner.pythons import parse_python

PROBE = Path(__file__).resolve().parents[2] / "runner" / "probe"

#: Prints the type and the text of what a statement raises, or "fine".
TRY = """
def attempt(code):
    try:
        exec(compile(code, __file__, "exec"), globals())
    except Exception as error:
        print(type(error).__name__, error, sep=": ")
    else:
        print("fine")
"""


class Ran:
    """What a program printed as if, and what was held against it."""

    def __init__(self, ended: subprocess.CompletedProcess[str], folder: Path) -> None:
        assert ended.returncode == 0, ended.stderr
        self.lines = ended.stdout.splitlines()
        file = folder / "uses.jsonl"
        self.uses: list[dict[str, Any]] = (
            [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        )


class AsIf:
    def __init__(self, interpreters: Mapping[str, Interpreter], folder: Path, work: Path) -> None:
        self._interpreters = interpreters
        self._folder = folder
        self._work = work

    def __call__(
        self, base: str, later: str, program: str, own: Sequence[Mapping[str, Any]] = (), **modules: str
    ) -> Ran:
        if base not in self._interpreters:
            pytest.skip(f"no Python {base} here")
        first, second = parse_python(base), parse_python(later)
        home = self._folder / "probe"
        shutil.copytree(
            PROBE, home / "forewarn_probe", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
        # As the plugin does in a suite: the spy is there before the program's own code.
        source = f"from forewarn_probe import spy\nspy.start()\n{program}"
        for name, text in {"program": source, **modules}.items():
            (self._folder / f"{name}.py").write_text(text, encoding="utf-8")
        told = config(first, second, prepare_library(first, second, self._work), own)
        (self._folder / "as-if.json").write_text(json.dumps(told), encoding="utf-8")
        ended = subprocess.run(
            [self._interpreters[base].executable, "-m", "forewarn_probe.as_if", "as-if.json", "-m", "program"],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(home), "FOREWARN_EVIDENCE": str(self._folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(ended, self._folder)
