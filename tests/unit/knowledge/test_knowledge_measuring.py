"""``nox -s knowledge``: probes that misbehave, disagreements that are told, updates that are written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from knowledge import compare, measure, records, third_party
from knowledge.compare import Result
from runner.model import Interpreter

ROOT = Path(__file__).resolve().parents[3]
PROBING = ROOT / "knowledge" / "probing.py"
HERE = f"3.{sys.version_info.minor}"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="probes run in forks")


def probe(tmp_path: Path, codes: dict[str, str], executable: str = sys.executable) -> dict[str, dict[str, Any]]:
    path = tmp_path / "probes.json"
    path.write_text(json.dumps(codes), encoding="utf-8")
    ran = subprocess.run(
        [executable, "-I", "-S", str(PROBING), str(path), "2"], capture_output=True, check=True, timeout=60
    )
    return {line["id"]: line for line in map(json.loads, ran.stdout.splitlines())}


@needs_fork
def test_each_probe_is_alone(tmp_path: Path) -> None:
    seen = probe(
        tmp_path,
        {
            "crash": "import os; os.kill(os.getpid(), 11)",
            "exit": "raise SystemExit(3)",
            "gone": "import os; os._exit(0)",
            "hang": "while True: pass",
            "child": "import os, time\nif not os.fork(): time.sleep(60)",
            "noise": "print('x' * 100000); import sys; sys.stderr.write('y')",
            "warns": "import warnings; warnings.warn('hello', FutureWarning)",
            "many": "import warnings\nfor i in range(9999): warnings.warn('x' * 9999 + str(i))",
            "finaliser": "async def f(): pass\nf()",
            "state": "import json; json.changed = 1",
            "after": "import json; json.changed",
        },
    )
    assert seen["crash"]["error"] == ["Crash", "status 139"] or seen["crash"]["error"] == ["Crash", "status 11"]
    assert seen["exit"]["error"] == ["SystemExit", "3"]
    assert seen["gone"]["error"] == ["Crash", "status 0"]
    assert seen["hang"]["error"] == ["Crash", "hung"]
    assert seen["child"]["error"] is None
    assert seen["noise"] == {"id": "noise", "warnings": [], "error": None}
    assert seen["warns"]["warnings"] == [["FutureWarning", "hello"]]
    assert len(seen["many"]["warnings"]) == 50
    assert seen["finaliser"]["warnings"][0][0] == "RuntimeWarning"
    assert seen["after"]["error"][0] == "AttributeError"


RECORD: dict[str, Any] = {
    "id": "a-record",
    "package": "cpython",
    "category": "DeprecationWarning",
    "category_by_version": {"3.9": "PendingDeprecationWarning"},
    "message_pattern": "^x is deprecated$",
    "introduced_in": "3.9",
    "warns_since": "3.9",
    "removed_in": "3.12",
    "error_pattern": "AttributeError: .* 'x'",
    "probe": ["x"],
    "measured": {"3.8": "absent", "3.9": "warns", "3.11": "warns", "3.12": "error"},
}
GONE = ("AttributeError", "no 'x'")


def warned(category: str, text: str = "x is deprecated") -> Result:
    return Result(warnings=((category, text),))


@pytest.mark.parametrize(
    ("place", "result", "expected"),
    [
        ("3.8", Result(error=("NameError", "x")), []),
        ("3.9", warned("PendingDeprecationWarning"), []),
        ("3.11", warned("DeprecationWarning"), []),
        ("3.12", Result(error=GONE), []),
        ("3.9", warned("DeprecationWarning"), ["warns with DeprecationWarning instead of PendingDeprecationWarning"]),
        ("3.11", Result(), ["ok, measured warns before"]),
        (
            "3.11",
            warned("DeprecationWarning", "x goes"),
            ["ok, measured warns before (DeprecationWarning: x goes)", "warns with other words: 'x goes'"],
        ),
        ("3.12", Result(error=("KeyError", "x")), ["error_pattern does not match 'KeyError: x'"]),
        ("3.13", Result(error=GONE), []),
        ("3.13", Result(), ["ok, its dates say error"]),
        ("3.11", Result(error=("Crash", "hung")), ["the probe's process ended early (hung)"]),
    ],
)
def test_disagreements(place: str, result: Result, expected: list[str]) -> None:
    assert [found.what for found in compare.disagreements(RECORD, place, result)] == expected


def test_dates_against_measurements() -> None:
    assert [list(compare.contradictions(RECORD, place)) for place in RECORD["measured"]] == [[], [], [], []]
    late = {**RECORD, "removed_in": "3.11"}
    [found] = compare.contradictions(late, "3.11")
    assert str(found) == "a-record on 3.11: measured warns, its dates say error"
    assert list(compare.contradictions({**late, "exceptions": {"3.11": "warns"}}, "3.11")) == []


@needs_fork
def test_a_new_python_is_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "deprecations.json"
    quiet = {"id": "b", "package": "cpython", "subject": "b", "deprecated_in": "3.99", "probe": ["1"], "measured": {}}
    changed = {**quiet, "id": "c", "probe": ["1/0"], "error_pattern": "ZeroDivisionError: ", "removed_in": "3.1"}
    whole = {"format": 1, "interpreters": {}, "third_party_python": "3.12.1", "records": [quiet, changed]}
    path.write_text(records.dump(whole), encoding="utf-8")
    monkeypatch.setattr(records, "FILE", path)
    monkeypatch.setattr(records.load, "__defaults__", (path,))
    given = ["--interpreter", f"{HERE}={sys.executable}"]
    assert measure.main(given) == 1
    assert f"all records on {HERE}: never measured; --update writes it down" in capsys.readouterr().out
    assert measure.main([*given, "--update"]) == 0
    assert records.load()["records"][0]["measured"] == {HERE: "ok"}
    assert records.load()["interpreters"] == {HERE: ".".join(map(str, sys.version_info[:3]))}
    assert measure.main(given) == 0
    measured = {**changed, "measured": {HERE: "warns"}}
    path.write_text(records.dump({**records.load(), "records": [measured]}), encoding="utf-8")
    assert measure.main(given) == 1
    assert f"c on {HERE}: error, measured warns before (ZeroDivisionError: " in capsys.readouterr().out
    assert measure.main([*given, "--update"]) == 0
    assert f"written: c on {HERE}: error, measured warns before" in capsys.readouterr().out


def test_a_wrong_path_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"3\.99=/nowhere"):
        measure.main(["--interpreter", "3.99=/nowhere"])


def test_environments_are_named_by_the_records() -> None:
    names = third_party.environments(records.load())
    assert "pytest 9.2.0" in names
    assert third_party.requirements("pytest-asyncio 0.24.0 (pytest 8.3.5)") == [
        "pytest-asyncio==0.24.0",
        "pytest==8.3.5",
    ]


def test_probing_is_standard_library_and_old_syntax() -> None:
    import ast

    tree = ast.parse(PROBING.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


@pytest.mark.slow
@needs_fork
def test_what_is_measured_here_agrees(interpreters: dict[str, Interpreter], capsys: pytest.CaptureFixture[str]) -> None:
    """Every probe on the oldest and the newest interpreter of this machine; ``nox -s knowledge`` runs them all."""
    known = [name for name in interpreters if name in records.load()["interpreters"]]
    chosen = dict.fromkeys([known[0], known[-1]])
    given = [f"--interpreter={name}={interpreters[name].executable}" for name in chosen]
    code = measure.main(given)
    assert code == 0, capsys.readouterr().out
