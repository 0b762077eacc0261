"""The values that the runner's modules hand to each other: a matrix, its plan, and what a cell left behind.

Everything here is frozen and free of I/O. The words are those of the vocabulary in docs/concepts.md.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Status(enum.StrEnum):
    """What became of one cell. Only ``COMPLETE`` means that every test of the cell was measured."""

    COMPLETE = "complete"
    UNAVAILABLE = "unavailable"
    """The interpreter was not found."""
    FAILED_TO_INSTALL = "failed-to-install"
    FAILED_TO_START = "failed-to-start"
    """The test tool ended before any test ran."""
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    """The process was ended by a signal, or by the test tool's own internal error."""
    CANCELLED = "cancelled"
    """The run was interrupted before or while the cell ran."""
    TRUNCATED = "truncated"
    """The process ended as if all was well, but tests that it had collected left no result."""


class TestTool(enum.StrEnum):
    """How the target's tests are started."""

    __test__ = False  # for pytest: the name is no promise of tests

    PYTEST = "pytest"
    UNITTEST = "unittest"
    COMMAND = "command"


class StrictMode(enum.StrEnum):
    """Which tests a cell with warnings filters runs."""

    WARNED = "warned"
    """Those that can end otherwise than in the plain cell, which proves the others."""
    FULL = "full"


class InstallMode(enum.StrEnum):
    """How the target itself gets into the environment."""

    AUTO = "auto"
    """``build`` where the target is a Python project, ``none`` where it is only files."""
    BUILD = "build"
    """Its wheel is built and installed: one for all interpreters where it is the same for all."""
    EDITABLE = "editable"
    INDEX = "index"
    """The published release, from the package index (for an ``sdist`` target)."""
    NONE = "none"
    """Not installed; the suite imports it from the working folder."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """The project whose suite is run: exactly one of ``path``, ``sdist``, ``git`` is set."""

    path: Path | None = None
    """Absolute folder."""
    sdist: str | None = None
    """``name==version``, fetched from the package index."""
    git: str | None = None
    """URL of a git repository."""
    revision: str | None = None
    """Branch, tag or commit of ``git``."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Install:
    """What is put into each environment."""

    mode: InstallMode = InstallMode.AUTO
    requirements: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()
    """Paths relative to the target."""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Names of PEP 735 dependency groups in the target's pyproject.toml."""
    constraints: tuple[str, ...] = ()
    """Constraint lines, or paths (relative to matrix.yaml) of files that hold them."""
    exclude_newer: str | None = None
    """ISO date: releases uploaded after it are not considered."""
    unbounded: tuple[str, ...] = ()
    """Requirements that ``exclude_newer`` does not bind; installed last."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Test:
    """How the suite is started, inside the target's folder."""

    __test__ = False  # for pytest: the name is no promise of tests

    tool: TestTool = TestTool.PYTEST
    arguments: tuple[str, ...] = ()
    """Arguments of the tool; for ``command`` the whole command, with ``{junit}`` in one of its words."""
    cwd: str = "."
    """Working folder, relative to the target."""
    pythonpath: tuple[str, ...] = ()
    """Folders relative to the target that are put on the import path."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of time, in seconds, and of memory; ``None`` is no limit."""

    cell: float | None = 1800.0
    test: float | None = None
    confirm: float | None = 60.0
    """For running again what breaks in one cell; 0 is not at all."""
    install: float | None = 1800.0
    """For each step of making one environment: building, creating, installing."""
    upgrades: float | None = 30.0
    """For asking the index for repaired releases of dependencies, for one cell."""
    memory: int | None = None
    """Bytes for each process of a suite."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Isolation:
    """What a running cell has for itself. ``None``: when cells run at the same time."""

    working_copy: bool | None = None
    home: bool | None = None
    tmp: bool | None = None
    alone: tuple[str, ...] = ()
    """Globs over cell ids: these run beside no other."""


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Python:
    """A declared interpreter: ``3.12``, ``3.13t``, ``pypy3.11``. Ordered as versions are."""

    major: int
    minor: int
    implementation: str = "cpython"
    free_threaded: bool = False

    def __str__(self) -> str:
        """The name as it is written in matrix.yaml and in cell ids."""
        prefix = "" if self.implementation == "cpython" else self.implementation
        return f"{prefix}{self.major}.{self.minor}{'t' if self.free_threaded else ''}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Profile:
    """A named list of warnings filters in Python's ``-W`` syntax."""

    name: str
    filters: tuple[str, ...] = ()
    as_if: Python | None = None
    """The later version that the suite is run as if it were; its outcomes are a forecast."""
    fail_after: bool = False
    """Whether a test is failed after its end for what the filters would raise in its middle."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variant:
    """One value for each variant axis: ``{"pytest-asyncio": "old"}``, with the requirements that it adds."""

    choices: tuple[tuple[str, str], ...] = ()
    """(axis, value) pairs in the order of matrix.yaml."""
    requirements: tuple[str, ...] = ()

    def __str__(self) -> str:
        """``axis=value`` joined by commas; empty for the one variant of a matrix without axes."""
        return ",".join(f"{axis}={value}" for axis, value in self.choices)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ignore:
    """A rule that takes causes or tests out of the gate, with the reason it was accepted for."""

    reason: str
    tests: str | None = None
    """Glob over test ids."""
    category: str | None = None
    """Name of an exception or warning class."""
    message: str | None = None
    """Regular expression, searched in the message."""
    expires: str | None = None
    """ISO date; from that day on the rule no longer holds and the report says so."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """One interpreter × profile × variant of the plan, or a shard of it."""

    python: Python
    profile: Profile
    variant: Variant = dataclasses.field(default_factory=Variant)
    optional: bool = False
    """Whether its absence leaves the evidence complete."""
    shard: tuple[int, int] | None = None
    """(number from 1, how many): which part of the suite this is; None is all of it."""

    @property
    def id(self) -> str:
        """Unique in a plan and safe as a folder name: ``3.12-strict-pytest-asyncio=old``, ``3.12-plain-shard=1of3``."""
        part = f"shard={self.shard[0]}of{self.shard[1]}" if self.shard else ""
        return "-".join(part for part in (str(self.python), self.profile.name, str(self.variant), part) if part)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Matrix:
    """A matrix.yaml, checked, with every default filled in. Paths are absolute."""

    file: Path
    target: Target
    install: Install = dataclasses.field(default_factory=Install)
    test: Test = dataclasses.field(default_factory=Test)
    pythons: tuple[Python, ...]
    """Declared interpreters, ascending, without duplicates."""
    optional: frozenset[Python] = frozenset()
    profiles: tuple[Profile, ...]
    variants: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = ()
    """((axis, ((value, requirements), …)), …) in the order of the file."""
    include: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Each entry: (``python`` | axis, value) pairs of cells that are added."""
    exclude: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Each entry: (``python`` | ``profile`` | axis, value) pairs; cells that match all of them are left out."""
    env: tuple[tuple[str, str | None], ...] = ()
    """Environment variables of the suite; ``None`` unsets."""
    limits: Limits = dataclasses.field(default_factory=Limits)
    parallel: int | None = 1
    """How many cells run at the same time; ``None`` is as many as the machine has cores and memory for."""
    isolation: Isolation = dataclasses.field(default_factory=Isolation)
    base: Python
    next: tuple[Python, ...]
    forecast: tuple[Python, ...] = ()
    """Versions that the base is run as if it were, ascending."""
    knowledge: tuple[Mapping[str, str], ...] = ()
    """The project's own knowledge records, in the form of knowledge/deprecations.json."""
    interpreters: tuple[tuple[str, str], ...] = ()
    """(declared interpreter, path of its executable)."""
    download: bool = False
    """Whether interpreters that are not here may be downloaded."""
    strict: StrictMode = StrictMode.WARNED
    ignore: tuple[Ignore, ...] = ()
    gate: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Verdict → ``any`` or ``never``: whether one such test turns the exit code to 1."""
    report: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Options of the reports: ``title``, ``formats``."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Interpreter:
    """An interpreter that was found and answered."""

    python: Python
    """What was asked for."""
    executable: str
    version: str
    """Exact version: ``3.12.1``, ``3.15.0rc2``."""
    implementation: str
    """``cpython``, ``pypy``, … in lower case."""
    build: str
    """``sys.version`` without its version number, on one line."""
    free_threaded: bool
    source: str
    """Where it was found: ``--interpreter``, ``matrix.yaml``, ``PATH``, ``pyenv``, ``uv``, …"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Absent:
    """An interpreter that was not found, with what was tried."""

    python: Python
    reason: str
    """One sentence for a person."""
