"""Measured tables replace their predecessors and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench"))

from tables import write_table


def test_a_table_replaces_its_predecessor_and_keeps_what_stands_around(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# Page\n\n", encoding="utf-8")
    write_table(file, "bench/one.py", ["| one |"])
    write_table(file, "bench/two.py", ["| two |"])
    file.write_text(file.read_text(encoding="utf-8") + "\nLast words.\n", encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    write_table(file, "bench/one.py", ["| other |"])
    assert file.read_text(encoding="utf-8") == before.replace("| one |", "| other |")
    assert before.startswith("# Page\n")
    assert before.endswith("Last words.\n")
