"""``forewarn run``: drives nox with the sessions of a matrix, shows how far it is, and has the reports built."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from . import execute
from .begin import now, open_results, prepare_run
from .config import parse_python, read_matrix
from .durations import remember
from .errors import EvidenceIncompleteError, InterruptedRunError, UsageError
from .guardian import RUN_VARIABLE, guarded
from .init import write_schema
from .measure import prepare
from .model import Absent, Cell, Matrix, Status
from .paths import absolute
from .plan import EVERYTHING, groups, named, plan
from .plan_command import job_of, write_job
from .record import ResultsFolder
from .reuse import standing, take
from .session_options import parse_options
from .strays import end_strays
from .texts import parallel
from .version import import_root
from .watch import Watcher

#: What to do where a project's folder is of others, or read-only.
_ELSEWHERE = "put matrix.yaml, with `target: {path: …}`, into a folder that can be written"

_NOXFILE = """\
# Written by `forewarn run`; nox loads it. Your own noxfile gets the same sessions with the last two lines.
import sys
sys.path.insert(0, {root!r})
from {module} import compat
compat({matrix!r}, results={results!r})
"""


def run(
    options: argparse.Namespace,
    report: Callable[[Sequence[str]], int],
    prepare: Callable[[], None] = lambda: None,
    check: Callable[[Matrix], None] = lambda _: None,
) -> int:
    """Measure the matrix, then hand the results folder to ``report``; returns the exit code.

    Args:
        options: of the command line.
        report: makes the reports, by its words.
        prepare: called while nox starts: what the report needs can be imported meanwhile.
        check: raises for what would only be found when the report is made.

    Raises:
        ForewarnError: a faulty matrix or option, or Ctrl-C (after the report of what there is).
    """
    matrix = read_matrix(options.matrix)
    check(matrix)
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
        job_file = write_job(work / "forewarn", job) if job else None
        left = _left_to_run(options, matrix, results, work, cells, job_file)
        interrupted = bool(left) and _measure(options, matrix, results, work, left, job_file, prepare)
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
        raise _cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _left_to_run(
    options: argparse.Namespace,
    matrix: Matrix,
    results: ResultsFolder,
    work: Path,
    cells: Sequence[Cell],
    job_file: Path | None,
) -> tuple[Cell, ...]:
    """The cells that nox is started for: not measured before, and with an interpreter that is or may be here.

    What stands in the results folder is kept where the run is to be resumed; what the cache has is taken from there.
    """
    if options.recreate or not (options.cache or options.resume):
        results.forget(cells)
        return tuple(cells)
    chosen = dataclasses.replace(parse_options(_session_options(options), matrix), job=job_file)
    # What was downloaded before is found; a download is for nox, whose log tells of it.
    run = prepare_run(matrix, results.path, work / "forewarn", dataclasses.replace(chosen, download=False), os.environ)
    done = {cell.id for cell in standing(run, cells)} if options.resume else set()
    others = [cell for cell in cells if cell.id not in done]
    results.forget(others)
    open_results(run, chosen)
    done |= {one.cell.id for one in take(run, others)}
    if not (matrix.download if chosen.download is None else chosen.download):
        absent = [cell for cell in others if isinstance(run.interpreters[cell.python], Absent)]
        done |= {record.cell.id for group in groups(absent) for record in prepare(run, group, lambda _: None).records}
    for cell in cells:
        if cell.id in done:
            print(f"  {Watcher(results, cell).look().marked()}")
    return tuple(cell for cell in cells if cell.id not in done)


def _measure(
    options: argparse.Namespace,
    matrix: Matrix,
    results: ResultsFolder,
    work: Path,
    cells: Sequence[Cell],
    job_file: Path | None,
    prepare: Callable[[], None],
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
    with guarded(work):
        code, interrupted = _drive(command, work, results, cells, prepare, verbose=options.verbose)
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
        # Bytecode is known by the second and the size of its source: another run's noxfile may have both.
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(work, error) from error
    return path


def _cannot_write(folder: Path, error: OSError) -> UsageError:
    hint = "make room there" if error.errno == errno.ENOSPC else _ELSEWHERE
    return UsageError(f"cannot write below {folder}: {error.strerror or error}", hint=hint)


def _session_options(options: argparse.Namespace) -> list[str]:
    words = ["--cache-limit", str(options.cache_limit)] if options.cache else ["--no-cache"]
    words += ["--changed"] if options.changed else []
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
    if options.strict:
        words += ["--strict", options.strict]
    return [*words, "--recreate"] if options.recreate else words


def _drive(
    command: Sequence[str],
    work: Path,
    results: ResultsFolder,
    cells: Sequence[Cell],
    prepare: Callable[[], None],
    *,
    verbose: bool,
) -> tuple[int, bool]:
    """Run nox to its end; (its exit code, whether somebody interrupted)."""
    from .progress import Display  # noqa: PLC0415 - rich is slow to import, and nothing is shown of what is cached

    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    environment[RUN_VARIABLE] = str(work)
    display = Display(results, cells)
    log = None if verbose else results.path / "nox.log"
    count = len(groups(cells))
    display.say(f"measuring {len(cells)} cells in {count} environments")
    with execute.terminate_as_interrupt():
        process = execute.start(command, cwd=work / "forewarn", environment=environment, log=log)
        try:
            prepare()
            display.follow(lambda seconds: execute.wait_for(process, seconds))
        except KeyboardInterrupt:
            display.say("interrupted: stopping what runs, keeping what is measured")
            process.send_signal(signal.SIGINT)
            process.wait()
            return process.returncode, True
        code = process.wait()
        if code < 0:
            end_strays(RUN_VARIABLE, str(work))
            display.say(f"nox was ended by signal {-code}: what it ran is stopped, what is measured is kept")
    return code, False


def _errors_of(results: ResultsFolder) -> str:
    """What nox's log says was wrong with the input."""
    try:
        lines = (results.path / "nox.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "nox refused to run"
    marked = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return "\n".join(marked or lines[-5:])
