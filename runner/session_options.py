"""Options of a run, however it was started, and the interpreter finder that follows from them."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from .cache import DEFAULT_LIMIT
from .capacity import cores
from .config import parse_python
from .download import Downloader
from .interpreters import Finder, explicit_interpreters
from .model import Matrix, StrictMode
from .plan import forecast_profile
from .sizes import parse_size
from .texts import parallel


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What may stand behind ``--`` on nox's command line."""

    profiles: tuple[str, ...] = ()
    """Only these; all where empty."""
    cells: tuple[str, ...] = ()
    """Ids of cells, or of shards of them: only these; all where empty."""
    job: Path | None = None
    """A file that says which job of which plan this is; its fields go into run.json."""
    interpreters: tuple[str, ...] = ()
    """``3.15=/path`` entries."""
    download: bool | None = None
    """Overrides matrix.yaml."""
    recreate: bool = False
    strict: StrictMode | None = None
    """Overrides matrix.yaml."""
    changed: bool = False
    """Whether cells run only the test files that a change since their last run can affect."""
    cache: bool = True
    """Whether complete cells are taken from the cache and kept there."""
    cache_limit: int = DEFAULT_LIMIT
    """Bytes."""
    parallel: int | None = 1
    """How many cells are measured at the same time; None: as many as the machine bears."""
    durations: Path | None = None
    """A file of what cells took before."""
    extra: tuple[str, ...] = ()
    """For the test command: ``-k name``. Such a narrowed run is kept apart from the results."""

    def slots(self) -> int:
        """How many cells are measured at the same time on this machine."""
        return cores() if self.parallel is None else self.parallel


def parse_options(words: Sequence[str], matrix: Matrix) -> Options:
    """Options from the words behind ``--``; what is not known goes to the test command."""
    parser = argparse.ArgumentParser(prog="nox -s compat-3.X --", allow_abbrev=False, add_help=False)
    names = [profile.name for profile in (*matrix.profiles, *map(forecast_profile, matrix.forecast))]
    parser.add_argument("--profile", action="append", default=[], choices=names)
    parser.add_argument("--cell", action="append", default=[])
    parser.add_argument("--job-file", type=Path, default=None)
    parser.add_argument("--interpreter", action="append", default=[])
    parser.add_argument("--download", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--recreate", action="store_true")
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("--no-cache", action="store_false", dest="cache")
    parser.add_argument("--cache-limit", type=parse_size, default=DEFAULT_LIMIT)
    parser.add_argument("--parallel", type=parallel, default=matrix.parallel)
    parser.add_argument("--durations-file", type=Path, default=None)
    parser.add_argument("--strict", type=StrictMode, choices=tuple(StrictMode), default=None)
    known, extra = parser.parse_known_args(list(words))
    return Options(
        profiles=tuple(known.profile),
        cells=tuple(known.cell),
        job=known.job_file,
        interpreters=tuple(known.interpreter),
        download=known.download,
        recreate=known.recreate,
        strict=known.strict,
        changed=known.changed,
        cache=known.cache,
        cache_limit=known.cache_limit,
        parallel=known.parallel,
        durations=known.durations_file,
        extra=tuple(extra),
    )


def make_finder(matrix: Matrix, options: Options, environment: Mapping[str, str], uv: str | None) -> Finder:
    """The finder of a matrix' interpreters, with what was given by hand and, where wanted, downloads."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - both cost start-up time
    from python_discovery import DiskCache  # noqa: PLC0415

    wanted = matrix.download if options.download is None else options.download
    return Finder(
        environment=environment,
        explicit=explicit_interpreters(options.interpreters, environment, matrix.interpreters, parse_python),
        download=Downloader(uv, environment) if wanted else None,
        # An answer is kept until the executable changes; without it each look-up starts a process.
        cache=DiskCache(user_cache_path("forewarn") / "python-discovery"),
    )
