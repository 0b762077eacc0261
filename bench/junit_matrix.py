"""A results folder out of generated JUnit files, so that reports are measured on what the runner writes.

    python bench/junit_matrix.py GENERATED RESULTS

GENERATED holds ``junit-pyX.Y-plain.xml`` and ``junit-pyX.Y-werror.xml``: one cell each. The files are linked, not
copied, and nothing beside cell.json and run.json is made: no record of a probe.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

_NAME = re.compile(r"junit-py(?P<python>3\.\d+)-(?P<mode>\w+)\.xml")
#: Mode in a file's name → profile.
PROFILES = {"plain": "plain", "werror": "strict"}


def make_results(generated: Path, results: Path) -> Path:
    """Write the folder; returns it."""
    cells = sorted((match, path) for path in generated.iterdir() if (match := _named(path)) is not None)
    plan: list[dict[str, Any]] = []
    for (python, profile), path in cells:
        cell = results / "cells" / f"{python}-{profile}"
        cell.mkdir(parents=True, exist_ok=True)
        link = cell / "junit.xml"
        link.unlink(missing_ok=True)
        os.link(path, link)
        about = {"cell": cell.name, "python": python, "profile": profile, "variant": {}, "optional": False}
        plan.append(about)
        record = {
            **about,
            "format": 1,
            "filters": [] if profile == "plain" else ["error::DeprecationWarning"],
            "status": "complete",
            "tool": "pytest",
            "interpreter": {"implementation": "cpython", "version": f"{python}.0"},
            "durations": {"tests": 30.0},
        }
        (cell / "cell.json").write_text(json.dumps(record), encoding="utf-8")
    pythons = sorted({about["python"] for about in plan}, key=lambda text: int(text.partition(".")[2]))
    matrix = {
        "base": pythons[-2],
        "next": pythons[-1:],
        "profiles": {about["profile"]: [] if about["profile"] == "plain" else ["error"] for about in plan},
    }
    run = {"format": 1, "matrix": matrix, "plan": plan, "target": {"name": "generated"}}
    (results / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return results


def _named(path: Path) -> tuple[str, str] | None:
    match = _NAME.fullmatch(path.name)
    return None if match is None else (match["python"], PROFILES.get(match["mode"], match["mode"]))


if __name__ == "__main__":
    print(make_results(Path(sys.argv[1]), Path(sys.argv[2])))
