"""Following a cell through its evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import model
from runner.record import CellRecord, ResultsFolder
from runner.watch import Watcher


def test_a_cell_from_waiting_to_done(tmp_path: Path, cell: model.Cell) -> None:
    results = ResultsFolder(tmp_path)
    watcher = Watcher(results, cell)
    assert watcher.look().phase == "waiting"
    blank = CellRecord(cell=cell, status=model.Status.CANCELLED)
    folder = results.open_cell(blank)
    assert watcher.look().phase == "environment"
    results.close_cell(CellRecord(cell=cell, status=model.Status.CANCELLED, command=["python"]))
    log = folder / "tests.jsonl"
    log.write_text('{"event":"collected","ids":["a","b","c"]}\n{"event":"end","id":"a","outc', encoding="utf-8")
    first = watcher.look()
    assert (first.phase, first.collected, first.ended) == ("running", 3, 0)
    with log.open("a", encoding="utf-8") as file:
        file.write('ome":"passed"}\n{"event":"end","id":"b","outcome":"error"}\nnot json\n')
        file.write('{"event":"collection-error","id":"m"}\n')
    second = watcher.look()
    assert (second.ended, second.failures) == (2, 2)
    results.close_cell(
        CellRecord(
            cell=cell, status=model.Status.CRASHED, reason="SIGSEGV", command=["python"], durations={"tests": 1.5}
        )
    )
    last = watcher.look()
    assert last.phase == "done"
    assert last.in_words() == "3.12-strict: crashed, 1 passed, 1 error, 1 not collected in 1.5 s: SIGSEGV"


def test_a_log_that_grows_byte_by_byte(tmp_path: Path, cell: model.Cell) -> None:
    results = ResultsFolder(tmp_path)
    folder = results.open_cell(CellRecord(cell=cell, status=model.Status.CANCELLED))
    watcher = Watcher(results, cell)
    whole = '{"event":"end","id":"é[日]","outcome":"passed"}\n{"event":"end","id":"b","outcome":"failed"}\n'.encode()
    last = watcher.look()
    for byte in whole:
        with (folder / "tests.jsonl").open("ab") as file:
            file.write(bytes([byte]))
        last = watcher.look()
    assert (last.ended, last.failures) == (2, 1)


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_record_that_is_just_being_written_is_waited_for(tmp_path: Path, cell: model.Cell, content: str) -> None:
    results = ResultsFolder(tmp_path)
    results.cell_folder(cell).mkdir(parents=True)
    (results.cell_folder(cell) / "cell.json").write_text(content, encoding="utf-8")
    assert Watcher(results, cell).look().phase == "waiting"


def test_when_nobody_measures_any_more(tmp_path: Path, cell: model.Cell) -> None:
    results = ResultsFolder(tmp_path)
    never = Watcher(results, cell).look(over=True)
    assert (never.phase, never.status, never.reason) == ("done", model.Status.CANCELLED, "it was not started")
    results.open_cell(CellRecord(cell=cell, status=model.Status.CANCELLED))
    killed = Watcher(results, cell).look(over=True)
    assert (killed.phase, killed.status) == ("done", model.Status.CANCELLED)
