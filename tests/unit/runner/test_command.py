"""The words and variables that start a suite."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner import model
from runner.command import Command, suite_command
from runner.plan import forecast_profile
from runner.workspace import Workspace

Make = Callable[..., model.Matrix]
PYTHON = Path("/envs/3.12/bin/python")
FOLDER = Path("/results/cells/3.12-strict")


def command(matrix: model.Matrix, cell: model.Cell, *extra: str, **inherited: str) -> Command:
    return suite_command(
        matrix,
        cell,
        python=PYTHON,
        place=Workspace(target=Path("/target")),
        folder=FOLDER,
        inherited=inherited,
        extra=extra,
    )


def run_by(tool: str, *arguments: str, **more: object) -> model.Test:
    return model.Test(tool=model.TestTool(tool), arguments=arguments, **more)  # type: ignore[arg-type] # table


def test_pytest_gets_our_options_behind_the_users(matrix: Make, cell: model.Cell) -> None:
    made = command(matrix(test=run_by("pytest", "tests", "-x", "-W", "ignore")), cell, "-k", "name")
    words = made.words
    assert words[:5] == (str(PYTHON), "-m", "pytest", "-p", "forewarn_probe.pytest_plugin")
    assert words[5:11] == ("tests", "-x", "-W", "ignore", "-k", "name")
    assert words[11:15] == ("-W", "error::DeprecationWarning", "-W", "error::pytest.PytestWarning")
    assert f"--junitxml={FOLDER / 'junit.xml'}" in words
    assert words[-2:] == ("--continue-on-collection-errors", "--maxfail=0")


def test_unittest_gets_builtin_filters_from_the_interpreter_and_others_from_the_probe(
    matrix: Make, cell: model.Cell
) -> None:
    words = command(matrix(test=run_by("unittest", "discover", "-v")), cell).words
    assert words == (
        *(str(PYTHON), "-W", "error::DeprecationWarning", "-m", "forewarn_probe.unittest_main"),
        *("--junit", str(FOLDER / "junit.xml"), "--filter", "error::pytest.PytestWarning", "--", "discover", "-v"),
    )


@pytest.mark.parametrize(
    ("filters", "interpreter", "probe"),
    [
        pytest.param((), (), (), id="none"),
        pytest.param(("error", "ignore::ImportWarning"), ("error", "ignore::ImportWarning"), (), id="builtin"),
        pytest.param(("error::a.B",), (), ("error::a.B",), id="dotted"),
        pytest.param(("error", "ignore::a.B"), ("error",), ("ignore::a.B",), id="builtin, then dotted"),
        pytest.param(("error::a.B", "ignore"), (), ("error::a.B", "ignore"), id="dotted, then builtin"),
        pytest.param(
            ("error", "error::a.B", "ignore"), ("error",), ("error::a.B", "ignore"), id="from the first dotted one on"
        ),
    ],
)
def test_unittest_filters_keep_their_order(
    matrix: Make, filters: tuple[str, ...], interpreter: tuple[str, ...], probe: tuple[str, ...]
) -> None:
    cell = model.Cell(python=model.Python(major=3, minor=12), profile=model.Profile(name="x", filters=filters))
    words = command(matrix(test=run_by("unittest")), cell).words
    start, end = words.index("-m"), words.index("--")
    assert words[1:start] == tuple(word for text in interpreter for word in ("-W", text))
    assert words[start + 4 : end] == tuple(word for text in probe for word in ("--filter", text))


def test_a_plain_profile_has_no_filter_anywhere(matrix: Make) -> None:
    cell = model.Cell(python=model.Python(major=3, minor=12), profile=model.Profile(name="plain"))
    for tool in ("pytest", "unittest", "command"):
        made = command(matrix(test=run_by(tool, "{junit}")), cell, PYTHONWARNINGS="error")
        assert "-W" not in made.words
        assert "--filter" not in made.words
        assert made.changes["PYTHONWARNINGS"] is None


def test_the_environments_own_programs_come_first(matrix: Make, cell: model.Cell) -> None:
    assert command(matrix(), cell, PATH="/usr/bin").changes["PATH"] == "/envs/3.12/bin:/usr/bin"
    assert command(matrix(), cell).changes["PATH"] == "/envs/3.12/bin"


def test_a_command_gets_its_places_filled_in(matrix: Make, cell: model.Cell) -> None:
    made = command(matrix(test=run_by("command", "{python}", "run.py", "--xml={junit}")), cell)
    assert made.words == (str(PYTHON), "run.py", f"--xml={FOLDER / 'junit.xml'}")
    assert made.changes["PYTHONWARNINGS"] == "error::DeprecationWarning,error::pytest.PytestWarning"
    spelled = command(matrix(test=run_by("command", "run", "{warnings}", "{junit}")), cell)
    assert spelled.words[1:5] == ("-W", "error::DeprecationWarning", "-W", "error::pytest.PytestWarning")
    assert "PYTHONWARNINGS" not in spelled.changes


def test_only_cells_with_filters_compile_anew(matrix: Make, cell: model.Cell) -> None:
    plain = model.Cell(python=cell.python, profile=model.Profile(name="plain"))
    assert "PYTHONPYCACHEPREFIX" in command(matrix(), cell).changes
    assert "PYTHONPYCACHEPREFIX" not in command(matrix(), plain).changes


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONWARNINGS", "PYTEST_ADDOPTS", "PYTHONHOME", "UV_PYTHON"])
def test_undeclared_inputs_are_taken_away_and_that_is_recorded(matrix: Make, cell: model.Cell, name: str) -> None:
    made = command(matrix(), cell, **{name: "x", "KEPT": "1"})
    assert made.changes[name] is None
    environment = made.environment({name: "x", "KEPT": "1"})
    assert name not in environment
    assert environment["KEPT"] == "1"


def test_the_environment_of_matrix_yaml_has_the_last_word(matrix: Make, cell: model.Cell) -> None:
    made = command(
        matrix(env=(("PATH", "/mine"), ("GONE", None), ("A", "1")), limits=model.Limits(test=2.5)), cell, GONE="x"
    )
    assert made.environment({"GONE": "x"}) == {
        "PATH": "/mine",
        "A": "1",
        "VIRTUAL_ENV": "/envs/3.12",
        "FOREWARN_EVIDENCE": str(FOLDER),
        "FOREWARN_TEST_LIMIT": "2.5",
        "PYTHONPYCACHEPREFIX": str(FOLDER / "bytecode"),
        "PYTHONHASHSEED": "1",
    }
    own = command(matrix(env=(("PYTHONHASHSEED", "random"),)), cell)
    assert own.environment({"PYTHONHASHSEED": "7"})["PYTHONHASHSEED"] == "random"


def test_the_import_path_and_working_folder_lie_in_the_target(matrix: Make, cell: model.Cell) -> None:
    made = command(matrix(test=run_by("pytest", cwd="sub", pythonpath=("src", "lib"))), cell)
    assert made.cwd == Path("/target/sub")
    assert made.changes["PYTHONPATH"] == "/target/src:/target/lib"


@pytest.mark.parametrize("tool", ["pytest", "unittest"])
def test_a_run_as_if_starts_the_same_tool_through_the_probe(matrix: Make, tool: str) -> None:
    made = matrix(test=run_by(tool, "tests"))
    plain = model.Cell(python=made.base, profile=model.Profile(name="plain"))
    later = model.Cell(python=made.base, profile=forecast_profile(model.Python(major=3, minor=14)))
    usual, as_if = command(made, plain), command(made, later)
    at = usual.words.index("-m")
    told = ("-m", "forewarn_probe.as_if", str(FOLDER / "as-if.json"))
    expected = (*usual.words[:at], *told, *usual.words[at:])
    brief = ("-p", "forewarn_probe.pytest_brief") if tool == "pytest" else ()
    end = next(place for place, word in enumerate((*expected, "--junitxml")) if word.startswith("--junitxml"))
    assert as_if.words == (*expected[:end], *brief, *expected[end:])
    assert as_if.changes["PYTHONPYCACHEPREFIX"] == "/envs/3.12/as-if-bytecode/3.14", (
        "what it compiles is not for others"
    )
    assert "PYTHONUTF8" not in as_if.changes


def test_315_reads_utf_8_by_default(matrix: Make) -> None:
    made = matrix()
    cell = model.Cell(python=made.base, profile=forecast_profile(model.Python(major=3, minor=15)))
    assert command(made, cell).changes["PYTHONUTF8"] == "1"


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        pytest.param({"words": ("/elsewhere/python", "-m", "x", "--junitxml=/a")}, True, id="interpreter's place"),
        pytest.param({"changes": {"A": "/t/src", "PATH": "/other", "TMPDIR": "/e"}}, True, id="variables of places"),
        pytest.param({"changes": {"A": "/t/src", "PYTHONHOME": None}}, True, id="what no suite inherits"),
        pytest.param({"words": ("/python", "-m", "y", "--junitxml=/a")}, False, id="words"),
        pytest.param({"changes": {"A": "/t/lib"}}, False, id="variables"),
        pytest.param({"memory": 1 << 30}, False, id="memory"),
        pytest.param({"changes": {"A": "/t/src", "B": None}}, False, id="a variable that is removed"),
        pytest.param({"changes": {"A": "/t/src", "HOME": "/x"}}, False, id="a variable of matrix.yaml"),
    ],
)
def test_the_digest_of_a_command(changes: dict[str, Any], same: bool) -> None:
    one = Command(words=("/python", "-m", "x", "--junitxml=/a"), cwd=Path("/t"), changes={"A": "/t/src"})
    other = dataclasses.replace(one, **changes)
    digests = {each.digest(target=Path("/t"), folder=Path("/a"), own={"HOME"}) for each in (one, other)}
    assert (len(digests) == 1) is same


def test_the_digest_of_a_command_is_the_same_in_another_folder() -> None:
    one = Command(words=("/python", "--junitxml=/a/é.xml"), cwd=Path("/t"), changes={"A": "/t/src"})
    other = Command(words=("/python", "--junitxml=/b/é.xml"), cwd=Path("/copy"), changes={"A": "/copy/src"})
    there = other.digest(target=Path("/copy"), folder=Path("/b"))
    assert one.digest(target=Path("/t"), folder=Path("/a")) == there
