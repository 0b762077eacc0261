"""Which cells are taken from the cache: those of which nothing has changed that their outcome depends on."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from this_python import HERE, INTERPRETER
from tiny_run import NOW, PROFILES, SUITE, tiny_run

from runner import cache_key, model, reuse
from runner.cache import Cache
from runner.measure import measure_group
from runner.plan import plan
from runner.runs import Run

pytestmark = pytest.mark.slow
PLAIN = f"{HERE}-plain"
STRICT = f"{HERE}-strict"
BOTH = [PLAIN, STRICT]
INSTALL = model.Install(requirement_files=("requirements.txt",), exclude_newer="2026-11-01")
TEST = model.Test(tool=model.TestTool.UNITTEST, arguments=("-v", "test_a"))


FILES = {
    "test_a.py": SUITE,
    "run.sh": "",
    "data/table.csv": "1,2",
    "requirements.txt": "-r more.txt\n",
    "more.txt": "-c limits.txt\n",
    "limits.txt": "pytest<99\n",
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a run of both cells came to its end; the interpreter is reached by a link."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "python").symlink_to(INTERPRETER.executable)
    for name, text in FILES.items():
        (folder / "target" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "target" / name).write_text(text, encoding="utf-8")
    run = again(folder)
    records = measure_group(run, plan(run.matrix), lambda _: None)
    assert [record.status for record in records] == ["complete", "complete"]
    return folder


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Iterator[Path]:
    """That folder, for a test that changes something in it; the cache is a copy."""
    kept = shutil.copytree(measured, tmp_path / "kept", symlinks=True)
    yield measured
    shutil.rmtree(measured)
    shutil.copytree(kept, measured, symlinks=True)


def again(folder: Path, *, found: model.Interpreter | None = None, **changes: Any) -> Run:
    """The run, as a later process would have it; keyword arguments replace fields of the matrix."""

    def make(**fields: Any) -> model.Matrix:
        return model.Matrix(file=folder / "matrix.yaml", **fields)

    here = found or dataclasses.replace(INTERPRETER, executable=str(folder / "python"))
    run = tiny_run(folder, make, here, **{"install": INSTALL, **changes})
    return dataclasses.replace(run, cache=Cache(folder / "cache"))


def taken(run: Run) -> list[str]:
    """The ids of the cells that need not run."""
    cells = plan(run.matrix)
    for cell in cells:
        shutil.rmtree(run.results.cell_folder(cell), ignore_errors=True)
    found = [one.cell.id for one in reuse.take(run, cells)]
    assert found == [cell.id for cell in cells if run.results.read_cell(cell.id) is not None]
    return found


def test_evidence_is_as_it_was_and_says_so(folder: Path) -> None:
    run = again(folder)
    before = {cell.id: _evidence(run, cell) for cell in plan(run.matrix)}
    assert taken(run) == BOTH
    for cell in plan(run.matrix):
        files = _evidence(run, cell)
        first, record = json.loads(before[cell.id].pop("cell.json")), json.loads(files.pop("cell.json"))
        assert files == before[cell.id]
        assert record == {**first, "cached_from": first["started"]}
        assert first["cached_from"] is None


def _evidence(run: Run, cell: model.Cell) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.results.cell_folder(cell).iterdir()}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, BOTH, id="nothing"),
        pytest.param({"ignore": (model.Ignore(reason="known", tests="*"),)}, BOTH, id="what the report ignores"),
        pytest.param({"gate": {"breaks": "never"}}, BOTH, id="the gate"),
        pytest.param({"report": {"title": "A"}}, BOTH, id="the report"),
        pytest.param({"optional": frozenset({HERE})}, BOTH, id="whether it may be absent"),
        pytest.param({"knowledge": ({"id": "a"},)}, BOTH, id="knowledge, in cells that are not told"),
        pytest.param({"test": dataclasses.replace(TEST, arguments=("test_a",))}, [], id="arguments"),
        pytest.param({"test": dataclasses.replace(TEST, cwd="data")}, [], id="working folder"),
        pytest.param({"test": dataclasses.replace(TEST, pythonpath=("data",))}, [], id="import path"),
        pytest.param({"test": model.Test(tool=model.TestTool.PYTEST, arguments=TEST.arguments)}, [], id="tool"),
        pytest.param({"env": (("A", "1"),)}, [], id="a variable"),
        pytest.param({"env": (("A", None),)}, [], id="a variable that is removed"),
        pytest.param({"limits": model.Limits(test=60)}, [], id="limit of a test"),
        pytest.param({"limits": model.Limits(cell=60)}, [], id="limit of a cell"),
        pytest.param({"limits": model.Limits(upgrades=0)}, [], id="limit of looking for upgrades"),
        pytest.param({"profiles": (PROFILES[0], model.Profile(name="strict"))}, [PLAIN], id="filters"),
        pytest.param(
            {"profiles": (PROFILES[0], dataclasses.replace(PROFILES[1], fail_after=True))}, [PLAIN], id="fail after"
        ),
        pytest.param({"install": dataclasses.replace(INSTALL, requirements=("pytest",))}, [], id="a requirement"),
        pytest.param({"install": dataclasses.replace(INSTALL, constraints=("pytest<9",))}, [], id="a constraint"),
        pytest.param({"install": dataclasses.replace(INSTALL, exclude_newer="2026-11-02")}, [], id="the date"),
        pytest.param({"install": dataclasses.replace(INSTALL, unbounded=("pytest",))}, [], id="what has no date"),
        pytest.param({"variants": (("a", (("old", ("pytest<9",)),)),)}, [], id="a variant"),
    ],
)
def test_what_matrix_yaml_changes(measured: Path, changes: dict[str, Any], expected: list[str]) -> None:
    assert taken(again(measured, **changes)) == expected


def edit(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "target" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return change


def new_interpreter(folder: Path) -> None:
    """Another file at the same path that says the same of itself."""
    real = (folder / "python").resolve()
    (folder / "python").unlink()
    shutil.copy(real, folder / "python")


def other_distributions(folder: Path) -> None:
    marker = folder / "work" / "environments" / str(HERE) / "forewarn-environment.json"
    marker.write_text(json.dumps({**json.loads(marker.read_bytes()), "distributions": {"a": "1"}}), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda folder: (folder / "target" / "test_a.py").touch(), BOTH, id="a time stamp"),
        pytest.param(edit("__pycache__/a.pyc", "x"), BOTH, id="bytecode"),
        pytest.param(edit("test_a.py", f"{SUITE}\n"), [], id="a test"),
        pytest.param(edit("data/table.csv", "1,3"), [], id="data"),
        pytest.param(edit("new.txt", ""), [], id="a new file"),
        pytest.param(edit("requirements.txt", ""), [], id="requirements"),
        pytest.param(edit("more.txt", ""), [], id="requirements that requirements name"),
        pytest.param(edit("limits.txt", ""), [], id="constraints that they name"),
        pytest.param(lambda folder: (folder / "target" / "run.sh").unlink(), [], id="a file that is gone"),
        pytest.param(lambda folder: (folder / "target" / "run.sh").chmod(0o755), [], id="a file that can be run"),
        pytest.param(
            lambda folder: (folder / "target" / "data").rename(folder / "target" / "other"), [], id="a folder's name"
        ),
        pytest.param(new_interpreter, [], id="an interpreter that was replaced"),
        pytest.param(other_distributions, [], id="other releases in the environment"),
    ],
)
def test_what_files_change(folder: Path, change: Callable[[Path], object], expected: list[str]) -> None:
    change(folder)
    assert taken(again(folder)) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"ELSE": "1"}, BOTH, id="any"),
        pytest.param({"UV_CACHE_DIR": "/a"}, BOTH, id="where uv keeps what it has"),
        pytest.param({"PYTHONHASHSEED": "0"}, [], id="of Python"),
        pytest.param({"TZ": "Asia/Tokyo"}, [], id="time zone"),
        pytest.param({"LC_ALL": "tr_TR.UTF-8"}, [], id="locale"),
        pytest.param({"UV_DEFAULT_INDEX": "https://example.org"}, [], id="uv's index"),
        pytest.param({"PIP_CONSTRAINT": "/a"}, [], id="pip's constraints"),
    ],
)
def test_what_inherited_variables_change(measured: Path, variables: dict[str, str], expected: list[str]) -> None:
    run = again(measured)
    assert taken(dataclasses.replace(run, inherited={**run.inherited, **variables})) == expected


def test_an_interpreter_of_another_build(measured: Path) -> None:
    here = dataclasses.replace(INTERPRETER, executable=str(measured / "python"))
    assert taken(again(measured, found=here)) == BOTH
    assert taken(again(measured, found=dataclasses.replace(here, build="[another]"))) == []


def test_our_own_source(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_key, "version", lambda: "99")
    assert taken(again(measured)) == []
    monkeypatch.undo()
    monkeypatch.setattr(cache_key, "_own_digest", lambda: "sha256:other")
    assert taken(again(measured)) == []


def test_the_probe_is_our_own_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "runner"
    shutil.copytree(Path(cache_key.__file__).parent, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache_key, "__file__", str(home / "cache_key.py"))
    digest = cache_key._own_digest.__wrapped__
    before = digest()
    assert digest() == before
    for name in ("probe/spy.py", "confirm.py"):
        with (home / name).open("a", encoding="utf-8") as file:
            file.write("#")
        assert digest() != before
        before = digest()


@pytest.mark.parametrize("run_changes", [{"cache": None}, {"reuse": False}], ids=["no cache", "made anew"])
def test_when_nothing_is_taken(measured: Path, run_changes: dict[str, Any]) -> None:
    assert taken(dataclasses.replace(again(measured), **run_changes)) == []


DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("dated", "there", "age", "expected"),
    [
        pytest.param(True, False, 400 * DAY, BOTH, id="releases of a date"),
        pytest.param(False, True, 400 * DAY, BOTH, id="an environment that is there"),
        pytest.param(False, False, DAY, BOTH, id="of yesterday"),
        pytest.param(False, False, DAY + SECOND, [], id="too old"),
        pytest.param(False, False, -SECOND, [], id="of tomorrow"),
    ],
)
def test_how_long_releases_are_the_same(
    folder: Path, dated: bool, there: bool, age: datetime.timedelta, expected: list[str]
) -> None:
    install = INSTALL if dated else dataclasses.replace(INSTALL, exclude_newer=None)
    run = again(folder, install=install)
    if not dated:
        measure_group(run, plan(run.matrix), lambda _: None)
    if not there:
        shutil.rmtree(folder / "work")
    assert taken(dataclasses.replace(run, now=lambda: NOW + age)) == expected


#: Builds without anything else, so that no index is asked.
BACKEND = """
import os, zipfile

def write(folder, name, content):
    file = "beside-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        archive.writestr(name, content)
        archive.writestr("beside-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: beside\\nVersion: 1\\n")
        wheel = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr("beside-1.dist-info/WHEEL", wheel)
        archive.writestr("beside-1.dist-info/RECORD", "")
    return file

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return write(folder, "beside.py", open("beside.py").read())

def build_editable(folder, config_settings=None, metadata_directory=None):
    return write(folder, "beside.pth", os.getcwd())
"""


@pytest.mark.parametrize("editable", [True, False])
def test_a_folder_beside_the_target_that_is_installed(folder: Path, editable: bool) -> None:
    beside = folder / "beside"
    beside.mkdir()
    (beside / "beside.py").write_text("A = 1\n", encoding="utf-8")
    (beside / "backend.py").write_text(BACKEND, encoding="utf-8")
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    project = '[project]\nname = "beside"\nversion = "1"\n'
    (beside / "pyproject.toml").write_text(build + project, encoding="utf-8")
    edit("requirements.txt", f"{'-e ' if editable else ''}{beside}\n")(folder)
    suite = "import unittest, beside\nclass A(unittest.TestCase):\n    def test(self): assert beside.A == 1\n"
    edit("test_a.py", suite)(folder)
    run = again(folder)
    assert [record.exit_status for record in measure_group(run, plan(run.matrix), lambda _: None)] == [0, 0]
    assert taken(again(folder)) == BOTH
    # Of another size: bytecode of the same second and size would count as the source's.
    (beside / "beside.py").write_text("A = 20\n", encoding="utf-8")
    assert taken(again(folder)) == []
    changed = measure_group(again(folder), plan(run.matrix), lambda _: None)
    assert [record.exit_status for record in changed] == [1, 1]
    shutil.rmtree(folder / "work")
    assert taken(again(folder)) == BOTH
    (beside / "beside.py").write_text("A = 1\n", encoding="utf-8")
    assert taken(again(folder)) == []


def test_files_that_change_while_a_cell_runs(folder: Path) -> None:
    edit("test_a.py", f"{SUITE}    def test_writes(self): open('new.txt', 'a').write('x')\n")(folder)
    run = again(folder)
    assert [record.status for record in measure_group(run, plan(run.matrix), lambda _: None)] == ["complete"] * 2
    (folder / "target" / "new.txt").unlink()
    assert taken(again(folder)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"cell": "3.1-plain"}, id="of another cell"),
        pytest.param({"status": "crashed"}, id="not complete"),
        pytest.param({"inputs": {"target": "sha256:0", "environment": "sha256:0"}}, id="of other inputs"),
        pytest.param({"inputs": 3}, id="inputs that are none"),
        pytest.param({"started": "soon"}, id="a time that is none"),
        pytest.param({"started": None}, id="no time"),
    ],
)
def test_an_entry_that_nobody_stores(folder: Path, change: dict[str, Any]) -> None:
    """Somebody has made it, with a digest that is right."""
    run = again(folder)
    cell = plan(run.matrix)[0]
    assert run.cache is not None
    assert taken(run) == BOTH
    record = run.results.cell_folder(cell) / "cell.json"
    record.write_text(json.dumps({**json.loads(record.read_bytes()), "cached_from": None, **change}), encoding="utf-8")
    key = reuse._Known(run).key(cell)
    assert key is not None
    entry = run.cache.get(key)
    assert entry is not None
    assert run.cache.put(key, run.results.cell_folder(cell), entry.facts)
    assert taken(again(folder)) == [STRICT]
    assert run.cache.get(key) is None


def test_an_entry_under_another_key(folder: Path) -> None:
    run = again(folder)
    plain, strict = (reuse._Known(run).key(cell) for cell in plan(run.matrix))
    path = {key: folder / "cache" / str(key)[:2] / f"{key}.cell" for key in (plain, strict)}
    shutil.copy(path[strict], path[plain])
    assert taken(run) == [STRICT]
