"""What is installed, or what installs it, is not there, or not as it says; on the later version only."""

from __future__ import annotations

import shutil
import socket
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from project import Project, Ran, pair, project  # noqa: F401 - fixtures

from runner.model import Interpreter

pytestmark = pytest.mark.slow

STEADY = "class Middle(unittest.TestCase):\n    def test_middle(self): pass\n"
ALL = ("test_one", "test_two", "test_middle", "test_z_one", "test_z_two")

BACKEND = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "target"
version = "1"
"""
#: A build backend that needs nothing installed.
WHEELS = """
import sys, zipfile
def build_wheel(folder, settings=None, metadata=None):
    if sys.version_info >= (3, {minor}):
        {what}
    tag = "py%d%d-none-any" % sys.version_info[:2]  # not for all, so that each interpreter builds its own
    name = "target-1-" + tag + ".whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("target.py", "")
        wheel.writestr("target-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: target\\nVersion: 1\\n")
        wheel.writestr("target-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: " + tag + "\\n")
        wheel.writestr("target-1.dist-info/RECORD", "")
    return name
"""


def building(project: Project, what: str, **keys: Any) -> None:
    """A target that has to be built, with a build that does something on the later version."""
    minor = int(project.later.split(".")[1])
    project.suite(STEADY, **keys)
    project.write({"pyproject.toml": BACKEND, "backend.py": WHEELS.format(minor=minor, what=what)})


def is_absent(ran: Ran, status: str, *words: str) -> None:
    """The later cell has this status, its reason says these words, and the base is as if alone."""
    ran.is_incomplete()
    assert ran.status[0] == status
    for word in words:
        assert word in ran.status[1], ran.status[1]
    assert ran.status[1] in ran.said.replace("\n", " ") or words[0] in ran.said
    ran.base_is_intact(*ALL)
    assert set(ran.verdicts.values()) == {"unknown"}


def test_a_target_that_does_not_install_on_one_interpreter(project: Project) -> None:
    building(project, "raise SystemExit('no Python as new as this')")
    is_absent(project.run(), "failed-to-install", "no Python as new as this")


def test_an_installation_that_takes_for_ever(project: Project) -> None:
    building(project, "__import__('time').sleep(600)", limits={"install": 8})
    is_absent(project.run(), "failed-to-install", "not done after 8 s (limits.install)")


def wheel(folder: Path, name: str, tag: str) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1-{tag}.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{name}-1.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{name}-1.dist-info/RECORD", "")


def test_a_dependency_without_a_wheel_for_one_interpreter(project: Project, tmp_path: Path) -> None:
    short = project.base.replace(".", "")
    wheel(tmp_path / "index", "onlyold", f"cp{short}-none-any")
    project.suite(STEADY, install={"requirements": ["onlyold"]})
    ran = project.run(env={"UV_FIND_LINKS": str(tmp_path / "index"), "UV_NO_INDEX": "1"})
    is_absent(ran, "failed-to-install", "onlyold")
    assert ran.cell(f"{project.base}-plain")["distributions"]["onlyold"] == "1"


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a machine that refuses every connection."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/simple"


def offline(project: Project, requirement: str, **variables: str) -> Ran:
    project.suite(STEADY, install={"requirements": [requirement]})
    dropped = dict.fromkeys(("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL"))
    return project.run(env={**dropped, **variables})


def test_what_is_cached_needs_no_network(project: Project, tmp_path: Path) -> None:
    wheel(tmp_path / "index", "cached", "py3-none-any")
    cache = str(tmp_path / "cache")
    first = offline(project, "cached", UV_CACHE_DIR=cache, UV_FIND_LINKS=str(tmp_path / "index"), UV_NO_INDEX="1")
    assert first.code == 0, first.said
    shutil.rmtree(project.folder / ".nox")
    again = offline(
        project, "cached", UV_CACHE_DIR=cache, UV_FIND_LINKS=str(tmp_path / "index"), UV_NO_INDEX="1", UV_OFFLINE="1"
    )
    assert again.code == 0, again.said


def test_without_a_network_what_is_missing_is_named(project: Project, tmp_path: Path, refusing: str) -> None:
    ran = offline(project, "nowhere-to-be-had", UV_INDEX_URL=refusing, UV_CACHE_DIR=str(tmp_path / "cache"))
    ran.is_incomplete()
    for version in (project.base, project.later):
        record = ran.cell(f"{version}-plain")
        assert record["status"] == "failed-to-install"
        assert f"{refusing}/nowhere-to-be-had" in record["reason"]
        assert "refused" in record["reason"]


def given(project: Project, path: Path) -> Ran:
    project.suite(STEADY)
    return project.run("--interpreter", f"{project.later}={path}", env={"PY_DISCOVERY_TIMEOUT": "2"})


def test_an_interpreter_that_has_vanished_since_the_plan(
    project: Project, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    link = tmp_path / "python"
    link.symlink_to(interpreters[project.later].executable)
    assert given(project, link).code == 0
    link.unlink()
    is_absent(given(project, link), "unavailable", f"{link}, which is not a file")


def test_an_interpreter_that_vanishes_while_others_are_measured(
    project: Project, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    link = tmp_path / "python"
    link.symlink_to(interpreters[project.later].executable)
    gone = f"os.path.lexists({str(link)!r}) and os.remove({str(link)!r})"
    removes = f"class Middle(unittest.TestCase):\n    def test_middle(self): {gone}\n"
    project.suite(removes)
    ran = project.run("--interpreter", f"{project.later}={link}")
    is_absent(ran, "unavailable", str(link))


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param("#!/bin/sh\nexit 3\n", "does not start as a Python", id="ends"),
        pytest.param("#!/bin/sh\necho '{\"version\": 1}'\n", "does not start as a Python", id="says something else"),
        pytest.param("\0", "does not start as a Python", id="no program"),
    ],
)
def test_an_interpreter_that_is_broken(project: Project, tmp_path: Path, script: str, why: str) -> None:
    path = tmp_path / "python"
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    is_absent(given(project, path), "unavailable", str(path), why)


def test_an_interpreter_that_is_another_than_it_was(
    project: Project, tmp_path: Path, interpreters: Mapping[str, Interpreter]
) -> None:
    """The name stays, what it leads to changes: first right, then the base's."""
    link = tmp_path / "python"
    link.symlink_to(interpreters[project.later].executable)
    assert given(project, link).code == 0
    link.unlink()
    link.symlink_to(interpreters[project.base].executable)
    is_absent(given(project, link), "unavailable", str(link), f"which is cpython {project.base}")


def test_an_interpreter_that_does_not_answer(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    path.chmod(0o755)
    is_absent(given(project, path), "unavailable", str(path), "does not start as a Python")
