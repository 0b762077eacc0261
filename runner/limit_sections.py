"""The sections of matrix.yaml that say what a cell may take, and what it has for itself."""

from __future__ import annotations

from . import texts
from .mapping import Field, Keyed
from .shapes import Flag, ListOf, Text
from .sizes import SIZE

_DURATION = Text(
    expected="a number of seconds, or a time such as 90s, 30m or 2h",
    pattern=texts.DURATION,
    parse=texts.duration,
    null=True,
)
_SIZE = Text(expected="a size such as 500MiB or 2GiB", pattern=SIZE, parse=texts.size, null=True)

LIMITS = Keyed(
    title="Limits",
    fields={
        "cell": Field(
            shape=_DURATION,
            description="Time for one whole cell: seconds, or 90s, 30m, 2h; null for no limit.",
            default="30m",
        ),
        "test": Field(
            shape=_DURATION,
            description="Time for one test: seconds, or 90s, 30m, 2h; null for no limit.",
            examples=(60,),
        ),
        "install": Field(
            shape=_DURATION,
            description="Time for making one environment, with all that is built for it: seconds, or 90s, 30m, 2h; "
            "null for no limit.",
            default="30m",
        ),
        "confirm": Field(
            shape=_DURATION,
            description="Time for running again what breaks in one cell, to tell chance and the order of tests from "
            "the version: seconds, or 90s, 30m, 2h; null to not run it again.",
            default="60s",
        ),
        "upgrades": Field(
            shape=_DURATION,
            description="Time for finding out, for one cell, which releases of a dependency no longer have the line by "
            "which tests break: seconds, or 90s, 30m, 2h; null to not ask the index.",
            default="30s",
        ),
        "memory": Field(
            shape=_SIZE,
            description="Memory for each process of a suite (Linux): bytes, or 500MiB, 2GiB; null for no limit.",
            examples=("2GiB",),
        ),
    },
)

_FOR_ITSELF = "true or false; by default when cells run at the same time"

ISOLATION = Keyed(
    title="Isolation",
    fields={
        "working-copy": Field(
            shape=Flag(), description=f"Whether each running cell has its own copy of the project: {_FOR_ITSELF}."
        ),
        "home": Field(shape=Flag(), description=f"Whether each running cell has its own empty HOME: {_FOR_ITSELF}."),
        "tmp": Field(
            shape=Flag(),
            description=f"Whether each running cell has its own folder for temporary files: {_FOR_ITSELF}.",
        ),
        "alone": Field(
            shape=ListOf(each=Text(expected="a glob over ids of cells", number=False), what="a list of globs"),
            description="Cells that run beside no other, because they use a port, a database, a device.",
            examples=(["*"], ["3.12-*"]),
        ),
    },
)

PARALLEL = Text(expected="a number of cells, or auto", parse=texts.parallel, schema_pattern="auto|[1-9][0-9]{0,3}")
