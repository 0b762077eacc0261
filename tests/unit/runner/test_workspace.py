"""What a running cell has for itself."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from runner.errors import UsageError
from runner.model import InstallMode, Isolation
from runner.workspace import Workspace, working_copies, workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


Opened = Callable[..., AbstractContextManager[Workspace]]


@pytest.fixture
def opened(tmp_path: Path, temporary: Path) -> Iterator[Opened]:
    """Opens places of cells of one run, beside others; nothing of them is left behind."""

    @contextlib.contextmanager
    def open_place(target: Path, name: str = "cell", **changes: Any) -> Iterator[Workspace]:
        given = {"isolation": Isolation(), "mode": InstallMode.NONE, "inherited": {}, "parallel": True, **changes}
        with workspace(target=target, name=name, copies=copies, **given) as place:
            place.fill()
            yield place

    with contextlib.closing(working_copies(tmp_path / "work")) as copies:
        yield open_place
    if temporary.exists():
        assert list(temporary.iterdir()) == []


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
def test_what_is_its_own(
    tmp_path: Path, opened: Opened, isolation: dict[str, Any], parallel: bool, changed: set[str]
) -> None:
    target = write(tmp_path / "target", "a.py")
    with opened(target, isolation=Isolation(**isolation), parallel=parallel) as place:
        assert {"copy"} - {"copy" if place.target == target else ""} | set(place.changes) == changed
        assert (place.target / "a.py").is_file()
        assert all(Path(str(value)).is_dir() for value in place.changes.values())


def test_an_editable_target_is_tested_where_it_is(tmp_path: Path, opened: Opened) -> None:
    target = write(tmp_path / "target", "a.py")
    with opened(target, mode=InstallMode.EDITABLE) as place:
        assert place.target == target
    with opened(target, mode=InstallMode.EDITABLE, isolation=Isolation(working_copy=True), parallel=False) as place:
        assert place.target != target


def test_the_same_cell_has_the_same_place_again(tmp_path: Path, opened: Opened) -> None:
    """So that what a suite prints of its files is the same; also when the run before was killed."""
    target = write(tmp_path / "target", "a.py")
    places = []
    for _ in range(2):
        with opened(target) as place:
            places.append(place)
        assert not place.target.exists()
        write(place.target, "left over.py")
    assert places[0] == places[1]
    with opened(target) as place:
        assert found(place.target) == {"a.py"}
        with opened(target, "other") as other:
            assert other.target != place.target


def test_what_a_killed_run_has_left_is_removed(tmp_path: Path, temporary: Path) -> None:
    target = write(tmp_path / "target", "a.py")
    for close in (False, True):
        copies = working_copies(tmp_path / "work")
        with workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True, copies=copies) as place:
            place.fill()
        [waiting] = temporary.iterdir()
        assert len(list(waiting.iterdir())) == 1
        if close:
            copies.close()
    assert list(temporary.iterdir()) == []


def test_a_copy_is_not_made_for_a_cell_that_starts_nothing(tmp_path: Path, temporary: Path) -> None:
    target = write(tmp_path / "target", "a.py")
    copies = working_copies(tmp_path / "work")
    with workspace(Isolation(), InstallMode.NONE, target, {}, name="cell", parallel=True, copies=copies) as place:
        assert not place.target.exists()
        place.fill()
        assert found(place.target) == {"a.py"}
        write(place.target, "b.py")
        place.fill()
        assert found(place.target) == {"a.py", "b.py"}
    copies.close()


def test_what_a_suite_made_unreadable_is_removed(tmp_path: Path, opened: Opened) -> None:
    target = write(tmp_path / "target", "a.py")
    with opened(target) as place:
        (place.target / "locked").mkdir()
        write(place.target, "locked/file")
        (place.target / "locked").chmod(0)
    with opened(target, "other") as place:
        assert found(place.target) == {"a.py"}


def test_git_knows_its_user_in_an_empty_home(tmp_path: Path, opened: Opened) -> None:
    home = write(tmp_path / "home", ".gitconfig")
    inherited = {"HOME": str(home), "XDG_CACHE_HOME": "/somewhere"}
    target = write(tmp_path / "target", "a.py")
    with opened(target, inherited=inherited) as place:
        assert place.changes["GIT_CONFIG_GLOBAL"] == str(home / ".gitconfig")
        assert place.changes["XDG_CACHE_HOME"] is None


def test_a_place_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    target = write(tmp_path / "target", "a.py")
    with pytest.raises(UsageError, match="cannot make a place"), opened(target):
        raise AssertionError


def test_a_copy_that_cannot_be_made(tmp_path: Path, opened: Opened) -> None:
    target = write(tmp_path / "target", "a.py")
    shutil.rmtree(target)
    with pytest.raises(UsageError, match="cannot make a place"), opened(target):
        raise AssertionError


def test_a_copy_has_what_a_suite_may_need(tmp_path: Path, opened: Opened) -> None:
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
    for name in ("one", "two"):  # the second is handed the copy of the first
        with opened(target, name) as place:
            copy = place.target
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
def test_what_above_the_target_has_a_say_is_copied_too(tmp_path: Path, opened: Opened, above: str, inside: str) -> None:
    top = write(tmp_path / "top", ".git/HEAD", "packages/one/test_a.py", "packages/two/test_b.py")
    if above:
        write(top, above)
    with opened(top / "packages" / "one") as place:
        assert place.target.parts[-len(Path(inside).parts) - 1 :] == ("copy", *Path(inside).parts)
        assert (place.target / "test_a.py").is_file()
        assert (place.target.parent / "two").exists() is bool(above)


def test_what_was_fetched_is_no_part_of_the_project_around_it(tmp_path: Path, opened: Opened) -> None:
    top = write(tmp_path / "top", ".git/HEAD", "conftest.py", ".nox/forewarn/targets/a-1/test_a.py")
    with opened(top / ".nox" / "forewarn" / "targets" / "a-1") as place:
        assert found(place.target) == {"test_a.py"}
