"""Writes the seeds, which mutations begin with: small files of each kind. To run when a reader has learned something."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from targets import PLANNED, TARGETS, folder_bytes

from reports.baseline import Entry, dump_baseline

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "golden"))

CELLS = ("3.12-plain", "3.13-plain", "3.13-strict")
JUNIT = b"""<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" tests="3"><properties/>\
<testcase classname="tests.test_a" name="test_x[1]" file="tests/test_a.py" line="3" time="0.1"><failure message="ValueError: no">\
def f():
&gt;   raise ValueError
E   ValueError: no

tests/test_a.py:4: ValueError</failure><system-out><![CDATA[out]]></system-out></testcase>\
<testcase classname="tests.test_a" name="test_y" time="1,5"><skipped type="pytest.xfail" message="m"/></testcase>\
<testcase name="test_z" status="notrun"/><testcase classname="tests.test_a"><error type="E" message="collection failure"/></testcase>\
</testsuite></testsuites>"""
JOURNAL = [
    {"event": "session", "format": 1, "tool": "pytest", "root": "/home/dev/target"},
    {"event": "collected", "ids": ["tests/test_a.py::test_x[1]", "tests/test_a.py::test_y"], "deselected": 0},
    {"event": "collection-error", "id": "tests/test_b.py", "message": "ImportError: x"},
    {"event": "begin", "id": "tests/test_a.py::test_x[1]"},
    {"event": "end", "id": "tests/test_a.py::test_x[1]", "outcome": "failed", "message": "ValueError: no", "line": 3},
    {"event": "begin", "id": "tests/test_a.py::test_y"},
    {"event": "finish", "exit_status": 1},
]
WARNINGS = [
    {
        "id": "1",
        "category": "DeprecationWarning",
        "message": "There is no current event loop",
        "stack": [["/home/dev/target/tests/test_a.py", 4, "test_x"]],
        "when": "runtest",
        "test": "tests/test_a.py::test_x[1]",
        "ignored_at": ["/home/dev/target/a.py", 3, "ignore::DeprecationWarning"],
        "bases": ["Warning"],
    },
    {"like": "1", "test": "tests/test_a.py::test_y"},
]
OTHERS: Mapping[str, object] = {
    "modules.jsonl": {"module": "tests.test_a", "file": "tests/test_a.py", "needs": ["asyncio"]},
    "ignores.jsonl": {
        "kind": "ini",
        "text": "ignore:There is (no|a) cur.*:DeprecationWarning",
        "condition": "",
        "tests": [],
    },
    "confirm.jsonl": {"test": "tests/test_a.py::test_x[1]", "verdict": "flaky", "because": ["tests/test_a.py::test_y"]},
    "functions.jsonl": {"file": "tests/test_a.py", "line": 4, "function": "test_x"},
    "upgrades.jsonl": {
        "distribution": "x",
        "installed": "1.0",
        "file": "x/a.py",
        "source": "imp",
        "without": "2.0",
        "newest": "3",
    },
    "uses.jsonl": {
        "what": "asyncio.get_event_loop",
        "error": "RuntimeError: x",
        "record": "asyncio-get-event-loop",
        "stack": [["a.py", 4, "f"]],
    },
}
RUN = {
    "format": 1,
    "forewarn": "0.1.0",
    "matrix": {
        "base": "3.12",
        "next": ["3.13"],
        "profiles": {"plain": [], "strict": ["error"]},
        "gate": {"breaks": "any"},
        "ignore": [{"reason": "known", "tests": "tests/*x*", "message": "a.*b", "expires": "2027-01-01"}],
        "knowledge": [{"id": "own-record", "subject": "x", "message_pattern": "no current (event )?loop"}],
    },
    "target": {"name": "shop", "revision": "abc", "codeowners": "* @all\n/tests/**/a*.py @me\n"},
    "started": "2026-01-01T00:00:00",
    "ended": None,
}


def _cell(name: str, **fields: object) -> bytes:
    python, _, profile = name.partition("-")
    record = {
        "format": 1,
        "cell": name,
        "python": python,
        "profile": profile,
        "variant": {"axis": "old"},
        "optional": False,
    }
    record |= {"filters": [] if profile == "plain" else ["error"], "status": "complete", "tool": "pytest"}
    record |= {"interpreter": {"implementation": "cpython", "version": f"{python}.1"}, "cwd": "/home/dev/target"}
    record |= {
        "distributions": {"x": "1.0"},
        "modules": {"x": "x"},
        "durations": {"tests": 1.5, "install": 2},
        "started": "2026",
    }
    return json.dumps(record | fields).encode()


def _lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def _results(*, journal: bool) -> dict[str, bytes]:
    plan = [{"cell": name, "python": name[:4], "profile": name[5:], "variant": {"axis": "old"}} for name in CELLS]
    files = {"run.json": json.dumps({**RUN, "plan": plan}).encode()}
    for name in CELLS:
        text = JUNIT if name != "3.12-plain" else JUNIT.replace(b"failure", b"system-err")
        files |= {f"cells/{name}/cell.json": _cell(name), f"cells/{name}/junit.xml": text}
        if journal:
            files |= {f"cells/{name}/tests.jsonl": _lines(*JOURNAL), f"cells/{name}/warnings.jsonl": _lines(*WARNINGS)}
            files |= {f"cells/{name}/{file}": _lines(record) for file, record in OTHERS.items()}
    name = "3.12-as-if-3.15"
    if journal:
        files[f"cells/{name}/cell.json"] = _cell(name, profile="as-if-3.15", as_if="3.15")
        files[f"cells/{name}/uses.jsonl"] = _lines(OTHERS["uses.jsonl"])
        files[f"cells/{name}/tests.jsonl"] = _lines(*JOURNAL)
    return files


def _shards() -> dict[str, bytes]:
    plan = [{"cell": "3.13-plain", "python": "3.13", "profile": "plain", "variant": {}}]
    names = [f"3.13-plain-shard={part}" for part in ("1of2", "2of2")]
    jobs = [{"job": name[-4:], "cells": [name]} for name in names]
    files = {"run.json": json.dumps({**RUN, "plan": plan, "jobs": jobs, "digests": {"plan": "sha256:1"}}).encode()}
    return files | {
        f"shards/{name}/{file}": content
        for name in names
        for file, content in {"cell.json": _cell(name, shard=[1, 2]), "junit.xml": JUNIT}.items()
    }


def _report() -> bytes:
    from make_results import write_results

    from reports.__main__ import main

    with tempfile.TemporaryDirectory() as folder:
        write_results(Path(folder) / "results")
        main(["report", f"{folder}/results", "--format", "json", "--today", "2026-11-20"])
        return (Path(folder) / "results" / "report.json").read_bytes()


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name in ("run.json", "cells/3.12-plain/cell.json", "cells/"):
            file.writestr(zipfile.ZipInfo(name), b"{}" * 20, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _event() -> bytes:
    run = {"id": 1, "workflow_id": 2, "run_number": 3, "run_attempt": 1, "event": "pull_request", "head_sha": "a" * 40}
    run |= {"head_branch": "main", "head_repository": {"full_name": "a/b"}}
    return json.dumps({"workflow_run": run, "repository": {"full_name": "a/b", "id": 4}}).encode()


def seeds() -> Iterator[tuple[str, bytes]]:
    """(target, content) of every seed."""
    root = HERE.parents[1]
    whole, half = folder_bytes(_results(journal=True)), folder_bytes(_results(journal=False))
    shards, report = folder_bytes(_shards()), _report()
    entry = Entry(id="c0123456789", cause="ValueError: x", where="a.py::f", reason="é", expires="3.16")
    yield "archive", _zip()
    yield "baseline", dump_baseline({entry.id: entry}).encode()
    yield from (("before-a-run", one) for one in (whole, shards, folder_bytes({"report.json": report})))
    yield from (("collect", one) for one in (half, shards, half + b"\0" + shards))
    yield "event", _event()
    yield "journal", _lines(*JOURNAL)
    yield "junit", JUNIT
    yield "matrix", (root / "matrix.yaml").read_bytes().replace(b"examples/manual-loop", b".")
    yield from (("matrix", path.read_bytes()) for path in sorted((root / "examples").glob("*/matrix.yaml"))[:3])
    yield "metadata", b"=== 0\n" + (root / "pyproject.toml").read_bytes()[:1_500]
    yield (
        "metadata",
        b"=== 1\n[metadata]\nname = a\n[options.extras_require]\ntest = pytest\n=== 2\nsetup(name='a', extras_require={})\n",
    )
    planned = f"sha256:{hashlib.sha256(PLANNED).hexdigest()}"
    yield (
        "plan-json",
        json.dumps(
            {"format": 1, "matrix": planned, "plan": "x", "jobs": [{"job": "3.12", "cells": ["3.12-plain"]}]}
        ).encode(),
    )
    yield "report-json", report
    yield "results", whole
    yield "results", half
    yield "shards", JUNIT + b"\0" + _cell("3.13-plain-shard=2of2")
    yield "shards", _lines(*JOURNAL) + b"\0" + JUNIT
    yield "texts", b"DeprecationWarning: There is no current event loop"
    yield "texts", b"ignore:ssl.*:DeprecationWarning:a.b:3"
    yield "texts", b"* @all\n/tests/**/a*.py @me\n"
    yield "traces", JUNIT
    yield "traces", _lines(*JOURNAL)
    yield "yaml-items", b"a: &x [1, 'b', \"\\u0041\"]\nb: {? c : *x}\nc: |\n d\n# e\n"


def main() -> None:
    """Write them."""
    shutil.rmtree(HERE / "seeds", ignore_errors=True)
    numbers = dict.fromkeys(TARGETS, 0)
    for target, content in seeds():
        path = HERE / "seeds" / target / str(numbers[target])
        numbers[target] += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
