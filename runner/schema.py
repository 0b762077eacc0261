"""matrix.yaml for other programs: its JSON Schema, and a matrix as the plain data of run.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .matrix_table import MATRIX

if TYPE_CHECKING:
    from .model import Install, Isolation, Limits, Matrix, Target, Test

SCHEMA_FILE = Path(__file__).parent / "matrix.schema.json"
"""The schema as it is shipped: what `matrix_schema` gives, in a file."""


def matrix_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of matrix.yaml."""
    schema = MATRIX.schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Generated from the table that reads the file: python -m runner.schema",
        **schema,
        "description": "Which tests are run on which Python versions, under which warnings filters.",
    }


def matrix_schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(matrix_schema(), indent=2, ensure_ascii=False) + "\n"


def describe(matrix: Matrix) -> dict[str, Any]:
    """A matrix as run.json holds it: plain JSON types, versions and paths as strings."""
    return {
        "file": str(matrix.file),
        "target": _target(matrix.target),
        "install": _install(matrix.install),
        "test": _test(matrix.test),
        "pythons": [str(python) for python in matrix.pythons],
        "optional": [str(python) for python in sorted(matrix.optional)],
        "profiles": {profile.name: list(profile.filters) for profile in matrix.profiles},
        "variants": {
            axis: {value: list(requirements) for value, requirements in choices} for axis, choices in matrix.variants
        },
        "include": [dict(entry) for entry in matrix.include],
        "exclude": [dict(entry) for entry in matrix.exclude],
        "env": dict(matrix.env),
        "limits": _limits(matrix.limits),
        "parallel": "auto" if matrix.parallel is None else matrix.parallel,
        "isolation": _isolation(matrix.isolation),
        "base": str(matrix.base),
        "next": [str(python) for python in matrix.next],
        "forecast": [str(python) for python in matrix.forecast],
        "knowledge": [dict(record) for record in matrix.knowledge],
        "interpreters": dict(matrix.interpreters),
        "download": matrix.download,
        "strict": matrix.strict.value,
        "ignore": [
            {
                "reason": rule.reason,
                "tests": rule.tests,
                "category": rule.category,
                "message": rule.message,
                "expires": rule.expires,
            }
            for rule in matrix.ignore
        ],
        "gate": dict(matrix.gate),
        "report": dict(matrix.report),
    }


def _target(target: Target) -> dict[str, str | None]:
    return {
        "path": str(target.path) if target.path else None,
        "sdist": target.sdist,
        "git": target.git,
        "revision": target.revision,
    }


def _install(install: Install) -> dict[str, Any]:
    return {
        "mode": install.mode.value,
        "requirements": list(install.requirements),
        "requirement-files": list(install.requirement_files),
        "extras": list(install.extras),
        "groups": list(install.groups),
        "constraints": list(install.constraints),
        "exclude-newer": install.exclude_newer,
        "unbounded": list(install.unbounded),
    }


def _test(test: Test) -> dict[str, Any]:
    return {
        "tool": test.tool.value,
        "arguments": list(test.arguments),
        "cwd": test.cwd,
        "pythonpath": list(test.pythonpath),
    }


def _limits(limits: Limits) -> dict[str, float | None]:
    return {name: getattr(limits, name) for name in ("cell", "test", "confirm", "install", "upgrades", "memory")}


def _isolation(isolation: Isolation) -> dict[str, Any]:
    return {
        "working-copy": isolation.working_copy,
        "home": isolation.home,
        "tmp": isolation.tmp,
        "alone": list(isolation.alone),
    }


if __name__ == "__main__":
    sys.stdout.write(matrix_schema_text())
