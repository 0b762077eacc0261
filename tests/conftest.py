"""What tests share: a matrix to start from, and the interpreters of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from runner import model
from runner.interpreters import Finder, explicit_interpreters
from runner.pythons import parse_python

# A slow machine is no fault of the code: hangs are looked for with limits of their own (tests/fuzz).
_STEADY = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("tests", _STEADY)
hypothesis.settings.register_profile("fuzz", _STEADY, max_examples=5_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

BASE = model.Python(major=3, minor=12)
LATER = model.Python(major=3, minor=13)
PLAIN = model.Profile(name="plain")
STRICT = model.Profile(name="strict", filters=("error::DeprecationWarning", "error::pytest.PytestWarning"))


@pytest.fixture
def matrix(tmp_path: Path) -> Callable[..., model.Matrix]:
    """Makes a matrix of two interpreters and two profiles; keyword arguments replace fields."""

    def make(**changes: Any) -> model.Matrix:
        fields: dict[str, Any] = {
            "file": tmp_path / "matrix.yaml",
            "target": model.Target(path=tmp_path),
            "pythons": (BASE, LATER),
            "profiles": (PLAIN, STRICT),
            "base": BASE,
            "next": (LATER,),
        }
        return model.Matrix(**{**fields, **changes})

    return make


@pytest.fixture
def cell() -> model.Cell:
    """The strict cell of the base."""
    return model.Cell(python=BASE, profile=STRICT)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cells that tests measure are not kept beside the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOREWARN_CACHE", str(tmp_path_factory.mktemp("cells")))
        yield


@pytest.fixture(scope="session")
def interpreters() -> dict[str, model.Interpreter]:
    """Every interpreter from 3.8 to 3.15 that is here, by its name."""
    environment = dict(os.environ)
    explicit = explicit_interpreters((), environment, (), parse_python)
    wanted = [model.Python(major=3, minor=minor) for minor in range(8, 16)]
    found = Finder(environment=environment, explicit=explicit).find_all(wanted)
    return {str(python): result for python, result in found.items() if isinstance(result, model.Interpreter)}
