"""Which files make a project, and their digest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from clock import next_tick
from repository import GIT, repository

from runner import source_files
from runner.source_files import digest_of_files


@pytest.mark.parametrize("in_git", [True, False], ids=["git", "plain folder"])
def test_the_digest_is_of_what_belongs_to_the_project(tmp_path: Path, in_git: bool) -> None:
    folder = tmp_path / "target"
    if in_git:
        repository(folder)
    else:
        folder.mkdir()
        (folder / "a.py").write_text("1", encoding="utf-8")
    first = digest_of_files(folder)
    for junk in ("__pycache__/a.pyc", ".nox/x", "x.egg-info/PKG-INFO", "build/lib/a.py"):
        (folder / junk).parent.mkdir(parents=True, exist_ok=True)
        (folder / junk).write_text("junk", encoding="utf-8")
    if in_git:
        (folder / ".gitignore").write_text("ignored\n__pycache__\n.nox\n*.egg-info\nbuild\n", encoding="utf-8")
        subprocess.run([*GIT, "checkout", "-q", "--", ".gitignore"], cwd=folder, check=True)
        (folder / ".git" / "info" / "exclude").write_text("__pycache__\n.nox\n*.egg-info\nbuild\n", encoding="utf-8")
    assert digest_of_files(folder) == first
    (folder / "a.py").write_text("2", encoding="utf-8")
    second = digest_of_files(folder)
    assert second != first
    (folder / "b.py").write_text("", encoding="utf-8")
    assert digest_of_files(folder) not in (first, second)


def test_repositories_inside_of_the_target(tmp_path: Path) -> None:
    """Git names their folders, not their files: those of a submodule, of another clone, of a submodule not fetched."""
    target, other, nested = (repository(tmp_path / name) for name in ("target", "other", "target/nested"))
    add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub"]
    subprocess.run([*GIT, *add], cwd=target, check=True)
    seen = {digest_of_files(target)}
    for folder in (target / "sub", nested):
        (folder / "a.py").write_text("2", encoding="utf-8")
        seen.add(digest_of_files(target))
    subprocess.run([*GIT, "submodule", "--quiet", "deinit", "-f", "sub"], cwd=target, check=True)
    seen.add(digest_of_files(target))
    assert len(seen) == 4


def test_bytecode_is_no_input_where_git_was_not_told(tmp_path: Path) -> None:
    folder = repository(tmp_path / "target")
    before = digest_of_files(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert digest_of_files(folder) == before


def test_a_programs_mode_is_an_input(tmp_path: Path) -> None:
    folder = repository(tmp_path / "target")
    before = digest_of_files(folder)
    (folder / "a.py").chmod(0o755)
    assert digest_of_files(folder) != before


def test_what_git_ignores_is_no_input(tmp_path: Path) -> None:
    folder = repository(tmp_path / "target")
    before = digest_of_files(folder)
    (folder / "ignored").write_text("x", encoding="utf-8")
    assert digest_of_files(folder) == before
    (folder / "a.py").unlink()
    assert digest_of_files(folder) != before


def test_a_link_is_its_target_and_not_what_that_holds(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("1", encoding="utf-8")
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to(tmp_path / "no")
    before = digest_of_files(folder)
    outside.write_text("2", encoding="utf-8")
    assert digest_of_files(folder) == before
    (folder / "link").unlink()
    (folder / "link").symlink_to(tmp_path / "other")
    assert digest_of_files(folder) != before


def test_a_file_that_moves_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")
    first = digest_of_files(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert digest_of_files(tmp_path) != first


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are read from here on."""
    names: list[str] = []

    def note(path: str, mode: str) -> object:
        names.append(Path(path).name)
        return open(path, mode)  # noqa: PTH123 - closed by who has asked for it

    monkeypatch.setattr(source_files, "open", note, raising=False)
    return names


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all files had been written long ago."""
    monkeypatch.setattr(source_files, "_RACY", -(10**18))


@pytest.mark.usefixtures("settled")
def test_files_that_have_not_changed_are_read_once(tmp_path: Path, opened: list[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    first = digest_of_files(tmp_path)
    assert digest_of_files(tmp_path) == first
    assert sorted(opened) == ["a", "b"]
    next_tick(tmp_path)
    (tmp_path / "b").write_text("y", encoding="utf-8")
    assert digest_of_files(tmp_path) != first
    assert opened[2:] == ["b"]


def _in_secret(file: Path) -> None:
    state = file.stat()
    file.write_text("y", encoding="utf-8")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def _by_another(file: Path) -> None:
    state = file.stat()
    other = file.with_name("other")
    other.write_text("y", encoding="utf-8")
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(file)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", [_in_secret, _by_another, lambda file: file.chmod(0o755)])
def test_changes_that_keep_size_and_time_are_seen(tmp_path: Path, change: Callable[[Path], None]) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")
    first = digest_of_files(tmp_path)
    next_tick(tmp_path)
    change(tmp_path / "a")
    assert digest_of_files(tmp_path) != first


def test_what_was_written_just_now_is_read_again(tmp_path: Path, opened: list[str]) -> None:
    """It may be written once more without another time stamp."""
    (tmp_path / "a").write_text("x", encoding="utf-8")
    assert digest_of_files(tmp_path) == digest_of_files(tmp_path)
    assert opened == ["a", "a"]
