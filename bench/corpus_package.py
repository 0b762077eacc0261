"""One description of the corpus, and the matrix.yaml that has forewarn run it."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
BASE = "3.11"
_MODES = {"index": "index", "wheel": "build", "none": "none"}
_KEYS = frozenset(
    {
        *("name", "version", "sdist", "install", "exclude_newer", "requires", "unbounded", "command", "cwd"),
        *("pythonpath", "env", "timeout", "deselect", "pythons", "tags", "notes"),
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Package:
    """A release whose sdist carries its tests."""

    name: str
    version: str
    sdist: str
    mode: str
    """forewarn's ``install.mode``."""
    exclude_newer: str | None
    requires: tuple[str, ...]
    unbounded: tuple[str, ...]
    tool: str
    """``pytest`` or ``unittest``."""
    arguments: tuple[str, ...]
    cwd: str
    pythonpath: tuple[str, ...]
    env: Mapping[str, str]
    timeout: int
    pythons: tuple[str, ...]

    def matrix(self, wanted: Iterable[str] = ()) -> dict[str, Any]:
        """The matrix.yaml, for the interpreters in ``wanted`` or for all that the package can be installed on."""
        chosen = set(wanted)
        pythons = [python for python in self.pythons if not chosen or python in chosen]
        base = BASE if BASE in pythons else pythons[0]
        install: dict[str, Any] = {"mode": self.mode, "requirements": list(self.requires)}
        if self.exclude_newer:
            install["exclude-newer"] = self.exclude_newer
        install["unbounded"] = list(self.unbounded)
        return {
            "target": {"sdist": self.sdist},
            "install": install,
            "test": {self.tool: list(self.arguments), "cwd": self.cwd, "pythonpath": list(self.pythonpath)},
            "python": pythons,
            "base": base,
            "next": [python for python in pythons if version_key(python) > version_key(base)],
            "env": dict(self.env),
            "limits": {"cell": self.timeout},
            "gate": {"fail-on": "nothing"},
        }


def version_key(python: str) -> tuple[int, ...]:
    """What versions such as ``3.10`` are sorted by."""
    return tuple(int(part) for part in python.split("."))


def read_package(file: Path) -> Package:
    """Read one description.

    Raises:
        ValueError: it says something that forewarn would not be told.
    """
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    if unknown := sorted(set(data) - _KEYS):
        raise ValueError(f"{file.name}: unknown keys {unknown}")
    tool, *arguments = shlex.split(data["command"])
    if tool not in ("pytest", "unittest"):
        raise ValueError(f"{file.name}: the command starts neither pytest nor unittest")
    deselected = [str(test) for test in data.get("deselect") or ()]
    if deselected and tool == "unittest":
        raise ValueError(f"{file.name}: unittest cannot deselect")
    newer = data.get("exclude_newer")
    requirements = [*(data.get("requires") or ()), *(data.get("unbounded") or ())]
    if tool == "pytest" and any(re.match(r"hypothesis\b(?!-)", line) for line in requirements):
        # Random on purpose: only with one seed are two runs the same run.
        arguments.append("--hypothesis-seed=0")
    return Package(
        name=data["name"],
        version=data["sdist"].partition("==")[2],  # `version: 2.20` is a number to YAML
        sdist=data["sdist"],
        mode=_MODES[data["install"]],
        exclude_newer=str(newer) if newer else None,
        requires=tuple(data.get("requires") or ()),
        unbounded=tuple(data.get("unbounded") or ()),
        tool=tool,
        arguments=(*arguments, *(word for test in deselected for word in ("--deselect", test))),
        cwd=data.get("cwd") or ".",
        pythonpath=_words(data.get("pythonpath")),
        env={name: str(value) for name, value in (data.get("env") or {}).items()},
        timeout=int(data.get("timeout") or 600),
        pythons=tuple(sorted(_words(data.get("pythons")) or PYTHONS, key=version_key)),
    )


def _words(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(word) for word in value)
