"""The target's wheel: how often it is built, for whom, and what a build that fails leaves. Needs no index."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner import environment as environments
from runner import model, wheels
from runner.recipe import Recipe
from runner.target import Checkout

Make = Callable[..., model.Matrix]
HERE = model.Python(major=sys.version_info.major, minor=sys.version_info.minor)
TAG = f"py3{sys.version_info.minor}-none-any"

#: A build backend inside of the project. Notes each build; what it builds follows `tag` and `fails` in the project.
BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open("../builds", "a") as file: file.write("built\\n")
    if os.path.exists("fails"): raise SystemExit("the compiler is missing")
    tag = open("tag").read()
    name = f"thing-1.0-{tag}.whl"
    info = "thing-1.0.dist-info"
    files = {
        "thing.py": open("thing.py").read(),
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: thing\\nVersion: 1.0\\nProvides-Extra: more\\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\\nGenerator: none\\nRoot-Is-Purelib: true\\nTag: {tag}\\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, content in files.items(): wheel.writestr(path, content)
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "thing"
version = "1.0"
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A project whose wheel is the same for all interpreters."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "thing.py").write_text("STATE = 1\n", encoding="utf-8")
    (folder / "tag").write_text("py3-none-any", encoding="utf-8")
    return folder


Recipes = Callable[..., Recipe]


@pytest.fixture
def recipe(target: Path, matrix: Make) -> Recipes:
    """A recipe for the target on the running Python, which is told apart by ``build``."""

    def make(build: str = "", *, builder: str | None = None, digest: str = "1", **install: object) -> Recipe:
        asked = interpreter(build)
        return Recipe(
            matrix=matrix(
                target=model.Target(path=target),
                install=model.Install(mode=model.InstallMode.BUILD, **install),  # type: ignore[arg-type] # per test
                test=model.Test(tool=model.TestTool.UNITTEST),
            ),
            cell=model.Cell(python=HERE, profile=model.Profile(name="plain")),
            interpreter=asked,
            checkout=Checkout(path=target, name="thing", version="1.0", revision=None, digest=f"sha256:{digest}"),
            uv=environments.find_uv(os.environ),
            builder=None if builder is None else interpreter(builder),
        )

    return make


def interpreter(build: str) -> model.Interpreter:
    return model.Interpreter(
        python=HERE,
        executable=sys.executable if build != "absent" else "/no/such/python",
        version=".".join(map(str, sys.version_info[:3])),
        implementation="cpython",
        build=build,
        free_threaded=False,
        source="running Python",
    )


def made(recipe: Recipe, folder: Path) -> environments.Environment:
    result = environments.make(recipe, folder, os.environ)
    assert isinstance(result, environments.Environment), result.log.read_text(encoding="utf-8")
    return result


def builds(target: Path) -> int:
    log = target.parent / "builds"
    return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0


def state(environment: environments.Environment) -> str:
    from runner.execute import output_of

    return (output_of([str(environment.python), "-I", "-c", "import thing; print(thing.STATE)"]) or "").strip()


@pytest.mark.slow
def test_one_wheel_for_all_interpreters(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    for build in ("a", "b", "c"):
        environment = made(recipe(build, builder="b"), tmp_path / "environments" / build)
        assert environment.distributions["thing"] == "1.0"
        assert state(environment) == "1"
    assert builds(target) == 1


@pytest.mark.slow
def test_a_wheel_that_is_not_for_all_is_built_for_each(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    (target / "tag").write_text(TAG, encoding="utf-8")
    for build in ("a", "b", "a"):
        made(recipe(build, builder="a"), tmp_path / "environments" / f"{build}{builds(target)}")
    assert builds(target) == 2


@pytest.mark.slow
def test_a_changed_source_is_built_anew(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "environments" / "a"
    made(recipe(builder=""), folder)
    (target / "thing.py").write_text("STATE = 2\n", encoding="utf-8")
    assert state(made(recipe(builder="", digest="2"), folder)) == "2"
    assert builds(target) == 2


@pytest.mark.slow
def test_a_build_that_fails_says_why_and_is_tried_again(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    (target / "fails").touch()
    folder = tmp_path / "environments" / "a"
    result = environments.make(recipe(builder=""), folder, os.environ)
    assert isinstance(result, environments.NotInstalled)
    assert "the compiler is missing" in result.log.read_text(encoding="utf-8")
    assert builds(target) == 1
    assert not list((tmp_path / "environments" / "wheels").iterdir())
    (target / "fails").unlink()
    made(recipe(builder=""), folder)


@pytest.mark.slow
def test_who_is_to_build_for_all_and_cannot_stops_nobody(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    made(recipe("a", builder="absent"), tmp_path / "environments" / "a")
    assert builds(target) == 1


@pytest.mark.slow
def test_threads_share_one_build(recipe: Recipes, target: Path, tmp_path: Path) -> None:
    def make(build: str) -> environments.Environment:
        return made(recipe(build, builder="b"), tmp_path / "environments" / build)

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(make, ("a", "b", "c")))
    assert [one.distributions["thing"] for one in found] == ["1.0"] * 3
    assert builds(target) == 1


def test_extras_are_those_of_the_wheel(recipe: Recipes, tmp_path: Path) -> None:
    wheel = tmp_path / "a b" / "thing-1.0-py3-none-any.whl"
    words = environments._target_arguments(recipe(extras=("more", "all")), wheel)
    assert words == [f"thing[more,all] @ {wheel.as_uri()}"]


@pytest.mark.parametrize(
    ("place", "text", "takes"),
    [
        ("target", "", True),
        ("target", '[tool.uv.sources]\nother = {path = "../other"}\n', False),
        (".", '[tool.uv.workspace]\nmembers = ["target"]\n', False),
        (".", "[tool.other]\n", True),
        (".", "no toml", True),
    ],
)
def test_sources_that_only_uv_knows_are_left_to_uv(
    recipe: Recipes, tmp_path: Path, place: str, text: str, takes: bool
) -> None:
    with (tmp_path / place / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    assert wheels.takes_wheel(recipe()) is takes


def test_without_uv_the_environments_own_pip_builds(recipe: Recipes) -> None:
    assert not wheels.takes_wheel(dataclasses.replace(recipe(), uv=None))
