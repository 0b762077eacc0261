"""How often is the forecast right? Real packages, forecast from one Python alone, then measured on a later one.

For each description in the folder (docs/corpus.md says what is in one) and each pair of versions, ``forewarn run``
measures the base (plain, strict, and as if it were the later version) and then the later version. The forecast is
concluded from a copy of the results that holds the base's cells alone. Beside it, from the same run, the usual way:
every test that fails on the base with ``-W error::DeprecationWarning`` is taken to break.

A test counts where it is green on the base, and does not need a module that the later build of Python lacks (those are
numbered); it broke where it fails, errs or is gone on the later version, and did not pass there when it was run again
or alone (those are numbered, too).

    python bench/forecast.py FOLDER --work WORK --interpreter 3.15=/path/to/python3.15 --output docs/forecast.md
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml
from corpus_package import Package, read_package

ROOT = Path(__file__).resolve().parent.parent
PAIRS = (("3.11", "3.12"), ("3.11", "3.13"), ("3.12", "3.13"), ("3.12", "3.14"), ("3.13", "3.14"), ("3.13", "3.15"))
MARKER = "<!-- Below this line: written by bench/forecast.py --output. Above it: written by hand, and kept. -->"
_GREEN = ("passed", "xfailed", "xpassed")
_BROKEN = ("failed", "error", "missing")
_UNSTEADY = ("flaky", "order-dependent")
_FORECAST = ("will-break", "dependency-will-break")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """One package and pair: numbers of tests."""

    package: str
    base: str
    later: str
    green: int
    broken: int
    forecast: int
    hit: int
    naive: int
    naive_hit: int
    lacking: int
    """Tests that are not counted: they need a module that the later version's build lacks."""
    unsteady: int
    """Tests that fail on the later version and are not taken for broken: they pass when they are run again there."""
    unknown: int
    """Tests of which the forecast said that it does not know."""
    missed: tuple[str, ...] = ()
    """Some of the tests that broke unforeseen, each with its outcome."""
    false: tuple[str, ...] = ()
    plain_seconds: float = 0.0
    as_if_seconds: float = 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 2 when nothing could be measured."""
    options = _parser().parse_args(argv)
    packages = [read_package(file) for file in sorted(options.folder.glob("*.yaml"))]
    wanted = [package for package in packages if not options.only or package.name in options.only]
    with ThreadPoolExecutor(options.jobs) as pool:
        scores = [score for found in pool.map(lambda one: list(_package(one, options)), wanted) for score in found]
    text = markdown(scores)
    print(text)
    if options.output:
        written = options.output.read_text(encoding="utf-8").split(MARKER)[0] if options.output.is_file() else ""
        options.output.write_text(f"{written}{MARKER}\n\n{text}", encoding="utf-8")
    return 0 if scores else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of descriptions, one *.yaml a package")
    parser.add_argument("--work", type=Path, required=True, help="where environments and results are kept")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="NAME", help="only these packages")
    parser.add_argument("--pair", nargs="+", action="extend", default=[], metavar="3.X-3.Y", help="only these pairs")
    parser.add_argument("--interpreter", nargs="+", action="extend", default=[], metavar="3.X=PATH")
    parser.add_argument("--resume", action="store_true", help="conclude anew from results that are there")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="packages at once")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the tables into this markdown file")
    return parser


def _package(package: Package, options: argparse.Namespace) -> Iterator[Score]:
    pairs = [tuple(pair.split("-")) for pair in options.pair] or PAIRS
    for base in dict.fromkeys(base for base, _ in pairs):
        later = [later for one, later in pairs if one == base and later in package.pythons]
        if base not in package.pythons or not later:
            continue
        work = options.work.absolute() / package.name / base
        if not (options.resume and (work / ".forewarn" / "run.json").is_file()):
            _run(package, work, base, later, options.interpreter)
        if not (work / ".forewarn" / "cells").is_dir():
            print(f"{package.name}: {base} was not measured, see {work / 'forewarn.log'}", file=sys.stderr, flush=True)
            continue
        yield from _scores(package.name, work, base, later)
    print(f"{package.name} done", file=sys.stderr, flush=True)


def _run(package: Package, work: Path, base: str, later: list[str], interpreters: Sequence[str]) -> None:
    work.mkdir(parents=True, exist_ok=True)
    matrix = package.matrix([base, *later])
    matrix |= {"base": base, "next": later, "forecast": later}
    matrix["exclude"] = [{"python": one, "profile": "strict"} for one in later]
    (work / "matrix.yaml").write_text(yaml.safe_dump(matrix, sort_keys=False, allow_unicode=True), encoding="utf-8")
    words = [word for entry in interpreters for word in ("--interpreter", entry)]
    with (work / "forewarn.log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "runner", "run", *words],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )


def _scores(name: str, work: Path, base: str, later: list[str]) -> Iterator[Score]:
    full = _report(work / ".forewarn")
    alone = work / "base-alone"
    shutil.rmtree(alone, ignore_errors=True)
    shutil.copytree(work / ".forewarn" / "cells", alone / "cells", ignore=_ignore(later))
    shutil.copyfile(work / ".forewarn" / "run.json", alone / "run.json")
    forecast = {test["id"]: test["verdicts"] for test in _report(alone)["tests"]}
    seconds = {cell["id"]: cell["seconds"] or 0.0 for cell in full["cells"]}
    causes = {cause["id"]: cause["kind"] for cause in full["causes"]}
    complete = {cell["id"] for cell in full["cells"] if cell["status"] == "complete"}
    for version in later:
        if not {f"{base}-plain", f"{version}-plain"} <= complete:
            continue
        outcomes = {test["id"]: test["outcomes"] for test in full["tests"]}
        lacking = {test["id"] for test in full["tests"] if _is_lacking(test, version, causes)}
        green = {test for test, found in outcomes.items() if found.get(f"{base}-plain") in _GREEN}
        lacking &= green
        green -= lacking
        red = {test for test in green if outcomes[test].get(f"{version}-plain") in _BROKEN}
        measured = {test["id"]: test["verdicts"].get(version, {}).get("verdict") for test in full["tests"]}
        broken = {test for test in red if measured[test] not in _UNSTEADY}
        verdicts = {test: forecast.get(test, {}).get(version, {}).get("verdict", "unknown") for test in green}
        said = {test for test in green if verdicts[test] in _FORECAST}
        naive = {test for test in green if outcomes[test].get(f"{base}-strict") in _BROKEN}
        yield Score(
            package=name,
            base=base,
            later=version,
            green=len(green),
            broken=len(broken),
            forecast=len(said),
            hit=len(said & broken),
            naive=len(naive),
            naive_hit=len(naive & broken),
            lacking=len(lacking),
            unsteady=len(red - broken),
            unknown=sum(verdict == "unknown" for verdict in verdicts.values()),
            missed=_some(broken - said),
            false=_some(said - broken),
            plain_seconds=seconds[f"{base}-plain"],
            as_if_seconds=seconds.get(f"{base}-as-if-{version}", 0.0),
        )


def _is_lacking(test: dict[str, Any], version: str, causes: dict[str, str]) -> bool:
    """Whether what a test shows on the later version is of the build there, not of Python."""
    found = test["verdicts"].get(version, {})
    return found.get("verdict") == "changed-environment" and any(
        causes.get(cause) == "lacking" for cause in found.get("causes", ())
    )


def _some(tests: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(tests)[:5])


def _ignore(later: list[str]) -> Any:
    def ignore(_: str, names: list[str]) -> list[str]:
        return [name for name in names if name.partition("-")[0] in later and name.count("-") == 1]

    return ignore


def _report(folder: Path) -> dict[str, Any]:
    """report.json of a results folder, made by the code of this checkout."""
    sys.path.insert(0, str(ROOT))
    from reports.arrange import build_view  # noqa: PLC0415
    from reports.conclude import conclude  # noqa: PLC0415
    from reports.knowledge import Knowledge  # noqa: PLC0415
    from reports.load import load_run  # noqa: PLC0415
    from reports.render_json import render_json  # noqa: PLC0415

    today = datetime.datetime.now(datetime.UTC).date()
    view = build_view(conclude(load_run(folder), Knowledge(), today), today)
    found: dict[str, Any] = json.loads(render_json(view))
    return found


def markdown(scores: Sequence[Score]) -> str:
    """The tables: means over packages for each pair, then each package."""
    pairs = list(dict.fromkeys((score.base, score.later) for score in scores))
    lines = [
        "## Means over packages",
        "",
        "Precision over the packages of which something was forecast, recall over those that break.",
        "",
        "| base → later | packages | precision | recall | naive precision | naive recall |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for base, later in pairs:
        these = [score for score in scores if (score.base, score.later) == (base, later)]
        lines.append(f"| {base} → {later} | {len(these)} | {' | '.join(_means(these))} |")
    plain, as_if = sum(score.plain_seconds for score in scores), sum(score.as_if_seconds for score in scores)
    lines += [
        "",
        f"All tests of all packages and pairs as one: {_pooled(scores)}.",
        f"A run as if took {as_if / plain if plain else 0:.2f} × the time of a plain run of the same suite.",
        *(
            f"Not counted: {score.lacking:,} tests of {score.package}, {score.base} → {score.later}: "
            f"they need a module that this build of {score.later} lacks."
            for score in scores
            if score.lacking
        ),
        *(
            f"Not taken for broken: {score.unsteady:,} of {score.package}, {score.base} → {score.later}: "
            "they passed when they were run again there, or alone."
            for score in scores
            if score.unsteady
        ),
        "",
        "## Packages in which something breaks or was said to",
        "",
        "| package | base → later | green | broken | forecast | right | naive | right | missed, false (five at most) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for score in scores:
        if score.broken or score.forecast:
            wrong = [f"missed `{test}`" for test in score.missed] + [f"false `{test}`" for test in score.false]
            numbers = (score.green, score.broken, score.forecast, score.hit, score.naive, score.naive_hit)
            cells = " | ".join(f"{number:,}" for number in numbers)
            text = "<br>".join(wrong).replace("|", "\\|")
            lines.append(f"| {score.package} | {score.base} → {score.later} | {cells} | {text} |")
    return "\n".join(lines) + "\n"


def _means(scores: Sequence[Score]) -> Iterator[str]:
    breaking = [score for score in scores if score.broken]
    yield _mean([score.hit / score.forecast for score in scores if score.forecast])
    yield _mean([score.hit / score.broken for score in breaking])
    yield _mean([score.naive_hit / score.naive for score in scores if score.naive])
    yield _mean([score.naive_hit / score.broken for score in breaking])


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):.2f} ({len(values)})" if values else "– (0)"


def _pooled(scores: Sequence[Score]) -> str:
    def ratio(hit: int, of: int) -> str:
        return f"{hit / of:.2f}" if of else "–"

    broken = sum(score.broken for score in scores)
    hit, naive_hit = sum(score.hit for score in scores), sum(score.naive_hit for score in scores)
    return (
        f"precision {ratio(hit, sum(score.forecast for score in scores))}, recall {ratio(hit, broken)} "
        f"(naive: {ratio(naive_hit, sum(score.naive for score in scores))}, {ratio(naive_hit, broken)})"
    )


if __name__ == "__main__":
    sys.exit(main())
