"""The command line. ``main`` uses :func:`asyncio.run` as every test here does, so the order of files is free."""

from __future__ import annotations

import pytest

from eventlog.tool import main


def test_append_prints_where_the_event_went(path: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["append", path, "order-1", "placed", '{"items": 3}']) == 0
    assert capsys.readouterr().out == "1 order-1@1\n"


def test_show_prints_what_was_appended(path: str, capsys: pytest.CaptureFixture) -> None:
    main(["append", path, "order-1", "placed", '{"items": 3}'])
    main(["append", path, "order-2", "placed"])
    capsys.readouterr()
    assert main(["show", path, "order-1"]) == 0
    assert capsys.readouterr().out == '     1 order-1@1 placed {"items":3}\n'


def test_data_must_be_an_object(path: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["append", path, "order-1", "placed", "[]"]) == 1
    assert "must be an object" in capsys.readouterr().err


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["replay"])
    assert caught.value.code == 2
