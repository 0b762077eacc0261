"""``forewarn collect``: one results folder from those of the jobs of a plan.

The result depends on the set of folders alone: not on their order, on how often one is given, or on whether some were
merged before. So it keeps the evidence of shards (``shards/``) beside the cells made from it, and whatever it writes
for what never came is marked and made anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import UsageError
from .find_results import FILE_LIMIT, FORMAT, TOTAL_LIMIT, Evidence, Found, digest_of, find
from .jobs import planned_cells
from .merge_shards import merge_shards
from .plan import split_id
from .record import EVIDENCE_FILES, ResultsFolder, ignore_in_git, write_json
from .untrusted import is_plain

_TEMPORARY = ".collecting"


def collect(folders: Sequence[Path], into: Path) -> str:
    """Merge all results below ``folders`` into ``into``; returns lines that say what came and what did not.

    Raises:
        UsageError: something is no result, or they are of different plans.
        EvidenceIncompleteError: there is none at all.
    """
    found = find(folders)
    run = merge_runs(found)
    kept = choose(found)
    planned = _planned(run)
    ResultsFolder(into).check()
    whole = {entry["cell"] for entry in run["plan"]}
    if strange := sorted(name for name in kept if whole and split_id(name)[0] not in whole):
        raise UsageError(f"{kept[strange[0]].folder}: the plan has no cell {strange[0]!r}")
    try:
        return _write(into, run, kept, planned)
    except OSError as error:
        raise UsageError(f"cannot write {into}: {error.strerror or error}") from error


def choose(found: Iterable[Found]) -> dict[str, Evidence]:
    """Of each cell or shard the best evidence: the more complete, then the later."""
    kept: dict[str, Evidence] = {}
    for one in (evidence for folder in found for evidence in folder.evidence):
        if one.id not in kept or one.rank > kept[one.id].rank:
            kept[one.id] = one
    return kept


def merge_runs(found: Sequence[Found]) -> dict[str, Any]:
    """The run.json of all.

    Raises:
        UsageError: they are of different matrices, plans or revisions of the target.
    """
    told = sorted((one for one in found if one.run), key=lambda one: digest_of(one.run))
    if not told:
        raise UsageError("no run.json came with the cells: what was planned is not known")
    for what in ("matrix", "plan", "revision"):
        seen: dict[str, Path] = {}
        for one in sorted(told, key=lambda one: str(one.path)):
            value = _identity(one.run, what)
            if value is not None:
                seen.setdefault(value, one.path)
        if len(seen) > 1:
            (first, here), (second, there) = list(seen.items())[:2]
            raise UsageError(
                f"results of different runs: the {what} of {here} is {first}, of {there} it is {second}",
                hint="collect the results of one run, into which every job came with the same matrix.yaml and plan",
            )
    runs = [one.run for one in told]
    started = [run["started"] for run in runs if isinstance(run.get("started"), str)]
    ended = [run["ended"] for run in runs if isinstance(run.get("ended"), str)]
    fields = {key: value for key, value in runs[0].items() if key != "job"}
    with_jobs = next((run for run in runs if planned_cells(run)), None)
    if with_jobs is not None:
        fields |= {"jobs": with_jobs["jobs"], "digests": with_jobs.get("digests")}
    written = fields.get("plan")
    fields["plan"] = [
        entry
        for entry in (written if isinstance(written, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("cell"), str)
    ]
    return {**fields, "started": min(started, default=None), "ended": max(ended, default=None)}


def _identity(run: Mapping[str, Any], what: str) -> str | None:
    """What must be the same in all results of one run; None where this one does not tell."""
    digests, target, plan = run.get("digests"), run.get("target"), run.get("plan")
    if what == "revision":
        revision = target.get("revision") if isinstance(target, dict) else None
        return revision if isinstance(revision, str) else None
    digest = digests.get(what) if isinstance(digests, dict) else None
    if isinstance(digest, str) or what == "matrix":
        return digest if isinstance(digest, str) else None
    cells = [entry.get("cell") for entry in plan if isinstance(entry, dict)] if isinstance(plan, list) else []
    return f"the cells {', '.join(sorted(map(str, cells)))}"[:300]


def _planned(run: Mapping[str, Any]) -> dict[str, str]:
    """Every cell or shard that was to be measured → its job, or nothing where it was planned without jobs."""
    jobs = planned_cells(run)
    planned = dict.fromkeys((str(entry["cell"]) for entry in run["plan"]), "")
    if not jobs:
        return planned
    return {cell: job for job, cells in jobs for cell in cells if split_id(cell)[0] in planned}


def _write(into: Path, run: Mapping[str, Any], kept: Mapping[str, Evidence], planned: Mapping[str, str]) -> str:
    into.mkdir(parents=True, exist_ok=True)
    work = into / _TEMPORARY
    shutil.rmtree(work, ignore_errors=True)
    (work / "cells").mkdir(parents=True)
    (work / "shards").mkdir()
    copier = _Copier()
    for name, evidence in sorted(kept.items()):
        copier.copy(evidence, work / ("shards" if split_id(name)[1] else "cells") / name)
    missing = {name: job for name, job in planned.items() if name not in kept}
    _merge_all(work, kept, planned)
    entries = {entry["cell"]: entry for entry in run["plan"]}
    for name in dict.fromkeys(split_id(one)[0] for one in missing):
        if not (work / "cells" / name).exists():
            folder = work / "cells" / name
            folder.mkdir()
            jobs = dict.fromkeys(job for one, job in missing.items() if split_id(one)[0] == name)
            write_json(folder / "cell.json", _absent(entries[name], _reason(list(jobs))))
    for part in ("cells", "shards"):
        shutil.rmtree(into / part, ignore_errors=True)
        if part == "cells" or any((work / part).iterdir()):
            (work / part).replace(into / part)
    shutil.rmtree(work)
    ignore_in_git(into)
    write_json(into / "run.json", {**run, "format": FORMAT})
    lost = list(dict.fromkeys(job for job in missing.values() if job))
    lines = [f"collected {len(kept)} of {len(planned)} planned cells into {into}"]
    lines += [f"  ! job {job} left no results of {_cells(missing, job)}" for job in lost]
    return "\n".join(lines) + "\n"


def _cells(missing: Mapping[str, str], job: str) -> str:
    return ", ".join(name for name, of in missing.items() if of == job)


def _merge_all(work: Path, kept: Mapping[str, Evidence], planned: Mapping[str, str]) -> None:
    """Make each cell of which there are shards, unless it was also measured whole."""
    parts: dict[str, dict[int, dict[int, Path]]] = {}
    for name in kept:
        whole, shard = split_id(name)
        if shard:
            parts.setdefault(whole, {}).setdefault(shard[1], {})[shard[0]] = work / "shards" / name
    for whole, by_count in parts.items():
        if (work / "cells" / whole).exists():
            continue
        # One plan has one number of shards; of several the one that most came of.
        of, folders = max(by_count.items(), key=lambda entry: (len(entry[1]) / entry[0], entry[0]))
        jobs = [job for name, job in planned.items() if split_id(name)[0] == whole and name not in kept]
        into = work / "cells" / whole
        into.mkdir()
        merge_shards(folders, of, whole, into, _reason(list(dict.fromkeys(jobs))))
        record = json.loads((into / "cell.json").read_bytes())
        write_json(into / "cell.json", {**record, "collected": True})


def _reason(jobs: Sequence[str]) -> str:
    named = [job for job in jobs if job]
    if not named:
        return "no job left results of it"
    return f"job {named[0]} left no results" if len(named) == 1 else f"jobs {', '.join(named)} left no results"


def _absent(entry: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        **entry,
        "filters": None,
        "status": "cancelled",
        "reason": reason,
        "collected": True,
    }


class _Copier:
    """Copies evidence, and stops before it fills the disk."""

    def __init__(self) -> None:
        self._left = TOTAL_LIMIT

    def copy(self, evidence: Evidence, into: Path) -> None:
        """Copy what is known of a cell; links and other names stay behind."""
        into.mkdir()
        for name in EVIDENCE_FILES:
            source = evidence.folder / name
            if not is_plain(source):
                continue
            size = source.lstat().st_size
            if size > FILE_LIMIT:
                raise UsageError(f"{source} is larger than {FILE_LIMIT >> 20} MiB, which no cell leaves behind")
            self._left -= size
            if self._left < 0:
                raise UsageError(f"the results are larger than {TOTAL_LIMIT >> 30} GiB together")
            shutil.copyfile(source, into / name, follow_symlinks=False)
