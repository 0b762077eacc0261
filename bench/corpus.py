"""Run real packages with and without forewarn: each test's outcome must be the same.

Each description in the folder becomes a matrix.yaml, which ``forewarn run`` measures. Then the package's own command
runs in the very environments that forewarn made, without forewarn, and what each test did there is compared with
``tests[].outcomes`` of report.json.

    python bench/corpus.py FOLDER --work WORK --interpreter 3.15=/path/to/python3.15 --output docs/corpus.md

Exit status: 0 all equal, 1 differences (they are printed), 2 something could not be measured at all.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpus_table
from corpus_compare import Difference
from corpus_measure import CannotMeasureError, CellResult, PackageResult, measure
from corpus_package import Package, read_package


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(argv)
    packages = [read_package(file) for file in sorted(options.folder.glob("*.yaml"))]
    if strange := sorted(set(options.only) - {package.name for package in packages}):
        print(f"no description of {', '.join(strange)} in {options.folder}", file=sys.stderr)
        return 2
    wanted = [package for package in packages if not options.only or package.name in options.only]
    results = [_one(package, options) for package in wanted]
    print(corpus_table.markdown(results).split("\n", 1)[0])
    if options.output:
        _write(options.output, results)
    if any(result.fault for result in results):
        return 2
    return 1 if any(not one.is_unstable for result in results for _, one in result.differences) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of descriptions, one *.yaml a package")
    parser.add_argument("--work", type=Path, help="where environments and results are kept (default: a new folder)")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="NAME", help="only these packages")
    parser.add_argument("--python", nargs="+", action="extend", default=[], metavar="3.X", help="only these versions")
    parser.add_argument("--interpreter", nargs="+", action="extend", default=[], metavar="3.X=PATH")
    parser.add_argument("--resume", action="store_true", help="take packages that --work has results of from there")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the tables to FILE.md, or all to FILE.json")
    return parser


def _one(package: Package, options: argparse.Namespace) -> PackageResult:
    """Measure one package, or read what an earlier run measured."""
    if options.work is None:
        # Outside of any project: pytest looks for its configuration in the folders above.
        options.work = Path(tempfile.mkdtemp(prefix="corpus-"))
    work = options.work.absolute() / package.name
    file = work / "result.json"
    if options.resume and file.is_file():
        result = _read(file)
    else:
        try:
            result = measure(package, work, options.python, options.interpreter)
        except CannotMeasureError as error:
            result = PackageResult(
                name=package.name,
                version=package.version,
                tool=package.tool,
                tests=0,
                seconds=0.0,
                cells=(),
                fault=str(error),
            )
        else:
            work.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(dataclasses.asdict(result), indent=1) + "\n", encoding="utf-8")
    print(corpus_table.in_words(result), *corpus_table.details(result), sep="\n", flush=True)
    return result


def _read(file: Path) -> PackageResult:
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    cells = [
        CellResult(**{**cell, "differences": tuple(Difference(**one) for one in cell["differences"])})
        for cell in data["cells"]
    ]
    return PackageResult(**{**data, "cells": tuple(cells)})


def _write(file: Path, results: Sequence[PackageResult]) -> None:
    if file.suffix == ".json":
        text = json.dumps([dataclasses.asdict(result) for result in results], indent=1) + "\n"
    else:
        written = file.read_text(encoding="utf-8").split(corpus_table.MARKER)[0] if file.is_file() else ""
        text = f"{written}{corpus_table.MARKER}\n{corpus_table.markdown(results)}"
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
