"""The documents of one small run, compared with the files in ``reports/``.

To accept a change: FOREWARN_UPDATE_GOLDEN=1 pytest tests/golden, then read the difference.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest
from make_results import write_results

from reports.__main__ import main

GOLDEN = Path(__file__).parent / "reports"


@pytest.mark.parametrize("name", ["report.json", "report.md", "report.html", "report.txt"])
def test_documents(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    folder = write_results(tmp_path / "results")
    form = {"txt": "terminal"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    assert main(["report", str(folder), "--format", form, "--today", "2026-11-20", "--no-color"]) == 1
    told = capsys.readouterr().out
    actual = told if form == "terminal" else (folder / name).read_text(encoding="utf-8")
    golden = GOLDEN / name
    if os.environ.get("FOREWARN_UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    expected = golden.read_text(encoding="utf-8")
    difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "golden", "actual", lineterm="")
    assert actual == expected, "\n".join(difference)
