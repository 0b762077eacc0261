"""``forewarn init``: a first matrix.yaml, made from what the project's own files say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from .errors import UsageError
from .metadata import Metadata, read_metadata
from .model import Python, TestTool
from .record import ignore_in_git
from .releases import Calendar, read_calendar
from .schema import SCHEMA_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MATRIX_NAME = "matrix.yaml"
RESULTS_NAME = ".forewarn"
_PREFERRED = ("test", "tests", "testing", "dev")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
"""Names that are put in the file; what else a project may call its extras is left for a person to write."""

_REST = """\
# Warnings filters, as `python -W` takes them. The profile without filters is measured.
profiles:
  plain: []
  strict: ["error::DeprecationWarning", "error::PendingDeprecationWarning"]

# The version you rely on today, and those you ask about. By default: the lowest, and all after it.
# base: "{base}"
# next: ["{newest}"]

# Later versions that the base is run as if it were, here or not, released or not: a forecast.
{forecast}

# A second axis: sets of requirements to compare.
# variants:
#   pytest-asyncio:
#     old: ["pytest-asyncio<1"]
#     new: ["pytest-asyncio>=1"]

# Environment variables of the suite; null removes one.
# env: {{TZ: UTC}}

# Time limits: seconds, or 90s, 30m, 2h.
limits:
  cell: 30m
  # test: 60

# What you know and accept. Every rule needs a reason.
# ignore:
#   - category: DeprecationWarning
#     message: "utcnow"
#     reason: "the replacement waits for the next major release"
#     expires: {expires}

# What turns the exit code to 1; `fail-on: nothing` only reports.
gate:
  fail-on:
    breaks: any
    new-failure: any
    strict-only: never
"""


def starter(folder: Path, *, calendar: Calendar | None = None) -> str:
    """The text of a commented matrix.yaml for the project in a folder; it can be run as it is.

    Args:
        folder: the project, or any folder with tests.
        calendar: the known releases, seen from today; by default those of the package.
    """
    calendar = calendar or read_calendar()
    metadata = read_metadata(folder)
    pythons = _pythons(metadata, calendar)
    year = calendar.today.year + 1
    parts = [
        f"# yaml-language-server: $schema={RESULTS_NAME}/{SCHEMA_FILE.name}",
        _head(metadata),
        _install(metadata),
        _test(folder, metadata),
        _python(metadata, pythons, calendar),
        _REST.format(
            base=pythons[0],
            newest=pythons[-1],
            forecast=f'forecast: ["{pythons[-1]}"]' if pythons[-1] > pythons[0] else "# forecast: []",
            expires=f"{year}-{calendar.today:%m}-01",
        ),
    ]
    return "\n".join(parts)


def write_starter(folder: Path, *, force: bool = False, calendar: Calendar | None = None) -> tuple[Path, ...]:
    """Write matrix.yaml into a folder, and beside it the schema that it refers to.

    Args:
        folder: an existing folder.
        force: whether a matrix.yaml that is there is overwritten.
        calendar: as for `starter`.

    Returns:
        The files that were written, matrix.yaml first.

    Raises:
        UsageError: matrix.yaml is there already, or a file cannot be written.
    """
    file = folder / MATRIX_NAME
    text = starter(folder, calendar=calendar)
    try:
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        return (file, write_schema(folder))
    except FileExistsError:
        hint = "edit it, or run `forewarn init --force` to overwrite it"
        raise UsageError(f"{file} is there already", hint=hint) from None
    except OSError as error:
        raise UsageError(f"{error.filename or file}: cannot be written: {error.strerror}") from None


def write_schema(folder: Path) -> Path:
    """Put the schema where a starter matrix.yaml in this folder refers to; return its path."""
    results = folder / RESULTS_NAME
    results.mkdir(exist_ok=True)
    ignore_in_git(results)
    file = results / SCHEMA_FILE.name
    file.unlink(missing_ok=True)  # a link that was checked out with the project is replaced, not followed
    file.write_bytes(SCHEMA_FILE.read_bytes())
    return file


def _head(metadata: Metadata) -> str:
    name = f" of {metadata.name}" if metadata.name and _SAFE.fullmatch(metadata.name) else ""
    return f"""\
# Which Python versions the tests{name} are run on. `forewarn doctor` shows the interpreters that were found,
# `forewarn run` runs the tests. Every key is optional.

# The project, relative to this file. Or a release, {{sdist: "name==1.0"}}, or {{git: URL, revision: main}}.
target: .
"""


def _install(metadata: Metadata) -> str:
    """What brings the test tool: an extra, a group or a file that names it, else its own requirement."""
    lines = {
        "extras": _first(metadata.test_extras),
        "groups": _first(metadata.test_groups),
        "requirement-files": _first(metadata.test_requirement_files),
    }
    chosen = next(((key, name) for key, name in lines.items() if name), None)
    if chosen:
        needs = f"  {chosen[0]}: [{chosen[1]}]\n"
    elif metadata.test_tool is TestTool.UNITTEST:
        needs = "  requirements: []\n"
    else:
        needs = "  requirements: [pytest]\n"
    comments = ""
    for key, names in {"extras": metadata.extras, "groups": metadata.groups}.items():
        others = [name for name in names if _SAFE.fullmatch(name) and (key, name) != chosen]
        if others:
            comments += f"  # other {key}: {', '.join(others)}\n"
    what = "besides the project itself" if metadata.is_project else "(the folder is no project that could be)"
    return f"# What is installed for the tests, {what}.\ninstall:\n{needs}{comments}"


def _first(names: Iterable[str]) -> str | None:
    """The one name that is most likely meant for running the tests."""
    safe = [name for name in names if _SAFE.fullmatch(name)]
    stems = {name: re.split(r"[/.]", name.removesuffix(".txt").removesuffix(".in"))[-1].lower() for name in safe}
    preferred = [name for wanted in _PREFERRED for name in safe if stems[name] == wanted]
    return next(iter((*preferred, *safe)), None)


def _test(folder: Path, metadata: Metadata) -> str:
    if metadata.test_tool is TestTool.UNITTEST:
        words = ["discover"]
        if metadata.tests:
            words += ["-s", metadata.tests]
            # Tests in a package import each other by its name, from the folder above.
            words += ["-t", "."] if (folder / metadata.tests / "__init__.py").is_file() else []
        lines = f"  unittest: [{', '.join(words)}]\n  # pytest: []\n"
    else:
        lines = "  pytest: []\n  # unittest: [discover]\n"
    if not metadata.is_project and (folder / "src").is_dir():
        lines += "  pythonpath: [src]\n"
    found = "" if metadata.test_tool else " No tests were found yet."
    command = '  # command: ["./run-tests", "--xml", "{junit}"]\n'
    return f"# How the tests are started, with these arguments.{found}\ntest:\n{lines}{command}"


def _python(metadata: Metadata, pythons: tuple[Python, ...], calendar: Calendar) -> str:
    names = ", ".join(f'"{python}"' for python in pythons)
    required = _specifier(metadata)
    says = f"# The project requires Python {required}.\n" if required else ""
    coming = [python for python in pythons if python not in calendar.released()]
    text = f"""\
{says}# Here are the releases that still get fixes, and the one that comes next. Others: "3.13t" (free-threaded),
# "pypy3.11". Instead of a list: a specifier such as ">=3.10,<3.16", or requires-python.
python: [{names}]
"""
    if coming:
        optional = ", ".join(f'"{python}"' for python in coming)
        text += f"# Interpreters that may be absent; here: not released yet.\noptional: [{optional}]\n"
    return text


def _pythons(metadata: Metadata, calendar: Calendar) -> tuple[Python, ...]:
    """The supported releases that the project declares, and the release after the newest of them."""
    required = _specifier(metadata)
    matching = (required is not None and calendar.matching(required)) or calendar.supported()
    alive = tuple(python for python in matching if python in calendar.supported()) or matching[-1:]
    coming = calendar.after(alive[-1])
    return (*alive, coming) if coming else alive


def _specifier(metadata: Metadata) -> SpecifierSet | None:
    try:
        return SpecifierSet(metadata.requires_python) if metadata.requires_python else None
    except InvalidSpecifier:
        return None
