"""The contestants of bench/matrix.py: what each is given, and how it is started."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from matrix_suites import ROOT, Suite

PROFILES = ("plain", "strict")
#: forewarn's cache of cells, in the folder of each contestant.
CACHE = "cache"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """What all contestants run on."""

    pythons: Mapping[str, str]
    """Interpreter → executable."""
    python: str
    """Runs forewarn, nox and tox."""
    tools: Path
    """Folder of nox's and tox's commands."""
    path: Path
    """Folder with a ``python3.X`` for each interpreter, first on the PATH of nox and tox."""
    uv: str
    jobs: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contestant:
    """One way to run a suite on every interpreter, plainly and strictly."""

    name: str
    write: Callable[[Suite, Machine, Path], None]
    """Puts its files into a folder that has a copy of the suite's source."""
    commands: Callable[[Machine], Mapping[str, Sequence[str]]]
    """State (``cold``, ``warm``, ``unchanged``) → command; without ``cold`` its environments are always ready."""
    leftovers: tuple[str, ...] = ()
    """Removed for a cold start."""
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Environment variables beside those that all have."""
    count: Callable[[Path, str], int]
    """Outcomes that a run left, from its folder and its output."""


def _forewarn(suite: Suite, machine: Machine, folder: Path, limits: Mapping[str, Any]) -> None:
    pythons = list(machine.pythons)
    matrix = {
        "target": "source",
        "install": {
            "mode": "build" if suite.build else "none",
            "requirements": list(suite.requirements),
            "constraints": [str(suite.constraints)],
        },
        "test": {suite.tool: list(suite.arguments), "cwd": suite.cwd},
        "python": pythons,
        "interpreters": dict(machine.pythons),
        "base": pythons[0],
        "next": pythons[1:],
        "env": dict(suite.variables),
        "limits": dict(limits),
        "gate": {"fail-on": "nothing"},
    }
    (folder / "matrix.yaml").write_text(yaml.safe_dump(matrix, sort_keys=False), encoding="utf-8")


def same_work(suite: Suite, machine: Machine, folder: Path) -> None:
    """A matrix.yaml for what the others do, too: each cell once, nothing asked of the index."""
    _forewarn(suite, machine, folder, {"confirm": None, "upgrades": None})


def defaults(suite: Suite, machine: Machine, folder: Path) -> None:
    """A matrix.yaml that leaves the limits to forewarn: what breaks is run again, releases are looked up."""
    _forewarn(suite, machine, folder, {})


def _forewarn_commands(machine: Machine) -> dict[str, list[str]]:
    run = [machine.python, "-m", "runner", "run", "-j", str(machine.jobs)]
    return {"cold": run, "unchanged": run, "warm": [*run, "--no-cache"]}


def _count_report(folder: Path, _output: str) -> int:
    report = json.loads((folder / ".forewarn" / "report.json").read_text(encoding="utf-8"))
    return sum(sum(cell["counts"].values()) for cell in report["cells"] if cell["status"] == "complete")


def seconds_of_cells(folder: Path) -> dict[str, float]:
    """Profile → seconds that the suites of its cells took in forewarn's last run in a folder."""
    found = dict.fromkeys(PROFILES, 0.0)
    for file in (folder / ".forewarn" / "cells").glob("*/cell.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        found[record["profile"]] += record["durations"].get("tests", 0.0)
    return found


_NOXFILE = """\
import nox

nox.options.default_venv_backend = "uv"


@nox.session(python={pythons!r})
@nox.parametrize("profile", ["plain", "strict"])
def tests(session, profile):
    session.install({install})
    session.chdir({cwd!r})
    session.run("python", *({words!r}[profile]), env={variables!r})
"""


def _noxfile(suite: Suite, machine: Machine, folder: Path) -> None:
    target = ("./source",) if suite.build else ()
    text = _NOXFILE.format(
        pythons=list(machine.pythons),
        install=", ".join(map(repr, (*target, *suite.requirements, "--constraint", str(suite.constraints)))),
        cwd=str(folder / "source" / suite.cwd),
        words={profile: suite.words(profile) for profile in PROFILES},
        variables=dict(suite.variables),
    )
    (folder / "noxfile.py").write_text(text, encoding="utf-8")


def _nox_commands(machine: Machine) -> dict[str, list[str]]:
    nox = [str(machine.tools / "nox")]
    return {"cold": nox, "warm": [*nox, "--reuse-existing-virtualenvs", "--no-install"]}


def _tox(suite: Suite, machine: Machine, folder: Path) -> None:
    environments: dict[str, dict[str, object]] = {
        f"{python}-{profile}": {"commands": [["python", *suite.words(profile)]]}
        for python in machine.pythons
        for profile in PROFILES
    }
    shared: dict[str, object] = {
        "package": "wheel" if suite.build else "skip",
        "wheel_build_env": ".pkg",
        "deps": [*suite.requirements, f"-c{suite.constraints}"],
        "set_env": dict(suite.variables),
        "change_dir": str(folder / "source" / suite.cwd),
    }
    lines = [f"env_list = {json.dumps(list(environments))}", 'package_root = "source"', ""]
    tables = {"env_run_base": shared, **{f'env."{name}"': values for name, values in environments.items()}}
    for table, values in tables.items():
        lines += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in values.items()), ""]
    (folder / "tox.toml").write_text("\n".join(lines), encoding="utf-8")


def _toml(value: object) -> str:
    """Strings and lists of strings are written in TOML as in JSON; tables are not."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(text)}" for key, text in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _tox_commands(machine: Machine) -> dict[str, list[str]]:
    tox = [str(machine.tools / "tox"), "run-parallel", "--parallel", str(machine.jobs), "--parallel-no-spinner"]
    tox += ["--result-json", "tox-result.json"]
    return {"cold": tox, "warm": [*tox, "--skip-pkg-install"]}


def _count_tox(folder: Path, _output: str) -> int:
    result = json.loads((folder / "tox-result.json").read_text(encoding="utf-8"))
    said = [step["output"] + step["err"] for one in result["testenvs"].values() for step in one.get("test", ())]
    return sum(map(count_outcomes, said))


def loop_of(profiles: Sequence[str], *, junit: bool = False) -> Callable[[Suite, Machine, Path], None]:
    """A file with one shell command for each run in a ready environment, which may have pytest write its results."""

    def write(suite: Suite, machine: Machine, folder: Path) -> None:
        variables = [f"{name}={value}" for name, value in suite.variables.items()]
        commands = {
            f"loop-{python}-{profile}.log": shlex.join(
                [
                    *("env", *variables, str(suite.ready[python]), *suite.words(profile)),
                    *([f"--junitxml={folder}/{python}-{profile}.xml"] if junit and suite.tool == "pytest" else ()),
                ]
            )
            for python in machine.pythons
            for profile in profiles
        }
        place = shlex.quote(str(folder / "source" / suite.cwd))
        # Each into a file of its own: what two at once write into one cannot be read.
        words = [f"cd {place} && {one} >{shlex.quote(str(folder / log))} 2>&1\0" for log, one in commands.items()]
        (folder / "loop.txt").write_text("".join(words), encoding="utf-8")

    return write


def _loop_commands(jobs: int) -> Callable[[Machine], dict[str, list[str]]]:
    words = ["xargs", "--null", "--arg-file=loop.txt", "-I{}", f"--max-procs={jobs}", "sh", "-c", "{}"]
    return lambda _machine: {"warm": words}


def _count_output(_folder: Path, output: str) -> int:
    return count_outcomes(output)


def _count_logs(folder: Path, _output: str) -> int:
    return sum(count_outcomes(log.read_text(encoding="utf-8", errors="replace")) for log in folder.glob("loop-*.log"))


_PYTEST_END = re.compile(r"(?m)^(?:=+ )?((?:\d+ [a-z]+, )*\d+ [a-z]+) in \d[\d.]*s")
_UNITTEST_END = re.compile(r"(?m)^Ran (\d+) tests? in ")
_OUTCOME = re.compile(r"(\d+) (?:passed|failed|errors?|skipped|xfailed|xpassed)\b")


def count_outcomes(output: str) -> int:
    """Tests that pytest and unittest counted at their ends; pytest counts one twice whose clean-up alone fails."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", output).replace("\r", "")
    of_pytest = sum(int(number) for line in _PYTEST_END.findall(plain) for number in _OUTCOME.findall(line))
    return of_pytest + sum(map(int, _UNITTEST_END.findall(plain)))


def contestants(jobs: int) -> tuple[Contestant, ...]:
    """All of them; the first is the one whose ratios are asked for."""
    return (
        Contestant(
            name="forewarn",
            write=same_work,
            commands=_forewarn_commands,
            leftovers=(".nox", ".forewarn", CACHE),
            variables={"PYTHONPATH": str(ROOT)},
            count=_count_report,
        ),
        Contestant(name="nox", write=_noxfile, commands=_nox_commands, leftovers=(".nox",), count=_count_output),
        Contestant(name="tox -p", write=_tox, commands=_tox_commands, leftovers=(".tox",), count=_count_tox),
        Contestant(name="loop, plain", write=loop_of(("plain",)), commands=_loop_commands(1), count=_count_logs),
        Contestant(
            name="loop, plain, parallel", write=loop_of(("plain",)), commands=_loop_commands(jobs), count=_count_logs
        ),
        Contestant(
            name="loop, plain, parallel, junit.xml",
            write=loop_of(("plain",), junit=True),
            commands=_loop_commands(jobs),
            count=_count_logs,
        ),
        Contestant(
            name="loop, both, parallel", write=loop_of(PROFILES), commands=_loop_commands(jobs), count=_count_logs
        ),
        Contestant(
            name="forewarn, default limits",
            write=defaults,
            commands=lambda machine: {"warm": _forewarn_commands(machine)["warm"]},
            variables={"PYTHONPATH": str(ROOT)},
            count=_count_report,
        ),
    )


def clear(contestant: Contestant, folder: Path) -> None:
    """Remove the environments and whatever else a run left."""
    for name in contestant.leftovers:
        shutil.rmtree(folder / name, ignore_errors=True)


def variables(machine: Machine) -> dict[str, str]:
    """The environment that every contestant is started with."""
    # Without a cache of bytecode every process would compile all that it imports.
    dropped = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "FOREWARN_INTERPRETERS")
    inherited = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **inherited,
        "PATH": os.pathsep.join((str(machine.path), str(machine.tools), inherited.get("PATH", ""))),
        "UV": machine.uv,
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
    }
