"""The side by side of whole matrices: what each contestant is given, what is counted, how the table is made."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from runner.config import read_matrix
from runner.plan import plan

BENCH = Path(__file__).resolve().parents[3] / "bench"
sys.path.insert(0, str(BENCH))

import matrix as bench  # noqa: E402 - bench/ is no package; its programs find each other beside themselves
import matrix_contestants  # noqa: E402
import matrix_table  # noqa: E402
from matrix_suites import Suite  # noqa: E402
from usage import Usage  # noqa: E402

SUITE = """
import unittest
class Tests(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.fail()
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    source = tmp_path / "source"
    source.mkdir()
    (source / "test_it.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "constraints.txt").touch()
    return Suite(
        name="small",
        source=source,
        build=False,
        requirements=("pytest==9.0",),
        constraints=tmp_path / "constraints.txt",
        tool="unittest",
        arguments=("test_it",),
        cwd=".",
        variables={"NAME": 'a "quoted" word'},
        ready={"3.12": Path(sys.executable), "3.13": Path(sys.executable)},
    )


@pytest.fixture
def machine(tmp_path: Path) -> matrix_contestants.Machine:
    return matrix_contestants.Machine(
        pythons={"3.12": "/p/python3.12", "3.13": "/p/python3.13"},
        python=sys.executable,
        tools=tmp_path / "tools",
        path=tmp_path / "bin",
        uv="uv",
        jobs=2,
    )


def test_forewarn_is_given_each_interpreter_plainly_and_strictly(
    suite: Suite, machine: matrix_contestants.Machine, tmp_path: Path
) -> None:
    matrix_contestants.same_work(suite, machine, tmp_path)
    matrix = read_matrix(tmp_path / "matrix.yaml")
    assert [cell.id for cell in plan(matrix)] == ["3.12-plain", "3.12-strict", "3.13-plain", "3.13-strict"]
    assert matrix.limits.confirm is None
    assert matrix.limits.upgrades is None
    matrix_contestants.defaults(suite, machine, tmp_path)
    assert read_matrix(tmp_path / "matrix.yaml").limits.confirm


def test_tox_is_given_the_same(suite: Suite, machine: matrix_contestants.Machine, tmp_path: Path) -> None:
    tox, *_ = (one for one in matrix_contestants.contestants(2) if one.name == "tox -p")
    tox.write(suite, machine, tmp_path)
    written = tomllib.loads((tmp_path / "tox.toml").read_text(encoding="utf-8"))
    assert written["env_list"] == ["3.12-plain", "3.12-strict", "3.13-plain", "3.13-strict"]
    assert written["env_run_base"]["set_env"] == dict(suite.variables)
    assert written["env_run_base"]["deps"] == ["pytest==9.0", f"-c{suite.constraints}"]
    filters = ["-W", "error::DeprecationWarning", "-W", "error::PendingDeprecationWarning"]
    assert written["env"]["3.12-plain"]["commands"] == [["python", "-m", "unittest", "test_it"]]
    assert written["env"]["3.12-strict"]["commands"] == [["python", *filters, "-m", "unittest", "test_it"]]


def test_nox_is_given_the_same(suite: Suite, machine: matrix_contestants.Machine, tmp_path: Path) -> None:
    import nox

    one, *_ = (one for one in matrix_contestants.contestants(2) if one.name == "nox")
    one.write(suite, machine, tmp_path)
    text = (tmp_path / "noxfile.py").read_text(encoding="utf-8")
    found: dict[str, object] = {}
    before = nox.registry._REGISTRY.copy()
    backend = nox.options.default_venv_backend
    try:
        exec(compile(text, "noxfile.py", "exec"), found)  # noqa: S102 - what was just written
    finally:
        nox.registry._REGISTRY.clear()
        nox.registry._REGISTRY.update(before)
        nox.options.default_venv_backend = backend
    assert found["tests"].python == ["3.12", "3.13"]  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_run_is_measured_and_its_tests_are_counted(
    suite: Suite, machine: matrix_contestants.Machine, tmp_path: Path
) -> None:
    loop, *_ = (one for one in matrix_contestants.contestants(2) if one.name == "loop, both, parallel")
    runs = bench.Bench(machine, tmp_path / "contest")
    runs.enter(loop, suite)
    runs.measure(loop, suite)
    assert runs.tests == {("small", loop.name): 8}
    [cost] = runs.medians().values()
    assert cost.cpu > 0
    assert cost.wall > 0


@pytest.mark.parametrize(
    ("output", "tests"),
    [
        ("== 3 failed, 48 passed, 2 skipped, 1 xfailed, 7 warnings, 1 error in 1.20s (0:00:01) ==\n", 55),
        ("51 passed in 0.71s\nnext\n22 failed, 16 passed, 13 errors in 0.50s\n", 102),
        ("\x1b[32m\x1b[1m4 passed\x1b[0m\x1b[32m in 0.01s\x1b[0m\r\n", 4),
        ("Ran 793 tests in 0.8s\n\nFAILED (failures=2)\nRan 1 test in 0s\n", 794),
        ("4 passed, they said\nthere were 3 passed in all\n", 0),
        ("no tests ran in 0.01s\n", 0),
    ],
)
def test_what_a_test_tool_says_at_its_end_is_counted(output: str, tests: int) -> None:
    assert matrix_contestants.count_outcomes(output) == tests


def test_goals_are_met_or_missed_by_what_they_are_missed() -> None:
    walls = {
        ("forewarn", "cold"): 4.0,
        ("forewarn", "warm"): 3.0,
        ("nox", "cold"): 10.0,
        ("tox -p", "cold"): 4.0,
        ("loop, plain", "warm"): 4.0,
    }
    costs = {
        (suite, contestant, state): Usage(wall=wall, cpu=2 * wall)
        for (contestant, state), wall in walls.items()
        for suite in ("one", "two")
    }
    _, _, *rows = matrix_table.goals(costs, [0.5, 3.0, 0.4], 2)
    ends = [row.split(" | ")[1:] for row in rows]
    assert ends == [
        ["0.40", "0.40", "0.50", "met |"],
        ["1.00", "1.00", "0.80", "missed by 25 % |"],
        ["1.50", "0.75", "1.15", "missed by 30 % |"],
        ["0.50 s", "| 1.00 s", "met |"],
    ]


def test_who_ran_fewer_tests_is_named() -> None:
    tests = {("one", name): 204 for name in matrix_table.EQUALS}
    assert matrix_table.is_alike(tests)
    assert "one: 204" in matrix_table.counts(tests, ["one"])[0]
    tests["one", "nox"] = 102
    assert not matrix_table.is_alike(tests)
    assert "nox 102" in matrix_table.counts(tests, ["one"])[0]
    assert not matrix_table.is_alike(dict.fromkeys(tests, 0))
