"""The examples of docs/matrix.md are read without a fault."""

import datetime as dt
import re
from pathlib import Path

import pytest

from runner.config import read_matrix
from runner.releases import read_calendar

DOCUMENT = Path(__file__).parents[3] / "docs" / "matrix.md"
PROJECT = """
[project]
name = "lib"
requires-python = ">=3.12"
[project.optional-dependencies]
test = ["pytest"]
"""


def examples() -> list[str]:
    """Each block of YAML; a block that shows several ways to write one key gives one example for each."""
    found: list[str] = []
    for block in re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL):
        keys = re.findall(r"^[a-z]+(?=:)", block, re.MULTILINE)
        found += [block] if len(set(keys)) == len(keys) else block.splitlines()
    return found


@pytest.mark.parametrize("text", examples())
def test_an_example_is_valid(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "constraints.txt").touch()
    (tmp_path / "packages" / "core").mkdir(parents=True)
    if not text.startswith("python:"):
        text = f"python: [3.12, 3.14, 3.15, 3.16]\n{text}"
    (tmp_path / "matrix.yaml").write_text(text)
    read_matrix(tmp_path / "matrix.yaml", calendar=read_calendar(dt.date(2026, 11, 20)))
