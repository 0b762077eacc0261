"""Inputs that are large or made to grow: what each takes in time and memory (``nox -s fuzz -- --large``).

Each is read in a process of its own. More than five seconds, or more than ten times its size and a floor, is too much.
Of a results folder every document is made: those inputs are smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: Bytes of an input; a smaller one says less about what it grows to.
SIZE = 4 << 20
RESULTS = 1 << 20
SLOWEST = 5.0
TIMES, FLOOR = 10, 64 << 20


def _filled(unit: str, begin: str = "", end: str = "", size: int = SIZE) -> bytes:
    """A text of so many bytes; ``%d`` in the unit becomes a number."""
    count = size // (len(unit) + (4 if "%d" in unit else 0))
    body = "".join(unit % number for number in range(count)) if "%d" in unit else unit * count
    return f"{begin}{body}{end}".encode()


def _suite(unit: str, size: int = SIZE) -> bytes:
    return _filled(unit, "<testsuite>", "</testsuite>", size)


def _rows(unit: str) -> bytes:
    return _suite(unit, RESULTS)


def _laughs(levels: int) -> bytes:
    declared = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return (
        f'<!DOCTYPE t [<!ENTITY e0 "ha">{declared}]><testsuite><testcase name="&e{levels - 1};"/></testsuite>'.encode()
    )


_CELL = {"format": 1, "status": "complete", "tool": "pytest", "filters": [], "profile": "plain"}


def _results(files: Mapping[str, bytes], **run: object) -> bytes:
    """A folder of two cells with one test each, and with these files in the second."""
    from targets import folder_bytes

    case = '<testsuite><testcase classname="t" name="x" file="t.py" line="1">%s</testcase></testsuite>'
    whole = {"run.json": json.dumps({"format": 1, "matrix": {"base": "3.12", "next": ["3.13"]}, **run}).encode()}
    for python, inner in ("3.12", ""), ("3.13", '<failure message="ValueError: x"/>'):
        name = f"3.{python[2:]}-plain"
        whole[f"cells/{name}/cell.json"] = json.dumps({**_CELL, "cell": name, "python": python}).encode()
        whole[f"cells/{name}/junit.xml"] = (case % inner).encode()
    return folder_bytes({**whole, **files})


def _lines(name: str, unit: str, *, cells: Sequence[str] = ("3.13-plain",)) -> bytes:
    return _results({f"cells/{cell}/{name}": _filled(unit + "\n", size=RESULTS) for cell in cells})


def _both(rows: bytes) -> bytes:
    return _results({f"cells/{cell}/junit.xml": rows for cell in ("3.12-plain", "3.13-plain")})


#: Name → (target, the input). Made when asked for.
CASES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "matrix: lists": ("matrix", lambda: b"python: [" + b"a," * 499_000 + b"]"),
    "matrix: depth": ("matrix", lambda: b"[" * 900_000),
    "matrix: aliases": (
        "yaml-items",
        lambda: (
            b"a: &a [x]\n"
            + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n, n, *[n - 1] * 6) for n in range(98, 122))
        ),
    ),
    "baseline: entries": (
        "baseline",
        lambda: _filled("- {id: c%010d}\n".replace("%010d", "0000000000"), "format: 1\naccepted:\n"),
    ),
    "baseline: numbers": ("baseline", lambda: b"format: 1\naccepted: " + b"1:" * (1 << 20) + b"1"),
    "baseline: aliases": ("baseline", lambda: b"format: 1\naccepted: &a [" + b"*a," * (1 << 20) + b"]"),
    "junit: entities": ("junit", lambda: _laughs(12)),
    "junit: external entity": (
        "junit",
        lambda: b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///dev/zero">]><testsuite><testcase name="&x;"/></testsuite>',
    ),
    "junit: rows": ("junit", lambda: _suite("<testcase name='%d'/>")),
    "junit: a row of failures": (
        "junit",
        lambda: _filled("<failure/>", "<testsuite><testcase>", "</testcase></testsuite>"),
    ),
    "junit: depth": ("junit", lambda: _filled("<a>", "<testsuite>")),
    "junit: depth in a failure": ("junit", lambda: _filled("<a>", "<testsuite><testcase name='x'><failure>")),
    "junit: an attribute": ("junit", lambda: _filled("x", "<testsuite><testcase name='", "'/></testsuite>")),
    "junit: attributes": ("junit", lambda: _filled(" a%d=''", "<testsuite><testcase", "/></testsuite>")),
    "junit: a text": (
        "junit",
        lambda: _filled("x\n", "<testsuite><testcase name='x'><failure>", "</failure></testcase></testsuite>"),
    ),
    "junit: of shards": ("shards", lambda: _suite("<testcase name='%d'/>") + b"\0" + _suite("<a/>")),
    "junit: of shards, depth": ("shards", lambda: _filled("<a>", "<testsuite>")),
    "traces: entities": ("traces", lambda: _laughs(12)),
    "traces: rows": ("traces", lambda: _suite("<testcase/>")),
    "journal: ends": (
        "journal",
        lambda: b'{"event":"session"}\n' + _filled('{"event":"end","id":"%d","outcome":"passed"}\n'),
    ),
    "journal: ids": (
        "journal",
        lambda: b'{"event":"session"}\n{"event":"collected","ids":[' + _filled('"%d",') + b'""]}\n',
    ),
    "journal: empty lists": ("journal", lambda: b'{"event":"collected","ids":[' + _filled("[],") + b'""]}\n'),
    "event: empty lists": ("event", lambda: b"[" + _filled("[],") + b"0]"),
    "report.json: empty lists": ("report-json", lambda: b'{"format":1,"tests":[' + _filled("[],") + b"0]}"),
    "report.json: depth": ("report-json", lambda: _filled("[")),
    "report.json: tests": (
        "report-json",
        lambda: b'{"format":1,"tests":[' + _filled('{"id":"%d","verdicts":{"3.13":{"verdict":"ok"}}},') + b"0]}",
    ),
    "collect: cell.json": ("collect", lambda: _results({"cells/3.13-plain/cell.json": b"[" + _filled("[],") + b"0]"})),
    "results: cell.json": (
        "results",
        lambda: _results({"cells/3.13-plain/cell.json": b'{"format":1,"x":[' + _filled("{},") + b"0]}"}),
    ),
    "results: plan": (
        "results",
        lambda: _results({"run.json": b'{"format":1,"plan":[' + _filled('{"cell":"%d"},') + b"0]}"}),
    ),
    "results: rows": ("results", lambda: _both(_rows("<testcase classname='t' name='%d'/>"))),
    "results: rows of one name": ("results", lambda: _both(_rows("<testcase classname='t' name='x'/>"))),
    "results: rows that differ a little": (
        "results",
        lambda: _results(
            {
                f"cells/{cell}/junit.xml": _rows(f"<testcase classname='t' name='x[%d{end}]' file='t.py'/>")
                for cell, end in (("3.12-plain", "a"), ("3.13-plain", "b"))
            }
        ),
    ),
    "results: long names": (
        "results",
        lambda: _both(_rows(f"<testcase classname='{'a.' * 50_000}' name='%d{'[(' * 50_000}'/>")),
    ),
    "results: failures": (
        "results",
        lambda: _results(
            {
                "cells/3.13-plain/junit.xml": _rows(
                    "<testcase classname='t' name='%d'><failure message='E%d'/></testcase>".replace("E%d", "E: x")
                )
            }
        ),
    ),
    "results: causes": (
        "results",
        lambda: _results(
            {
                f"cells/{cell}/junit.xml": _rows(f"<testcase classname='t' name='%d'>{inner}</testcase>")
                for cell, inner in (
                    ("3.12-plain", ""),
                    ("3.13-plain", f"<failure message='ValueError: {'x' * 300}'>a.py:1: ValueError</failure>"),
                )
            }
        ),
    ),
    "results: traces": (
        "results",
        lambda: _results(
            {
                "cells/3.13-plain/junit.xml": _rows(
                    "<testcase classname='t' name='%d'><failure message='x'>"
                    + "a: b: c: 1: d\n" * 500
                    + "</failure></testcase>"
                )
            }
        ),
    ),
    "results: warnings": (
        "results",
        lambda: _lines(
            "warnings.jsonl",
            '{"category":"DeprecationWarning","message":"%d is gone in 3.15","test":"t"}',
            cells=("3.12-plain", "3.13-plain"),
        ),
    ),
    "results: warnings of one kind": ("results", lambda: _lines("warnings.jsonl", '{"id":"%d"}')),
    "results: modules in a row": (
        "results",
        lambda: _results(
            {
                "cells/3.12-plain/modules.jsonl": b"".join(
                    b'{"module":"%d","file":"%d","needs":["%d"]}\n' % (n, n, n + 1) for n in range(100_000)
                )
            }
        ),
    ),
    "results: rules": (
        "results",
        lambda: _results(
            {
                f"cells/{cell}/{name}": _filled(unit, size=RESULTS)
                for cell in ("3.12-plain", "3.13-plain")
                for name, unit in {
                    "ignores.jsonl": '{"kind":"ini","text":"ignore:%d.*x:DeprecationWarning"}\n',
                    "warnings.jsonl": '{"category":"DeprecationWarning","message":"%d is gone"}\n',
                }.items()
            }
        ),
    ),
    "results: a rule that takes forever": (
        "results",
        lambda: _results(
            {
                f"cells/{cell}/{name}": json.dumps(record).encode() + b"\n"
                for cell in ("3.12-plain", "3.13-plain")
                for name, record in {
                    "ignores.jsonl": {"kind": "ini", "text": "ignore:(a|a)*$:DeprecationWarning"},
                    "warnings.jsonl": {"category": "DeprecationWarning", "message": "a" * 60 + "!"},
                }.items()
            }
        ),
    ),
    "results: ignore rules": (
        "results",
        lambda: _results(
            {},
            matrix={
                "base": "3.12",
                "next": ["3.13"],
                "ignore": [{"reason": "x", "tests": "*a" * 400, "message": "(x+x+)+y"}] * 4_000,
            },
        ),
    ),
    "results: a record that takes forever": (
        "results",
        lambda: _results(
            {
                "cells/3.13-plain/junit.xml": f"<testsuite><testcase classname='t' name='x'><failure message='{'a' * 2_000}!'/></testcase></testsuite>".encode()
            },
            matrix={
                "base": "3.12",
                "next": ["3.13"],
                "knowledge": [{"id": "a", "subject": "a", "error_pattern": "(a|a)*$"}],
            },
        ),
    ),
    "results: owners": (
        "results",
        lambda: _results(
            {
                "cells/3.13-plain/junit.xml": _rows(
                    f"<testcase classname='t' name='%d' file='{'a' * 100}%d'/>".replace("%d'/>", "'/>")
                )
            },
            target={"codeowners": "*a" * 40 + "b @x\n" + "**/a/**/b*c*d*e*f @me\n" * 1_900},
        ),
    ),
    "before a run: cells": (
        "before-a-run",
        lambda: _results({"cells/3.13-plain/cell.json": b'{"inputs":[' + _filled("[],") + b"0]}"}),
    ),
    "texts: a warning": ("texts", lambda: _filled("a.")),
    "texts: words": ("texts", lambda: _filled("deprecated in 3.15 ")),
}


def main(words: Sequence[str]) -> int:
    """Read every input, print what it took; returns 1 where that is too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", choices=CASES, help="only this one (default: all)")
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.one:
        return _read(options.one)
    too_much = []
    print(f"{'input':38} {'MiB':>5} {'seconds':>8} {'MiB taken':>10}  ended with")
    for name in options.case or CASES:
        size, seconds, taken, said = measure(name)
        print(f"{name:38} {size / 2**20:5.1f} {seconds:8.1f} {taken / 2**20:10.0f}  {said[:90]}", flush=True)
        if seconds > SLOWEST or taken > TIMES * size + FLOOR or said.startswith("!"):
            too_much.append(name)
    print(
        f"{len(too_much)} of {len(options.case or CASES)} take too much" + "".join(f"\n  {name}" for name in too_much)
    )
    return 1 if too_much else 0


def measure(name: str) -> tuple[int, float, int, str]:
    """(bytes of the input, seconds, bytes of memory taken, how it ended) of one case."""
    command = [sys.executable, str(HERE / "large.py"), "--one", name]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if ended.returncode:
        return 0, 0.0, 0, f"! {(ended.stderr.strip().splitlines() or [str(ended.returncode)])[-1]}"
    size, seconds, taken, said = json.loads(ended.stdout.splitlines()[-1])
    return size, seconds, taken, said


def _read(name: str) -> int:
    from targets import run_target

    target, make = CASES[name]
    data = make()
    with tempfile.TemporaryDirectory(prefix="forewarn-large-") as scratch:
        # What the imports and an ordinary input take is no part of it.
        run_target(target, (HERE / "seeds" / target / "0").read_bytes(), Path(scratch) / "warm")
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        error = run_target(target, data, Path(scratch) / "x")
        seconds = time.process_time() - began  # its own, whatever else the machine does
        taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    print(json.dumps([len(data), seconds, taken, "" if error is None else str(error).replace(scratch, "")]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
