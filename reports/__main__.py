"""The commands ``report`` (a results folder's documents), ``accept`` (its causes) and ``explain`` (a deprecation)."""

from __future__ import annotations

import argparse
import datetime
import gc
import importlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .documents import DEFAULT_FORMATS, FILES, FORMATS, PRINTED, checked_link, document, terminal_document
from .errors import ForewarnError, UsageError

if TYPE_CHECKING:
    from .compare import Difference, Summary
    from .view import View

_EXIT_CODES = """\
exit codes:
  0  nothing breaks
  1  the gate fails
  2  bad usage or input
  3  evidence incomplete: a declared cell was not measured
"""


_DIFF_CODES = """\
exit codes:
  0  no test newly breaks, in the versions that both runs are about
  1  some do: they held before, or are new and fail
  2  bad usage or input
  3  none was seen to, and the evidence of one of the runs is incomplete
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parser().parse_args(words)
        commands = {
            "explain": _explain,
            "accept": _accept,
            "upstream": _upstream,
            "report": _report,
            "badge": _badge,
            "diff": _diff,
            "comment": _comment,
        }
        return commands[options.command](options, os.environ)
    except ForewarnError as error:
        from .texts import no_command, visible  # noqa: PLC0415

        print(no_command(visible(str(error))), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # `forewarn … | head`: nobody listens any more
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forewarn",
        description="Builds reports from a results folder, and explains deprecations.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report",
        help="build the reports of a results folder",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    report.add_argument("folder", nargs="?", type=Path, default=Path(".forewarn"), metavar="DIR")
    report.add_argument(
        "--format",
        action="append",
        default=[],
        metavar="NAME[,NAME]",
        help=f"which documents: {', '.join(FORMATS)} (default: {', '.join(DEFAULT_FORMATS)})",
    )
    report.add_argument(
        "--output", type=Path, metavar="DIR", help="where they go (default: the results folder); - for standard output"
    )
    report.add_argument(
        "--against", type=Path, metavar="RESULTS", help="also say what changed from this run or report.json"
    )
    report.add_argument(
        "--today", metavar="YYYY-MM-DD", help="the day that ignore rules are judged by (default: today)"
    )
    report.add_argument("--page-url", metavar="URL", help="where report.html will be found, for comment and summary")
    report.add_argument("--no-color", action="store_true", help="no colours, whatever the terminal can do")
    report.add_argument("--baseline", type=Path, metavar="FILE", help="accepted causes (default: beside the results)")
    accept = commands.add_parser("accept", help="write down the causes that are accepted", allow_abbrev=False)
    accept.add_argument("folders", nargs="*", type=Path, default=[Path(".forewarn")], metavar="RESULTS")
    accept.add_argument("--baseline", type=Path, metavar="FILE", help="the file (default: beside the results)")
    accept.add_argument("--merge", type=Path, action="append", default=[], metavar="FILE", help="take in another one")
    accept.add_argument("--only", action="append", default=[], metavar="ID|TEXT", help="add only such causes")
    accept.add_argument("--prune", action="store_true", help="add nothing: only drop what is gone")
    accept.add_argument("--reason", default="", help="why, for the entries that are added")
    accept.add_argument("--owner", default="", help="whose they are")
    accept.add_argument("--expires", default="", metavar="DATE|3.X", help="until when they hold")
    accept.add_argument("--today", metavar="YYYY-MM-DD", help=argparse.SUPPRESS)
    upstream = commands.add_parser(
        "upstream", help="write the text that reports a dependency's cause to its maintainers", allow_abbrev=False
    )
    upstream.add_argument("cause", metavar="ID", help="the cause's id, as the reports show it")
    upstream.add_argument("folder", nargs="?", type=Path, default=Path(".forewarn"), metavar="RESULTS")
    upstream.add_argument("--today", metavar="YYYY-MM-DD", help=argparse.SUPPRESS)
    diff = commands.add_parser(
        "diff",
        help="say what changed from one run to another",
        epilog=_DIFF_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    diff.add_argument("before", type=Path, metavar="A", help="a results folder, or a report.json")
    diff.add_argument("after", type=Path, metavar="B", help="likewise")
    diff.add_argument("--format", choices=("terminal", "md", "json"), default="terminal")
    diff.add_argument("--today", metavar="YYYY-MM-DD", help=argparse.SUPPRESS)
    badge = commands.add_parser("badge", help="print a badge for a README", allow_abbrev=False)
    badge.add_argument("folder", nargs="?", type=Path, default=Path(".forewarn"), metavar="RESULTS")
    badge.add_argument("--python", metavar="3.X", help="of which version (default: the last one asked about)")
    badge.add_argument("--format", choices=("svg", "json"), default="svg", help="json: for shields.io's endpoint")
    badge.add_argument("--output", type=Path, metavar="FILE", help="write it there")
    badge.add_argument("--today", metavar="YYYY-MM-DD", help=argparse.SUPPRESS)
    comment = commands.add_parser("comment", help="write the comment on a pull request", allow_abbrev=False)
    comment.add_argument("--key", default="forewarn", help="tells several comments on one pull request apart")
    comment.add_argument("--artifact", default="forewarn-results", metavar="NAME", help="holds the run's results")
    comment.add_argument("--today", metavar="YYYY-MM-DD", help=argparse.SUPPRESS)
    explain = commands.add_parser("explain", help="say what is known of a deprecation", allow_abbrev=False)
    explain.add_argument("query", nargs="+", metavar="ID|TEXT", help="a record's id, a subject, or a warning's text")
    explain.add_argument("--python", metavar="3.X", help="the version on which the text was seen")
    explain.add_argument("--format", choices=("text", "json"), default="text")
    explain.add_argument("--today", metavar="YYYY-MM-DD", help="the day that dates are seen from (default: today)")
    explain.add_argument("--no-color", action="store_true", help="no colours, whatever the terminal can do")
    return parser


def _explain(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from .explain import explain  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .knowledge_show import show_json, show_text  # noqa: PLC0415

    explanation = explain(" ".join(options.query), Knowledge(), options.python)
    if options.format == "json":
        _print(show_json(explanation))
    else:
        color = _has_color(options.no_color, environment)
        width = shutil.get_terminal_size((100, 24)).columns
        _print(show_text(explanation, _day(options.today), color=color, width=width))
    return 0


def _accept(options: argparse.Namespace, _: Mapping[str, str]) -> int:
    from .baseline import Entry, accept, dump_baseline, merge_baselines, read_baseline  # noqa: PLC0415
    from .conclude import conclude  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .load import load_run  # noqa: PLC0415
    from .texts import one_line  # noqa: PLC0415
    from .write import write_document  # noqa: PLC0415

    path = _baseline(options.baseline, options.folders[0])
    known = merge_baselines(read_baseline(one) for one in (path, *options.merge))
    today = _day(options.today)
    reports = [conclude(load_run(folder), Knowledge(), today) for folder in options.folders]
    if incomplete := [
        str(folder) for folder, one in zip(options.folders, reports, strict=True) if not one.gate.complete
    ]:
        _print(f"note: the evidence in {', '.join(incomplete)} is incomplete: nothing is taken for gone\n")
    fresh = Entry(id="", reason=options.reason, owner=options.owner, expires=options.expires)
    causes = [cause for one in reports for cause in one.causes.causes]
    entries, changes = accept(known, causes, fresh, only=tuple(options.only), prune=options.prune, whole=not incomplete)
    write_document(path, dump_baseline(entries))
    _print(f"{path}: {len(changes.added)} added, {len(changes.kept)} kept, {len(changes.pruned)} pruned\n")
    for sign, ids in (("+", changes.added), ("-", changes.pruned)):
        for key in ids:
            entry = entries.get(key) or known[key]
            _print(f"  {sign} {key} {one_line(entry.cause, 100)} ({one_line(entry.where or 'place unknown', 80)})\n")
    return 0


def _upstream(options: argparse.Namespace, _: Mapping[str, str]) -> int:
    from .conclude import conclude  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .load import load_run  # noqa: PLC0415
    from .upstream import upstream_text  # noqa: PLC0415

    today, knowledge = _day(options.today), Knowledge()
    _print(upstream_text(conclude(load_run(options.folder), knowledge, today), options.cause, knowledge, today))
    return 0


def _diff(options: argparse.Namespace, _: Mapping[str, str]) -> int:
    from .compare import compare_summaries  # noqa: PLC0415
    from .render_difference import difference_json, difference_markdown, difference_text  # noqa: PLC0415

    today = _day(options.today)
    difference = compare_summaries(_summary_at(options.before, today), _summary_at(options.after, today))
    shown = {"terminal": difference_text, "md": difference_markdown, "json": difference_json}
    _print(shown[options.format](difference), PRINTED.get(options.format, "text"))
    return 1 if difference.newly_breaking else 0 if difference.complete else 3


def _summary_at(path: Path, today: datetime.date) -> Summary:
    """Of a results folder, concluded by this version and on this day, or of what a report.json says."""
    from .arrange import build_view  # noqa: PLC0415
    from .compare import read_report, summary_of, summary_of_view  # noqa: PLC0415
    from .conclude import conclude  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .load import load_run  # noqa: PLC0415

    if path.is_dir() and not (path / "cells").is_dir() and (path / "report.json").is_file():
        path /= "report.json"
    if not path.is_dir():
        return summary_of(read_report(path))
    return summary_of_view(build_view(conclude(load_run(path), Knowledge(), today), today))


def _changes(view: View, against: Path) -> Difference:
    from .compare import compare_summaries, summary_of_view  # noqa: PLC0415

    return compare_summaries(_summary_at(against, view.today), summary_of_view(view))


def _baseline(named: Path | None, results: Path) -> Path:
    """The baseline: as named, or beside the results folder, which is where matrix.yaml stands."""
    return named if named is not None else results.absolute().parent / "forewarn-baseline.yaml"


def _report(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    # Millions of small objects are made, none of them in cycles, and all are kept to the end: nothing to collect.
    gc.disable()
    try:
        return _build(options, environment)
    finally:
        gc.enable()


def prepare() -> None:
    """Import what a report is made with, before there is anything to report."""
    renderers = [f"render_{name}" for name in ("terminal", "html", "markdown", "json", "difference")]
    for name in ("arrange", "conclude", "load", "owners", "write", *renderers):
        importlib.import_module(f"{__package__}.{name}")


def _build(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    formats = _formats(options.format)
    today = _day(options.today)
    # Imported where they are needed: `--help` should not wait for them.
    from .arrange import build_view  # noqa: PLC0415
    from .baseline import read_baseline  # noqa: PLC0415
    from .conclude import conclude  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .load import load_run  # noqa: PLC0415
    from .write import write_document  # noqa: PLC0415

    baseline = _baseline(options.baseline, options.folder)
    accepted = read_baseline(baseline) if options.baseline is not None or baseline.exists() else None
    report = conclude(load_run(options.folder), Knowledge(), today, accepted)
    view = build_view(report, today)
    written: list[Path] = []
    changes = _changes(view, options.against) if options.against is not None else None
    for name in formats:
        text = document(name, view, changes, checked_link(options.page_url))
        if name in ("terminal", "github") or str(options.output) == "-":
            if name == "terminal":
                color = _has_color(options.no_color, environment)
                text = terminal_document(view, changes, color, shutil.get_terminal_size((100, 24)).columns)
            for part in [text] if isinstance(text, str) else text:
                _print(part, PRINTED.get(name, "text"))
        else:
            path = (options.output or options.folder) / FILES[name]
            write_document(path, text)
            written.append(path)
    if str(options.output) != "-":
        for path in written:
            _print(f"{path}\n")
    return report.gate.exit_code


def _badge(options: argparse.Namespace, _: Mapping[str, str]) -> int:
    from .badge import badge_json, badge_svg, make_badge  # noqa: PLC0415
    from .conclude import conclude  # noqa: PLC0415
    from .knowledge import Knowledge  # noqa: PLC0415
    from .load import load_run  # noqa: PLC0415
    from .write import write_document  # noqa: PLC0415

    badge = make_badge(conclude(load_run(options.folder), Knowledge(), _day(options.today)), options.python)
    text = badge_json(badge) if options.format == "json" else badge_svg(badge)
    if options.output is None:
        _print(text)
    else:
        write_document(options.output, text)
    return 0


def _comment(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from .comment import comment  # noqa: PLC0415

    return comment(options, environment, _day(options.today))


def _formats(words: Sequence[str]) -> tuple[str, ...]:
    names = [name.strip() for word in words for name in word.split(",")]
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format: there is no format {name!r}", hint=f"write {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names)) or DEFAULT_FORMATS


def _day(text: str | None) -> datetime.date:
    if text is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--today: {text!r} is not a day", hint="write 2026-11-20") from error


def _has_color(refused: bool, environment: Mapping[str, str]) -> bool:
    if refused or environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return bool(environment.get("FORCE_COLOR")) or sys.stdout.isatty()


def _print(text: str, kind: str = "text") -> None:
    """Print what the stream's encoding can hold; the rest is spelled out rather than a crash.

    Args:
        text: whole lines.
        kind: ``commands`` for GitHub's runner; of all others it is to read none (``texts.no_command``).
    """
    from .texts import no_command  # noqa: PLC0415

    text = text if kind == "commands" else no_command(text, kind)
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), end="")


if __name__ == "__main__":
    sys.exit(main())
