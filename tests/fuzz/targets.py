"""Every reader of files that somebody else may have written, as a function of bytes.

A target returns, or raises what its reader promises to raise; anything else is a finding. ``nox -s fuzz`` mutates its
seeds (``seeds/<target>``) by coverage, the tests replay them and what was found (``found/<target>``).
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from reports import errors as report_errors
from reports.arrange import build_view
from reports.badge import badge_json, badge_svg, make_badge
from reports.baseline import Entry, accept, dump_baseline, read_baseline
from reports.comment_text import whole
from reports.compare import compare_summaries, read_report, summary_of
from reports.conclude import conclude
from reports.documents import FORMATS, document
from reports.explain import explain
from reports.filters import parse_filter as parse_recorded_filter
from reports.github_event import read_event
from reports.journal import read_journal
from reports.junit import JUnitError, read_cases
from reports.knowledge import Knowledge
from reports.knowledge_show import show_json, show_text
from reports.load import load_run
from reports.model import OriginKind
from reports.owners import find_owners
from reports.render_difference import difference_json, difference_markdown, difference_text
from reports.unpack import unpack
from reports.upstream import upstream_text
from runner import errors as runner_errors
from runner.collect import collect
from runner.config import read_matrix
from runner.durations import read_durations
from runner.faults import Faults
from runner.filters import parse_filter
from runner.merge_shards import merge_shards
from runner.metadata import read_metadata
from runner.plan import plan
from runner.plan_command import job_of
from runner.record import ResultsFolder
from runner.releases import read_calendar
from runner.suggest import recorded_texts
from runner.traces import read_traces
from runner.yaml_nodes import parse_items

Target = Callable[[bytes, Path], None]
#: What a user reads instead of a traceback.
OURS = (report_errors.ForewarnError, runner_errors.ForewarnError)
TODAY = dt.date(2026, 11, 20)
_CALENDAR = read_calendar(TODAY)
_KNOWLEDGE = Knowledge()
#: The matrix of the target ``plan-json``.
PLANNED = b"python: ['3.12', '3.13']\n"
_MARK = b"\n=== "
#: Of a results folder in one piece of bytes: a file begins with a line ``=== NUMBER``.
_FILES = (
    "run.json",
    *(
        f"cells/{cell}/{name}"
        for cell in ("3.12-plain", "3.13-plain", "3.13-strict", "3.12-as-if-3.15")
        for name in (
            *("cell.json", "junit.xml", "tests.jsonl", "warnings.jsonl", "modules.jsonl", "ignores.jsonl"),
            *("confirm.jsonl", "uses.jsonl", "functions.jsonl", "upgrades.jsonl"),
        )
    ),
    *(f"shards/3.13-plain-shard={part}/{name}" for part in ("1of2", "2of2") for name in ("cell.json", "junit.xml")),
    "report.json",
)


def write_folder(data: bytes, folder: Path) -> Path:
    """A results folder from bytes; no name in them becomes a path."""
    for part in (b"\n" + data).split(_MARK)[1:]:
        number, _, content = part.partition(b"\n")
        if number.isdigit() and len(number) < 4:
            path = folder / _FILES[int(number) % len(_FILES)]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def folder_bytes(files: Mapping[str, bytes]) -> bytes:
    """The seed that ``write_folder`` makes these files from."""
    return b"".join(b"=== %d\n%s\n" % (_FILES.index(name), content) for name, content in files.items())


def _matrix(data: bytes, folder: Path) -> None:
    file = folder / "matrix.yaml"
    file.write_bytes(data)
    plan(read_matrix(file, calendar=_CALENDAR))


def _yaml_items(data: bytes, _: Path) -> None:
    parse_items(data.decode("utf-8", "replace"), Faults("matrix.yaml"))


def _metadata(data: bytes, folder: Path) -> None:
    names = (b"pyproject.toml", b"setup.cfg", b"setup.py", b"tox.ini", b"PKG-INFO")
    for number, name in enumerate(names):
        for part in (b"\n" + data).split(_MARK)[1:]:
            if part.startswith(b"%d\n" % number):
                (folder / name.decode()).write_bytes(part[2:])
    read_metadata(folder)


def _junit(data: bytes, _: Path) -> None:
    try:
        for _case in read_cases(io.BytesIO(data)):
            pass
    except JUnitError:
        pass


def _traces(data: bytes, folder: Path) -> None:
    (folder / "junit.xml").write_bytes(data)
    (folder / "tests.jsonl").write_bytes(data)
    read_traces(folder)


def _shards(data: bytes, folder: Path) -> None:
    first, _, second = data.partition(b"\0")
    for number, content in (1, first), (2, second):
        (folder / str(number)).mkdir()
        for name in ("junit.xml", "cell.json", "tests.jsonl", "warnings.jsonl"):
            (folder / str(number) / name).write_bytes(content)
    (folder / "into").mkdir()
    merge_shards({1: folder / "1", 2: folder / "2"}, 2, "3.13-plain", folder / "into", "absent")


def _journal(data: bytes, _: Path) -> None:
    read_journal(io.BytesIO(data))


def _results(data: bytes, folder: Path) -> None:
    """Load, conclude, and make every document there is."""
    run = load_run(write_folder(data, folder))
    report = conclude(run, _KNOWLEDGE, TODAY)
    view = build_view(report, TODAY)
    for name in FORMATS:
        "".join(document(name, view, None))
    badge = make_badge(report, None)
    badge_svg(badge)
    badge_json(badge)
    whole(view, None, "main", "")
    for cause in report.causes.causes:
        if cause.origin.kind is OriginKind.DEPENDENCY:
            upstream_text(report, cause.id, _KNOWLEDGE, TODAY)
    entries, _ = accept({}, report.causes.causes, Entry(id=""))
    text = dump_baseline(entries)
    (folder / "baseline.yaml").write_text(text, encoding="utf-8")
    assert read_baseline(folder / "baseline.yaml") == entries


def _collect(data: bytes, folder: Path) -> None:
    first, _, second = data.partition(b"\0")
    write_folder(first, folder / "in" / "first")
    write_folder(second, folder / "in" / "second")
    (folder / "in").mkdir(exist_ok=True)
    collect([folder / "in"], folder / "out")
    collect([folder / "out"], folder / "again")


def _before_a_run(data: bytes, folder: Path) -> None:
    """What `forewarn run`, `plan` and `suggest-filters` read of earlier results."""
    results = ResultsFolder(write_folder(data, folder))
    results.check()
    results.read_run()
    results.cells_of("sha256:1")
    recorded_texts(folder, ["3.12-plain", "3.13-plain"], "DeprecationWarning")
    read_durations(folder, required=False)
    if (folder / "report.json").exists():
        read_durations(folder / "report.json", required=True)


def _report_json(data: bytes, folder: Path) -> None:
    first, _, second = data.partition(b"\0")
    summaries = []
    for name, content in ("first", first), ("second", second or first):
        (folder / name).write_bytes(content)
        summaries.append(summary_of(read_report(folder / name)))
    difference = compare_summaries(*summaries)
    difference_text(difference)
    difference_markdown(difference)
    json.loads(difference_json(difference))


def _plan_json(data: bytes, folder: Path) -> None:
    (folder / "matrix.yaml").write_bytes(PLANNED)
    (folder / "plan.json").write_bytes(data)
    options = argparse.Namespace(plan=folder / "plan.json", job="3.12", max_jobs=None, shards=1, durations=None)
    job_of(read_matrix(folder / "matrix.yaml", calendar=_CALENDAR), options)


def _baseline(data: bytes, folder: Path) -> None:
    (folder / "baseline.yaml").write_bytes(data)
    dump_baseline(read_baseline(folder / "baseline.yaml"))


def _archive(data: bytes, folder: Path) -> None:
    (folder / "artifact.zip").write_bytes(data)
    (folder / "in").mkdir()
    unpack(folder / "artifact.zip", folder / "in")
    assert sorted(path.name for path in folder.iterdir()) == ["artifact.zip", "in"]
    assert not any(path.is_symlink() for path in folder.rglob("*"))


def _event(data: bytes, folder: Path) -> None:
    (folder / "event.json").write_bytes(data)
    read_event(folder / "event.json")


def _texts(data: bytes, _: Path) -> None:
    """A warning's text, a filter, a pattern of CODEOWNERS."""
    text = data.decode("utf-8", "replace")
    explanation = explain(text, _KNOWLEDGE, "3.13")
    show_text(explanation, TODAY, color=False, width=80)
    json.loads(show_json(explanation))
    parse_recorded_filter(text, literal=False)
    find_owners(text, ["tests/test_a.py", text[:50]])
    with contextlib.suppress(ValueError):
        parse_filter(text)


TARGETS: Mapping[str, Target] = {
    "archive": _archive,
    "baseline": _baseline,
    "before-a-run": _before_a_run,
    "collect": _collect,
    "event": _event,
    "journal": _journal,
    "junit": _junit,
    "matrix": _matrix,
    "metadata": _metadata,
    "plan-json": _plan_json,
    "report-json": _report_json,
    "results": _results,
    "shards": _shards,
    "texts": _texts,
    "traces": _traces,
    "yaml-items": _yaml_items,
}


def run_target(name: str, data: bytes, scratch: Path) -> BaseException | None:
    """Run a target in an emptied folder; returns the error of ours that it ended with, if any.

    Raises:
        BaseException: a finding.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        TARGETS[name](data, scratch)
    except OURS as error:
        if not error.message.strip():
            raise AssertionError("an error without a message") from error
        str(error).encode("utf-8", "surrogateescape")
        return error
    return None
