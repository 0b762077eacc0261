"""Which release of a dependency no longer has a line, found with few questions to the index."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from runner.environment import find_uv
from runner.upgrades import Blamed, Index, first_without, has_line, look_for_upgrades

LINE = Blamed(distribution="thing", installed="", file="thing.py", source="import imp, sys")


class Releases:
    """An index with some releases, of which those below a version have the line."""

    def __init__(self, versions: list[Version], repaired: Version, folder: Path) -> None:
        self._versions, self._repaired, self._folder = versions, repaired, folder
        self.questions = 0

    def first(self, _: str, bounds: str) -> str | None:
        self.questions += 1
        return next((str(one) for one in self._versions if one in SpecifierSet(bounds)), None)

    def unpack(self, _: str, version: str) -> Path:
        release = self._folder / version
        release.mkdir(exist_ok=True)
        text = "import sys\n" if Version(version) >= self._repaired else "class A:\n    import imp, sys\n"
        (release / "thing.py").write_text(text)
        return release


NUMBERS = st.tuples(st.integers(0, 90), st.integers(0, 60), st.integers(0, 40)).map(
    lambda parts: Version(".".join(map(str, parts)))
)


@given(st.lists(NUMBERS, min_size=2, max_size=60, unique=True), st.data())
def test_the_first_release_without_the_line_is_found(
    tmp_path_factory: pytest.TempPathFactory, versions: list[Version], data: st.DataObject
) -> None:
    versions.sort()
    repaired = data.draw(st.sampled_from(versions[1:]))
    index = Releases(versions, repaired, tmp_path_factory.mktemp("releases"))
    blamed = Blamed(distribution="thing", installed=str(versions[0]), file="thing.py", source="import imp, sys")
    assert first_without(blamed, index, str(versions[-1]), float("inf")) == str(repaired)  # type: ignore[arg-type]
    assert index.questions <= 60


def test_no_time_is_no_answer(tmp_path: Path) -> None:
    index = Releases([Version("1"), Version("2")], Version("2"), tmp_path)
    assert first_without(LINE, index, "2", 0.0) is None  # type: ignore[arg-type]


def test_a_file_that_moved_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("def f():\n    import imp, sys\n")
    assert has_line(tmp_path, LINE)
    (tmp_path / "thing.py").write_text("import sys\n")
    assert not has_line(tmp_path, LINE)


def test_a_guard_is_a_repair(tmp_path: Path) -> None:
    guarded = "def f():\n    if sys.version_info < (3, 12):\n        # gone since\n        import imp, sys\n"
    (tmp_path / "thing.py").write_text(guarded)
    assert not has_line(tmp_path, LINE)
    assert has_line(tmp_path, dataclasses.replace(LINE, within=("if sys.version_info < (3, 12):",)))


@pytest.mark.slow
def test_a_real_index_tells_the_release(tmp_path: Path) -> None:
    uv = find_uv(os.environ)
    assert uv is not None
    index = Index(uv, Path(sys.executable), tmp_path / "releases", os.environ)
    installed = index.unpack("urllib3", "1.26.5")
    assert installed is not None
    site = tmp_path / "lib" / "site-packages"
    site.mkdir(parents=True)
    (installed / "urllib3").rename(site / "urllib3")
    place = site / "urllib3" / "util" / "ssl_.py"
    number = place.read_text().splitlines().index("    from ssl import CERT_REQUIRED, wrap_socket") + 1
    cell = tmp_path / "cell"
    cell.mkdir()
    record = {"distributions": {"urllib3": "1.26.5", "app": "1"}, "modules": {"urllib3": "urllib3"}}
    (cell / "cell.json").write_text(json.dumps(record))
    (cell / "uses.jsonl").write_text(json.dumps({"file": str(place), "line": number}) + "\n")
    assert look_for_upgrades(cell, index, 120.0, target="app") == 1
    [found] = map(json.loads, (cell / "upgrades.jsonl").read_text().splitlines())
    assert (found["distribution"], found["installed"], found["source"]) == (
        "urllib3",
        "1.26.5",
        "from ssl import CERT_REQUIRED, wrap_socket",
    )
    assert found["without"].startswith("2.0.")
    assert look_for_upgrades(cell, index, 120.0, target="urllib3") == 0, "the target is no dependency"
