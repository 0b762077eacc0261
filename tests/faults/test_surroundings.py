"""The machine is not as one would like it: read-only, oddly named, without a home, with a strange clock."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from project import HEALTHY, Project, Ran, command, environment, in_a_world_where, pair, project  # noqa: F401 - fixtures

from runner.model import Interpreter

pytestmark = pytest.mark.slow

STEADY = "class Middle(unittest.TestCase):\n    def test_middle(self): pass\n"
ALL = ("test_one", "test_two", "test_middle", "test_z_one", "test_z_two")


def all_is_well(ran: Ran) -> None:
    ran.is_told()
    assert ran.code == 0, ran.said
    ran.base_is_intact(*ALL)
    assert ran.verdicts == dict.fromkeys(ALL, "ok")


def test_the_second_of_two_runs_is_refused_and_the_first_is_as_if_alone(project: Project, tmp_path: Path) -> None:
    """The suite of the first run starts the second."""
    again = f"subprocess.run({command('run')!r}, stdout=open({str(tmp_path / 'second')!r}, 'ab'), stderr=2)"
    project.suite(
        "class Middle(unittest.TestCase):\n    def test_middle(self):\n"
        f"        self.assertEqual({again.replace('stderr=2', 'stderr=subprocess.STDOUT')}.returncode, 2)\n",
        env={"PYTHONPATH": os.fspath(Path(__file__).resolve().parents[2])},
    )
    ran = project.run()
    all_is_well(ran)
    second = (tmp_path / "second").read_text(encoding="utf-8")
    assert second.count("another forewarn run is at work") == 2
    assert "Traceback" not in second


def test_two_runs_of_two_folders_into_one_results_folder(project: Project, tmp_path: Path) -> None:
    other = Project(tmp_path / "other", project.base, project.later)
    other.suite(STEADY)
    second = [*command("run"), "--matrix", str(other.folder / "matrix.yaml"), "--results", str(tmp_path / "shared")]
    again = f"subprocess.run({second!r}, stdout=open({str(tmp_path / 'second')!r}, 'ab'), stderr=subprocess.STDOUT)"
    project.suite(
        f"class Middle(unittest.TestCase):\n    def test_middle(self): self.assertEqual({again}.returncode, 2)\n",
        env={"PYTHONPATH": os.fspath(Path(__file__).resolve().parents[2])},
    )
    ran = project.run("--results", str(tmp_path / "shared"))
    assert ran.code == 0, ran.said + (tmp_path / "second").read_text(encoding="utf-8")
    said = (tmp_path / "second").read_text(encoding="utf-8")
    assert said.count("another forewarn run is at work") == 2
    assert "Traceback" not in said


def test_a_clock_that_goes_backwards(project: Project, tmp_path: Path) -> None:
    """Each look at the clock, in every process of ours, is an hour earlier than the one before."""
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(
        "import datetime, time\n"
        "real = time.time\n"
        "def now():\n"
        f"    with open({str(tmp_path / 'looks')!r}, 'ab') as looks:\n"
        "        looks.write(b'.')\n"
        "        return real() - 3600 * looks.tell()\n"
        "class Backwards(datetime.datetime):\n"
        "    @classmethod\n    def now(cls, tz=None): return cls.fromtimestamp(now(), tz)\n"
        "time.time = now\ndatetime.datetime = Backwards\n",
        encoding="utf-8",
    )
    project.suite(STEADY)
    path = os.pathsep.join((str(tmp_path / "clock"), os.fspath(Path(__file__).resolve().parents[2])))
    ran = project.run(env={"PYTHONPATH": path})
    all_is_well(ran)
    run = json.loads((ran.results / "run.json").read_text(encoding="utf-8"))
    assert run["ended"] < run["started"]  # it really went backwards
    for name in (ran.base, ran.later):
        assert all(seconds >= 0 for seconds in ran.cell(f"{name}-plain")["durations"].values())
    assert "-" not in "".join(str(test.get("seconds", "")) for test in ran.report["tests"])


QUOTED = 'it\'s "quoted" `here` $HOME & more; (all)'
NAMES = [
    pytest.param("a folder with  spaces", id="spaces"),
    pytest.param('it\'s "quoted" `here` $HOME & more; (all)', id="quotes"),
    pytest.param("pröjekt-проект-计划-\N{PARTY POPPER}", id="non-ASCII"),
    pytest.param("[brackets] {braces} 100% #hash", id="brackets"),
    pytest.param("n" * 200, id="200 characters"),
]


@pytest.mark.parametrize(
    ("name", "tool"),
    [*(pytest.param(*one.values, "unittest", id=one.id) for one in NAMES), pytest.param(QUOTED, "pytest", id="pytest")],
)
def test_a_path_that_is_oddly_named(pair: tuple[str, str], tmp_path: Path, name: str, tool: str) -> None:
    one = Project(tmp_path / name / name, *pair)
    one.suite(STEADY, tool=tool)
    all_is_well(one.run())


def test_tests_with_names_of_200_characters(project: Project) -> None:
    module, test = "test_" + "m" * 195, "test_" + "t" * 195
    project.write({f"{module}.py": HEALTHY.replace("test_one", test)})
    project.matrix(tool="pytest", test={"pytest": [f"{module}.py"]})
    ran = project.run()
    assert ran.code == 0, ran.said
    assert set(ran.verdicts) == {test, "test_two"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"HOME": None}, id="no HOME"),
        pytest.param({"HOME": "/nonexistent/home"}, id="a HOME that is not there"),
        pytest.param({"LANG": "C", "LC_ALL": "C"}, id="LANG=C"),
        pytest.param({"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, id="only ASCII"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="a terminal of ASCII"),
        pytest.param({"TMPDIR": "/nonexistent/tmp"}, id="a TMPDIR that is not there"),
    ],
)
def test_an_environment_that_lacks_something(
    pair: tuple[str, str],
    interpreters: Mapping[str, Interpreter],
    tmp_path: Path,
    changes: dict[str, str | None],
) -> None:
    one = Project(tmp_path / "pröjekt", *pair)
    one.suite(STEADY)
    # They may be found by the home alone.
    named = os.pathsep.join(f"{python}={interpreters[python].executable}" for python in pair)
    all_is_well(one.run(env={**changes, "FOREWARN_INTERPRETERS": named, "UV_CACHE_DIR": str(tmp_path / "cache")}))


def run_where(project: Project, script: str, *words: str, **changes: str | None) -> Ran:
    """Run forewarn in a world of its own."""
    script = f'set -e\n{script}\nexec "$@"'
    return project.ran(*in_a_world_where(project.folder, script, *command("run", *words), **changes))


def test_a_user_whom_the_machine_does_not_know(project: Project, tmp_path: Path) -> None:
    """As `docker run --user 54321` without a HOME."""
    project.suite(STEADY)
    (tmp_path / "passwd").touch()
    world = f"mount --bind {tmp_path / 'passwd'} /etc/passwd"
    all_is_well(run_where(project, world, HOME=None, UV_CACHE_DIR=str(tmp_path / "cache")))


#: Also for root: the project's folder below the results' and the environments'.
READ_ONLY = "mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"


def test_a_working_copy_that_cannot_be_written(project: Project) -> None:
    project.suite(STEADY)
    ran = run_where(project, READ_ONLY.format(folder=project.folder), "--matrix", f"{project.folder}/matrix.yaml")
    ran.is_told()
    assert ran.code == 2
    assert f"cannot write below {project.folder}" in ran.said
    assert "hint: " in ran.said
    assert {path.name for path in project.folder.iterdir()} == {"matrix.yaml", "test_a.py", "test_m.py", "test_z.py"}


@pytest.mark.parametrize("is_project", [False, True])
def test_a_target_that_cannot_be_written_is_measured_from_a_folder_that_can(
    project: Project, tmp_path: Path, is_project: bool
) -> None:
    project.suite(STEADY)
    if is_project:
        setup = "from setuptools import setup\nsetup(name='x', version='1', py_modules=['x'])\n"
        project.write({"setup.py": setup, "x.py": ""})
    beside = Project(tmp_path / "beside", project.base, project.later)
    beside.matrix(target={"path": str(project.folder)})
    all_is_well(run_where(beside, READ_ONLY.format(folder=project.folder)))
