"""What the end-to-end tests share: the interpreters of this machine."""

from __future__ import annotations

import os

import pytest

from runner.interpreters import Finder, explicit_interpreters
from runner.model import Interpreter, Python
from runner.pythons import parse_python


@pytest.fixture(scope="session")
def interpreters() -> dict[str, Interpreter]:
    """Every interpreter from 3.8 to 3.15 that is here, by its name."""
    environment = dict(os.environ)
    explicit = explicit_interpreters((), environment, (), parse_python)
    wanted = [Python(major=3, minor=minor) for minor in range(8, 16)]
    found = Finder(environment=environment, explicit=explicit).find_all(wanted)
    return {str(python): result for python, result in found.items() if isinstance(result, Interpreter)}
