"""What is installed is what stands in the tree, and it works from any folder on any project."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runner.environment import find_uv

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

#: Folder in the repository → folder in the wheel.
PACKAGES = {"runner": "forewarn/runner", "reports": "forewarn/reports", "knowledge": "forewarn/knowledge"}
SHIPPED = {".xz", ".yml", ".py", ".json", ".typed", ".html", ".j2", ".css", ".js", ".md"}


@pytest.fixture(scope="module")
def uv() -> str:
    found = find_uv(os.environ)
    assert found is not None, "the tests' requirements have uv"
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, uv: str) -> Path:
    """A wheel of the files that git would commit: nothing left from earlier builds can leak in."""
    source = tmp_path_factory.mktemp("source")
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(path.read_bytes())
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(source)], check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in PACKAGES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in SHIPPED and "__pycache__" not in path.parts
    }
    assert shipped == expected


def test_the_command_works_from_any_folder(wheel: Path, uv: str, tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "elsewhere"
    project.mkdir()
    (project / "test_it.py").write_text(
        "import unittest\n\n\nclass It(unittest.TestCase):\n    def test_it(self):\n        pass\n", encoding="utf-8"
    )
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), str(wheel)], check=True)
    command = str(python.parent / "forewarn")
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def forewarn(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, *words], cwd=project, env=clean, capture_output=True, text=True, check=False, timeout=240
        )

    assert forewarn("--version").stdout.startswith("forewarn 0.")
    started = forewarn("init")
    assert started.returncode == 0, started.stderr
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    (project / "matrix.yaml").write_text(
        f"test: {{unittest: [test_it]}}\npython: ['{here}', '3.99']\noptional: ['3.99']\n", encoding="utf-8"
    )
    ran = forewarn("run")
    # One interpreter alone promises nothing about a later one.
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    again = forewarn("report", str(project / ".forewarn"), "--format", "md")
    assert again.returncode == 3, again.stdout + again.stderr
