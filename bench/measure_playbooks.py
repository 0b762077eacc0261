"""What each suite of docs/playbooks/suites does on each interpreter: measures, compares, and with --write notes it.

A suite has ``before`` and ``after``, run by unittest, or by pytest in environments of its own (``variants`` in its
expected.yaml). Its result is ``ok``, or what its failures say, each different one once.

    python bench/measure_playbooks.py --python 3.15=/path/to/python3.15 --write
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SUITES = ROOT / "docs" / "playbooks" / "suites"
_SAYS = re.compile(
    r"^(?:E +)?((?:[\w.]+\.)?\w+(?:Error|Warning|Exception)(?:: .*)?|fixture '\w+' not found)$", re.MULTILINE
)
_TASK = re.compile(r"<Task .*> (?=got Future)|<Future .*> (?=attached)|<_\w+Loop [^>]*>")
_DIFFERS = re.compile(r"0x[0-9a-f]+|Task-\d+|/[\w./-]+/")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 when something was measured otherwise than it is written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[], metavar="3.X=PATH", help="beside those that are found")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(argv)
    sys.path.insert(0, str(ROOT))
    from knowledge.measure import _found  # noqa: PLC0415

    pythons = _found() | dict(entry.split("=", 1) for entry in options.python)
    differs = False
    for folder in sorted(path for path in SUITES.iterdir() if path.is_dir()):
        if options.only and folder.name not in options.only:
            continue
        written = read_expected(folder)
        measured = {name: dict(sorted_by_version(found)) for name, found in measure(folder, pythons).items()}
        if options.write:
            text = yaml.safe_dump({**written, "measured": measured}, sort_keys=False, width=200, allow_unicode=True)
            (folder / "expected.yaml").write_text(text, encoding="utf-8")
        for name, found in measured.items():
            for python, result in found.items():
                known = written.get("measured", {}).get(name, {}).get(python)
                if known != result:
                    differs = True
                    print(f"{folder.name} {name} on {python}: {result!r}, written is {known!r}")
    return 1 if differs and not options.write else 0


def read_expected(folder: Path) -> dict[str, Any]:
    """The expected.yaml of a suite; {} where there is none yet."""
    file = folder / "expected.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def sorted_by_version(found: Mapping[str, str]) -> list[tuple[str, str]]:
    """3.9 before 3.10."""
    return sorted(found.items(), key=lambda pair: tuple(map(int, pair[0].split("."))))


def measure(folder: Path, pythons: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """{``before`` and ``after``, with the variant behind a blank where there is one: {python: result}}."""
    variants = read_expected(folder).get("variants") or {"": None}
    found: dict[str, dict[str, str]] = {}
    for kind in ("before", "after"):
        for variant, details in variants.items():
            if details is not None and kind not in details.get("suites", ["before", "after"]):
                continue
            name = " ".join(part for part in (kind, variant) if part)
            wanted = pythons if details is None else {one: pythons[one] for one in details["pythons"] if one in pythons}
            found[name] = {
                python: run(folder / kind, executable, None if details is None else details["requirements"])
                for python, executable in wanted.items()
            }
    return found


def run(folder: Path, python: str, requirements: Sequence[str] | None) -> str:
    """``ok``, or what the failures of one suite say."""
    with tempfile.TemporaryDirectory() as work:
        command = [python, "-B", "-m", "unittest", "test_it"]
        if requirements is not None:
            environment = Path(work) / "env"
            subprocess.run(["uv", "venv", "--quiet", "--python", python, str(environment)], check=True)
            python = str(environment / "bin" / "python")
            subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, *requirements], check=True)
            command = [python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", work, "test_it.py"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if ended.returncode == 0:
        return "ok"
    return "; ".join(dict.fromkeys(_said(ended.stdout + ended.stderr))) or f"exit status {ended.returncode}"


def _said(output: str) -> Iterator[str]:
    for found in _SAYS.findall(output):
        yield _DIFFERS.sub("<…>", _TASK.sub("<…>", found))[:160]


if __name__ == "__main__":
    sys.exit(main())
