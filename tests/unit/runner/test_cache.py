"""The cache's files: whole or not there, whatever happens; nothing in them is believed."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.cache import Cache, Contents, cache_folder

ROOT = Path(__file__).resolve().parents[3]
KEYS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(8)]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "cell.json").write_text('{"cell": "3.12-plain"}', encoding="utf-8")
    (folder / "output.log").write_bytes(os.urandom(2000))
    (folder / "secret.txt").write_text("nobody's business", encoding="utf-8")
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def entry(cache: Cache, key: str) -> Path:
    return cache.folder / key[:2] / f"{key}.cell"


def test_what_is_kept_is_given_back(cache: Cache, evidence: Path) -> None:
    assert cache.get(KEYS[0]) is None
    assert cache.put(KEYS[0], evidence, {"a": [1]})
    found = cache.get(KEYS[0])
    assert found is not None
    assert found.facts == {"a": [1]}
    assert found.files == {name: (evidence / name).read_bytes() for name in ("cell.json", "output.log")}
    assert cache.get(KEYS[1]) is None
    cache.discard(KEYS[0])
    cache.discard(KEYS[0])
    assert cache.get(KEYS[0]) is None


def packed(*files: tuple[str, bytes], head: bytes = b"forewarn cell 1\n") -> bytes:
    """An entry with a digest that is right, as somebody would make it who means harm."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    content = buffer.getvalue()
    return head + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


FACTS = ("entry.json", b"{}")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"forewarn cell 1\n", id="only a head"),
        pytest.param(packed(FACTS)[:-1], id="cut"),
        pytest.param(packed(FACTS, head=b"forewarn cell 2\n"), id="another format"),
        pytest.param(packed(FACTS, ("../../evil", b"")), id="a name that leads outside"),
        pytest.param(packed(FACTS, ("/etc/evil", b"")), id="an absolute name"),
        pytest.param(packed(FACTS, ("evil.py", b"")), id="a name that is no evidence"),
        pytest.param(packed(("cell.json", b"{}")), id="no facts"),
        pytest.param(packed(("entry.json", b"[]")), id="facts that are a list"),
        pytest.param(packed(("entry.json", b"{")), id="facts that are no JSON"),
        pytest.param(packed(("entry.json", b"[" * 100_000)), id="deep facts"),
        pytest.param(packed(("entry.json", b"\xff")), id="facts that are no text"),
    ],
)
def test_what_is_no_entry_is_none_and_goes(cache: Cache, content: bytes) -> None:
    path = entry(cache, KEYS[0])
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert cache.get(KEYS[0]) is None
    assert not path.exists()


def test_a_bomb_is_not_unpacked(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.cache._UNPACKED_LIMIT", 1000)
    path = entry(cache, KEYS[0])
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(FACTS, ("output.log", b"0" * 1000)))
    assert cache.get(KEYS[0]) is None
    path.write_bytes(packed(FACTS, ("output.log", b"0" * 900)))
    assert cache.get(KEYS[0]) is not None


def test_what_was_of_use_last_stays(tmp_path: Path, evidence: Path) -> None:
    one = Cache(tmp_path / "cache")
    for number, key in enumerate(KEYS[:4]):
        assert one.put(key, evidence, {})
        os.utime(entry(one, key), (number, number))
    size = entry(one, KEYS[0]).stat().st_size
    one.touch(KEYS[0])
    small = Cache(one.folder, limit=size * 3 + 10)
    assert small.put(KEYS[4], evidence, {})
    assert [small.get(key) is not None for key in KEYS[:5]] == [True, False, False, True, True]
    assert small.contents() == Contents(entries=3, bytes=size * 3)


def test_what_is_larger_than_the_limit_is_not_kept(tmp_path: Path, evidence: Path) -> None:
    small = Cache(tmp_path / "cache", limit=1000)
    assert not small.put(KEYS[0], evidence, {})
    assert small.contents() == Contents(entries=0, bytes=0)


def test_clearing_leaves_what_is_not_ours(cache: Cache, evidence: Path) -> None:
    for key in KEYS[:3]:
        cache.put(key, evidence, {})
    others = [cache.folder / "notes.txt", entry(cache, KEYS[0]).with_name("notes.cell"), cache.folder / "zz" / KEYS[0]]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_text("mine", encoding="utf-8")
    before = cache.contents()
    assert cache.clear() == before
    assert before.entries == 3
    assert cache.contents().entries == 0
    assert all(other.exists() for other in others)


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path, evidence: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    blocked = Cache(tmp_path / "cache")
    assert not blocked.put(KEYS[0], evidence, {})
    assert blocked.get(KEYS[0]) is None
    assert blocked.clear() == Contents(entries=0, bytes=0)


#: Ends itself at one step of writing, as if by the system; ``replace`` is the last step.
KILLED = """
import os, pathlib, signal, sys
from runner.cache import Cache
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
def half(self, content):
    with self.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        die()
if sys.argv[1] == "half":
    pathlib.Path.write_bytes = half
else:
    setattr(pathlib.Path, sys.argv[1], die)
Cache(pathlib.Path(sys.argv[2])).put(sys.argv[3], pathlib.Path(sys.argv[4]), {"by": "the killed"})
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["mkdir", "half", "replace"])
@pytest.mark.parametrize("before", [True, False], ids=["over an entry", "a new entry"])
def test_a_writer_that_is_killed_leaves_the_old_or_none(cache: Cache, evidence: Path, step: str, before: bool) -> None:
    if before:
        cache.put(KEYS[0], evidence, {"by": "another"})
    words = [sys.executable, "-c", KILLED, step, str(cache.folder), KEYS[0], str(evidence)]
    ended = subprocess.run(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL
    found = cache.get(KEYS[0])
    assert (found.facts if found else None) == ({"by": "another"} if before else None)
    left = list(cache.folder.rglob("*.tmp"))
    assert len(left) == (0 if step == "mkdir" else 1)
    assert cache.put(KEYS[1], evidence, {})
    assert list(cache.folder.rglob("*.tmp")) == left  # it may still be written
    for path in left:
        os.utime(path, (1, 1))
    assert cache.put(KEYS[1], evidence, {})
    assert not list(cache.folder.rglob("*.tmp"))


WRITER = """
import pathlib, sys
from runner.cache import Cache
cache = Cache(pathlib.Path(sys.argv[1]), limit=int(sys.argv[5]))
for number in range(60):
    assert cache.put(sys.argv[2], pathlib.Path(sys.argv[3]), {"by": sys.argv[4]})
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1 << 30, 4000], ids=["room for all", "room for one"])
def test_two_writers_and_a_reader(cache: Cache, evidence: Path, limit: int) -> None:
    """Of the same key and of different ones, some of them removed for want of room meanwhile."""
    cache.put(KEYS[0], evidence, {"by": "first"})

    def write(key: str, name: str) -> int:
        words = [sys.executable, "-c", WRITER, str(cache.folder), key, str(evidence), name, str(limit)]
        return subprocess.run(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode

    with ThreadPoolExecutor() as pool:
        writers = [pool.submit(write, key, name) for key, name in ((KEYS[0], "a"), (KEYS[0], "b"), (KEYS[1], "c"))]
        while not all(writer.done() for writer in writers):
            for key in KEYS[:2]:
                found = cache.get(key)
                if found is None:
                    assert limit < 1 << 30 or key == KEYS[1]
                else:
                    assert found.facts["by"] in {"first", "a", "b"} if key == KEYS[0] else found.facts == {"by": "c"}
                    assert found.files["output.log"] == (evidence / "output.log").read_bytes()
    assert [writer.result() for writer in writers] == [0, 0, 0]
    assert cache.contents().entries == (2 if limit == 1 << 30 else 1)


def test_the_place(tmp_path: Path) -> None:
    assert cache_folder({"FOREWARN_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({}).parent.name == "forewarn"
