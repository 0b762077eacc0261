"""``forewarn run``: drives nox with the sessions of a matrix, shows how far it is, and has the reports built."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from . import execute
from .begin import now, open_results, prepare_run
from .config import parse_python, read_matrix
from .durations import remember
from .errors import EvidenceIncompleteError, InterruptedRunError, UsageError
from .init import write_schema
from .model import Cell, Matrix, Status
from .paths import absolute
from .plan import EVERYTHING, groups, named, plan
from .plan_command import job_of, write_job
from .record import ResultsFolder
from .reuse import take
from .session_options import parse_options
from .texts import parallel
from .version import import_root
from .watch import Glimpse, Watcher

#: What to do where a project's folder is of others, or read-only.
_ELSEWHERE = "put matrix.yaml, with `target: {path: …}`, into a folder that can be written"

#: Seconds between two looks at the evidence.
_INTERVAL = 0.2

_NOXFILE = """\
# Written by `forewarn run`; nox loads it. Your own noxfile gets the same sessions with the last two lines.
import sys
sys.path.insert(0, {root!r})
from {module} import compat
compat({matrix!r}, results={results!r})
"""


def run(options: argparse.Namespace, report: Callable[[Sequence[str]], int]) -> int:
    """Measure the matrix, then hand the results folder to ``report``; returns the exit code.

    Raises:
        ForewarnError: a faulty matrix or option, or Ctrl-C (after the report of what there is).
    """
    matrix = read_matrix(options.matrix)
    results = ResultsFolder((options.results or matrix.file.parent / ".forewarn").absolute())
    results.check()
    if options.job is None and (options.plan or options.max_jobs or options.durations or options.shards != 1):
        raise UsageError(
            "--plan, --max-jobs, --shards and --durations say which jobs there are; without --job they mean nothing",
            hint="name one of the jobs that `forewarn plan` prints",
        )
    job, ids = (None, ()) if options.job is None else job_of(matrix, options)
    cells = select(named(plan(matrix), ids) if job else plan(matrix), options.python, options.profile)
    work = matrix.file.parent / ".nox"
    with _alone(work), _alone(results.path):
        remember(_durations_file(work), results.path)
        for cell in cells:
            shutil.rmtree(results.cell_folder(cell), ignore_errors=True)
        job_file = write_job(work / "forewarn", job) if job else None
        left = _without_cached(options, matrix, results, work, cells, job_file)
        interrupted = bool(left) and _measure(options, matrix, results, work, left, job_file)
    if not interrupted:
        results.finish(now())
    if job and not interrupted:
        return _job_code(results, cells)
    reported = 0 if job else report(["report", str(results.path)])
    if interrupted:
        raise InterruptedRunError("interrupted; the report shows what was measured before")
    return reported


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second run out of a folder, for as long as this one lasts.

    Raises:
        UsageError: another run is there. The system frees the lock of one that was killed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".forewarn.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(
            f"another forewarn run is at work in {folder}",
            hint="wait for it; or run from a copy of the folder, where both can measure",
        ) from None
    except OSError as error:
        raise UsageError(f"cannot write below {folder}: {error.strerror or error}", hint=_ELSEWHERE) from error
    try:
        yield
    finally:
        lock.release()


def _without_cached(
    options: argparse.Namespace,
    matrix: Matrix,
    results: ResultsFolder,
    work: Path,
    cells: Sequence[Cell],
    job_file: Path | None,
) -> tuple[Cell, ...]:
    """Take from the cache what it has; returns the cells that are left to run."""
    if not options.cache or options.recreate:
        return tuple(cells)
    words = _session_options(options)
    chosen = dataclasses.replace(parse_options(words, matrix), job=job_file)
    # What was downloaded is found; what was not has no evidence either.
    run = prepare_run(matrix, results.path, work / "forewarn", dataclasses.replace(chosen, download=False), os.environ)
    open_results(run, chosen)
    taken = [one.cell for one in take(run, cells)]
    for cell in taken:
        glimpse = Watcher(results, cell).look()
        print(f"  {_mark(glimpse)} {glimpse.in_words()}")
    if len(taken) == len(cells):
        results.finish(now())
    return tuple(cell for cell in cells if cell not in taken)


def _measure(
    options: argparse.Namespace,
    matrix: Matrix,
    results: ResultsFolder,
    work: Path,
    cells: Sequence[Cell],
    job_file: Path | None,
) -> bool:
    """Have nox run the sessions; whether somebody interrupted."""
    noxfile = _write_noxfile(matrix, results, work)
    command = [
        # In UTF-8, whatever the locale says: paths that it cannot spell are paths all the same. And by its name alone,
        # from where it is: nox takes a $ in a path for a variable.
        *(sys.executable, "-X", "utf8", "-m", "nox", "--noxfile", noxfile.name),
        *("--envdir", str(work), "--sessions", EVERYTHING),
        *("--", *_session_options(options), "--durations-file", str(_durations_file(work))),
        *(word for cell in (cells if cells != plan(matrix) else ()) for word in ("--cell", cell.id)),
    ]
    if job_file:
        command += ["--job-file", str(job_file)]
    console = Console(highlight=False)
    code, interrupted = _drive(command, noxfile.parent, results, cells, console, verbose=options.verbose)
    if code == 2:
        raise UsageError("nox refused to run, as it says above" if options.verbose else _errors_of(results))
    return interrupted


def _durations_file(work: Path) -> Path:
    return work / "forewarn" / "durations.json"


def _job_code(results: ResultsFolder, cells: Sequence[Cell]) -> int:
    """Of a job: 3 where a cell that is not optional has no complete evidence. What breaks is for the report to say."""
    records = [(cell, results.read_cell(cell.id) or {}) for cell in cells]
    missing = [cell for cell, record in records if record.get("status") != Status.COMPLETE and not cell.optional]
    return EvidenceIncompleteError.exit_code if missing else 0


def select(cells: Sequence[Cell], pythons: Sequence[str], profiles: Sequence[str]) -> tuple[Cell, ...]:
    """The cells of these interpreters and profiles; all where none is named.

    Raises:
        UsageError: a name that the matrix does not have.
    """
    try:
        wanted = {parse_python(text) for text in pythons}
    except ValueError as error:
        raise UsageError(f"--python: {error}") from None
    known = {cell.python for cell in cells}
    if unknown := sorted(wanted - known):
        declared = ", ".join(map(str, sorted(known)))
        raise UsageError(f"--python: {unknown[0]} is not in the matrix", hint=f"it declares {declared}")
    names = list(dict.fromkeys(cell.profile.name for cell in cells))
    if strange := [name for name in profiles if name not in names]:
        raise UsageError(f"--profile: no profile {strange[0]!r}", hint=f"the matrix has {', '.join(names)}")
    return tuple(
        cell
        for cell in cells
        if (not wanted or cell.python in wanted) and (not profiles or cell.profile.name in profiles)
    )


def _write_noxfile(matrix: Matrix, results: ResultsFolder, work: Path) -> Path:
    path = work / "forewarn" / "noxfile.py"
    text = _NOXFILE.format(
        root=str(import_root()), module=f"{__package__}.sessions", matrix=str(matrix.file), results=str(results.path)
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        results.path.mkdir(parents=True, exist_ok=True)
        (work / ".gitignore").write_text("*\n", encoding="utf-8")
        write_schema(matrix.file.parent)  # a fresh clone lacks what its matrix.yaml refers to
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write below {work}: {error.strerror or error}", hint=_ELSEWHERE) from error
    return path


def _session_options(options: argparse.Namespace) -> list[str]:
    words = ["--cache-limit", str(options.cache_limit)] if options.cache else ["--no-cache"]
    if options.parallel is not None:
        try:
            parallel(options.parallel)
        except ValueError as error:
            raise UsageError(f"--parallel: {error}") from None
        words += ["--parallel", options.parallel]
    # nox changes to another folder; what is no PYTHON=PATH is left for the sessions to complain of.
    entries = [entry.partition("=") for entry in options.interpreter]
    given = [f"{name}={absolute(Path.cwd(), path.strip())}" if path else name for name, _, path in entries]
    words += [word for entry in given for word in ("--interpreter", entry)]
    if options.download is not None:
        words.append("--download" if options.download else "--no-download")
    return [*words, "--recreate"] if options.recreate else words


def _drive(
    command: Sequence[str], cwd: Path, results: ResultsFolder, cells: Sequence[Cell], console: Console, *, verbose: bool
) -> tuple[int, bool]:
    """Run nox to its end in ``cwd``; (its exit code, whether somebody interrupted)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    log = None if verbose else results.path / "nox.log"
    count = len(groups(cells))
    console.print(Text(f"measuring {len(cells)} cells in {count} environments"), soft_wrap=True)
    with execute.terminate_as_interrupt():
        process = execute.start(command, cwd=cwd, environment=environment, log=log)
        try:
            _show(process, results, cells, console)
        except KeyboardInterrupt:
            console.print(Text("interrupted: stopping what runs, keeping what is measured"), soft_wrap=True)
            process.send_signal(signal.SIGINT)
            process.wait()
            return process.returncode, True
    return process.wait(), False


def _show(process: execute.Process, results: ResultsFolder, cells: Sequence[Cell], console: Console) -> None:
    """A line for each cell when it is done; in a terminal also a bar for each that runs or is got ready."""
    # Cells of one environment are got ready together: the first of them speaks for all.
    firsts = {group[0].id for group in groups(cells)}
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    running: set[str] = set()
    with progress:
        overall = progress.add_task("cells", total=len(cells), note="")
        bars = {cell.id: progress.add_task(cell.id, total=None, visible=False, start=False, note="") for cell in cells}
        for glimpse in _follow(process, results, cells):
            bar = bars[glimpse.cell.id]
            if glimpse.phase == "done":
                console.print(Text(f"  {_mark(glimpse)} {glimpse.in_words()}"), soft_wrap=True)
                progress.remove_task(bar)
                progress.advance(overall)
            elif glimpse.phase == "running":
                if glimpse.cell.id not in running:
                    running.add(glimpse.cell.id)
                    progress.reset(bar)  # its time counts from here
                note = f"{glimpse.failures} failed"
                progress.update(bar, visible=True, total=glimpse.collected, completed=glimpse.ended, note=note)
            elif glimpse.phase == "environment" and glimpse.cell.id in firsts:
                progress.start_task(bar)
                progress.update(bar, visible=True, note="making its environment")


def _follow(process: execute.Process, results: ResultsFolder, cells: Sequence[Cell]) -> Iterator[Glimpse]:
    """Every cell that is not done, again and again, until each is done or the process is over."""
    watchers = {cell.id: Watcher(results, cell) for cell in cells}
    while watchers:
        over = process.poll() is not None
        for name, watcher in list(watchers.items()):
            glimpse = watcher.look(over=over)
            yield glimpse
            if glimpse.phase == "done":
                del watchers[name]
        if watchers:
            time.sleep(_INTERVAL)


def _mark(glimpse: Glimpse) -> str:
    if glimpse.status is not Status.COMPLETE:
        return "!"
    return "✗" if glimpse.failures else "✓"


def _errors_of(results: ResultsFolder) -> str:
    """What nox's log says was wrong with the input."""
    try:
        lines = (results.path / "nox.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "nox refused to run"
    marked = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return "\n".join(marked or lines[-5:])
