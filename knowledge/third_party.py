"""Measures the records of the test tools: their ``test_file`` in an environment of each version.

The environments are named in the records: ``pytest 8.2.2``, ``pytest-asyncio 0.24.0 (pytest 8.3.5)``. They are made
with uv and thrown away.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.environment import find_uv

from .compare import Disagreement, Result, disagreements, observed

#: A plugin that writes down every warning of the suite, of its collection, and of what is set up before.
_RECORDER = """\
import json
WARNINGS = []
def pytest_warning_recorded(warning_message):
    WARNINGS.append([warning_message.category.__name__, str(warning_message.message)])
def pytest_unconfigure(config):
    with open("warnings.json", "w") as file:
        json.dump(WARNINGS, file)
"""
_PROBE = """\
import json, sys, warnings
warnings.simplefilter("always")
seen, error = [], None
warnings.showwarning = lambda message, category, *rest: seen.append([category.__name__, str(message)])
try:
    exec(sys.argv[1])
except Exception as caught:
    error = [type(caught).__name__, str(caught)]
print(json.dumps({"warnings": seen, "error": error}))
"""
#: pytest's exit status when it collected nothing: the record's warning says why, and that is no error.
_NOTHING_COLLECTED = 5
_SECONDS = 120


def measure(document: dict[str, Any], python: str, only: Sequence[str], *, update: bool) -> list[Disagreement]:
    """Measure every environment that the records name, or only those asked for.

    Args:
        document: the knowledge base; changed where ``update`` says so.
        python: the interpreter for the environments.
        only: names of environments, also new ones.
        update: write what was measured into the records.
    """
    found: list[Disagreement] = []
    for name in only or environments(document):
        records = [record for record in document["records"] if _belongs(record, name, asked=bool(only))]
        with tempfile.TemporaryDirectory() as folder:
            executable = _make(Path(folder, "environment"), python, requirements(name))
            results = {record["id"]: _run(record, executable, Path(folder, record["id"])) for record in records}
        print(f"{name}: {len(results)} records")
        for record in records:
            result = results[record["id"]]
            if update:
                record["measured"] = {**record.get("measured", {}), name: observed(record, name, result)}
            found += disagreements(record, name, result)
    return found


def environments(document: Mapping[str, Any]) -> list[str]:
    """Every environment that a record names, in the order of the file."""
    names = [
        name for record in document["records"] if record["package"] != "cpython" for name in record.get("measured", ())
    ]
    return list(dict.fromkeys(names))


def requirements(name: str) -> list[str]:
    """``pytest-asyncio 0.24.0 (pytest 8.3.5)`` as pinned requirements."""
    return [f"{package}=={version}" for package, version in re.findall(r"([\w-]+) (\d[\w.]*)", name)]


def _belongs(record: Mapping[str, Any], name: str, *, asked: bool) -> bool:
    if "test_file" not in record and not ("probe" in record and record["package"] != "cpython"):
        return False
    return name in record.get("measured", {}) or (asked and name.startswith(f"{record['package']} "))


def _make(folder: Path, python: str, pinned: Sequence[str]) -> Path:
    executable = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = find_uv(os.environ)
    if uv is None:
        raise SystemExit("error: --third-party needs uv\nhint: pip install uv")
    for command in (
        [uv, "venv", "--quiet", "--python", python, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(executable), *pinned],
    ):
        subprocess.run(command, check=True)
    return executable


def _run(record: Mapping[str, Any], executable: Path, folder: Path) -> Result:
    folder.mkdir()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    if "test_file" not in record:
        command = [str(executable), "-I", "-c", _PROBE, "\n".join(record["probe"])]
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=_SECONDS
        )
        return Result.read(json.loads(ran.stdout.splitlines()[-1]))
    code = "\n".join(record["test_file"]) + "\n"
    (folder / "recorder.py").write_text(_RECORDER, encoding="utf-8")
    # A hook counts in conftest.py only, and then wants a test beside it.
    is_hook = code.startswith("def pytest_")
    (folder / "conftest.py").write_text(code if is_hook else "", encoding="utf-8")
    (folder / "test_it.py").write_text("def test_it(): pass\n" if is_hook else code, encoding="utf-8")
    mode = record["test_mode"]
    options = mode.split() if mode.startswith("-") else ["-o", mode]
    command = [str(executable), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "recorder", "-W", "always"]
    environment["PYTHONPATH"] = str(folder)
    ran = subprocess.run(
        [*command, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    return Result(warnings=tuple(_warnings(folder, ran.stderr)), error=_error(ran))


def _warnings(folder: Path, errors: str) -> Iterator[tuple[str, str]]:
    # What a plugin says while it is set up comes before any recorder, on stderr.
    yield from re.findall(r"^.*?:\d+: (\w+Warning): (.*)$", errors, re.MULTILINE)
    path = folder / "warnings.json"
    if path.is_file():
        yield from ((category, text) for category, text in json.loads(path.read_text(encoding="utf-8")))


def _error(ran: subprocess.CompletedProcess[str]) -> tuple[str, str] | None:
    if ran.returncode in (0, _NOTHING_COLLECTED):
        return None
    lines = [line.removeprefix("E").strip() for line in (ran.stdout + ran.stderr).splitlines()]
    return ("pytest", "\n".join(lines))
