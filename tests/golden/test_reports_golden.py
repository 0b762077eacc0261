"""The documents of one small run, compared with the files in ``reports/``.

To accept a change: FOREWARN_UPDATE_GOLDEN=1 pytest tests/golden, then read the difference.
"""

from __future__ import annotations

import base64
import difflib
import json
import os
import zlib
from pathlib import Path

import pytest
from make_results import write_results

from reports.__main__ import main

GOLDEN = Path(__file__).parent / "reports"


def unpacked(page: str) -> str:
    """The page with its data to read: how it is compressed is the business of the library at hand."""
    head, begin, rest = page.partition('<script type="text/plain" id="data">')
    data, end, tail = rest.partition("</script>")
    values = json.loads(zlib.decompress(base64.b64decode(data)))
    lines = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return f"{head}{begin}\n{lines}\n{end}{tail}"


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
    actual = unpacked(actual) if form == "html" else actual
    golden = GOLDEN / name
    if os.environ.get("FOREWARN_UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    expected = golden.read_text(encoding="utf-8")
    difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "golden", "actual", lineterm="")
    assert actual == expected, "\n".join(difference)
