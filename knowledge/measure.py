"""Runs every probe of deprecations.json on every interpreter that is found, and fails on a disagreement.

``nox -s knowledge`` after a new Python appeared says what changed; with ``-- --update`` it is written into the file,
where the review of its diff is the review of the release.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import records
from .compare import Disagreement, Result, contradictions, disagreements, observed

_PROBING = Path(__file__).with_name("probing.py")
_VERSION = "import platform; print(platform.python_version())"
_SECONDS_EACH = 10.0
_SECONDS_ALL = 600.0
_MINORS = range(8, 30)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; 1 when a record disagrees, 2 when nothing could be measured."""
    options = _parser().parse_args(argv)
    document = records.load()
    started = time.monotonic()
    interpreters = dict(_given(options.interpreter)) or _found()
    if not interpreters:
        print("error: no interpreter was found\nhint: --interpreter 3.15=/path/to/python3.15", file=sys.stderr)
        return 2
    found = list(_measure(document, interpreters, update=options.update, jobs=options.jobs))
    if options.third_party:
        from . import third_party  # noqa: PLC0415 - brings the runner with it

        python = interpreters.get(options.third_party_python, sys.executable)
        found += third_party.measure(document, python, options.environment, update=options.update)
    found += [problem for record in document["records"] for place in _places(record, interpreters) for problem in place]
    for problem in found:
        print(problem)
    if options.update:
        records.FILE.write_text(records.dump(document), encoding="utf-8")
        print(f"wrote {records.FILE.name}; its diff is what changed")
    print(f"{len(found)} disagreements, {time.monotonic() - started:.0f} s")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s knowledge --", description=__doc__, allow_abbrev=False)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    parser.add_argument("--update", action="store_true", help="write what was measured into deprecations.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="interpreters at once")
    parser.add_argument("--third-party", action="store_true", help="measure the test tools' records, too (slow)")
    parser.add_argument("--third-party-python", default="3.12", metavar="3.X")
    parser.add_argument(
        "--environment", action="append", default=[], metavar="'pytest 9.3.0'", help="only these, or new ones"
    )
    return parser


def _given(entries: Sequence[str]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        name, separator, path = entry.partition("=")
        if not separator or not Path(path).is_file():
            raise SystemExit(f"error: --interpreter {entry}: write 3.15=/path/to/python3.15")
        yield name, path


def _found() -> dict[str, str]:
    """Every CPython of this machine, by the rules that runs of a matrix find theirs."""
    # Not needed where paths are given, and it brings python-discovery with it.
    from runner.interpreters import Finder, explicit_interpreters  # noqa: PLC0415
    from runner.model import Interpreter, Python  # noqa: PLC0415
    from runner.pythons import parse_python  # noqa: PLC0415

    explicit = explicit_interpreters((), os.environ, (), parse_python)
    finder = Finder(environment=os.environ, explicit=explicit)
    answers = finder.find_all([Python(major=3, minor=minor) for minor in _MINORS])
    return {str(python): answer.executable for python, answer in answers.items() if isinstance(answer, Interpreter)}


def _measure(
    document: dict[str, Any], interpreters: Mapping[str, str], *, update: bool, jobs: int
) -> Iterator[Disagreement]:
    probed = [record for record in document["records"] if record["package"] == "cpython" and "probe" in record]
    with tempfile.TemporaryDirectory() as folder:
        probes = Path(folder, "probes.json")
        probes.write_text(json.dumps({record["id"]: "\n".join(record["probe"]) for record in probed}), "utf-8")
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            runs = pool.map(lambda name: _run(interpreters[name], probes), interpreters)
            for name, (build, results) in zip(interpreters, runs, strict=True):
                print(f"{name}: {len(results)} of {len(probed)} probes on {build}{_differs(document, name, build)}")
                if update and results:
                    document["interpreters"][name] = build
                elif name not in document["interpreters"]:
                    yield Disagreement(record="all records", place=name, what="never measured; --update writes it down")
                yield from _note(document, probed, name, results, update=update)


def _run(executable: str, probes: Path) -> tuple[str, dict[str, Result]]:
    """The build, and a result for each probe; those before a breakdown count."""
    version = subprocess.run([executable, "-I", "-S", "-c", _VERSION], capture_output=True, text=True, check=False)
    with tempfile.TemporaryDirectory() as folder:
        # Isolated and without site: no start-up hook of an installed package stands in for what was removed.
        command = [executable, "-I", "-S", str(_PROBING), str(probes), str(_SECONDS_EACH)]
        try:
            ran = subprocess.run(
                command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, check=False, timeout=_SECONDS_ALL
            )
            output = ran.stdout
        except subprocess.TimeoutExpired as stopped:
            output = stopped.stdout or b""
    lines = [json.loads(line) for line in output.split(b"\n")[:-1]]
    return version.stdout.strip(), {line["id"]: Result.read(line) for line in lines}


def _environment() -> dict[str, str]:
    """What probes may depend on is the same everywhere; the rest of the caller's environment stays out."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8"}


def _note(
    document: dict[str, Any], probed: list[dict[str, Any]], name: str, results: Mapping[str, Result], *, update: bool
) -> list[Disagreement]:
    """The disagreements of one interpreter that are left; what was measured is written where that is wanted."""
    found = []
    for record in probed:
        result = results.get(record["id"])
        if result is None:
            found.append(Disagreement(record=record["id"], place=name, what="no result: the measuring process ended"))
            continue
        before = list(disagreements(record, name, result))
        if update and not (result.error and result.error[0] == "Crash"):
            _write(record, name, observed(record, name, result), list(document["interpreters"]))
        left = list(disagreements(record, name, result))
        for change in before:
            if change not in left:
                print(f"written: {change}")
        found += left
    return found


def _write(record: dict[str, Any], name: str, word: str, order: Sequence[str]) -> None:
    measured = {**record.get("measured", {}), name: word}
    places = [place for place in (*order, name) if place in measured]
    record["measured"] = {place: measured[place] for place in dict.fromkeys(places)}


def _differs(document: Mapping[str, Any], name: str, build: str) -> str:
    before = document["interpreters"].get(name)
    return "" if before == build else f" (before: {before or 'never'})"


def _places(record: Mapping[str, Any], interpreters: Mapping[str, str]) -> Iterator[list[Disagreement]]:
    if record["package"] == "cpython" and "probe" in record:
        yield from (list(contradictions(record, name)) for name in interpreters)


if __name__ == "__main__":
    sys.exit(main())
