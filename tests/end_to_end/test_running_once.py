"""Nothing is run twice: the second run of an unchanged project starts nothing, and says when it was measured."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, forewarn

from runner.model import Interpreter

pytestmark = pytest.mark.slow

SUITE = """
import sys, unittest

class A(unittest.TestCase):
    def test_passes(self): pass
    def test_breaks(self): self.assertLess(sys.version_info, (3, 12))
"""


@pytest.fixture(scope="module")
def measured(interpreters: Mapping[str, Interpreter], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two interpreters, one of which breaks a test, in a folder with a cache of its own; both are measured."""
    if not {"3.11", "3.12"} <= interpreters.keys():
        pytest.skip("needs 3.11 and 3.12")
    folder = tmp_path_factory.mktemp("measured") / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_a.py").write_text(SUITE, encoding="utf-8")
    matrix = {
        "target": "tests",
        "test": {"unittest": ["-v", "test_a"]},
        "python": ["3.11", "3.12"],
        "profiles": {"plain": []},
    }
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOREWARN_CACHE", str(folder.parent / "cache"))
        assert forewarn(folder, "cache").stdout == f"{folder.parent / 'cache'}: 0 cells, 0 bytes\n"
        assert run(folder)[1:] == ([False, False], True)
        yield folder


@pytest.fixture
def project(measured: Path) -> Path:
    """That project, with a cached run behind it."""
    run(measured)
    return measured


def run(project: Path, *words: str, code: int = 1) -> tuple[str, list[bool], bool]:
    """(what was printed, of each cell whether it was cached, whether nox was started)."""
    log = project / ".forewarn" / "nox.log"
    log.unlink(missing_ok=True)
    ran = forewarn(project, "run", *words)
    assert ran.returncode == code, ran.stdout + ran.stderr
    report: dict[str, Any] = json.loads((project / ".forewarn" / "report.json").read_bytes())
    assert [cell["status"] for cell in report["cells"]] == ["complete", "complete"]
    return ran.stdout, [cell["cached"] for cell in report["cells"]], log.exists()


def test_an_unchanged_project_is_not_run_again(project: Path) -> None:
    assert run(project, "--no-cache")[1:] == ([False, False], True)
    first = documents(project)
    printed, cached, started = run(project)
    assert (cached, started) == ([True, True], False)
    assert re.search(r"✓ 3\.11-plain: cached, 2 passed, measured 20\d\d-\d\d-\d\d \d\d:\d\d\n", printed)
    assert re.search(r"✗ 3\.12-plain: cached, 1 failed, 1 passed, measured ", printed)
    for name, text in documents(project).items():
        assert len(re.findall(r"passed(?:, 1 failed)?, measured 20", text)) == 2, name
    assert told(documents(project)) == told(first)
    assert not imported(project, "run") & HEAVY
    run_json = json.loads((project / ".forewarn" / "run.json").read_bytes())
    assert run_json["started"] <= run_json["ended"]


#: Slow to import, and of no use where nothing runs.
HEAVY = {"nox", "virtualenv", "httpx", "http.client", "urllib.request", "ssl", "asyncio", "rich.progress"}


def imported(project: Path, *words: str) -> set[str]:
    """The modules that a command imports."""
    code = f"import sys, runner.__main__ as m; m.main({list(words)!r}); print(); print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in [name for name in environment if name.startswith(("COV_", "COVERAGE_"))]:
        del environment[name]
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.count(": cached, ") == 2
    return set(ran.stdout.splitlines()[-1].split())


def documents(project: Path) -> dict[str, str]:
    return {name: (project / ".forewarn" / name).read_text(encoding="utf-8") for name in ("report.md", "report.html")}


def told(found: Mapping[str, str]) -> list[str]:
    """What the markdown says above its list of cells."""
    return found["report.md"].partition("Cells")[0].splitlines()


def test_what_is_run_again(project: Path) -> None:
    suite = project / "tests" / "test_a.py"
    suite.touch()
    assert run(project)[1:] == ([True, True], False)
    assert run(project, "--no-cache")[1:] == ([False, False], True)
    elsewhere = forewarn(project, "run", "--results", "elsewhere")
    assert elsewhere.returncode == 1
    assert elsewhere.stdout.count(": cached, ") == 2
    assert not (project / "elsewhere" / "nox.log").exists()
    suite.write_text(f"{SUITE}#\n", encoding="utf-8")
    assert run(project)[1:] == ([False, False], True)
    suite.write_text(SUITE, encoding="utf-8")
    assert run(project)[1:] == ([True, True], False)


def test_only_what_a_change_can_affect(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not {"3.11", "3.12"} <= interpreters.keys():
        pytest.skip("needs 3.11 and 3.12")
    monkeypatch.setenv("FOREWARN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "tests" / f"test_{name}.py").write_text(f"def test_{name}(): pass\n", encoding="utf-8")
    matrix = {"target": "tests", "install": {"requirements": ["pytest"]}, "python": ["3.11", "3.12"]}
    (folder / "matrix.yaml").write_text(json.dumps(matrix), encoding="utf-8")
    assert forewarn(folder, "run", "--changed").returncode == 0
    (folder / "tests" / "test_b.py").write_text("def test_b(): pass\ndef test_c(): pass\n", encoding="utf-8")
    ran = forewarn(folder, "run", "--changed")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(
        r"✓ 3\.12-plain: complete, 3 passed in \S+ s; 2 of 3 tests run, the others measured 20", ran.stdout
    )
    assert re.search(r"3 passed, 1 of them measured 20", (folder / ".forewarn" / "report.md").read_text("utf-8"))
    cells = json.loads((folder / ".forewarn" / "report.json").read_bytes())["cells"]
    assert [(cell["carried"] or {}).get("tests") for cell in cells if cell["profile"] == "plain"] == [1, 1]
    assert "cached" not in forewarn(folder, "run").stdout
    assert forewarn(folder, "run", "--changed").stdout.count(": cached, 3 passed") == 4


def test_a_new_checkout_on_another_machine_runs_nothing(project: Path) -> None:
    """As in CI: of the run before there is nothing but the cache, here inside of the project."""
    cells = project / ".cells"
    shutil.copytree(project.parent / "cache", cells)
    for folder in (".nox", ".forewarn", "tests"):
        shutil.rmtree(project / folder)
    (project / "tests").mkdir()
    (project / "tests" / "test_a.py").write_text(SUITE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOREWARN_CACHE", str(cells))
        assert run(project)[1:] == ([True, True], False)
        assert not (project / ".nox" / "forewarn" / "environments").exists()
    shutil.rmtree(cells)


def test_only_what_is_missing_is_run(project: Path) -> None:
    """The later cell is confirmed against the base's: measured anew with it, and not the other way round."""
    forewarn(project, "cache", "clear")
    run(project)
    entries = {path: path.read_bytes() for path in (project.parent / "cache").glob("??/*.cell")}
    assert len(entries) == 2
    found = []
    for lost in entries:
        for path, content in entries.items():
            path.write_bytes(content)
        lost.write_bytes(b"damaged")
        printed, cached, nox = run(project)
        assert nox
        assert printed.count("cached, ") == sum(cached)
        found.append(cached)
    assert sorted(map(str, found)) == ["[False, False]", "[True, False]"]


def test_sessions_of_a_noxfile_use_it_and_chosen_tests_do_not(project: Path) -> None:
    (project / "noxfile.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom runner.sessions import compat\ncompat()\n",
        encoding="utf-8",
    )

    def nox(*words: str) -> str:
        command = [sys.executable, "-m", "nox", "--envdir", ".nox", "-s", "compat-3.11", "--", *words]
        ran = subprocess.run(command, cwd=project, env=os.environ, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    assert "3.11-plain: cached, measured 20" in nox()
    assert "3.11-plain: complete" in nox("--no-cache")
    before = forewarn(project, "cache").stdout
    assert "3.11-plain: complete, 1 passed" in nox("-k", "passes")
    assert forewarn(project, "cache").stdout == before
    assert "3.11-plain: cached, measured 20" in nox()


def test_the_command(project: Path) -> None:
    where = project.parent / "cache"
    found = re.fullmatch(rf"{where}: (\d+ cells, [\d.]+ KiB)\n", forewarn(project, "cache", "show").stdout)
    assert found is not None
    assert forewarn(project, "cache", "clear").stdout == f"{where}: removed {found[1]}\n"
    assert run(project, "--cache-limit", "1K")[1:] == ([False, False], True)
    assert forewarn(project, "cache").stdout == f"{where}: 0 cells, 0 bytes\n"
    refused = forewarn(project, "run", "--cache-limit", "much")
    assert refused.returncode == 2
    assert "--cache-limit" in refused.stderr
