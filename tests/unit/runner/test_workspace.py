"""What a running cell has for itself."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from runner.errors import UsageError
from runner.model import InstallMode, Isolation
from runner.workspace import copy_project, workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def found(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("isolation", "parallel", "changed"),
    [
        pytest.param({}, False, set(), id="alone"),
        pytest.param({}, True, {"copy", "HOME", "TMPDIR", "TEMP", "TMP"}, id="beside others"),
        pytest.param({"home": True}, False, {"HOME"}, id="wanted alone"),
        pytest.param({"working_copy": False, "tmp": False}, True, {"HOME"}, id="not wanted beside others"),
    ],
)
def test_what_is_its_own(tmp_path: Path, isolation: dict[str, Any], parallel: bool, changed: set[str]) -> None:
    target = write(tmp_path / "target", "a.py")
    wanted = Isolation(**isolation)
    with workspace(wanted, InstallMode.NONE, target, {}, name="cell", parallel=parallel) as place:
        assert {"copy"} - {"copy" if place.target == target else ""} | set(place.changes) == changed
        assert (place.target / "a.py").is_file()
        assert all(Path(str(value)).is_dir() for value in place.changes.values())


def test_an_editable_target_is_tested_where_it_is(tmp_path: Path) -> None:
    target = write(tmp_path / "target", "a.py")
    with workspace(Isolation(), InstallMode.EDITABLE, target, {}, name="cell", parallel=True) as place:
        assert place.target == target
    with workspace(
        Isolation(working_copy=True), InstallMode.EDITABLE, target, {}, name="cell", parallel=False
    ) as place:
        assert place.target != target


def test_the_same_cell_has_the_same_place_again(tmp_path: Path, temporary: Path) -> None:
    """So that what a suite prints of its files is the same; also when the run before was killed."""
    target = write(tmp_path / "target", "a.py")
    places = []
    for _ in range(2):
        with workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True) as place:
            places.append(place)
        assert list(temporary.iterdir()) == []
        write(place.target, "left over.py")
    assert places[0] == places[1]
    with workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True) as place:
        assert found(place.target) == {"a.py"}
        with workspace(Isolation(), InstallMode.NONE, target, {}, name="other", parallel=True) as other:
            assert other.target != place.target


def test_what_a_suite_made_unreadable_is_removed(tmp_path: Path, temporary: Path) -> None:
    target = write(tmp_path / "target", "a.py")
    with workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True) as place:
        (place.target / "locked").mkdir()
        write(place.target, "locked/file")
        (place.target / "locked").chmod(0)
    assert list(temporary.iterdir()) == []


def test_git_knows_its_user_in_an_empty_home(tmp_path: Path) -> None:
    home = write(tmp_path / "home", ".gitconfig")
    inherited = {"HOME": str(home), "XDG_CACHE_HOME": "/somewhere"}
    target = write(tmp_path / "target", "a.py")
    with workspace(Isolation(), InstallMode.NONE, target, inherited, name="cell", parallel=True) as place:
        assert place.changes["GIT_CONFIG_GLOBAL"] == str(home / ".gitconfig")
        assert place.changes["XDG_CACHE_HOME"] is None


def test_a_place_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    target = write(tmp_path / "target", "a.py")
    with (
        pytest.raises(UsageError, match="cannot make a place"),
        workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True),
    ):
        raise AssertionError


def test_a_copy_has_what_a_suite_may_need(tmp_path: Path) -> None:
    target = write(
        tmp_path / "target",
        "src/a.py",
        "src/built.so",
        ".env",
        ".git/HEAD",
        "node_modules/x/y.js",
        "__pycache__/a.pyc",
        ".nox/e/lib.py",
        ".venv/pyvenv.cfg",
        ".venv/lib.py",
    )
    (target / "link").symlink_to("src")
    (target / "broken").symlink_to("nowhere")
    os.mkfifo(target / "pipe")
    copy = copy_project(target, tmp_path / "copy")
    assert found(copy) == {"src/a.py", "src/built.so", ".env"}
    assert (copy / "link").readlink() == Path("src")
    assert (copy / "broken").is_symlink()
    assert (copy / ".git" / "HEAD").is_file()
    assert (copy / "node_modules").is_symlink()
    assert not (copy / "pipe").exists()


@pytest.mark.parametrize(
    ("above", "inside"),
    [
        pytest.param("", "", id="nothing above"),
        pytest.param("conftest.py", "packages/one", id="a conftest above"),
        pytest.param("packages/pytest.ini", "one", id="settings between"),
    ],
)
def test_what_above_the_target_has_a_say_is_copied_too(tmp_path: Path, above: str, inside: str) -> None:
    top = write(tmp_path / "top", ".git/HEAD", "packages/one/test_a.py", "packages/two/test_b.py")
    if above:
        write(top, above)
    copy = copy_project(top / "packages" / "one", tmp_path / "copy")
    assert copy == (tmp_path / "copy" / inside if inside else tmp_path / "copy")
    assert (copy / "test_a.py").is_file()
    assert (copy.parent / "two").exists() is bool(above)


def test_what_was_fetched_is_no_part_of_the_project_around_it(tmp_path: Path) -> None:
    top = write(tmp_path / "top", ".git/HEAD", "conftest.py", ".nox/forewarn/targets/a-1/test_a.py")
    copy = copy_project(top / ".nox" / "forewarn" / "targets" / "a-1", tmp_path / "copy")
    assert found(copy) == {"test_a.py"}
