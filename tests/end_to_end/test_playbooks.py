"""The suites of the playbooks do what is written: they break before the repair, and not after it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.environment import find_uv
from runner.model import Interpreter

pytestmark = pytest.mark.slow

playbooks: Any = importlib.import_module("bench.measure_playbooks")
SUITES = sorted(path.name for path in playbooks.SUITES.iterdir())


@pytest.mark.parametrize("suite", SUITES)
def test_what_was_measured(
    interpreters: Mapping[str, Interpreter], suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_uv(os.environ) is None and suite == "event-loop-fixture":
        pytest.skip("needs uv")
    if uv := find_uv(os.environ):
        monkeypatch.setenv("PATH", f"{Path(uv).parent}{os.pathsep}{os.environ['PATH']}")
    found = sorted(interpreters, key=lambda name: int(name.split(".")[1]))
    chosen = found if os.environ.get("FOREWARN_EXAMPLES") == "all" else [*found[:2], *found[-3:]]
    folder = playbooks.SUITES / suite
    measured = playbooks.measure(folder, {name: interpreters[name].executable for name in chosen})
    expected = playbooks.read_expected(folder)["measured"]
    for name, results in measured.items():
        for python, result in results.items():
            assert (name, python, result) == (name, python, expected[name][python])
    repaired = [result for name, found in expected.items() if name.startswith("after") for result in found.values()]
    assert set(repaired) == {"ok"}
