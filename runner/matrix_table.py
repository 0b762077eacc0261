"""matrix.yaml as one table: what drives the reader, the suggestions in its messages, and the JSON Schema."""

from __future__ import annotations

from . import texts
from .limit_sections import ISOLATION, LIMITS, PARALLEL
from .mapping import Field, Keyed
from .model import StrictMode
from .pythons import PATTERN
from .sections import (
    GATE,
    INSTALL,
    PATH,
    PYTHON,
    RECORD,
    REQUIREMENTS,
    RULE,
    TARGET,
    TEST,
    pythons,
)
from .shapes import ByKind, Choice, Flag, ListOf, Locate, MapOf, Text
from .yaml_nodes import Kind

REQUIRES_PYTHON = "requires-python"

_PROFILE = "[a-z][a-z0-9_]*"
_AXIS = "[A-Za-z0-9][A-Za-z0-9._-]*"
_VALUE = "[A-Za-z0-9._+]+"

_FILTERS = ListOf(
    each=Text(expected="a warnings filter", parse=texts.warning_filter, number=False),
    what="a list of warnings filters",
)

_CHOICES = Locate(
    shape=ListOf(
        each=Locate(
            shape=MapOf(
                key=Text(expected="python, profile or the name of an axis", pattern=_AXIS),
                value=Locate(shape=Text(expected="a value")),
                what="a mapping such as {python: '3.15'}",
                minimum=1,
            )
        ),
        what="a list of mappings",
    )
)

MATRIX = Keyed(
    title="matrix.yaml",
    fields={
        "target": Field(
            shape=ByKind(
                what="a path, or a mapping with path, sdist or git",
                shapes={Kind.TEXT: Locate(shape=PATH), Kind.MAPPING: TARGET},
            ),
            description="The project whose tests are run: a folder, a published release or a git repository.",
            default=".",
        ),
        "install": Field(shape=INSTALL, description="What is installed into each environment."),
        "test": Field(shape=TEST, description="How the tests are started: pytest, unittest or a command."),
        "python": Field(
            shape=pythons(
                "a list of Python versions, a specifier such as '>=3.10,<3.16', or requires-python",
                Text(schema_pattern=rf"{REQUIRES_PYTHON}|{PATTERN}|\s*[<>=!~].*"),
            ),
            description="Interpreters to measure: a list, a specifier, or requires-python (what the target "
            "declares, and the next release).",
            examples=(["3.11", "3.12", "3.13t", "pypy3.11"], ">=3.10,<3.16", REQUIRES_PYTHON),
        ),
        "optional": Field(
            shape=pythons(
                "a list of declared Python versions, or a specifier",
                Text(expected="a specifier", parse=texts.specifier, number=False, schema_pattern=r"\s*[<>=!~].*"),
            ),
            description="Interpreters whose absence leaves the evidence complete.",
            examples=(["3.16"],),
        ),
        "interpreters": Field(
            shape=Locate(
                shape=MapOf(
                    key=Text(expected="a declared Python version", pattern=PATTERN),
                    value=Locate(shape=Text(expected="the path of an executable", number=False)),
                )
            ),
            description="Where interpreters are, for those that are not found by themselves.",
        ),
        "download": Field(
            shape=Flag(),
            description="Whether interpreters that are not here may be downloaded.",
            default=False,
        ),
        "profiles": Field(
            shape=Locate(
                shape=MapOf(
                    key=Text(expected="a name of lower-case letters, digits and '_'", pattern=_PROFILE),
                    value=ByKind(
                        what="a list of warnings filters, or a mapping with filters",
                        shapes={
                            Kind.LIST: _FILTERS,
                            Kind.NULL: _FILTERS,
                            Kind.MAPPING: Keyed(
                                title="Profile",
                                required=("filters",),
                                fields={
                                    "filters": Field(shape=_FILTERS, description="Warnings filters."),
                                    "fail": Field(
                                        shape=Choice(words=("at-once", "after")),
                                        description="Whether the filters raise where a warning is issued, or the test "
                                        "fails after its end.",
                                        default="at-once",
                                    ),
                                },
                            ),
                        },
                    ),
                    minimum=1,
                )
            ),
            description="Named lists of warnings filters, as python -W takes them. At least one is empty: "
            "that one is measured, the others forecast.",
            default={
                "plain": [],
                "strict": ["error::DeprecationWarning", "error::PendingDeprecationWarning"],
            },
        ),
        "variants": Field(
            shape=Locate(
                shape=MapOf(
                    key=Text(expected="the name of an axis", pattern=_AXIS),
                    value=MapOf(
                        key=Text(expected="a name of letters, digits, '.', '_' and '+'", pattern=_VALUE),
                        value=REQUIREMENTS,
                        minimum=1,
                    ),
                )
            ),
            description="More axes of the matrix: named sets of requirements.",
            examples=({"pytest-asyncio": {"old": ["pytest-asyncio==0.21.2"], "new": ["pytest-asyncio>=1"]}},),
        ),
        "include": Field(shape=_CHOICES, description="Cells that are added, even where exclude leaves them out."),
        "exclude": Field(shape=_CHOICES, description="Cells that are left out: those that match all of an entry."),
        "env": Field(
            shape=MapOf(
                key=Text(expected="the name of a variable", pattern=r"[^=\s]+"),
                value=Text(expected="a value as text, or null to remove the variable", null=True, empty=True),
            ),
            description="Environment variables of the suite; null removes one.",
        ),
        "limits": Field(shape=LIMITS, description="Limits of time and memory."),
        "parallel": Field(
            shape=PARALLEL,
            description="How many cells run at the same time; auto is as many as there are cores and memory for.",
            default=1,
            examples=("auto", 4),
        ),
        "isolation": Field(shape=ISOLATION, description="What a running cell has for itself, and which run alone."),
        "strict": Field(
            shape=Choice(words=tuple(StrictMode)),
            description="Which tests run under warnings filters: warned, those that can end otherwise than in the "
            "plain cell, which proves the others; or full, all of them.",
            default="warned",
        ),
        "base": Field(
            shape=Locate(shape=PYTHON),
            description="The version relied on today; by default the lowest declared.",
        ),
        "next": Field(
            shape=Locate(shape=ListOf(each=Locate(shape=PYTHON), what="a list of Python versions", minimum=1)),
            description="The versions asked about; by default every declared one after base.",
        ),
        "forecast": Field(
            shape=Locate(shape=ListOf(each=Locate(shape=PYTHON), what="a list of Python versions")),
            description="Later versions that the base is run as if it were, here or not, released or not.",
            examples=(["3.15", "3.16"],),
        ),
        "knowledge": Field(
            shape=ListOf(each=RECORD, what="a list of records"),
            description="Deprecations that forewarn does not know, or knows otherwise.",
        ),
        "ignore": Field(
            shape=ListOf(each=RULE, what="a list of rules"),
            description="What the gate lets pass, each with a reason.",
        ),
        "gate": Field(shape=GATE, description="What turns the exit code to 1."),
        "report": Field(
            shape=Keyed(
                title="Report",
                fields={"title": Field(shape=Text(), description="Title of the reports.")},
            ),
            description="Options of the reports.",
        ),
    },
)
