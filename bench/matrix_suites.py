"""The suites of bench/matrix.py: sources, one set of pinned requirements for all contestants, ready environments."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from corpus_package import read_package

ROOT = Path(__file__).resolve().parent.parent
MANY_FILES = "many-files"
STRICT = ("error::DeprecationWarning", "error::PendingDeprecationWarning")

#: forewarn's own search for interpreters.
_FIND = """
import json, os, sys
from runner.config import parse_python
from runner.interpreters import Finder, explicit_interpreters
from runner.model import Interpreter
given = explicit_interpreters((), os.environ, (), parse_python)
found = Finder(environment=os.environ, explicit=given).find_all([parse_python(one) for one in sys.argv[1:]])
print(json.dumps({str(key): one.executable for key, one in found.items() if isinstance(one, Interpreter)}))
"""
#: The sdist, by the code that `forewarn run` fetches it with.
_FETCH = """
import os, sys
from pathlib import Path
from runner.environment import find_uv
from runner.model import Target
from runner.target import prepare
print(prepare(Target(sdist=sys.argv[1]), Path(sys.argv[2]), os.environ, find_uv(os.environ)).path)
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Suite:
    """One suite, ready to be handed to every contestant."""

    name: str
    source: Path
    """Its files; each contestant gets a copy."""
    build: bool
    """The target is installed from its source; else it is among the requirements."""
    requirements: tuple[str, ...]
    constraints: Path
    """One version of every distribution for each interpreter, by markers."""
    tool: str
    arguments: tuple[str, ...]
    cwd: str
    variables: Mapping[str, str]
    """Environment variables of the suite, a PYTHONPATH among them where it needs one."""
    ready: Mapping[str, Path]
    """Interpreter → Python of an environment that has all of this."""

    def words(self, profile: str) -> list[str]:
        """The suite's command behind ``python``, with the filters of a profile as its users would give them."""
        filters = [word for one in STRICT for word in ("-W", one)] if profile == "strict" else []
        if self.tool == "pytest":
            return ["-m", "pytest", *self.arguments, *filters]
        return [*filters, "-m", self.tool, *self.arguments]


def prepare(
    names: Sequence[str], descriptions: Path, pythons: Mapping[str, str], uv: str, work: Path
) -> tuple[Suite, ...]:
    """Fetch, resolve and install once, which also fills the installer's cache for every contestant.

    Args:
        names: suites of examples/, descriptions of the corpus, or `MANY_FILES`.
        descriptions: folder of the corpus.
        pythons: interpreter → executable.
        uv: its executable.
        work: empty folder.

    Raises:
        subprocess.CalledProcessError: something cannot be had or installed; the log is on the terminal.
    """
    return tuple(_prepare(name, descriptions, pythons, uv, work / name) for name in names)


def _prepare(name: str, descriptions: Path, pythons: Mapping[str, str], uv: str, work: Path) -> Suite:
    work.mkdir(parents=True)
    if name == MANY_FILES:
        draft, dated, unbounded, date = _many_files(work)
    else:
        draft, dated, unbounded, date = (
            _example(name, work) if _is_example(name) else _package(name, descriptions, work)
        )
    ready = {}
    lines = []
    for python, executable in pythons.items():
        folder = work / "ready" / python
        _call([uv, "venv", "--quiet", "--no-project", "--python", executable, str(folder)])
        ready[python] = folder / "bin" / "python"
        pip = [uv, "pip", "install", "--quiet", "--python", str(ready[python])]
        if unbounded:
            _call([*pip, "--no-deps", *unbounded])
        target = [str(draft.source)] if draft.build else []
        _call([*pip, *(("--exclude-newer", date) if date else ()), *target, *dated])
        if unbounded:
            _call([*pip, *unbounded])
        frozen = _said([uv, "pip", "freeze", "--quiet", "--python", str(ready[python])]).splitlines()
        lines += [f'{line}; python_version == "{python}"' for line in frozen if re.match(r"[\w.-]+==", line)]
    draft.constraints.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return dataclasses.replace(draft, ready=ready)


def _is_example(name: str) -> bool:
    return (ROOT / "examples" / name / "matrix.yaml").is_file()


Draft = tuple[Suite, tuple[str, ...], tuple[str, ...], str | None]
"""A suite without environments, requirements as of a date, those that it does not bind, the date."""


def _example(name: str, work: Path) -> Draft:
    folder = ROOT / "examples" / name
    matrix: dict[str, Any] = yaml.safe_load((folder / "matrix.yaml").read_text(encoding="utf-8"))
    left_out = shutil.ignore_patterns("matrix*", ".*", "expected.yaml", "__pycache__", "*.egg-info", "build")
    shutil.copytree(folder, work / "source", ignore=left_out)
    [(tool, arguments)] = [(key, matrix["test"][key]) for key in ("pytest", "unittest") if key in matrix["test"]]
    install = matrix["install"]
    requirements = tuple(install.get("requirements", ()))
    suite = Suite(
        name=name,
        source=work / "source",
        build=True,
        requirements=requirements,
        constraints=work / "constraints.txt",
        tool=tool,
        arguments=tuple(arguments),
        cwd=".",
        variables={},
        ready={},
    )
    return suite, requirements, (), str(install["exclude-newer"])


def _many_files(work: Path) -> Draft:
    """Ten thousands of files of data, some modules, and tests that do nothing: what it costs to look at them all."""
    source = work / "source"
    modules = {f"src/big/part{number % 20}/m{number}.py": "def f(x):\n    return x\n" * 40 for number in range(2_000)}
    data = {f"data/{number % 200}/{number}.json": "x" * 10_000 for number in range(18_000)}
    tests = {
        f"tests/test_{number}.py": ('import pytest\n@pytest.mark.parametrize("x", range(20))\ndef test(x):\n    pass\n')
        for number in range(50)
    }
    for path, content in {**modules, **data, **tests}.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(content, encoding="utf-8")
    suite = Suite(
        name=MANY_FILES,
        source=source,
        build=False,
        requirements=("pytest",),
        constraints=work / "constraints.txt",
        tool="pytest",
        arguments=("tests",),
        cwd=".",
        variables={},
        ready={},
    )
    return suite, ("pytest",), (), None


def _package(name: str, descriptions: Path, work: Path) -> Draft:
    package = read_package(descriptions / f"{name}.yaml")
    if package.mode != "index" or package.pythonpath:
        raise SystemExit(f"{name}: only a published release that needs no import path can be compared")
    command = [sys.executable, "-c", _FETCH, package.sdist, str(work)]
    fetched = Path(_said(command, {"PYTHONPATH": str(ROOT)}).strip())
    shutil.copytree(fetched, work / "source")
    suite = Suite(
        name=name,
        source=work / "source",
        build=False,
        requirements=(package.sdist, *package.requires, *package.unbounded),
        constraints=work / "constraints.txt",
        tool=package.tool,
        arguments=package.arguments,
        cwd=package.cwd,
        variables=package.env,
        ready={},
    )
    return suite, (package.sdist, *package.requires), package.unbounded, package.exclude_newer


def find_pythons(wanted: Sequence[str], given: Sequence[str]) -> dict[str, str]:
    """Interpreter → executable, by forewarn's own search; ``given`` are ``3.15=PATH`` entries.

    Raises:
        SystemExit: one is not there.
    """
    entries = os.pathsep.join(filter(None, (os.environ.get("FOREWARN_INTERPRETERS"), *given)))
    variables = {"PYTHONPATH": str(ROOT), "FOREWARN_INTERPRETERS": entries}
    found: dict[str, str] = json.loads(_said([sys.executable, "-c", _FIND, *wanted], variables))
    if absent := [one for one in wanted if one not in found]:
        raise SystemExit(f"no interpreter {', '.join(absent)} here; name one with --interpreter 3.X=PATH")
    return {one: found[one] for one in wanted}


def _call(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _said(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    environment = {**os.environ, **(variables or {})}
    return subprocess.run(
        command, check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ).stdout
