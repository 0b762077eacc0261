"""Getting the target's files."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from repository import GIT, repository

from runner import model
from runner.environment import find_uv
from runner.errors import UsageError
from runner.target import _unpack, last_words, prepare


def test_a_git_revision_is_cloned_and_said(tmp_path: Path) -> None:
    source = repository(tmp_path / "source")
    first = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True)
    (source / "a.py").write_text("2", encoding="utf-8")
    subprocess.run([*GIT, "commit", "-qam", "second"], cwd=source, check=True)
    subprocess.run([*GIT, "tag", "old", first.stdout.strip()], cwd=source, check=True)
    work = tmp_path / "work"
    work.mkdir()
    old = prepare(model.Target(git=str(source), revision="old"), work, os.environ, None)
    assert (old.path / "a.py").read_text(encoding="utf-8") == "1"
    assert old.revision == first.stdout.strip()
    new = prepare(model.Target(git=str(source)), work, os.environ, None)
    assert (new.path / "a.py").read_text(encoding="utf-8") == "2"
    assert new.digest != old.digest
    with pytest.raises(UsageError, match="at no-such-tag"):
        prepare(model.Target(git=str(source), revision="no-such-tag"), work, os.environ, None)


def test_a_changed_working_copy_says_so(tmp_path: Path) -> None:
    source = repository(tmp_path / "source")
    clean = prepare(model.Target(path=source), tmp_path, os.environ, None)
    (source / "a.py").write_text("2", encoding="utf-8")
    changed = prepare(model.Target(path=source), tmp_path, os.environ, None)
    assert changed.revision == f"{clean.revision}+changes"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        prepare(model.Target(path=tmp_path / "no"), tmp_path, {}, None)


@pytest.mark.parametrize("absolute", [False, True], ids=["above", "absolute"])
def test_an_sdist_cannot_write_elsewhere(tmp_path: Path, absolute: bool) -> None:
    name = str(tmp_path / "escaped") if absolute else "../escaped"
    archive = tmp_path / "x-1.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        member = tarfile.TarInfo(name)
        member.size = 1
        content.addfile(member, io.BytesIO(b"x"))
    inside = tmp_path / "deep" / "folder"
    with contextlib.suppress(UsageError):
        _unpack(archive, inside)
    written = {path for path in tmp_path.rglob("*") if path.is_file()} - {archive}
    assert all(inside in path.parents for path in written)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic link", "hard link"])
def test_an_sdist_cannot_link_elsewhere(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    archive = tmp_path / "x-1.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        member = tarfile.TarInfo("x-1/link")
        member.type, member.linkname = kind, "../../secret"
        content.addfile(member)
    with pytest.raises(UsageError, match=r"cannot unpack x-1\.tar\.gz"):
        _unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["x-1.tar.gz", "x-1.zip"])
@pytest.mark.parametrize("kept", [0, 5, 40], ids=["empty", "cut in its head", "cut"])
def test_a_broken_archive_is_a_message(tmp_path: Path, name: str, kept: int) -> None:
    archive = tmp_path / name
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as content:
            content.writestr("x-1/setup.py", "x" * 1000)
    else:
        (tmp_path / "setup.py").write_bytes(bytes(range(256)) * 40)
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(tmp_path / "setup.py", "x-1/setup.py")
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(UsageError, match=f"cannot unpack {name}"):
        _unpack(archive, tmp_path / "out")


def test_a_zip_is_unpacked_too(tmp_path: Path) -> None:
    archive = tmp_path / "x-1.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("x-1/setup.py", "")
    _unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "x-1" / "setup.py").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("builds", [True, False], ids=["builds", "does not build"])
def test_the_source_of_a_release_that_cannot_be_built(tmp_path: Path, builds: bool) -> None:
    backend = "def prepare_metadata_for_build_wheel(folder, *_):\n    raise ImportError('pkg_resources')\n"
    if builds:
        backend = (
            "import pathlib\n"
            "def prepare_metadata_for_build_wheel(folder, *_):\n"
            "    info = pathlib.Path(folder) / 'thing-1.0.dist-info'\n"
            "    info.mkdir()\n"
            "    (info / 'METADATA').write_text('Metadata-Version: 2.1\\nName: thing\\nVersion: 1.0\\n')\n"
            "    return info.name\n"
        )
    backend += "def build_wheel(*_): raise ImportError\ndef build_sdist(*_): raise ImportError\n"
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
        '[project]\nname = "thing"\nversion = "1.0"\n',
        "own.py": backend,
        "test_thing.py": "def test(): pass\n",
    }
    (tmp_path / "links").mkdir()
    with tarfile.open(tmp_path / "links" / "thing-1.0.tar.gz", "w:gz") as content:
        for name, text in files.items():
            member = tarfile.TarInfo(f"thing-1.0/{name}")
            member.size = len(text)
            content.addfile(member, io.BytesIO(text.encode()))
    work = tmp_path / "work"
    work.mkdir()
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "links")}
    checkout = prepare(model.Target(sdist="thing==1.0"), work, environment, find_uv(environment))
    assert (checkout.name, checkout.version, checkout.path.name) == ("thing", "1.0", "thing-1.0")
    assert (checkout.path / "test_thing.py").is_file()
    assert sorted(path.name for path in (work / "targets").iterdir()) == ["thing-1.0", "thing-1.0.log"]


@pytest.mark.slow
def test_a_release_that_is_not_there(tmp_path: Path) -> None:
    environment = {**os.environ, "PIP_NO_INDEX": "1"}
    with pytest.raises(UsageError, match=r"cannot download the sdist of thing==1\.0"):
        prepare(model.Target(sdist="thing==1.0"), tmp_path, environment, find_uv(environment))


@pytest.mark.parametrize(
    ("log", "words"),
    [
        pytest.param("Using Python\nerror: no such thing\n  hint: x\n", "error: no such thing", id="marked"),
        pytest.param("error: not found at:\n  /here\n", "error: not found at: /here", id="on two lines"),
        pytest.param(
            "error: Request failed after 3 retries\n  cause: Failed to fetch: http://x/y/\n"
            "  cause: client error (Connect)\n  cause: Connection refused (os error 111)\n",
            "error: Request failed after 3 retries: Failed to fetch: http://x/y/: Connection refused (os error 111)",
            id="the nearest cause and the last one",
        ),
        pytest.param(
            "error: Failed to build `x`\n  cause: The build backend returned an error\n  cause: Call failed\n\n"
            "         [stderr]\n         one\n         no such Python\n\nhint: Build failures\n",
            "error: Failed to build `x`: The build backend returned an error: Call failed: no such Python",
            id="what a build of uv's said",
        ),
        pytest.param(
            "Building wheel...\nno such Python\nerror: Failed to build `x`\n  cause: The backend failed\n",
            "error: Failed to build `x`: The backend failed: no such Python",
            id="what a build said before",
        ),
        pytest.param(
            "error: subprocess-exited-with-error\n  \n  × Getting it did not run.\n  │ exit code: 1\n"
            "  ╰─> [2 lines of output]\n      one\n      no such Python\n      [end of output]\n",
            "error: subprocess-exited-with-error: no such Python",
            id="what a build of pip's said",
        ),
        pytest.param(
            "ERROR: Ignored the following yanked versions: 5.0\nERROR: No matching distribution found for x==9\n",
            "ERROR: No matching distribution found for x==9",
            id="what pip remarks on its way",
        ),
        pytest.param("one\n\nlast\n", "last", id="the last line"),
        pytest.param("", "it said nothing", id="silence"),
    ],
)
def test_the_last_words_of_a_log(tmp_path: Path, log: str, words: str) -> None:
    (tmp_path / "log").write_text(log, encoding="utf-8")
    assert last_words(tmp_path / "log") == words
    assert last_words(tmp_path / "absent") == "no log was left"
