"""Working copies that are handed from cell to cell: each is what a new copy would be."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from clock import next_tick

from runner.copies import Copies


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("a.py", "data/b.json", "data/deep/c.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"this is {name}", encoding="utf-8")
        os.utime(folder / name, (1_600_000_000, 1_600_000_000))
    (folder / "link").symlink_to("data")
    return folder


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    def make_folder() -> Path:
        (tmp_path / "waiting").mkdir()
        return tmp_path / "waiting"

    with contextlib.closing(Copies(make_folder, tmp_path / "compiled")) as copies:
        yield copies
    assert not (tmp_path / "waiting").exists()


def look(folder: Path) -> dict[str, tuple[int, str | int, bytes | str]]:
    """All that a suite can see of a copy: rights, times of files, contents."""
    found: dict[str, tuple[int, str | int, bytes | str]] = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        if path.is_symlink():
            found[path.relative_to(folder).as_posix()] = (0, "link", str(path.readlink()))
        elif path.is_dir():
            found[path.relative_to(folder).as_posix()] = (state.st_mode, "folder", "")
        else:
            found[path.relative_to(folder).as_posix()] = (state.st_mode, state.st_mtime_ns, path.read_bytes())
    return found


#: What a suite may do in its copy, as a shell would.
DEEDS = {
    "nothing": "true",
    "a file is written": "printf changed > a.py",
    "a file is changed in secret": "touch -r a.py ../old; printf 'THIS IS a.py' > a.py; touch -r ../old a.py",
    "a file may not be read": "chmod 0 a.py",
    "a file may be run": "chmod +x a.py",
    "a file is removed": "rm data/b.json",
    "a file becomes a folder": "rm a.py; mkdir -p a.py/b",
    "a file becomes a link": "ln -sf /etc/passwd a.py",
    "a file has another name, too": "ln a.py b.py",
    "a file is added": "printf new > data/new",
    "a folder is added": "mkdir -p new/deep",
    "a folder is removed": "rm -r data",
    "a folder is closed": "chmod 0 data",
    "a folder becomes a file": "rm -r data; touch data",
    "a folder becomes a link": "mv data moved; ln -s moved data",
    "a link points elsewhere": "ln -sfn a.py link",
    "a link becomes a folder": "rm link; mkdir link",
    "all is removed": 'rm -r "$PWD"',
    "all is closed": "chmod 0 .",
}


def do(deed: str, folder: Path) -> None:
    next_tick(folder.parent)
    subprocess.run(["sh", "-c", deed], cwd=folder, check=True)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=list(DEEDS))
def test_the_next_cell_sees_nothing_of_what_was_done(source: Path, tmp_path: Path, copies: Copies, deed: str) -> None:
    copies.give(source, tmp_path / "one")
    fresh = look(tmp_path / "one")
    do(deed, tmp_path / "one")
    copies.take_back(source, tmp_path / "one")
    copies.give(source, tmp_path / "two")
    assert look(tmp_path / "two") == fresh


@pytest.mark.parametrize("deed", [deed for name, deed in DEEDS.items() if not re.search("all|closed|read", name)])
def test_the_next_cell_sees_the_project_as_it_is_now(source: Path, tmp_path: Path, copies: Copies, deed: str) -> None:
    copies.give(source, tmp_path / "one")
    copies.take_back(source, tmp_path / "one")
    do(deed, source)
    copies.give(source, tmp_path / "two")
    Copies(lambda: tmp_path / "unused", tmp_path / "compiled").give(source, tmp_path / "fresh")
    assert look(tmp_path / "two") == look(tmp_path / "fresh")


def test_what_has_not_changed_is_not_copied_again(source: Path, tmp_path: Path, copies: Copies) -> None:
    copies.give(source, tmp_path / "one")
    numbers = {path.name: path.stat().st_ino for path in (tmp_path / "one" / "data").rglob("*.*")}
    do("printf changed > a.py; touch data/new", tmp_path / "one")
    copies.take_back(source, tmp_path / "one")
    copies.give(source, tmp_path / "two")
    assert {path.name: path.stat().st_ino for path in (tmp_path / "two" / "data").rglob("*.*")} == numbers


@pytest.mark.parametrize("size", [0, 1, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("mode", [0o644, 0o666, 0o755, 0o4711, 0o400])
def test_a_file_is_copied_as_by_the_library(tmp_path: Path, copies: Copies, size: int, mode: int) -> None:
    (tmp_path / "source").mkdir()
    file = tmp_path / "source" / "file"
    file.write_bytes(os.urandom(size))
    if hasattr(os, "setxattr"):
        os.setxattr(file, "user.forewarn", b"attribute")
    file.chmod(mode)
    os.utime(file, ns=(1_600_000_000_123_456_789, 1_700_000_000_987_654_321))
    copies.give(tmp_path / "source", tmp_path / "one")
    shutil.copy2(file, tmp_path / "expected")
    copied, expected = tmp_path / "one" / "file", tmp_path / "expected"
    assert copied.read_bytes() == expected.read_bytes()
    assert (copied.stat().st_mode, copied.stat().st_mtime_ns) == (expected.stat().st_mode, expected.stat().st_mtime_ns)
    if hasattr(os, "listxattr"):
        assert os.listxattr(copied) == os.listxattr(expected) == ["user.forewarn"]


def test_two_cells_at_the_same_time_have_a_copy_each(source: Path, tmp_path: Path, copies: Copies) -> None:
    for name in ("one", "two"):
        copies.give(source, tmp_path / name)
    assert look(tmp_path / "one") == look(tmp_path / "two")
    for name in ("one", "two"):
        copies.take_back(source, tmp_path / name)
    assert len(list((tmp_path / "waiting").iterdir())) == 2
    copies.give(source, tmp_path / "three")
    assert len(list((tmp_path / "waiting").iterdir())) == 1


def test_another_project_has_a_copy_of_its_own(source: Path, tmp_path: Path, copies: Copies) -> None:
    copies.give(source, tmp_path / "one")
    copies.take_back(source, tmp_path / "one")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.py").touch()
    copies.give(tmp_path / "other", tmp_path / "two")
    assert set(look(tmp_path / "two")) == {"x.py"}


def test_bytecode_stays_with_the_place_that_it_names(source: Path, tmp_path: Path, copies: Copies) -> None:
    for name in ("one", "two"):
        copies.give(source, tmp_path / name)
        (tmp_path / name / "__pycache__").mkdir()
        (tmp_path / name / "__pycache__" / "a.pyc").write_text(name, encoding="utf-8")
        copies.take_back(source, tmp_path / name)
    for name in ("two", "one"):
        copies.give(source, tmp_path / name)
        assert (tmp_path / name / "__pycache__" / "a.pyc").read_text(encoding="utf-8") == name
        copies.take_back(source, tmp_path / name)


def test_what_cannot_be_taken_back_stays(source: Path, tmp_path: Path) -> None:
    def make_folder() -> Path:
        raise PermissionError

    copies = Copies(make_folder, tmp_path / "compiled")
    copies.give(source, tmp_path / "one")
    copies.take_back(source, tmp_path / "one")
    assert (tmp_path / "one" / "a.py").is_file()
    copies.give(source, tmp_path / "two")
    assert look(tmp_path / "one") == look(tmp_path / "two")
