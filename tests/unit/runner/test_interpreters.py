"""Finding interpreters: what is given, what version managers keep, and why there is none."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.errors import UsageError
from runner.interpreters import Explicit, Finder, _is, explicit_interpreters, version_managers
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


@posix
@pytest.mark.slow
@pytest.mark.parametrize("wrapped", [False, True], ids=["link", "wrapper script"])
@pytest.mark.parametrize(
    ("folder", "name"),
    [(".pyenv/versions", "pyenv"), (".asdf/installs/python", "asdf"), (".local/share/mise/installs/python", "mise")],
)
def test_an_interpreter_that_only_a_version_manager_has(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, folder: str, name: str, wrapped: bool
) -> None:
    """The running interpreter and PATH do not have it; a broken newer one beside it does not hide it."""
    others = [found for key, found in interpreters.items() if key != str(HERE)]
    if not others:
        pytest.skip("needs an interpreter beside the running one")
    wanted = others[0].python
    program = f"python{wanted}"
    script(tmp_path / folder / f"{wanted}.99" / "bin" / program, "exit 1")
    path = tmp_path / folder / f"{wanted}.1" / "bin" / program
    if wrapped:
        script(path, f'exec {others[0].executable} "$@"')
    else:
        path.parent.mkdir(parents=True)
        path.symlink_to(others[0].executable)
    found = finder(tmp_path).find(wanted)
    assert isinstance(found, Interpreter), found
    assert (found.executable, found.source, found.version) == (str(path), name, others[0].version)


@posix
def test_where_version_managers_are(tmp_path: Path) -> None:
    own = {"PYENV_ROOT": "/p", "ASDF_DATA_DIR": "/a", "MISE_DATA_DIR": "/m"}
    assert [str(one.versions) for one in version_managers({"HOME": "/h", **own})] == [
        "/p/versions",
        "/a/installs/python",
        "/m/installs/python",
    ]
    assert [str(one.versions) for one in version_managers({"HOME": "/h", "XDG_DATA_HOME": "/x"})] == [
        "/h/.pyenv/versions",
        "/h/.asdf/installs/python",
        "/x/mise/installs/python",
    ]


@pytest.mark.parametrize(
    ("wanted", "version", "implementation", "free_threaded", "same"),
    [
        pytest.param("3.13", "3.13.0", "cpython", False, True, id="it"),
        pytest.param("3.13", "3.13.0", "cpython", True, False, id="free-threaded for plain"),
        pytest.param("3.13t", "3.13.0", "cpython", True, True, id="free-threaded"),
        pytest.param("3.13t", "3.13.0", "cpython", False, False, id="plain for free-threaded"),
        pytest.param("3.15", "3.15.0rc2", "cpython", False, True, id="candidate"),
        pytest.param("3.11", "3.11.13", "pypy", False, False, id="pypy for cpython"),
        pytest.param("pypy3.11", "3.11.13", "pypy", False, True, id="pypy"),
        pytest.param("3.1", "3.11.1", "cpython", False, False, id="a longer number"),
        pytest.param("3.11", "3.12.11", "cpython", False, False, id="another minor"),
    ],
)
def test_whether_an_executable_is_what_was_asked_for(
    wanted: str, version: str, implementation: str, free_threaded: bool, same: bool
) -> None:
    python = Python(major=3, minor=1) if wanted == "3.1" else parse_python(wanted)
    found = Interpreter(
        python=python,
        executable="/x",
        version=version,
        implementation=implementation,
        build="",
        free_threaded=free_threaded,
        source="",
    )
    assert _is(python, found) is same


def test_a_relative_path_is_of_the_folder_we_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = explicit_interpreters(["3.12=bin/python", "3.13=~no-such-user/python"], {}, [], parse_python)
    assert [given.path for given in found.values()] == [
        str(tmp_path / "bin" / "python"),
        str(tmp_path / "~no-such-user" / "python"),
    ]


def test_absence_says_where_was_looked(tmp_path: Path) -> None:
    found = finder(tmp_path).find(NOWHERE)
    assert isinstance(found, Absent)
    assert found.reason == "no 3.99 on PATH or uv's interpreters"
