"""The sections of matrix.yaml, and the shapes that several of its keys share; `matrix_table` joins them."""

from __future__ import annotations

from . import texts
from .mapping import Field, Keyed
from .model import InstallMode
from .pythons import PATTERN, parse_python
from .shapes import ByKind, Choice, ListOf, Locate, Text, Words
from .yaml_nodes import Kind

VERDICTS = (
    "deprecated",
    "changed-environment",
    "order-dependent",
    "flaky",
    "breaks",
    "strict-only",
    "fixed",
    "always-failing",
    "never-ran",
    "new",
    "new-failure",
    "gone",
    "hidden",
    "unknown",
)
"""Verdicts that the gate can be set for."""

FORECAST_VERDICTS = ("will-break", "dependency-will-break")
"""Verdicts that the gate can be set for up to a version."""

NOTHING = "nothing"

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NAME = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"

PATH = Text(expected="a path")
PYTHON = Text(expected="a Python version such as 3.12, 3.13t or pypy3.11", parse=parse_python, schema_pattern=PATTERN)
_REQUIREMENT = Text(expected="a requirement such as pytest>=8", parse=texts.requirement, number=False)
REQUIREMENTS = ListOf(each=_REQUIREMENT, what="a list of requirements")


def _located_list(each: Text, what: str) -> Locate:
    return Locate(shape=ListOf(each=Locate(shape=each), what=what))


def pythons(what: str, words: Text) -> Locate:
    """A list of interpreters, or the words that choose some."""
    versions = ListOf(each=Locate(shape=PYTHON), what=what, minimum=1)
    return Locate(shape=ByKind(what=what, shapes={Kind.LIST: versions, Kind.TEXT: words, Kind.NUMBER: words}))


TARGET = Keyed(
    title="Target",
    exactly_one=("path", "sdist", "git"),
    needs={"revision": "git"},
    fields={
        "path": Field(
            shape=Locate(shape=PATH),
            description="Folder of the project, relative to the folder of matrix.yaml.",
            examples=(".",),
        ),
        "sdist": Field(
            shape=Text(expected="a release such as requests==2.32.3", parse=texts.release, number=False),
            description="A published release; its source distribution is fetched from the package index.",
            examples=("requests==2.32.3",),
        ),
        "git": Field(
            shape=Text(expected="the URL of a git repository", pattern="[^-].*", number=False),
            description="URL of a git repository, or a path relative to the folder of matrix.yaml.",
        ),
        "revision": Field(
            shape=Text(expected="a branch, tag or commit", pattern="[^-].*"),
            description="Branch, tag or commit of the git repository; by default its main branch.",
        ),
    },
)

INSTALL = Keyed(
    title="Install",
    fields={
        "mode": Field(
            shape=Locate(shape=Choice(words=tuple(InstallMode))),
            description="How the target itself is installed: auto builds it where it is a Python project.",
            default="auto",
        ),
        "requirements": Field(
            shape=REQUIREMENTS,
            description="Requirements of the test suite, installed together with the target.",
            examples=(["pytest>=8", "pytest-asyncio"],),
        ),
        "requirement-files": Field(
            shape=_located_list(PATH, "a list of paths"),
            description="Requirement files, relative to the target.",
            examples=(["requirements/test.txt"],),
        ),
        "extras": Field(
            shape=_located_list(Text(expected="the name of an extra", pattern=_NAME), "a list of extras"),
            description="Extras of the target.",
            examples=(["test"],),
        ),
        "groups": Field(
            shape=_located_list(Text(expected="the name of a group", pattern=_NAME), "a list of groups"),
            description="Dependency groups (PEP 735) of the target's pyproject.toml.",
            examples=(["test"],),
        ),
        "constraints": Field(
            shape=_located_list(
                Text(expected="a constraint or a path", parse=texts.constraint, number=False),
                "a list of constraints and of paths",
            ),
            description="Constraints, or files of them (*.txt, *.in), relative to the folder of matrix.yaml.",
            examples=(["constraints.txt", "pytest<9"],),
        ),
        "exclude-newer": Field(
            shape=Text(expected="a date such as 2026-11-01", parse=texts.date, number=False, schema_pattern=_DATE),
            description="Releases that were uploaded after this day are not considered.",
            examples=("2026-11-01",),
        ),
        "unbounded": Field(
            shape=REQUIREMENTS,
            description="Requirements that exclude-newer does not bind; installed last.",
        ),
    },
)

TEST = Keyed(
    title="Test",
    exactly_one=("pytest", "unittest", "command"),
    fields={
        "pytest": Field(
            shape=Words(),
            description="Run pytest with these arguments.",
            examples=(["tests", "-q"], "tests -q"),
        ),
        "unittest": Field(
            shape=Words(),
            description="Run unittest with these arguments.",
            examples=(["discover", "-s", "tests"],),
        ),
        "command": Field(
            shape=Words(minimum=1, parse=texts.command),
            description="Run this command. {junit} becomes the path of the JUnit XML file that it must "
            "write, {python} the environment's interpreter, {warnings} the profile's -W options.",
            examples=(["./run-tests", "--xml", "{junit}"],),
        ),
        "cwd": Field(
            shape=Locate(shape=PATH),
            description="Working folder of the suite, relative to the target.",
            default=".",
        ),
        "pythonpath": Field(
            shape=ListOf(each=PATH, what="a list of paths"),
            description="Folders, relative to the target, that are put on the import path.",
            examples=(["src"],),
        ),
    },
)

RULE = Keyed(
    title="Ignore rule",
    required=("reason",),
    at_least_one=("tests", "category", "message"),
    fields={
        "tests": Field(
            shape=Text(expected="a glob over test ids"),
            description="Glob over the ids of tests.",
            examples=("tests/test_legacy.py::*",),
        ),
        "category": Field(
            shape=Text(
                expected="the name of an exception or warning class",
                pattern=r"[A-Za-z_]\w*([.][A-Za-z_]\w*)*",
                number=False,
            ),
            description="Name of an exception or warning class, with its module where it is not built in.",
            examples=("DeprecationWarning",),
        ),
        "message": Field(
            shape=Text(expected="a regular expression", parse=texts.regex),
            description="Regular expression that is searched in the message.",
        ),
        "reason": Field(
            shape=Text(expected="the reason why this is accepted", pattern=r"[\s\S]*\S[\s\S]*"),
            description="Why it is accepted; shown in every report.",
        ),
        "expires": Field(
            shape=Text(expected="a date such as 2027-10-01", parse=texts.date, number=False, schema_pattern=_DATE),
            description="From this day on the rule no longer holds.",
            examples=("2027-10-01",),
        ),
    },
)

_A_VERSION = Text(expected="a version such as 3.14", pattern=r"\d+(\.\d+)*")

RECORD = Keyed(
    title="Knowledge record",
    required=("id",),
    fields={
        "id": Field(
            shape=Text(expected="words of a-z and 0-9 joined by '-'", pattern="[a-z0-9]+(-[a-z0-9]+)*", number=False),
            description="Name of the record. One that forewarn has: the fields that are given replace its own.",
        ),
        "package": Field(
            shape=Text(expected="the name of a distribution", number=False),
            description="Whose versions the record speaks of: cpython, or a distribution.",
            default="cpython",
        ),
        "subject": Field(shape=Text(), description="What is deprecated, such as mylib.old_call."),
        "kind": Field(
            shape=Choice(
                words=("module", "function", "method", "class", "attribute", "argument", "behaviour", "syntax")
            ),
            description="What the subject is.",
        ),
        "category": Field(shape=Text(), description="The warning's class."),
        "message-pattern": Field(
            shape=Text(expected="a regular expression", parse=texts.regex),
            description="Regular expression that matches the warning's text.",
        ),
        "deprecated-in": Field(shape=_A_VERSION, description="First version in which it is deprecated."),
        "warns-since": Field(shape=_A_VERSION, description="First version that warns."),
        "warns-until": Field(shape=_A_VERSION, description="Last version that warns."),
        "removed-in": Field(shape=_A_VERSION, description="Version that no longer has it."),
        "removal-scheduled-for": Field(shape=Text(), description="Version that will no longer have it, or future."),
        "after-removal": Field(shape=Text(), description="What happens then: the error's type and text."),
        "error-pattern": Field(
            shape=Text(expected="a regular expression", parse=texts.regex),
            description="Regular expression that matches 'Type: text' of the error after the removal.",
        ),
        "replacement": Field(shape=Text(), description="What to use instead."),
        "note": Field(shape=Text(), description="Anything else."),
    },
)

GATE = Keyed(
    title="Gate",
    fields={
        "fail-on": Field(
            shape=ByKind(
                what=f"a mapping from verdicts to any or never, or {NOTHING!r}",
                shapes={
                    Kind.MAPPING: Keyed(
                        title="Verdicts",
                        fields={
                            **{
                                verdict: Field(
                                    shape=Choice(words=("any", "never")),
                                    description=f"Whether one test with the verdict {verdict!r} fails the run.",
                                )
                                for verdict in VERDICTS
                            },
                            **{
                                verdict: Field(
                                    shape=Text(
                                        expected="any, never, or a version such as 3.15",
                                        pattern=r"any|never|3\.[0-9]{1,2}t?",
                                    ),
                                    description=f"Whether one test with the verdict {verdict!r} fails the run: on "
                                    "any version, or up to the given one.",
                                )
                                for verdict in FORECAST_VERDICTS
                            },
                            "new-deprecations": Field(
                                shape=Choice(words=("own", "any", "never")),
                                description="Whether a deprecation that the baseline does not accept fails the run; "
                                "own: only in the project's code and tests. By default own where there is a baseline.",
                            ),
                            "stale": Field(
                                shape=Choice(words=("any", "never")),
                                description="Whether an accepted cause that is gone fails the run.",
                                default="never",
                            ),
                        },
                    ),
                    Kind.TEXT: Choice(words=(NOTHING,)),
                },
            ),
            description="Verdicts that turn the exit code to 1, or 'nothing' to only report.",
            default={"breaks": "any", "new-failure": "any"},
        ),
    },
)
