"""The command ``forewarn``."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from .errors import ForewarnError, MatrixError, UsageError

if TYPE_CHECKING:
    from .model import Matrix

_EXIT_CODES = """\
exit codes:
  0  nothing breaks
  1  the gate fails
  2  bad usage, matrix or input
  3  evidence incomplete: a declared cell was not measured
  130  interrupted
"""


#: Full, over its quota, read-only, broken.
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

#: Commands that the package beside ours has.
_OF_RESULTS = ("report", "explain", "accept", "upstream", "badge", "diff", "comment")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character gets its number
            stream.reconfigure(errors="backslashreplace")
    try:
        if words[:1] in ([name] for name in _OF_RESULTS):
            return report(words)
        return _dispatch(_parser().parse_args(words))
    except ForewarnError as error:
        print(_shown(str(error)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `forewarn … | head`: nobody listens any more
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        print(f"error: cannot write {error.filename or 'what was measured'}: {error.strerror}", file=sys.stderr)
        return UsageError.exit_code


def report(words: Sequence[str]) -> int:
    """Hand a command line that is about results to the package beside ours."""
    return int(_of_reports("__main__").main(list(words)))


def _of_reports(module: str) -> ModuleType:
    """A module of the package beside ours.

    Ours is ``runner`` in a checkout and ``forewarn.runner`` when installed; this is the one place that knows.
    """
    sibling = f"{__package__}".rpartition(".")[0]
    name = f"{sibling}.reports" if sibling else "reports"
    return importlib.import_module(f"{name}.{module}")


def _shown(text: str) -> str:
    """Lines that hold words of somebody else's results: nothing in them moves a terminal, or commands a CI runner."""
    texts = _of_reports("texts")
    return str(texts.no_command(texts.visible(text)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forewarn",
        description="Tells which of your tests the next Python will break, why, and by when.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    init = commands.add_parser("init", help="write a matrix.yaml for the project in this folder")
    init.add_argument("folder", nargs="?", type=Path, default=Path())
    init.add_argument("--force", action="store_true", help="overwrite what is there")
    init.add_argument("--github", action="store_true", help="write workflows for GitHub, with a pull request comment")
    init.add_argument("--gitlab", action="store_true", help="write a pipeline for GitLab")
    init.add_argument("--install", metavar="REQUIREMENT", help="what CI installs (default: this forewarn)")
    init.add_argument("--uses", metavar="OWNER/REPOSITORY@COMMIT", help="call forewarn's own workflow, without a copy")

    doctor = commands.add_parser("doctor", help="show which interpreters and tools are found here")
    _add_matrix_options(doctor)

    run = commands.add_parser("run", help="measure the matrix and build the reports")
    _add_matrix_options(run)
    run.add_argument("--python", action="append", default=[], metavar="3.X", help="only these interpreters")
    run.add_argument("--profile", action="append", default=[], metavar="NAME", help="only these profiles")
    run.add_argument("--recreate", action="store_true", help="make every environment anew")
    run.add_argument(
        "-j",
        "--parallel",
        metavar="N",
        help="measure so many cells at a time, or auto (default: as matrix.yaml says, or 1)",
    )
    run.add_argument("--resume", action="store_true", help="keep complete cells of a run before, of the same inputs")
    run.add_argument(
        "--changed", action="store_true", help="run only the test files that a change since the last run can affect"
    )
    run.add_argument("--no-cache", action="store_false", dest="cache", help="run every cell, and keep none")
    run.add_argument(
        "--cache-limit", type=_size, default=1 << 30, metavar="SIZE", help="of the cache of cells (default: 1G)"
    )
    run.add_argument(
        "--strict",
        choices=("warned", "full"),
        help="under warnings filters: run the tests that they can concern, or all (default: as matrix.yaml says)",
    )
    run.add_argument("--results", type=Path, help="results folder (default: .forewarn beside matrix.yaml)")
    run.add_argument("--job", metavar="ID", help="only this job of `forewarn plan`; its results are for `collect`")
    run.add_argument("--plan", type=Path, metavar="FILE", help="the plan, as `forewarn plan --format json` printed it")
    _add_plan_options(run)
    run.add_argument("-v", "--verbose", action="store_true", help="show what nox says")

    plan = commands.add_parser("plan", help="print the jobs of the matrix for the machines of a CI provider")
    plan.add_argument("--matrix", type=Path, default=Path("matrix.yaml"), help="default: ./matrix.yaml")
    plan.add_argument("--format", choices=("table", "json", "github", "gitlab"), default="table")
    _add_plan_options(plan)

    collect = commands.add_parser("collect", help="merge the results of the jobs of one plan")
    collect.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="searched for results folders")
    collect.add_argument("--into", type=Path, default=Path(".forewarn"), metavar="RESULTS")

    check = commands.add_parser("check", help="check matrix.yaml and run nothing")
    check.add_argument("files", nargs="*", type=Path, default=[Path("matrix.yaml")], metavar="FILE")

    _add_reproduce(commands)

    suggest = commands.add_parser("suggest-filters", help="print warnings filters that can be errors now, each proven")
    suggest.add_argument("folder", nargs="?", type=Path, default=Path(".forewarn"), metavar="RESULTS")
    suggest.add_argument("--matrix", type=Path, default=Path("matrix.yaml"), help="default: ./matrix.yaml")

    cache = commands.add_parser("cache", help="show how full the cache of measured cells is, or clear it")
    cache.add_argument("action", nargs="?", choices=("show", "clear"), default="show")

    # Parsed by the package beside ours; here for the list of commands.
    commands.add_parser("report", help="build the reports of a results folder", add_help=False)
    commands.add_parser("accept", help="write down the causes that are accepted", add_help=False)
    commands.add_parser("upstream", help="write the text that reports a dependency's cause upstream", add_help=False)
    commands.add_parser("diff", help="say what changed from one run to another", add_help=False)
    commands.add_parser("badge", help="print a badge for a README, as SVG or for shields.io", add_help=False)
    commands.add_parser("comment", help="write the comment on a pull request, after its run", add_help=False)
    commands.add_parser("explain", help="say what is known of a deprecation, by its id or its text", add_help=False)
    return parser


def _add_matrix_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--matrix", type=Path, default=Path("matrix.yaml"), help="default: ./matrix.yaml")
    parser.add_argument(
        "--interpreter",
        action="append",
        default=[],
        metavar="3.X=PATH",
        help="use this executable for 3.X (also: the variable FOREWARN_INTERPRETERS)",
    )
    parser.add_argument(
        "--download",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="download interpreters that are not here, with uv",
    )


def _add_reproduce(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    again = commands.add_parser("reproduce", help="print the commands that run one test of a cell again, or run them")
    again.add_argument("test", metavar="TEST", help="its id, as reports have it")
    again.add_argument("--cell", required=True, metavar="ID", help="such as 3.13-plain")
    again.add_argument("--run", action="store_true", help="run them in a new folder; 0 where the outcome is the same")
    again.add_argument("--results", type=Path, help="results folder (default: .forewarn beside matrix.yaml)")
    again.add_argument("--matrix", type=Path, default=Path("matrix.yaml"), help="default: ./matrix.yaml")
    again.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH")


def _add_plan_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-jobs",
        type=int,
        metavar="N",
        help="at most so many jobs, as short as can be (default: an environment each)",
    )
    parser.add_argument("--shards", type=int, default=1, metavar="N", help="split each cell's suite into so many parts")
    parser.add_argument(
        "--durations", type=Path, metavar="RESULTS", help="earlier results or report.json (default: .forewarn)"
    )


def _dispatch(options: argparse.Namespace) -> int:  # noqa: C901, PLR0911 - one return for each command
    # Imported where they are needed: `forewarn --help` should not wait for nox.
    if options.version:
        from .version import version  # noqa: PLC0415

        print(f"forewarn {version()}")
        return 0
    match options.command:
        case "init":
            return _init(options)
        case "doctor":
            from .doctor import doctor  # noqa: PLC0415

            return doctor(options)
        case "run":
            from .run import run  # noqa: PLC0415

            return run(options, report, lambda: _of_reports("__main__").prepare(), _check_knowledge)
        case "plan":
            from .plan_command import print_plan  # noqa: PLC0415

            return print_plan(options)
        case "collect":
            from .collect import collect  # noqa: PLC0415

            print(_shown(collect(options.folders, options.into)), end="")
            return 0
        case "cache":
            return _cache(options.action)
        case "check":
            return _check(options.files)
        case "reproduce":
            return _reproduce(options)
        case "suggest-filters":
            from .suggest import describe_suggestions, suggest  # noqa: PLC0415

            proven, dropped = suggest(options.folder, options.matrix)
            print(_shown(describe_suggestions(proven, dropped)), end="")
            return 0
        case _:
            raise UsageError("no command was given", hint="forewarn --help lists them")


def _size(text: str) -> int:
    from .sizes import parse_size  # noqa: PLC0415

    return parse_size(text)


def _cache(action: str) -> int:
    from .cache import Cache, cache_folder  # noqa: PLC0415
    from .sizes import show_size  # noqa: PLC0415

    cache = Cache(cache_folder(os.environ))
    found = cache.clear() if action == "clear" else cache.contents()
    what = f"{found.entries} {'cell' if found.entries == 1 else 'cells'}, {show_size(found.bytes)}"
    print(f"{cache.folder}: removed {what}" if action == "clear" else f"{cache.folder}: {what}")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    from .reproduce import reproduce  # noqa: PLC0415

    results = options.results or options.matrix.absolute().parent / ".forewarn"
    return reproduce(
        options.test, options.cell, results, options.matrix, run=options.run, interpreters=options.interpreter
    )


def _check_knowledge(matrix: Matrix) -> None:
    """Find out before anything is measured whether the report can be made with the project's own records.

    Raises:
        MatrixError: it cannot.
    """
    fault = _of_reports("knowledge").fault_in(matrix.knowledge) if matrix.knowledge else None
    if fault:
        raise MatrixError(fault, hint="docs/knowledge.md lists the fields of a record")


def _check(files: Sequence[Path]) -> int:
    from .config import read_matrix  # noqa: PLC0415
    from .plan import plan  # noqa: PLC0415

    worst = 0
    for file in files:
        try:
            matrix = read_matrix(file)
            _check_knowledge(matrix)
            print(f"{file}: {len(plan(matrix))} cells")
        except ForewarnError as error:
            print(error, file=sys.stderr)
            worst = max(worst, error.exit_code)
    return worst


def _init(options: argparse.Namespace) -> int:
    from .init import MATRIX_NAME, write_starter  # noqa: PLC0415
    from .init_ci import github_files, gitlab_files, requirement, write_ci  # noqa: PLC0415

    files: dict[str, str] = {}
    if options.github or options.uses:
        files |= github_files(requirement(options.install), options.uses)
    if options.gitlab:
        files |= gitlab_files(requirement(options.install))
    written = list(write_ci(options.folder, files, force=options.force))
    # Who has a matrix and asks for workflows wants the matrix kept.
    if not files or not (options.folder / MATRIX_NAME).exists():
        written += write_starter(options.folder, force=options.force)
    for path in written:
        print(f"wrote {path}")
    print("next: forewarn doctor, then forewarn run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
