"""What CI installs is pinned with hashes, and pins all that pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8")
#: atheris has wheels for some Pythons alone; fuzzing is no part of what CI runs for each change.
NOT_LOCKED = {"fuzz"}


def pins() -> dict[str, list[tuple[str, int]]]:
    """Name → (version, number of hashes); a package may have several, each for some Pythons."""
    found: dict[str, list[tuple[str, int]]] = {}
    for entry in re.split(r"\n(?=\S)", TEXT.strip()):
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry)
        assert match, entry
        found.setdefault(canonicalize_name(match[1]), []).append(
            (match[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry)))
        )
    return found


def test_everything_has_hashes_and_nothing_an_address() -> None:
    assert all(count for versions in pins().values() for _, count in versions)
    assert "://" not in TEXT
    assert not re.search(r"^\s*--?(?!hash)\w", TEXT, re.MULTILINE)


def test_the_lock_has_what_the_project_asks_for() -> None:
    """Where this fails: ``nox -s lock``."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*data["project"]["dependencies"], *data["build-system"]["requires"]]
    for lines in data["project"]["optional-dependencies"].values():
        asked += lines
    for name, lines in data["dependency-groups"].items():
        asked += lines if name not in NOT_LOCKED else []
    locked = pins()
    for line in asked:
        requirement = Requirement(line)
        versions = [version for version, _ in locked.get(canonicalize_name(requirement.name), [])]
        assert versions, f"{line}: run `nox -s lock`"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), line
