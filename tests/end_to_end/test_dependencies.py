"""A dependency that will break: the release to take is asked for, and the text for its maintainers is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from command import forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow


def test_the_release_to_take_is_named(interpreters: Mapping[str, Interpreter], tmp_path: Path) -> None:
    if "3.11" not in interpreters:
        pytest.skip("no Python 3.11 here")
    (tmp_path / "test_it.py").write_text("def test_it():\n    import pkg_resources\n", encoding="utf-8")
    matrix = {
        "install": {"mode": "none", "requirements": ["pytest", "setuptools==59.8.0"]},
        "test": {"pytest": ["test_it.py"]},
        "python": ["3.11"],
        "interpreters": {"3.11": interpreters["3.11"].executable},
        "forecast": ["3.12"],
        "profiles": {"plain": []},
    }
    (tmp_path / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    shown = forewarn(tmp_path, "run").stdout
    report = json.loads((tmp_path / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    [test] = report["tests"]
    assert test["verdicts"]["3.12"]["verdict"] == "dependency-will-break", shown
    causes = {cause["id"]: cause for cause in report["causes"]}
    [cause] = [causes[one] for one in test["verdicts"]["3.12"]["causes"] if "ImpImporter" in causes[one]["message"]]
    # 66.1.0 guards the line with a condition.
    assert cause["upgrade"].startswith("Upgrade setuptools to 66.1.0 or later"), cause["upgrade"]
    assert cause["upgrade"] in " ".join(shown.split())
    text = forewarn(tmp_path, "upstream", cause["id"]).stdout
    assert "setuptools 59.8.0 uses `pkgutil.ImpImporter` (`pkg_resources/__init__.py`, line " in text
    assert str(tmp_path) not in text
