"""What read_matrix makes of good files, and what it says of bad ones."""

import datetime as dt
from pathlib import Path

import pytest

from runner import model
from runner.config import parse_python, read_matrix
from runner.errors import MatrixError
from runner.model import InstallMode, Matrix, Profile, Python
from runner.releases import read_calendar

TODAY = read_calendar(dt.date(2026, 11, 20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        """
[project]
name = "lib"
version = "1"
requires-python = ">=3.12"
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = ["ruff"]
"""
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "constraints.txt").write_text("pytest<9\n")
    (tmp_path / "requirements.txt").write_text("pytest\n")
    return tmp_path


def read(folder: Path, text: str | bytes) -> Matrix:
    file = folder / "matrix.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_matrix(file, calendar=TODAY)


def faults(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(MatrixError) as caught:
        read(folder, text)
    assert caught.value.exit_code == 2
    start = f"{folder / 'matrix.yaml'}:"
    lines = caught.value.message.splitlines()
    assert all(line.startswith(start) for line in lines)
    return [line.removeprefix(start) for line in lines]


def names(pythons: object) -> list[str]:
    return [str(python) for python in pythons]  # type: ignore[attr-defined]


FULL = """
target: .
install:
  mode: build
  requirements: [pytest>=8]
  requirement-files: [requirements.txt]
  extras: [Test]
  groups: [dev]
  constraints: [constraints.txt, "pytest<9"]
  exclude-newer: 2026-11-01
  unbounded: [pytest==7.4.4]
test:
  pytest: tests -q -k "a b"
  cwd: tests
  pythonpath: [src]
python: [3.10, 3.12, 3.13t, pypy3.11]
optional: [pypy3.11]
interpreters: {3.10: bin/python}
download: true
profiles: {plain: , strict: ["error::pytest.PytestRemovedIn9Warning"]}
variants: {pytest-asyncio: {old: [pytest-asyncio==0.21.2], new: [pytest-asyncio>=1]}}
include: [{python: 3.13t, pytest-asyncio: new}]
exclude: [{python: 3.10, pytest-asyncio: old}, {profile: strict}]
env: {PORT: 8080, VERSION: 3.10, NO: null}
limits: {cell: 2h, test: null}
base: 3.12
next: [3.13t]
ignore: [{tests: "*", category: a.B, message: "x+", reason: known, expires: 2027-10-01}]
gate: {fail-on: {breaks: never, strict-only: any}}
report: {title: 2026}
"""


def test_every_key_of_a_full_file_arrives(folder: Path) -> None:
    matrix = read(folder, FULL)
    assert matrix.target.path == folder
    assert matrix.install.mode is InstallMode.BUILD
    assert matrix.install.requirement_files == ("requirements.txt",)
    assert matrix.install.extras == ("Test",)
    assert matrix.install.constraints == (str(folder / "constraints.txt"), "pytest<9")
    assert matrix.install.exclude_newer == "2026-11-01"
    assert matrix.test.tool is model.TestTool.PYTEST
    assert matrix.test.arguments == ("tests", "-q", "-k", "a b")
    assert (matrix.test.cwd, matrix.test.pythonpath) == ("tests", ("src",))
    assert names(matrix.pythons) == ["3.10", "pypy3.11", "3.12", "3.13t"]
    assert names(matrix.optional) == ["pypy3.11"]
    assert matrix.interpreters == (("3.10", str(folder / "bin/python")),)
    assert matrix.download
    assert matrix.profiles[0] == Profile(name="plain")
    assert matrix.variants[0][1][0] == ("old", ("pytest-asyncio==0.21.2",))
    assert matrix.include == ((("python", "3.13t"), ("pytest-asyncio", "new")),)
    assert matrix.exclude == ((("python", "3.10"), ("pytest-asyncio", "old")), (("profile", "strict"),))
    assert matrix.env == (("PORT", "8080"), ("VERSION", "3.10"), ("NO", None))
    assert (matrix.limits.cell, matrix.limits.test) == (7200.0, None)
    assert (str(matrix.base), names(matrix.next)) == ("3.12", ["3.13t"])
    assert matrix.ignore[0].expires == "2027-10-01"
    assert matrix.gate == {
        "breaks": "never",
        "new-failure": "any",
        "changed-environment": "any",
        "strict-only": "any",
    }
    assert matrix.report == {"title": "2026"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "---\n", "null"], ids=repr)
def test_an_empty_file_gets_the_defaults(folder: Path, text: str) -> None:
    matrix = read(folder, text)
    assert matrix.target.path == folder
    assert names(matrix.pythons) == ["3.12", "3.13", "3.14", "3.15", "3.16"]
    assert names(matrix.optional) == ["3.16"]
    assert (str(matrix.base), names(matrix.next)) == ("3.12", ["3.13", "3.14", "3.15", "3.16"])
    assert [profile.name for profile in matrix.profiles] == ["plain", "strict"]
    assert matrix.gate == {"breaks": "any", "new-failure": "any", "changed-environment": "any"}
    assert (matrix.limits.cell, matrix.limits.test) == (1800.0, None)


def test_without_requires_python_the_supported_releases_are_taken(tmp_path: Path) -> None:
    assert names(read(tmp_path, "").pythons) == ["3.11", "3.12", "3.13", "3.14", "3.15"]


def test_a_byte_order_mark_is_no_fault(folder: Path) -> None:
    assert names(read(folder, b"\xef\xbb\xbfpython: [3.12]").pythons) == ["3.12"]


def test_the_test_tool_is_recognised_where_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import unittest\n")
    assert read(tmp_path, "").test.tool is model.TestTool.UNITTEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[3.10, 3.9]", ["3.9", "3.10"]),
        ("3.10", ["3.10"]),
        ("'>=3.10,<3.13'", ["3.10", "3.11", "3.12"]),
        ("'>=3.14'", ["3.14", "3.15"]),
        ("'>=3.12.2,!=3.14.*'", ["3.12", "3.13", "3.15"]),
        ("==3.12.4", ["3.12"]),
        ("[3.16, 3.17]", ["3.16", "3.17"]),
        ("requires-python", ["3.12", "3.13", "3.14", "3.15", "3.16"]),
    ],
)
def test_pythons_are_chosen_by_list_specifier_or_metadata(folder: Path, text: str, expected: list[str]) -> None:
    assert names(read(folder, f"python: {text}").pythons) == expected


def test_the_release_after_the_last_that_the_target_names_is_not_optional_when_it_is_out(folder: Path) -> None:
    project = folder / "pyproject.toml"
    project.write_text(project.read_text().replace(">=3.12", ">=3.12,<3.15"))
    matrix = read(folder, "python: requires-python")
    assert names(matrix.pythons) == ["3.12", "3.13", "3.14", "3.15"]
    assert not matrix.optional


def test_optional_may_be_a_specifier(folder: Path) -> None:
    assert sorted(names(read(folder, "python: [3.12, 3.14]\noptional: '>=3.14'").optional)) == ["3.14"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("{sdist: Requests==2.32.3}", (None, "Requests==2.32.3", None, None)),
        ("{git: 'https://example.org/a.git', revision: v1}", (None, None, "https://example.org/a.git", "v1")),
    ],
)
def test_targets_that_are_fetched(folder: Path, target: str, expected: tuple[str | None, ...]) -> None:
    found = read(folder, f"target: {target}\npython: [3.12]").target
    assert (found.path, found.sdist, found.git, found.revision) == expected


def test_a_git_folder_is_made_absolute(folder: Path) -> None:
    assert read(folder, "target: {git: tests}").target.git == str(folder / "tests")


def test_an_alias_stands_for_its_value(folder: Path) -> None:
    matrix = read(folder, "python: &all [3.12, 3.13]\noptional: *all\n")
    assert names(matrix.pythons) == ["3.12", "3.13"]
    assert len(matrix.optional) == 2


def test_fail_on_nothing_only_reports(folder: Path) -> None:
    assert read(folder, "gate: {fail-on: nothing}").gate == {}


ONE_FAULT = [
    ("pythn: [3.12]", "1:1: unknown key 'pythn'; did you mean 'python'?"),
    ("install: {requirments: []}", "1:11: install: unknown key 'requirments'; did you mean 'requirements'?"),
    ("zzz: 1", "1:1: unknown key 'zzz'; known here: target, install,"),
    (
        "python: [3.12, three]",
        "1:16: python[1]: expected a Python version such as 3.12, 3.13t or pypy3.11, got 'three'",
    ),
    ("python: [3.1]", "1:10: python[0]: expected Python 3.8 or later, got '3.1'; did you mean '3.10'?"),
    ("python: [3.12, 3.12]", "1:16: python[1]: '3.12' is in the list twice"),
    ("python: []", "1:9: python: expected a list of Python versions"),
    ("python:", "1:8: python: expected a list of Python versions"),
    ("python: {a: b}", "1:9: python: expected a list of Python versions"),
    ("python: '>=4'", "1:9: python: no Python matches '>=4'; the known releases are 3.8 to 3.15"),
    ("python: '>=3.x'", "1:9: python: expected a version specifier"),
    ("python: requires-pyton", "1:9: python: expected versions, a specifier or requires-python"),
    ("python: [3.12]\noptional: [3.13]", "2:12: optional[0]: '3.13' is not declared under 'python', which has 3.12"),
    ("python: [3.12]\noptional: '>3.14'", "2:11: optional: none of the declared Python versions matches '>3.14'"),
    ("python: [3.12]\ninterpreters: {3.13: /x}", "2:16: interpreters.3.13: '3.13' is not declared"),
    ("python: [3.12]\nbase: 3.13", "2:7: base: '3.13' is not declared"),
    ("python: [3.12, 3.13]\nbase: 3.13\nnext: [3.12]", "3:8: next[0]: '3.12' does not come after base, which is 3.13"),
    ("base: 3.13\nbase: 3.12", "2:1: duplicate key 'base'; first at line 1, column 1"),
    ("install: {mode: index}", "1:17: install.mode: 'index' installs a published release"),
    ("install: {mode: buidl}", "1:17: install.mode: expected auto, build, editable, index or none, got 'buidl'; did"),
    ("install: {requirements: ['a>>1']}", "1:26: install.requirements[0]: 'a>>1' is not a requirement"),
    ("install: {exclude-newer: 20261101}", "1:26: install.exclude-newer: expected a date such as 2026-11-01"),
    ("install: {exclude-newer: 2026-02-30}", "1:26: install.exclude-newer: '2026-02-30' is not a date"),
    ("install: {extras: [tset]}", "1:20: install.extras[0]: the target has no extra 'tset'; did you mean 'test'?"),
    ("install: {groups: [x]}", "1:20: install.groups[0]: the target has no dependency group 'x'; it has dev"),
    ("install: {constraints: [no.txt]}", "1:25: install.constraints[0]: there is no file 'no.txt'"),
    ("install: {requirement-files: [no.txt]}", "1:31: install.requirement-files[0]: the target has no file"),
    (
        "test: {pytest: [], unittest: []}",
        "1:7: test: expected exactly one of pytest, unittest, command, got pytest and",
    ),
    ("test: {cwd: tests}", "1:7: test: expected exactly one of pytest, unittest, command, got none of them"),
    ("test: {pytest: [], cwd: nowhere}", "1:25: test.cwd: the target has no folder 'nowhere'"),
    ("test: {pytest: 'a \"'}", "1:16: test.pytest: cannot be split into words as a shell does: no closing quotation"),
    ("test: {command: make}", "1:17: test.command: the command must contain {junit}"),
    ("test: {command: []}", "1:17: test.command: expected a list of arguments, or text with at least one entry"),
    ("target: nowhere", "1:9: target: there is no folder 'nowhere'"),
    ("target: {}", "1:9: target: expected exactly one of path, sdist, git, got none of them"),
    ("target: {path: ., revision: main}", "1:9: target: 'revision' has a meaning only together with 'git'"),
    ("target: {sdist: requests>=2}", "1:17: target.sdist: expected one exact release such as requests==2.32.3"),
    ("target: {git: --upload-pack=x}", "1:15: target.git: expected the URL of a git repository"),
    ("download: yes", "1:11: download: expected true or false, got 'yes'"),
    ("profiles: {strict: [error]}", "1:11: profiles: one profile must have no filters"),
    ("profiles: {}", "1:11: profiles: expected a mapping with at least one entry"),
    ("profiles: {plain: [], a-b: []}", "1:23: profiles.a-b: expected a name of lower-case letters, digits and '_'"),
    ("profiles: {plain: [], s: [eror]}", "1:27: profiles.s[0]: expected error, default, always, all, module, once or"),
    ("variants: {python: {a: []}}", "1:12: variants.python: 'python' is an axis of every matrix"),
    ("variants: {x: {a: [], A: []}}", "1:12: variants.x: two values differ only in upper and lower case"),
    ("variants: {x: {a b: []}}", "1:16: variants.x.'a b': expected a name of letters, digits, '.', '_' and '+'"),
    ("exclude: [{}]", "1:11: exclude[0]: expected a mapping such as {python: '3.15'} with at least one entry"),
    ("exclude: [{profile: strct}]", "1:21: exclude[0].profile: profile has no 'strct'; did you mean 'strict'?"),
    ("exclude: [{python: 3.44}]", "1:20: exclude[0].python: '3.44' is not declared"),
    ("exclude: [{python: x}]", "1:20: exclude[0].python: expected a Python version"),
    (
        "exclude: [{pyhton: x}]",
        "1:12: exclude[0].pyhton: 'pyhton' is not an axis of this matrix; did you mean 'python'?",
    ),
    ("variants: {x: {a: []}}\ninclude: [{x: a}]", "2:11: include[0]: 'python' is missing"),
    ("env: {A: true}", "1:10: env.A: expected a value as text, or null to remove the variable; put true in quotes"),
    ("env: {A: [1]}", "1:10: env.A: expected a value as text, or null to remove the variable, got a list"),
    ('env: {A: "\\0"}', "1:10: env.A: '\\x00' holds a character that no text may have"),
    ('env: {A: "\\uD800"}', "1:10: env.A: '\\ud800' holds a character that no text may have"),
    ("limits: {memory: lots}", "1:18: limits.memory: expected a size such as 500MiB or 2GiB, got"),
    ("limits: {memory: 1MiB}", "1:18: limits.memory: expected a size of at least 32.0 MiB, got '1MiB'"),
    ("limits: {cell: 1d}", "1:16: limits.cell: expected a number of seconds, or a time such as 90s, 30m or 2h"),
    ("limits: {cell: 0}", "1:16: limits.cell: expected a time of more than 0 seconds"),
    ("limits: {cell: .inf}", "1:16: limits.cell: expected a number of seconds"),
    ("ignore: [{tests: a}]", "1:10: ignore[0]: 'reason' is missing"),
    ("ignore: [{reason: a}]", "1:10: ignore[0]: expected at least one of tests, category, message"),
    ("ignore: [{reason: a, message: '('}]", "1:31: ignore[0].message: '(' is not a regular expression: missing )"),
    ("ignore: [{reason: ' ', tests: a}]", "1:19: ignore[0].reason: expected the reason why this is accepted"),
    ("gate: {fail-on: {braeks: any}}", "1:18: gate.fail-on: unknown key 'braeks'; did you mean 'breaks'?"),
    ("gate: {fail-on: {breaks: all}}", "1:26: gate.fail-on.breaks: expected any or never, got 'all'"),
    ("gate: {fail-on: none}", "1:17: gate.fail-on: expected nothing, got 'none'"),
    ("[a]", "1:1: expected a mapping with target, install"),
    (
        "python: >=3.12",
        (
            "1:10: not valid YAML: expected chomping or indentation indicators, but found '=', while "
            "scanning a block scalar; put a text that starts with '>' or '|' in quotes"
        ),
    ),
    ("a: [", "1:5: not valid YAML: "),
    ("a:\n\tb: 1", "2:1: not valid YAML: "),
    ("a: 1\n---\nb: 1", "2:1: not valid YAML: "),
    ('a: "\\UFFFFFFFF"', "1:"),
    ("a: \x07", "1:4: not valid YAML: character"),
    (b"a: 1\nb: \xff", "2:4: not UTF-8 text"),
    ("target: !!python/object:os.system x", "1:9: the tag 'tag:yaml.org,2002:python/object:os.system' is not known"),
    ("report: {<<: {title: a}}", "1:10: merging with '<<' is not supported here"),
    ("? [a]\n: b", "1:3: a key that is not text is not supported here"),
    ("a: *b", "1:4: not valid YAML: found undefined alias 'b'"),
    ("a: &a [*a]", ": a value that contains itself"),
    ("a: " + "[" * 1000, ": not valid YAML: nested more than 20 levels deep"),
    ("a" * 1_000_001, "1:1: the file is larger than 1_000_000 bytes"),
]


@pytest.mark.parametrize(("text", "expected"), ONE_FAULT, ids=[str(text)[:40] for text, _ in ONE_FAULT])
def test_a_fault_has_its_place_and_says_what_is_expected(folder: Path, text: str | bytes, expected: str) -> None:
    first = faults(folder, text)[0]
    assert expected in first if expected.startswith(":") else first.startswith(expected)


def test_all_faults_come_at_once_in_the_order_of_the_file(folder: Path) -> None:
    text = "pythn: 1\ndownload: maybe\npython: [three, 3.12, four]\nlimits: {cell: x}\nexclude: [{profile: no}]\n"
    places = [line.split(": ")[0] for line in faults(folder, text)]
    assert places == ["1:1", "2:11", "3:10", "3:23", "4:16", "5:21"]


def test_very_many_faults_are_cut_short(folder: Path) -> None:
    found = faults(folder, "\n".join(f"zz{number}: 1" for number in range(80)))
    assert len(found) == 51
    assert found[-1] == " and 30 more"


def test_an_alias_bomb_is_refused(folder: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 20_000 values" in faults(folder, "\n".join(levels))[0]


def test_a_missing_file_is_one_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="there is no such file") as caught:
        read_matrix(tmp_path / "matrix.yaml")
    assert caught.value.hint == "run `forewarn init` to write one"


def test_a_folder_instead_of_a_file_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="cannot be read"):
        read_matrix(tmp_path)


@pytest.mark.parametrize("text", ["", "python: requires-python"])
def test_a_computed_requires_python_asks_for_a_list(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\ndynamic = ["requires-python"]\n')
    (found,) = faults(tmp_path, text)
    assert "the target's requires-python is computed when it is built; write a list such as" in found
    assert found.startswith("1:9: python: " if text else "1:1: ")


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ("", "the target declares no requires-python"),
        ('requires-python = "three"', "the target's requires-python 'three' is not a specifier"),
        ('requires-python = ">=4"', "no known Python matches the target's requires-python '>=4'"),
    ],
)
def test_a_requires_python_that_says_nothing_useful(tmp_path: Path, project: str, expected: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "a"\n{project}\n')
    assert expected in faults(tmp_path, "python: requires-python")[0]


def test_a_target_that_is_not_here_has_no_requires_python_yet(tmp_path: Path) -> None:
    found = faults(tmp_path, "target: {sdist: a==1}\npython: requires-python")
    assert "2:9: python: the target is fetched only when its tests run" in found[0]


@pytest.mark.parametrize("name", ["3.8", "3.12", "3.13t", "pypy3.11", "graalpy3.12"])
def test_names_of_interpreters_round_trip(name: str) -> None:
    assert str(parse_python(name)) == name


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("3.12.1", "3.12"),
        ("py312", "3.12"),
        ("python3.12", "3.12"),
        ("3.15-dev", "3.15"),
        ("PyPy3.11", "pypy3.11"),
        ("pypy3.11t", "pypy3.11"),
        ("3.1", "3.10"),
    ],
)
def test_other_spellings_of_an_interpreter_are_understood_in_the_message(text: str, suggestion: str) -> None:
    with pytest.raises(ValueError, match=rf"got '{text}'; did you mean '{suggestion}'\?$"):
        parse_python(text)


@pytest.mark.parametrize("text", ["", "three", "4.0", "3", "3.", "3.99.", "2.7", "3.08", "٣.12", "3.12\n", "3.12t"])
def test_what_is_no_interpreter(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|free-threaded"):
        parse_python(text)


def test_versions_are_ordered_as_numbers() -> None:
    assert parse_python("3.9") < parse_python("3.10") < parse_python("3.13") < parse_python("3.13t")
    assert parse_python("3.12") == Python(major=3, minor=12)


def test_forecast_names_later_versions_that_need_not_be_declared(folder: Path) -> None:
    matrix = read(folder, 'python: ["3.12", "3.13"]\nforecast: ["3.16", "3.14"]\n')
    assert names(matrix.forecast) == ["3.14", "3.16"]
    assert names(read(folder, 'python: ["3.12"]\n').forecast) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('python: ["3.12"]\nforecast: ["3.12"]\n', "2:12: forecast[0]: '3.12' does not come after base, which is 3.12"),
        (
            'python: ["3.12"]\nforecast: ["3.14t"]\n',
            "2:12: forecast[0]: '3.14t' is of another build than base, which is 3.12",
        ),
        ('python: ["3.12"]\nforecast: ["3.14", "3.14"]\n', "2:20: forecast[1]: '3.14' is in the list twice"),
        ('python: ["3.12"]\nforecast: soon\n', "2:11: forecast: expected a list of Python versions"),
        (
            'python: ["3.12"]\nforecast: ["3.14"]\ntest: {command: "run {junit}"}\n',
            "2:11: forecast: a forecast runs pytest or unittest",
        ),
    ],
)
def test_faults_of_forecast(folder: Path, text: str, fault: str) -> None:
    [said] = faults(folder, text)
    assert said.startswith(fault)


def test_knowledge_is_kept_in_the_form_of_the_knowledge_base(folder: Path) -> None:
    text = """
knowledge:
  - id: shop-old
    category: DeprecationWarning
    message-pattern: "^old"
    removal-scheduled-for: "3.16"
"""
    [record] = read(folder, text).knowledge
    assert record == {
        "id": "shop-old",
        "category": "DeprecationWarning",
        "message_pattern": "^old",
        "removal_scheduled_for": "3.16",
    }
    assert faults(folder, 'knowledge: [{id: shop-old, message-pattern: "("}]')[0].startswith(
        "1:45: knowledge[0].message-pattern: "
    )
    assert faults(folder, "knowledge: [{message-pattern: x}]") == ["1:13: knowledge[0]: 'id' is missing"]
