"""Begins a run: what all its cells have in common, and the results folder that they go to. Knows nothing of nox."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from .cache import Cache, cache_folder
from .environment import find_uv
from .guardian import RUN_VARIABLE
from .masking import mask_secrets
from .memory_limit import check_platform
from .model import Matrix, StrictMode
from .plan import plan
from .record import ResultsFolder, plan_json
from .runs import Run
from .schema import describe
from .session_options import Options, make_finder
from .target import prepare
from .untrusted import read_json
from .version import version
from .workspace import working_copies


def prepare_run(matrix: Matrix, results: Path, work: Path, options: Options, environment: Mapping[str, str]) -> Run:
    """Find the interpreters and get the target.

    Raises:
        ForewarnError: a wrong option, a target that cannot be had, a limit that this system does not keep.
    """
    check_platform(matrix.limits.memory)
    inherited = {**environment, RUN_VARIABLE: str(work)}
    work.mkdir(parents=True, exist_ok=True)
    uv = find_uv(inherited)
    return Run(
        matrix=matrix,
        checkout=prepare(matrix.target, work, inherited, uv),
        interpreters=make_finder(matrix, options, inherited, uv).find_all(matrix.pythons),
        results=ResultsFolder(results / "narrowed" if options.extra else results),
        work=work,
        inherited=inherited,
        uv=uv,
        now=now,
        copies=working_copies(work),
        reuse=not options.recreate,
        changed=options.changed,
        parallel=options.slots() > 1,
        full=(options.strict or matrix.strict) is StrictMode.FULL,
        cache=_cache(options, inherited),
    )


def open_results(run: Run, options: Options) -> None:
    """Open the results folder.

    Evidence of cells that this run will not measure stays if it is of the same target, else it goes: one results
    folder never mixes two states of the code.

    Raises:
        UsageError: the folder cannot be written.
    """
    cells = plan(run.matrix)
    run.results.begin(
        {
            "forewarn": version(),
            "matrix": {**describe(run.matrix), "env": mask_secrets(dict(run.matrix.env))},
            "plan": plan_json(cells),
            "target": run.checkout.to_json(),
            "started": now().isoformat(timespec="milliseconds"),
            "ended": None,
            **(read_json(options.job) or {} if options.job else {}),
        },
        keep=run.results.cells_of(run.checkout.digest) & {cell.id for cell in cells},
    )


def _cache(options: Options, inherited: Mapping[str, str]) -> Cache | None:
    """None where the tests are chosen by hand: that is no evidence of a cell."""
    if not options.cache or options.extra:
        return None
    return Cache(cache_folder(inherited), limit=options.cache_limit)


def now() -> datetime.datetime:
    """The time, in UTC."""
    return datetime.datetime.now(datetime.UTC)
