"""The program that compares forewarn with plain runs: what it asks for, what it reads, what it calls a difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.config import read_matrix

BENCH = Path(__file__).resolve().parents[3] / "bench"
sys.path.insert(0, str(BENCH))

import corpus  # noqa: E402 - bench/ is no package; its programs find each other beside themselves
import corpus_compare  # noqa: E402
import corpus_measure  # noqa: E402
import corpus_package  # noqa: E402
import corpus_table  # noqa: E402
from corpus_compare import Difference, Plain  # noqa: E402

DESCRIPTION = {
    "name": "thing",
    "version": "1.0",
    "sdist": "Thing==1.0",
    "install": "index",
    "exclude_newer": "2022-01-15",
    "requires": ["mock"],
    "unbounded": ["pytest==7.4.4"],
    "command": "pytest tests -o addopts=",
    "timeout": 60,
}


def described(folder: Path, **changes: object) -> corpus_package.Package:
    file = folder / "thing.yaml"
    file.write_text(yaml.safe_dump({**DESCRIPTION, **changes}), encoding="utf-8")
    return corpus_package.read_package(file)


def test_forewarn_reads_the_matrix_as_it_is_meant(tmp_path: Path) -> None:
    package = described(tmp_path, env={"TZ": "UTC"}, cwd="src", pythonpath=["lib"], deselect=["tests/a.py::b"])
    file = tmp_path / "matrix.yaml"
    file.write_text(yaml.safe_dump(package.matrix()), encoding="utf-8")
    matrix = read_matrix(file)
    assert matrix.target.sdist == "Thing==1.0"
    assert (matrix.install.mode.value, matrix.install.exclude_newer) == ("index", "2022-01-15")
    assert (matrix.install.requirements, matrix.install.unbounded) == (("mock",), ("pytest==7.4.4",))
    assert matrix.test.arguments == ("tests", "-o", "addopts=", "--deselect", "tests/a.py::b")
    assert (matrix.test.cwd, matrix.test.pythonpath, matrix.env) == ("src", ("lib",), (("TZ", "UTC"),))
    assert [str(python) for python in matrix.pythons] == list(corpus_package.PYTHONS)
    assert str(matrix.base) == "3.11"
    assert [str(python) for python in matrix.next] == ["3.12", "3.13", "3.14", "3.15"]
    assert [profile.name for profile in matrix.profiles] == ["plain", "strict"]
    assert matrix.limits.cell == 60


def test_what_is_random_gets_a_seed(tmp_path: Path) -> None:
    assert described(tmp_path, unbounded=["hypothesis==6.1"]).arguments[-1] == "--hypothesis-seed=0"
    assert described(tmp_path, unbounded=["hypothesis-jsonschema==1"]).arguments[-1] == "addopts="


def test_only_some_interpreters(tmp_path: Path) -> None:
    package = described(tmp_path, pythons=["3.10", "3.9"])
    assert package.matrix()["python"] == ["3.9", "3.10"]
    assert package.matrix(["3.10", "3.15"])["base"] == "3.10"


@pytest.mark.parametrize(
    "changes",
    [{"command": "nosetests"}, {"command": "unittest tests", "deselect": ["x"]}, {"requres": []}],
    ids=["tool", "deselect", "key"],
)
def test_what_forewarn_would_not_be_told_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"thing\.yaml"):
        described(tmp_path, **changes)


def plain(tmp_path: Path, tool: str, rows: list[list[str | None]]) -> Plain:
    file = tmp_path / "witness.json"
    file.write_text(json.dumps({"tool": tool, "rows": rows}), encoding="ascii")
    return corpus_compare.read_plain(file)


def test_a_test_is_as_bad_as_its_worst_phase(tmp_path: Path) -> None:
    found = plain(
        tmp_path,
        "pytest",
        [
            ["a.py::one", "call", "passed"],
            ["a.py::one", "teardown", "error"],
            ["a.py::two", "call", "xpassed"],
            ["b.py", "collect", "error"],
            ["c/__init__.py", "collect", "skipped"],
        ],
    )
    assert found.tests == {"a.py::one": "error", "a.py::two": "xpassed"}
    assert [found.of(test) for test in ("b.py::x", "c/d.py::x", "bb.py::x")] == ["error", "skipped", "missing"]


def test_unittest_events_become_outcomes(tmp_path: Path) -> None:
    case = "m.Case"
    found = plain(
        tmp_path,
        "unittest",
        [
            ["m.Case.a", case, "start"],
            ["m.Case.a", case, "success"],
            ["m.Case.a", case, "stop"],
            ["m.Case.a", case, "start"],
            ["m.Case.a", case, "error"],
            ["m.Case.a", case, "stop"],
            ["m.Case.b", case, "start"],
            ["m.Case.b", case, "stop"],
            ["m.Case.c", case, "skip"],
            ["m.Case.d", case, "start"],
            ["m.Case.d", case, "unexpected success"],
            ["m.Case.d", case, "stop"],
            ["unittest.loader._FailedTest.p.gone", "unittest.loader._FailedTest", "start"],
            ["unittest.loader._FailedTest.p.gone", "unittest.loader._FailedTest", "error"],
            ["setUpClass (m.Other)", "unittest.suite._ErrorHolder", "error"],
            ["tearDownClass (m.Case)", "unittest.suite._ErrorHolder", "error"],
        ],
    )
    assert found.tests == {
        "m.Case.a": "passed",
        "m.Case.a (2)": "error",
        "m.Case.b": "passed",
        "m.Case.c": "skipped",
        "m.Case.d": "failed",
    }
    assert found.blocks == {"p.gone": "error", "m.Other": "error", "m.Case.tearDownClass": "error"}
    assert (found.of("m.Other.x"), found.of("m.Otherwise.x")) == ("error", "missing")


def test_every_kind_of_difference_is_found() -> None:
    run = Plain(
        tool="pytest",
        tests={"a.py::same": "passed", "a.py::other": "failed", "a.py::unseen": "passed"},
        blocks={"b.py": "error", "c.py": "error"},
    )
    reported = {"a.py::same": "passed", "a.py::other": "passed", "a.py::invented": "passed", "b.py::x": "error"}
    found = {one.test: (one.forewarn, one.plain) for one in corpus_compare.differences(reported, run)}
    assert found == {
        "a.py::other": ("passed", "failed"),
        "a.py::unseen": ("not in the report", "passed"),
        "a.py::invented": ("passed", "missing"),
        "c.py": ("not in the report", "error"),
    }


def test_a_second_plain_run_tells_unstable_tests() -> None:
    again = Plain(tool="pytest", tests={"a": "passed", "b": "failed"}, blocks={})
    found = [Difference(test=test, forewarn="passed", plain="failed") for test in ("a", "b")]
    settled = corpus_compare.settle(found, again)
    assert [one.is_unstable for one in settled] == [True, False]
    third = Plain(tool="pytest", tests={"a": "failed", "b": "passed"}, blocks={})
    assert [one.again for one in corpus_compare.settle(settled, third)] == ["passed", "passed"]
    assert not found[0].is_unstable


SUITE = """
import unittest

class Tests(unittest.TestCase):
    def test_pass(self): pass
    def test_fail(self): self.fail()
    def test_skip(self): self.skipTest("no")
    @unittest.expectedFailure
    def test_xfail(self): self.fail()
    @unittest.expectedFailure
    def test_xpass(self): pass
    def test_sub(self):
        for i in range(2):
            with self.subTest(i=i):
                self.assertEqual(i, 0)

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError
    def test_never(self): pass
"""


@pytest.mark.parametrize("tool", ["pytest", "unittest"])
def test_the_witnesses_in_a_real_run(tmp_path: Path, tool: str) -> None:
    (tmp_path / "test_it.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "test_gone.py").write_text("import no_such_module\n", encoding="utf-8")
    output = tmp_path / "out.json"
    package = described(tmp_path, command="pytest ." if tool == "pytest" else "unittest test_it test_gone")
    command = corpus_measure.plain_command(package, Path(sys.executable), output)
    variables = {**os.environ, "PYTHONPATH": str(BENCH), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    code = subprocess.run(command, cwd=tmp_path, env=variables, check=False, capture_output=True).returncode
    assert code == 1
    found = corpus_compare.read_plain(output)
    shown = {test.replace("::", ".").rpartition("Tests.")[2]: outcome for test, outcome in found.tests.items()}
    outcomes = {name: shown[name] for name in ("test_pass", "test_fail", "test_skip", "test_xfail", "test_xpass")}
    assert outcomes == {
        "test_pass": "passed",
        "test_fail": "failed",
        "test_skip": "skipped",
        "test_xfail": "xfailed",
        "test_xpass": "failed",
    }
    assert shown["test_sub"] == "failed"
    gone, never = (
        ("test_gone.py", "test_it.py::Broken::test_never")
        if tool == "pytest"
        else (
            "test_gone",
            "test_it.Broken.test_never",
        )
    )
    assert found.blocks[gone] == "error"
    assert found.of(never) == "error"


RESULT = corpus_measure.PackageResult(
    name="thing",
    version="1.0",
    tool="pytest",
    tests=1200,
    seconds=30.0,
    cells=(
        corpus_measure.CellResult(
            python="3.11",
            version="3.11.7",
            status="complete",
            reason=None,
            plain="ended with 1",
            compared=1200,
            counts={"passed": 1199, "failed": 1},
            differences=(
                Difference(test="a", forewarn="passed", plain="failed", again="failed"),
                Difference(test="b|c", forewarn="passed", plain="failed", again="passed"),
            ),
            seconds=2.0,
            plain_seconds=1.5,
        ),
        corpus_measure.CellResult(
            python="3.15", version=None, status="failed-to-install", reason="no wheel", plain=None
        ),
    ),
)


def test_the_tables_hide_nothing() -> None:
    text = corpus_table.markdown([RESULT])
    assert "1 packages with 1,200 tests, 1 of 2 cells measured. 1,200 outcomes compared" in text
    assert "**1 differences**, and 1 in tests whose plain runs differ from each other." in text
    assert "| thing 1.0 | pytest | 1,200 | 1 of 2 | 1,200 | 1 (+ 1 unstable) | 2.0 | 1.5 |" in text
    assert "| thing | 1 | – |" in text
    assert "| thing | 3.15 | failed-to-install | no wheel | nothing to run |" in text
    assert "| thing | 3.11 | `b\\|c` | passed | failed | differs from itself: passed |" in text
    assert corpus_table.details(RESULT) == [
        "  3.15: failed-to-install: no wheel; plain run: none",
        "  3.11: a: report.json passed, plain failed",
        "  3.11: b|c: report.json passed, plain failed (differs from itself: then passed)",
    ]


def test_what_stands_above_the_marker_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "corpus.md"
    file.write_text(f"# Mine\n\n{corpus_table.MARKER}\nstale\n", encoding="utf-8")
    corpus._write(file, [RESULT])
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\n{corpus_table.MARKER}\n1 packages")
    assert "stale" not in text


def test_a_result_survives_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = described(tmp_path)
    monkeypatch.setattr(corpus, "measure", lambda *_: RESULT)
    words = [str(tmp_path), "--work", str(tmp_path / "work"), "--output", str(tmp_path / "out.json")]
    assert corpus.main(words) == 1
    monkeypatch.setattr(corpus, "measure", None)
    assert corpus.main([*words, "--resume"]) == 1
    assert corpus._read(tmp_path / "work" / package.name / "result.json") == RESULT
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))[0]["tests"] == 1200


def test_a_package_that_does_not_exist_is_bad_usage(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--only", "nothing"]) == 2


def test_folders_and_addresses_stay_here(tmp_path: Path) -> None:
    text = f"error: in {tmp_path}/x\n  from https://example.org/simple/y"
    assert corpus_measure._presentable(text, tmp_path) == "error: in ./x from (address)"
