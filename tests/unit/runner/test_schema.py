"""The JSON Schema of matrix.yaml, compared with the reader, and the matrix as run.json holds it."""

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from runner.config import read_matrix
from runner.errors import MatrixError
from runner.init import starter
from runner.model import Matrix
from runner.releases import read_calendar
from runner.schema import SCHEMA_FILE, describe, matrix_schema, matrix_schema_text

TODAY = read_calendar(dt.date(2026, 11, 20))
SCHEMA = jsonschema.Draft202012Validator(matrix_schema())


class _EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do: dates are strings, ``yes`` is one too."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def reader_accepts(folder: Path, text: str) -> bool:
    (folder / "matrix.yaml").write_text(text)
    try:
        read_matrix(folder / "matrix.yaml", calendar=TODAY)
    except MatrixError:
        return False
    return True


def schema_accepts(text: str) -> bool:
    return bool(SCHEMA.is_valid(yaml.load(text, _EditorLoader)))  # noqa: S506 - a SafeLoader


def test_the_shipped_file_is_what_is_generated() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == matrix_schema_text(), "run: python -m runner.schema"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(matrix_schema())


def _fields(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            found.append((f"{path}.{name}", field))
        for key, value in schema.items():
            found += _fields(value, f"{path}.{key}")
    elif isinstance(schema, list):
        for value in schema:
            found += _fields(value, path)
    return found


def test_every_key_has_a_description_for_the_editor_and_valid_examples() -> None:
    fields = _fields(matrix_schema())
    assert len(fields) > 40
    for path, field in fields:
        assert field["description"].endswith((".", "none")), path
        for example in [*field.get("examples", []), *([field["default"]] if "default" in field else [])]:
            assert jsonschema.Draft202012Validator(field).is_valid(example), (path, example)


GOOD = [
    "{}",
    "target: .",
    "target: {path: .}",
    "target: {sdist: a==1}\npython: [3.12]",
    "target: {git: 'https://example.org/a', revision: main}",
    "install:",
    "install: {mode: editable, requirements: [pytest>=8], exclude-newer: 2026-11-01, constraints: ['pytest<9']}",
    "test: {pytest: -q}",
    "test: {pytest: }",
    "test: {unittest: [discover]}",
    "test: {command: [make, '{junit}']}",
    "python: [3.10, '3.12', 3.13t, pypy3.11]",
    "python: '>=3.12'",
    "python: 3.12",
    "python: [3.12, 3.13]\noptional: ['3.13']\nbase: 3.12\nnext: [3.13]\ninterpreters: {3.13: /x}",
    "download: true",
    "profiles: {plain: , strict: [error]}",
    "variants: {x: {a: [pytest], 1.0: []}}\nexclude: [{x: a}]\ninclude: [{x: a, python: '3.12'}]",
    "env: {A: 1, B: null, C: ''}",
    "env: {A: x}",
    "limits: {cell: 30m, test: 1.5}",
    "limits: {cell: null}",
    "ignore: [{tests: a, reason: b}]",
    "gate: {fail-on: nothing}",
    "gate: {fail-on: {breaks: never}}",
    "gate:",
    "report: {title: x}",
]

BAD = [
    "[]",
    "pythn: []",
    "target: {}",
    "target: {path: ., sdist: a==1}",
    "target: {path: ., revision: x}",
    "target: [a]",
    "install: {mode: fast}",
    "install: {requirements: pytest}",
    "install: {requirements: [1]}",
    "install: [a]",
    "test:",
    "test: {}",
    "test: {cwd: .}",
    "test: {pytest: [], unittest: []}",
    "test: {pytest: {a: b}}",
    "test: {command: []}",
    "python: []",
    "python:",
    "python: {a: b}",
    "python: [3.12, [a]]",
    "python: [3.12, three]",
    "python: three",
    "optional: [true]",
    "base: three",
    "interpreters: {three: /x}",
    "download: yes",
    "download: 1",
    "profiles: {}",
    "profiles: {A: []}",
    "profiles: {plain: [], a: error}",
    "variants: {x: {}}",
    "variants: {x: {a b: []}}",
    "variants: {x: {a: pytest}}",
    "exclude: [{}]",
    "exclude: {python: x}",
    "env: {A: true}",
    "env: {A: [1]}",
    "env: {'A=B': x}",
    "env: [A]",
    "limits: {cell: 1d}",
    "limits: {cell: true}",
    "limits: {cel: 1}",
    "ignore: [{tests: a}]",
    "ignore: [{reason: a}]",
    "ignore: [{reason: '', tests: a}]",
    "ignore: [{reason: a, tests: b, expires: tomorrow}]",
    "ignore: [{reason: a, category: 'x y'}]",
    "install: {exclude-newer: 20261101}",
    "install: {extras: ['a b']}",
    "gate: {fail-on: none}",
    "gate: {fail-on: {x: any}}",
    "gate: {fail-on: {breaks: all}}",
    "report: {titel: x}",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_both_accept(tmp_path: Path, text: str) -> None:
    assert reader_accepts(tmp_path, text)
    assert schema_accepts(text)


@pytest.mark.parametrize("text", BAD)
def test_what_both_refuse(tmp_path: Path, text: str) -> None:
    assert not reader_accepts(tmp_path, text)
    assert not schema_accepts(text)


def test_the_starter_is_valid(tmp_path: Path) -> None:
    text = starter(tmp_path, calendar=TODAY)
    assert schema_accepts(text)
    assert reader_accepts(tmp_path, text)


def described(folder: Path, text: str) -> tuple[Matrix, dict[str, Any]]:
    (folder / "matrix.yaml").write_text(text)
    matrix = read_matrix(folder / "matrix.yaml", calendar=TODAY)
    return matrix, describe(matrix)


def test_a_matrix_is_described_in_plain_json(tmp_path: Path) -> None:
    text = """
python: [3.12, 3.13t]
optional: [3.13t]
variants: {x: {a: [pytest]}}
exclude: [{profile: strict}]
env: {A: 1, B: null}
ignore: [{tests: a, reason: b}]
report: {title: t}
"""
    matrix, found = described(tmp_path, text)
    assert json.loads(json.dumps(found)) == found
    assert found["file"] == str(matrix.file)
    assert found["target"] == {"path": str(tmp_path), "sdist": None, "git": None, "revision": None}
    assert found["pythons"] == ["3.12", "3.13t"]
    assert found["optional"] == ["3.13t"]
    assert (found["base"], found["next"]) == ("3.12", ["3.13t"])
    assert found["profiles"]["plain"] == []
    assert found["variants"] == {"x": {"a": ["pytest"]}}
    assert found["exclude"] == [{"profile": "strict"}]
    assert found["env"] == {"A": "1", "B": None}
    seconds = {"cell": 1800.0, "test": None, "confirm": 60.0, "install": 1800.0, "upgrades": 30.0}
    assert found["limits"] == {**seconds, "memory": None}
    assert found["ignore"] == [{"reason": "b", "tests": "a", "category": None, "message": None, "expires": None}]
    assert found["gate"] == {"breaks": "any", "new-failure": "any", "changed-environment": "any"}


def test_no_field_of_the_model_is_left_out(tmp_path: Path) -> None:
    matrix, found = described(tmp_path, "")
    assert set(found) == {field.name for field in dataclasses.fields(matrix)}
    for part in ("target", "install", "test", "limits"):
        names = {field.name.replace("_", "-") for field in dataclasses.fields(getattr(matrix, part))}
        assert set(found[part]) == names
