"""The directions of DESIGN that an import linter cannot see: names, processes, what runs in the target."""

from __future__ import annotations

import ast
import graphlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted([*(ROOT / "runner").glob("*.py"), *(ROOT / "reports").glob("*.py")])
PROBE = sorted((ROOT / "runner" / "probe").glob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(level, module) of every import, wherever it stands; relative ones with their dots counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", OURS, ids=name)
def test_inside_a_package_imports_are_relative(path: Path) -> None:
    absolute = {module.split(".")[0] for level, module in imports(path) if level == 0}
    assert not absolute & {"runner", "reports", "forewarn"}
    assert all(level < 2 for level, _ in imports(path))


@pytest.mark.parametrize("path", [path for path in OURS if path.name != "sessions.py"], ids=name)
def test_only_sessions_knows_nox(path: Path) -> None:
    assert "nox" not in {module.split(".")[0] for _, module in imports(path)}


@pytest.mark.parametrize("path", [path for path in OURS if path.name != "execute.py"], ids=name)
def test_only_execute_starts_processes(path: Path) -> None:
    assert not {"subprocess", "multiprocessing"} & {module.split(".")[0] for _, module in imports(path)}


@pytest.mark.parametrize("path", [*OURS, *PROBE, ROOT / "noxfile.py"], ids=name)
def test_nothing_imports_the_installed_name(path: Path) -> None:
    """Nor has it as a text, which ``importlib.import_module`` would take."""
    assert "forewarn" not in {module.split(".")[0] for _, module in imports(path)}
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if re.fullmatch(r"forewarn\.(runner|reports)[.\w]*", text)]


@pytest.mark.parametrize("package", ["runner", "reports"])
def test_modules_of_a_package_do_not_import_in_circles(package: str) -> None:
    modules = {path.stem: path for path in (ROOT / package).glob("*.py")}
    graph = {module: modules.keys() & set(siblings(path)) for module, path in modules.items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())


def siblings(path: Path) -> Iterator[str]:
    """The modules beside it that a module needs to be imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", PROBE, ids=name)
def test_the_probe_is_standard_library_and_old_syntax(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    allowed = sys.stdlib_module_names | {"pytest"}  # pytest is what loads its plugin
    assert {module.split(".")[0] for level, module in imports(path) if level == 0} <= allowed
    assert all(level == 1 for level, _ in imports(path) if level)


@pytest.mark.parametrize("path", [*OURS, *PROBE], ids=name)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_statuses_mean_the_same_on_both_sides() -> None:
    from reports import model as reports_model
    from runner import model as runner_model

    assert [status.value for status in runner_model.Status] == sorted(
        (status.value for status in reports_model.Status),
        key=[status.value for status in runner_model.Status].index,
    )
