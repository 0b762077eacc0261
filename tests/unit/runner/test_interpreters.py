"""Finding interpreters: what is given, what version managers keep, and why there is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runner.download import Downloader
from runner.errors import UsageError
from runner.interpreters import Explicit, Finder, explicit_interpreters
from runner.model import Absent, Interpreter, Python
from runner.pythons import parse_python

HERE = Python(major=sys.version_info.major, minor=sys.version_info.minor)
NOWHERE = Python(major=3, minor=99)
posix = pytest.mark.skipif(os.name != "posix", reason="lays out folders as POSIX version managers do")


def finder(home: Path, path: str = "", **more: object) -> Finder:
    return Finder(environment={"HOME": str(home), "PATH": path}, **more)  # type: ignore[arg-type] # per test


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("options", "variable", "declared", "source"),
    [
        pytest.param(["3.12=/a"], "3.12=/b", [("3.12", "/c")], "--interpreter", id="option wins"),
        pytest.param([], "3.12=/a", [("3.12", "/c")], "FOREWARN_INTERPRETERS", id="variable next"),
        pytest.param([], "", [("3.12", "/a")], "matrix.yaml", id="file last"),
    ],
)
def test_who_wins(options: list[str], variable: str, declared: list[tuple[str, str]], source: str) -> None:
    environment = {"FOREWARN_INTERPRETERS": variable}
    found = explicit_interpreters(options, environment, declared, parse_python)
    assert found == {Python(major=3, minor=12): Explicit(path="/a", source=source)}


@pytest.mark.parametrize("entry", ["three=/a", "3.12", "3.12=", "=/a"])
def test_an_entry_that_is_none(entry: str) -> None:
    with pytest.raises(UsageError) as caught:
        explicit_interpreters([entry], {}, [], parse_python)
    assert entry in str(caught.value)
    assert "3.15=/path" in str(caught.value)


def test_an_explicit_interpreter_is_asked_what_it_is(tmp_path: Path) -> None:
    given = {HERE: Explicit(path=sys.executable, source="--interpreter")}
    found = finder(tmp_path, explicit=given).find(HERE)
    assert isinstance(found, Interpreter)
    assert found.executable == sys.executable
    assert found.version.startswith(str(HERE))
    assert found.source == "--interpreter"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        pytest.param(sys.executable, f"which is cpython {HERE}", id="another version"),
        pytest.param("/no/such/python", "which is not a file", id="not there"),
        pytest.param(__file__, "does not start as a Python", id="not a Python"),
    ],
)
def test_an_explicit_interpreter_that_is_not_it_is_absent(tmp_path: Path, path: str, why: str) -> None:
    found = finder(tmp_path, explicit={NOWHERE: Explicit(path=path, source="matrix.yaml")}).find(NOWHERE)
    assert isinstance(found, Absent)
    assert f"matrix.yaml names {path}" in found.reason
    assert why in found.reason


@posix
@pytest.mark.parametrize(
    ("folder", "name"),
    [(".pyenv/versions", "pyenv"), (".asdf/installs/python", "asdf"), (".local/share/mise/installs/python", "mise")],
)
def test_every_version_of_a_version_manager_is_proposed_newest_first(tmp_path: Path, folder: str, name: str) -> None:
    old, new = (script(tmp_path / folder / f"3.99.{micro}" / "bin" / "python3.99", "exit 1") for micro in (2, 12))
    script(tmp_path / folder / "3.98.1" / "bin" / "python3.98", "exit 1")
    assert finder(tmp_path)._managed(NOWHERE) == [str(new), str(old)]
    found = finder(tmp_path).find(NOWHERE)
    assert isinstance(found, Absent)
    assert f"{name} names {new}, which does not start as a Python" in found.reason


@posix
def test_a_shim_is_named_and_not_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    shims = tmp_path / ".pyenv" / "shims"
    script(shims / "python3.99", f"touch {started}\nexit 127")
    (tmp_path / ".pyenv" / "versions").mkdir()
    found = finder(tmp_path, path=f"{shims}:/usr/bin").find(NOWHERE)
    assert isinstance(found, Absent)
    assert "is a pyenv shim without an interpreter" in found.reason
    assert not started.exists()


def test_a_free_threaded_build_is_another_interpreter(tmp_path: Path) -> None:
    threaded = Python(major=HERE.major, minor=HERE.minor, free_threaded=True)
    given = {threaded: Explicit(path=sys.executable, source="--interpreter")}
    assert isinstance(finder(tmp_path, explicit=given).find(threaded), Absent)


def test_absence_says_where_was_looked(tmp_path: Path) -> None:
    found = finder(tmp_path).find(NOWHERE)
    assert isinstance(found, Absent)
    assert found.reason == "no 3.99 on PATH or uv's interpreters"


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
