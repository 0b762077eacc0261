"""An entry of the cache that was damaged anywhere is none, and never an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.cache import Cache

KEY = "ab" * 32


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def path(cache: Cache) -> Path:
    path = cache.folder / KEY[:2] / f"{KEY}.cell"
    path.parent.mkdir()
    return path


@pytest.fixture(scope="module")
def whole(cache: Cache, path: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    evidence = tmp_path_factory.mktemp("evidence")
    for name, text in {"cell.json": '{"cell": "3.12-plain"}', "output.log": "1 passed\n" * 20}.items():
        (evidence / name).write_text(text, encoding="utf-8")
    assert cache.put(KEY, evidence, {"key": KEY})
    return path.read_bytes()


@given(st.data())
def test_damage_at_any_byte_is_seen(cache: Cache, path: Path, whole: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[position]))
    damaged = {
        "changed": whole[:position] + bytes([byte]) + whole[position + 1 :],
        "cut": whole[:position],
        "grown": whole[:position] + bytes([byte]) + whole[position:],
        "shrunk": whole[:position] + whole[position + 1 :],
    }
    path.write_bytes(damaged[data.draw(st.sampled_from(sorted(damaged)))])
    assert cache.get(KEY) is None
    assert not path.exists()
    path.write_bytes(whole)
    assert cache.get(KEY) is not None


@given(st.binary(max_size=300), st.sampled_from([b"", b"forewarn cell 1\n"]))
def test_any_bytes_are_read_without_an_error(cache: Cache, path: Path, content: bytes, start: bytes) -> None:
    path.write_bytes(start + content)
    assert cache.get(KEY) is None
