"""Runs a suite in a real environment as a cell does, with the probe or without."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runner import environment as environments
from runner import execute, model, part, strict
from runner.command import fail_after_file, suite_command
from runner.environment import find_uv
from runner.pythons import parse_python
from runner.record import write_json
from runner.status import Traces, classify
from runner.target import Checkout
from runner.traces import read_records, read_traces
from runner.workspace import Workspace

#: Seconds that a whole suite may take.
LIMIT = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ran:
    """What one run of a suite left."""

    ended: execute.Ended
    folder: Path
    tool: model.TestTool

    @property
    def output(self) -> str:
        return (self.folder / "output.log").read_text(encoding="utf-8", errors="replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(read_records(self.folder / "tests.jsonl"))

    def of(self, event: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        return [record for record in self.events if record["event"] == event]

    @property
    def outcomes(self) -> dict[str, str]:
        """Outcome of each test; of one that was repeated, those of all its runs."""
        found: dict[str, str] = {}
        for record in self.of("end"):
            found[record["id"]] = " ".join(filter(None, (found.get(record["id"]), record["outcome"])))
        return found

    @property
    def cases(self) -> list[str]:
        """The rows of junit.xml, without what differs from run to run."""
        return sorted(
            " ".join([*(f"{key}={case.get(key)}" for key in ("classname", "name", "file", "line")), *kinds(case)])
            for case in ElementTree.parse(self.folder / "junit.xml").iter("testcase")
        )

    @property
    def traces(self) -> Traces:
        return read_traces(self.folder)

    @property
    def status(self) -> tuple[model.Status, str | None]:
        return classify(self.ended, self.traces, self.tool, LIMIT)


def kinds(case: ElementTree.Element) -> list[str]:
    """``failure``, ``skipped:pytest.xfail``: what became of a row."""
    return [":".join(filter(None, (child.tag, child.get("type")))) for child in case]


class Suites:
    """Makes environments, once for each list of requirements, and runs suites in them."""

    def __init__(self, interpreters: Mapping[str, model.Interpreter], home: Path, folder: Path) -> None:
        self._interpreters = interpreters
        self._home = home
        self._target = folder / "target"
        self._target.mkdir()
        self._folder = folder
        self._count = 0
        self._env: tuple[tuple[str, str | None], ...] = (("PYTHONDONTWRITEBYTECODE", "1"),)

    def keep_bytecode(self) -> None:
        """From now on what is compiled is kept, as it is by default."""
        self._env = (("PYTHONDONTWRITEBYTECODE", None),)

    def environment(self, name: str, *requirements: str) -> environments.Environment:
        """The environment of an interpreter with these requirements, with the probe in it."""
        if name not in self._interpreters:
            pytest.skip(f"no Python {name} here")
        python = parse_python(name)
        install = model.Install(mode=model.InstallMode.NONE, requirements=requirements)
        cell = model.Cell(python=python, profile=model.Profile(name="plain"))
        recipe = environments.Recipe(
            matrix=self._matrix(cell, install=install),
            cell=cell,
            interpreter=self._interpreters[name],
            checkout=Checkout(path=self._home, name=None, version=None, revision=None, digest="sha256:0"),
            uv=find_uv(os.environ),
        )
        made = environments.make(recipe, self._home / recipe.digest().removeprefix("sha256:")[:12], os.environ)
        assert isinstance(made, environments.Environment), made
        return made

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into the target."""
        for name, text in files.items():
            (self._target / name).parent.mkdir(parents=True, exist_ok=True)
            (self._target / name).write_text(text, encoding="utf-8")

    def run(
        self,
        environment: environments.Environment,
        *arguments: str,
        tool: str = "pytest",
        filters: tuple[str, ...] = (),
        fail_after: tuple[str, ...] = (),
        limit: float | None = None,
        probe: bool = True,
    ) -> Ran:
        """Run the target's suite; with ``probe=False`` as somebody without forewarn would."""
        self._count += 1
        folder = self._folder / f"evidence-{self._count}"
        folder.mkdir()
        cell = model.Cell(python=parse_python("3.12"), profile=model.Profile(name="some", filters=filters))
        if fail_after:
            fail_after_file(folder).write_text(json.dumps(fail_after), encoding="utf-8")
        test = model.Test(tool=model.TestTool(tool), arguments=arguments)
        matrix = self._matrix(cell, test=test, limits=model.Limits(test=limit), env=self._env)
        command = suite_command(
            matrix,
            cell,
            python=environment.python,
            place=Workspace(target=self._target),
            folder=folder,
            inherited=os.environ,
        )
        ended = execute.run(
            command.words if probe else without_probe(command.words),
            cwd=command.cwd,
            environment=command.environment(os.environ),
            log=folder / "output.log",
            timeout=LIMIT,
        )
        return Ran(ended=ended, folder=folder, tool=test.tool)

    def run_strict(
        self,
        environment: environments.Environment,
        plain: Ran,
        *arguments: str,
        tool: str = "pytest",
        filters: tuple[str, ...],
    ) -> tuple[part.Ran, Ran]:
        """Run the target's suite with filters, as far as ``plain`` does not prove how it ends."""
        self._count += 1
        folder = self._folder / f"evidence-{self._count}"
        folder.mkdir()
        cell = model.Cell(python=parse_python("3.12"), profile=model.Profile(name="some", filters=filters))
        matrix = self._matrix(cell, test=model.Test(tool=model.TestTool(tool), arguments=arguments), env=self._env)
        bare = dataclasses.replace(cell, profile=model.Profile(name="plain"))
        command, without = (
            suite_command(
                matrix,
                one,
                python=environment.python,
                place=Workspace(target=self._target),
                folder=place,
                inherited=os.environ,
            )
            for one, place in ((cell, folder), (bare, plain.folder))
        )
        record: dict[str, Any] = {
            "status": plain.status[0],
            "exit_status": plain.ended.exit_status,
            "inputs": {},
            "cwd": str(command.cwd),
        }
        write_json(plain.folder / "cell.json", record)
        order = part.Order(
            command=command,
            ready=lambda wanted: wanted,
            source=self._target,
            target=self._target,
            folder=folder,
            inherited=os.environ,
            limit=LIMIT,
            tool=model.TestTool(tool),
            filters=filters,
            python=environment.python,
        )
        ran = strict.run_suite(order, strict.Plain(cell="plain", command=without, folder=plain.folder, inputs={}))
        return ran, Ran(ended=ran.ended, folder=folder, tool=order.tool)

    def _matrix(self, cell: model.Cell, **fields: Any) -> model.Matrix:
        return model.Matrix(
            file=self._home / "matrix.yaml",
            target=model.Target(path=self._target),
            pythons=(cell.python,),
            profiles=(cell.profile,),
            base=cell.python,
            next=(),
            **{"test": model.Test(tool=model.TestTool.UNITTEST), **fields},
        )


def without_probe(words: tuple[str, ...]) -> tuple[str, ...]:
    """The same command as somebody without forewarn would write it."""
    if "forewarn_probe.pytest_plugin" in words:
        for plugin in {"forewarn_probe.pytest_plugin", "forewarn_probe.pytest_brief"} & set(words):
            place = words.index(plugin)
            words = (*words[: place - 1], *words[place + 1 :])
        return words
    place = words.index("forewarn_probe.unittest_main")
    return (*words[:place], "unittest", *words[words.index("--") + 1 :])
