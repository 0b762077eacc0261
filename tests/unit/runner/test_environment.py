"""Environments: what they are made of, and when one is made anew. Nothing here needs an index."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from this_python import HERE, INTERPRETER

from runner import environment as environments
from runner import execute, model
from runner.target import Checkout

Make = Callable[..., model.Matrix]


@pytest.fixture
def recipe(tmp_path: Path, matrix: Make) -> Callable[..., environments.Recipe]:
    """A recipe for an empty environment of the running interpreter; keyword arguments go to Install."""
    target = tmp_path / "target"
    target.mkdir()

    def make(*, uv: bool = True, tool: str = "unittest", **install: object) -> environments.Recipe:
        return environments.Recipe(
            matrix=matrix(
                target=model.Target(path=target),
                install=model.Install(**install),  # type: ignore[arg-type] # per test
                test=model.Test(tool=model.TestTool(tool)),
            ),
            cell=model.Cell(python=HERE, profile=model.Profile(name="plain")),
            interpreter=INTERPRETER,
            checkout=Checkout(path=target, name=None, version=None, revision=None, digest="sha256:1"),
            uv=environments.find_uv(os.environ) if uv else None,
        )

    return make


Recipes = Callable[..., environments.Recipe]


def made(recipe: environments.Recipe, folder: Path, *, reuse: bool = True) -> environments.Environment:
    result = environments.make(recipe, folder, os.environ, reuse=reuse)
    assert isinstance(result, environments.Environment), result
    return result


@pytest.mark.slow
@pytest.mark.parametrize("uv", [True, False], ids=["uv", "virtualenv"])
def test_an_unchanged_environment_is_used_again(recipe: Recipes, tmp_path: Path, uv: bool) -> None:
    folder = tmp_path / "environment"
    first = made(recipe(uv=uv), folder)
    assert first.seconds > 0
    (folder / "mark").write_text("", encoding="utf-8")
    again = made(recipe(uv=uv), folder)
    assert (again.seconds, again.digest) == (0, first.digest)
    assert (folder / "mark").exists()
    made(recipe(uv=uv), folder, reuse=False)
    assert not (folder / "mark").exists()


@pytest.mark.slow
def test_a_half_made_environment_is_made_anew(recipe: Recipes, tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    made(recipe(), folder)
    (folder / "forewarn-environment.json").unlink()
    (folder / "mark").write_text("", encoding="utf-8")
    assert made(recipe(), folder).seconds > 0
    assert not (folder / "mark").exists()


@pytest.mark.slow
def test_what_was_killed_while_it_was_removed_does_not_count(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "environment"
    made(recipe(), folder)
    with monkeypatch.context() as patched:

        def killed(*_words: object, **_options: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            made(recipe(), folder, reuse=False)
    assert made(recipe(), folder).seconds > 0


@pytest.mark.slow
def test_of_threads_that_want_the_same_one_makes_it(recipe: Recipes, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: made(recipe(), tmp_path / "environment"), range(3)))
    assert sorted(one.seconds > 0 for one in found) == [False, False, True]
    assert len({one.digest for one in found}) == 1


@pytest.mark.slow
def test_a_probe_that_was_lost_or_changed_is_put_back(recipe: Recipes, tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    made(recipe(), folder)
    package = folder / "forewarn-probe" / "forewarn_probe"
    [path] = folder.rglob("_forewarn_probe.pth")
    kept = path.read_bytes(), (package / "spy.py").read_bytes()
    untouched = (package / "limit.py").stat()
    path.unlink()
    (package / "spy.py").write_text("raise SystemExit\n", encoding="utf-8")
    (package / "of_another_version.py").write_text("", encoding="utf-8")
    assert made(recipe(), folder).seconds == 0
    assert (path.read_bytes(), (package / "spy.py").read_bytes()) == kept
    assert not (package / "of_another_version.py").exists()
    assert (package / "limit.py").stat().st_ino == untouched.st_ino


@pytest.mark.slow
def test_an_interpreter_that_says_nothing_is_no_environment(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "output_of", lambda _command: None)
    result = environments.make(recipe(), tmp_path / "environment", os.environ)
    assert isinstance(result, environments.NotInstalled)
    assert "does not say what is installed" in result.reason


@pytest.mark.slow
def test_the_probe_is_importable_and_comes_last(recipe: Recipes, tmp_path: Path) -> None:
    environment = made(recipe(), tmp_path / "environment")
    code = "import forewarn_probe, sys; print(forewarn_probe.__file__); print(sys.path[-1])"
    from runner.execute import output_of

    answer = output_of([str(environment.python), "-c", code])
    assert answer is not None
    file, last = answer.split()
    assert Path(file).parent.name == "forewarn_probe"
    assert last == str(Path(file).parent.parent)
    assert sorted(path.name for path in Path(last).iterdir()) == ["forewarn_probe"]


@pytest.mark.slow
def test_what_lies_where_we_stand_is_not_installed(
    recipe: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale egg-info in the working folder or on PYTHONPATH, a module named as one of the standard library."""
    for folder in (tmp_path / "here", tmp_path / "path"):
        info = folder / f"stale_{folder.name}.egg-info"
        info.mkdir(parents=True)
        (info / "PKG-INFO").write_text(
            f"Metadata-Version: 2.1\nName: stale-{folder.name}\nVersion: 1\n", encoding="utf-8"
        )
        (folder / "sysconfig.py").write_text("raise SystemExit('no')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    environment = made(recipe(), tmp_path / "environment")
    assert not [name for name in environment.distributions if name.startswith("stale")]
    assert list((tmp_path / "environment").rglob("_forewarn_probe.pth"))


@pytest.mark.slow
def test_what_cannot_be_installed_has_the_installers_words(recipe: Recipes, tmp_path: Path) -> None:
    absent = (tmp_path / "absent-1.0-py3-none-any.whl").as_uri()
    result = environments.make(recipe(requirements=(f"absent @ {absent}",)), tmp_path / "environment", os.environ)
    assert isinstance(result, environments.NotInstalled)
    assert "absent" in result.reason
    assert "absent" in result.log.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_suite_for_pytest_needs_pytest(recipe: Recipes, tmp_path: Path) -> None:
    result = environments.make(recipe(tool="pytest"), tmp_path / "environment", os.environ)
    assert isinstance(result, environments.NotInstalled)
    assert "install.requirements" in result.reason


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"requirements": ("a",)}, id="requirements"),
        pytest.param({"extras": ("a",)}, id="extras"),
        pytest.param({"constraints": ("a<1",)}, id="constraints"),
        pytest.param({"exclude_newer": "2026-01-01"}, id="date"),
        pytest.param({"unbounded": ("a==1",)}, id="unbounded"),
        pytest.param({"mode": model.InstallMode.EDITABLE}, id="mode"),
        pytest.param({"uv": False}, id="installer"),
    ],
)
def test_the_digest_is_of_every_input(recipe: Recipes, change: dict[str, object]) -> None:
    assert recipe().digest() == recipe().digest()
    assert recipe(**change).digest() != recipe().digest()


def test_the_digest_follows_files_variant_interpreter_and_target(recipe: Recipes) -> None:
    plain = recipe(requirement_files=("requirements.txt",))
    before = plain.digest()
    (plain.checkout.path / "requirements.txt").write_text("a", encoding="utf-8")
    assert plain.digest() != before
    variant = model.Variant(choices=(("x", "old"),), requirements=("a==1",))
    other = dataclasses.replace(plain, cell=dataclasses.replace(plain.cell, variant=variant))
    assert other.digest() != plain.digest()
    newer = dataclasses.replace(plain, interpreter=dataclasses.replace(plain.interpreter, version="3.99.1"))
    assert newer.digest() != plain.digest()
    built = recipe(mode=model.InstallMode.BUILD)
    changed = dataclasses.replace(built, checkout=dataclasses.replace(built.checkout, digest="sha256:2"))
    assert changed.digest() != built.digest()


@pytest.mark.parametrize(
    "line",
    [
        "-r base.txt",
        "-rbase.txt",
        "--requirement base.txt",
        "--requirement=base.txt",
        "-c base.txt",
        "  -r base.txt  # x",
    ],
)
def test_files_that_requirement_files_name_are_inputs_too(recipe: Recipes, line: str) -> None:
    one = recipe(requirement_files=("requirements/dev.txt",))
    folder = one.checkout.path / "requirements"
    folder.mkdir()
    (folder / "dev.txt").write_text(f"pytest\n{line}\n-r dev.txt\n", encoding="utf-8")
    (folder / "base.txt").write_text("a==1\n", encoding="utf-8")
    before = one.digest()
    assert one.digest() == before
    (folder / "base.txt").write_text("a==2\n", encoding="utf-8")
    assert one.digest() != before


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "setup.py"])
def test_what_an_editable_target_declares_is_an_input(recipe: Recipes, name: str) -> None:
    one = recipe(mode=model.InstallMode.EDITABLE)
    before = one.digest()
    (one.checkout.path / "code.py").write_text("", encoding="utf-8")
    assert one.digest() == before
    (one.checkout.path / name).write_text("", encoding="utf-8")
    assert one.digest() != before


def test_a_target_that_is_not_built_may_change_without_a_new_environment(recipe: Recipes) -> None:
    loose = recipe(mode=model.InstallMode.NONE)
    changed = dataclasses.replace(loose, checkout=dataclasses.replace(loose.checkout, digest="sha256:2"))
    assert changed.digest() == loose.digest()


def words(recipe: environments.Recipe, folder: Path) -> list[list[str]]:
    return environments._commands(recipe, folder, Path("/e/bin/python"))


def test_the_commands_of_uv(recipe: Recipes, tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    one = recipe(
        mode=model.InstallMode.BUILD,
        requirements=("pytest",),
        requirement_files=("r.txt",),
        extras=("a", "b"),
        groups=("test",),
        constraints=("x<2", str(tmp_path / "c.txt")),
        exclude_newer="2026-01-01",
        unbounded=("y==1",),
    )
    target = one.checkout.path
    create, early, install, unbounded = words(one, folder)
    assert create[1:3] == ["venv", "--quiet"]
    assert create[-2:] == [sys.executable, str(folder)]
    arguments = install[install.index("--exclude-newer") :]
    assert arguments == [
        *("--exclude-newer", "2026-01-01", "--refresh", f"{target}[a,b]", "pytest", "-r", str(target / "r.txt")),
        *("--group", f"{target / 'pyproject.toml'}:test", "--constraint", str(tmp_path / "c.txt")),
        *("--constraint", str(tmp_path / "environment.constraints.txt")),
    ]
    assert (tmp_path / "environment.constraints.txt").read_text(encoding="utf-8") == "x<2\n"
    assert early[-2:] == ["--no-deps", "y==1"]
    assert unbounded[-1] == "y==1"
    assert "--no-deps" not in unbounded
    assert "--exclude-newer" not in early + unbounded


def test_constraints_are_written_before_there_is_any_environment(recipe: Recipes, tmp_path: Path) -> None:
    folder = tmp_path / "environments" / "3.12"
    words(recipe(requirements=("x",), constraints=("x<2",)), folder)
    assert (tmp_path / "environments" / "3.12.constraints.txt").read_text(encoding="utf-8") == "x<2\n"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"digest": 1}', '{"distributions": {}}'])
def test_a_marker_that_says_nothing_is_none(recipe: Recipes, tmp_path: Path, content: str) -> None:
    (tmp_path / "forewarn-environment.json").write_text(content, encoding="utf-8")
    assert environments._ready(tmp_path, recipe().digest()) is None


def test_the_commands_of_pip(recipe: Recipes, tmp_path: Path) -> None:
    one = recipe(uv=False, requirements=("pytest",), exclude_newer="2026-01-01", mode=model.InstallMode.EDITABLE)
    create, install = words(one, tmp_path / "environment")
    assert create[:3] == [sys.executable, "-m", "virtualenv"]
    assert install[:4] == ["/e/bin/python", "-m", "pip", "install"]
    assert install[-5:] == ["--uploaded-prior-to", "2026-01-01", "--editable", str(one.checkout.path), "pytest"]


def test_nothing_to_install_is_one_command(recipe: Recipes, tmp_path: Path) -> None:
    assert len(words(recipe(mode=model.InstallMode.NONE), tmp_path / "environment")) == 1


def test_a_published_release_with_extras(recipe: Recipes) -> None:
    one = recipe(mode=model.InstallMode.INDEX, extras=("a",))
    with_sdist = dataclasses.replace(one, matrix=dataclasses.replace(one.matrix, target=model.Target(sdist="x==1.0")))
    assert environments._target_arguments(with_sdist) == ["x[a]==1.0"]


def test_uv_by_its_variable(tmp_path: Path) -> None:
    assert environments.find_uv({"UV": "/no/such/uv", "PATH": ""}) is None
    named = tmp_path / "uv"
    named.write_text("#!/bin/sh\n", encoding="utf-8")
    named.chmod(0o755)
    assert environments.find_uv({"UV": str(named), "PATH": ""}) == str(named)
