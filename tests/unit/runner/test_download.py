"""Downloads by uv: a real executable stands in for it, and no network is used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runner import download as downloads
from runner.download import Downloader
from runner.interpreters import Explicit, Finder
from runner.model import Absent, Interpreter, Python

HERE = Python(major=sys.version_info.major, minor=sys.version_info.minor)
NOWHERE = Python(major=3, minor=99)
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")


def finder(home: Path, **more: object) -> Finder:
    return Finder(environment={"HOME": str(home), "PATH": ""}, **more)  # type: ignore[arg-type] # per test


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@posix
def test_a_network_that_refuses_is_found_out_once(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    uv = script(tmp_path / "uv", f'echo "$@" >> {calls}\necho "error: x\n  cause: dns error" >&2\nexit 1')
    wanted = [Python(major=3, minor=minor) for minor in (97, 98, 99)]
    download = Downloader(str(uv), {})
    found = finder(tmp_path, download=download).find_all(wanted)
    assert len(calls.read_text(encoding="utf-8").splitlines()) == 1
    reasons = [result.reason for result in found.values() if isinstance(result, Absent)]
    assert len(reasons) == 3
    assert all("the network refuses downloads of Python" in reason for reason in reasons)


@posix
def test_a_version_that_uv_does_not_have_does_not_stop_the_others(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    uv = script(tmp_path / "uv", f'echo "$@" >> {calls}\necho "error: No download found for request: $6" >&2\nexit 2')
    wanted = [Python(major=3, minor=98), NOWHERE]
    found = finder(tmp_path, download=Downloader(str(uv), {})).find_all(wanted)
    assert len(calls.read_text(encoding="utf-8").splitlines()) == 2
    assert all("No download found" in result.reason for result in found.values() if isinstance(result, Absent))


@posix
def test_what_was_downloaded_is_asked_what_it_is(tmp_path: Path) -> None:
    uv = script(tmp_path / "uv", f'[ "$2" = find ] && echo {sys.executable}\nexit 0')
    download = Downloader(str(uv), {})
    assert download(HERE) == sys.executable
    found = finder(tmp_path, download=download).find_all([NOWHERE])[NOWHERE]
    assert isinstance(found, Absent)
    assert "uv (downloaded) names" in found.reason


def test_without_uv_nothing_is_downloaded() -> None:
    result = Downloader(None, {})(NOWHERE)
    assert isinstance(result, Absent)
    assert "needs uv" in result.reason


@posix
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param("error: dns error", "the network refuses downloads of Python (error: dns error)", id="dns"),
        pytest.param("  × a\\n  ╰─▶ operation timed out", "(operation timed out)", id="uv's drawing is left out"),
        pytest.param("error: No download found", "not downloaded: error: No download found", id="no such version"),
        pytest.param("", "uv said nothing", id="silence"),
    ],
)
def test_the_reason_is_what_uv_said(tmp_path: Path, said: str, reason: str) -> None:
    uv = script(tmp_path / "uv", f"printf '{said}' >&2\nexit 1")
    result = Downloader(str(uv), {})(NOWHERE)
    assert isinstance(result, Absent)
    assert reason in result.reason


@posix
def test_uv_is_given_one_try_and_the_users_variables_win(tmp_path: Path) -> None:
    uv = script(tmp_path / "uv", 'echo "error: $UV_HTTP_RETRIES $UV_HTTP_CONNECT_TIMEOUT" >&2; exit 1')
    assert "error: 0 5" in str(Downloader(str(uv), {})(NOWHERE))
    assert "error: 7 5" in str(Downloader(str(uv), {"UV_HTTP_RETRIES": "7"})(NOWHERE))


@posix
def test_no_patience_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_PATIENCE", 0.1)
    calls = tmp_path / "calls"
    download = Downloader(str(script(tmp_path / "uv", f"echo x >> {calls}; exec sleep 600")), {})
    reasons = [str(download(NOWHERE)), str(download(HERE))]
    assert all("took over 0.1 s" in reason for reason in reasons)
    assert not calls.exists() or calls.read_text(encoding="utf-8").count("x") == 1


@posix
def test_what_is_given_or_here_is_not_downloaded(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    download = Downloader(str(script(tmp_path / "uv", f"echo x >> {calls}; exit 1")), {})
    given = {NOWHERE: Explicit(path="/no/such/python", source="--interpreter")}
    found = finder(tmp_path, explicit=given, download=download).find_all([HERE, NOWHERE])
    assert isinstance(found[HERE], Interpreter)
    assert isinstance(found[NOWHERE], Absent)
    assert not calls.exists()


@posix
def test_uv_that_loses_what_it_downloaded(tmp_path: Path) -> None:
    uv = script(tmp_path / "uv", '[ "$2" = install ]')
    result = Downloader(str(uv), {})(NOWHERE)
    assert isinstance(result, Absent)
    assert "does not find it" in result.reason
