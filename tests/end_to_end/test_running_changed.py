"""``--changed`` runs less and tells the same as a run of everything."""

from __future__ import annotations

import datetime
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from this_python import HERE, INTERPRETER

from runner import model
from runner.cache import Cache
from runner.environment import find_uv
from runner.measure import measure_group
from runner.plan import plan
from runner.record import ResultsFolder
from runner.runs import Run
from runner.suite_log import read_log
from runner.target import prepare
from runner.traces import read_records
from runner.workspace import working_copies

pytestmark = pytest.mark.slow

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
PASSES = "def test_passes():\n    pass\n"
BASE = """
class Base:
    def test_base(self):
        assert self.value

class TestMine(Base):
    value = 1
"""
FILES: Mapping[str, str | None] = {
    "shop.py": "def total(items):\n    return sum(items)\n",
    "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef items():\n    return [1, 2]\n",
    "tests/helpers.py": "def check(value):\n    assert value\n",
    "tests/test_cart.py": "from shop import total\n\ndef test_total(items):\n    assert total(items) == 3\n",
    "tests/test_list.py": "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n):\n    assert n < 2\n",
    "tests/test_warns.py": "import warnings\n\ndef test_old():\n    warnings.warn('old', DeprecationWarning)\n",
    "tests/test_base.py": BASE,
    "tests/test_sub.py": "from test_base import Base\n\nclass TestSub(Base):\n    value = 2\n",
    "tests/test_broken.py": "import no_such_module\n\ndef test_never():\n    pass\n",
    "tests/test_uses.py": "from helpers import check\n\ndef test_check():\n    check(1)\n",
}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment for pytest, and a complete run behind it."""
    folder = tmp_path_factory.mktemp("changed")
    first = measured(folder, FILES, keep=True)
    assert [one["status"] for one in first.values()] == ["complete", "complete"]
    shutil.copytree(folder / "cache", folder / "kept")
    return folder


@pytest.fixture
def folder(once: Path) -> Path:
    """That folder: whatever others have run in it since is forgotten."""
    shutil.rmtree(once / "cache")
    shutil.copytree(once / "kept", once / "cache")
    return once


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """The target with these files and no others."""
    shutil.rmtree(folder / "target", ignore_errors=True)
    for name, text in files.items():
        if text is not None:
            path = folder / "target" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def measured(
    folder: Path, files: Mapping[str, str | None], *, changed: bool = False, keep: bool = False
) -> dict[str, dict[str, Any]]:
    """cell.json of the plain and the strict cell of a target with these files."""
    write(folder, files)
    inherited = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # files of one size are written within one second
    matrix = model.Matrix(
        file=folder / "matrix.yaml",
        target=model.Target(path=folder / "target"),
        install=model.Install(requirements=("pytest",), exclude_newer="2026-11-01", mode=model.InstallMode.NONE),
        test=model.Test(tool=model.TestTool.PYTEST, arguments=("tests", "-q"), pythonpath=(".",)),
        pythons=(HERE,),
        profiles=(model.Profile(name="plain"), model.Profile(name="strict", filters=("error::DeprecationWarning",))),
        base=HERE,
        next=(),
    )
    run = Run(
        matrix=matrix,
        checkout=prepare(matrix.target, folder / "work", inherited, None),
        interpreters={HERE: INTERPRETER},
        results=ResultsFolder(folder / ("changed" if changed else "whole")),
        work=folder / "work",
        inherited=inherited,
        uv=find_uv(os.environ),
        now=lambda: NOW,
        copies=working_copies(folder / "work"),
        changed=changed,
        cache=Cache(folder / "cache") if changed or keep else None,
    )
    records = measure_group(run, plan(matrix), lambda _: None)
    return {record.cell.profile.name: run.results.read_cell(record.cell.id) or {} for record in records}


def evidence(results: Path, profile: str) -> dict[str, Any]:
    """What a cell says of its tests, without times."""
    cell = results / "cells" / f"{HERE}-{profile}"
    log = read_log(cell / "tests.jsonl")
    rows = ElementTree.parse(cell / "junit.xml").iter("testcase") if (cell / "junit.xml").is_file() else ()
    warned = {(record["test"], record.get("message")) for record in read_records(cell / "warnings.jsonl")}
    return {
        "collected": log.collected,
        "outcomes": log.outcomes,
        "messages": log.messages,
        "errors": log.errors,
        "exit": log.exit_status,
        "rows": sorted((row.get("classname"), row.get("name"), sorted(kind.tag for kind in row)) for row in rows),
        "warnings": sorted(warned, key=str),
    }


def compared(folder: Path, files: Mapping[str, str | None]) -> dict[str, Any]:
    """The plain cell.json of a run with ``--changed``, which says the same as a run of everything."""
    less, everything = measured(folder, files, changed=True), measured(folder, files)
    for profile in ("plain", "strict"):
        assert less[profile]["status"] == everything[profile]["status"]
        assert evidence(folder / "changed", profile) == evidence(folder / "whole", profile)
    return less["plain"]


@pytest.mark.parametrize(
    ("edit", "files", "why"),
    [
        pytest.param({"tests/test_list.py": PASSES}, ["tests/test_list.py"], None, id="other tests"),
        pytest.param({"tests/test_list.py": "def"}, ["tests/test_list.py"], None, id="no longer imports"),
        pytest.param({"tests/test_list.py": None}, ["tests/test_list.py"], None, id="gone"),
        pytest.param({"tests/test_a_new.py": PASSES}, ["tests/test_a_new.py"], None, id="new, and first"),
        pytest.param(
            {"tests/test_list.py": None, "tests/test_zz.py": FILES["tests/test_list.py"]},
            ["tests/test_list.py", "tests/test_zz.py"],
            None,
            id="renamed",
        ),
        pytest.param(
            {"tests/test_warns.py": f"{FILES['tests/test_warns.py']}{PASSES}", "tests/test_sub.py": PASSES},
            ["tests/test_sub.py", "tests/test_warns.py"],
            None,
            id="two files",
        ),
        pytest.param({"tests/test_base.py": PASSES}, None, "test_sub.py speaks of test_base", id="imported"),
        pytest.param({"data.csv": "1"}, None, "any test may read", id="a new data file"),
        pytest.param({"tests/a/test_uses.py": PASSES}, None, "of other files", id="new, and in another's way"),
    ],
)
def test_an_edit(folder: Path, edit: dict[str, str | None], files: list[str] | None, why: str | None) -> None:
    record = compared(folder, {**FILES, **edit})
    carried = record["carried"] or {}
    assert (carried.get("files"), record["whole"] is None) == (files, why is None), record["whole"]
    assert (why or "") in (record["whole"] or "")
    if carried:
        log = (folder / "changed" / "cells" / f"{HERE}-plain" / "output.log").read_text(encoding="utf-8")
        assert log.startswith(f"--- {carried['run']} of {carried['run'] + carried['tests']} tests, of ")
        assert carried["from"] == NOW.isoformat(timespec="milliseconds")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*FILES, "tests/test_new.py", "tests/test_other.py", "notes.md"]),
        st.sampled_from([None, PASSES, "def test_fails():\n    assert 0\n", f"import warnings\n{PASSES}", "x ="]),
        min_size=1,
        max_size=3,
    )
)
def test_any_edits(once: Path, edits: dict[str, str | None]) -> None:
    """Each is compared with the last complete run, which may be of an example before."""
    compared(once, {**FILES, **edits})


def test_what_was_carried_over_is_not_kept(folder: Path) -> None:
    """The next run compares with a complete one, however many with ``--changed`` were between."""
    one, two = {**FILES, "tests/test_list.py": PASSES}, {**FILES, "tests/test_sub.py": PASSES}
    assert compared(folder, one)["carried"]["files"] == ["tests/test_list.py"]
    assert compared(folder, two)["carried"]["files"] == ["tests/test_sub.py"]
    assert measured(folder, two, keep=True)["plain"]["carried"] is None
    assert compared(folder, {**two, "tests/test_new.py": PASSES})["carried"]["files"] == ["tests/test_new.py"]
