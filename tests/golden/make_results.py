"""Writes the small results folder behind the golden files: every verdict once, one dead cell, one hostile name."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

FILE = "tests/test_cart.py"
TRACE = """\
    def test_total():
>       assert total([]) == 0

tests/test_cart.py:{line}:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

    def total(items):
>       loop = asyncio.get_event_loop()
E       {error}

shop/cart.py:12: {kind}"""
LOOP = "RuntimeError: There is no current event loop in thread 'MainThread'."
WARNING = "DeprecationWarning: There is no current event loop"
# name: outcomes in 3.12-plain, 3.13-plain, 3.13-strict; "-" is not there.
TESTS = {
    "test_breaks_1": "p f f",
    "test_breaks_2[</script><img src=x onerror=alert(1)>|`@everyone`]": "p f f",
    "test_breaks_in_setup": "p e e",
    "test_strict": "p p w",
    "test_always": "f f f",
    "test_fixed": "f p p",
    "test_hidden": "p s s",
    "test_gone": "p - -",
    "test_new": "- p p",
    "test_new_failure": "- f f",
    "test_never_ran": "s s s",
    "test_expected": "x x x",
    "test_ok": "p p p",
}


def _row(number: int, name: str, sign: str) -> str:
    kind, error = ("DeprecationWarning", WARNING) if sign == "w" else ("RuntimeError", LOOP)
    text = TRACE.format(line=number * 9, error=error, kind=kind).replace(">", "&gt;")
    setup = f'failed on setup with "{error}"'
    inner = {
        "p": "",
        "f": f"<failure message={quoteattr(error)}>{text}</failure>",
        "w": f"<failure message={quoteattr(error)}>{text}</failure>",
        "e": f"<error message={quoteattr(setup)}>{text}</error>",
        "s": '<skipped type="pytest.skip" message="no database">tests/test_cart.py:3: no database</skipped>',
        "x": '<skipped type="pytest.xfail" message="known"/>',
    }[sign]
    place = f'file="{FILE}" line="{number * 9 - 1}" time="0.001"'
    return f'<testcase classname="tests.test_cart" name={quoteattr(name)} {place}>{inner}</testcase>'


def write_results(folder: Path) -> Path:
    """Write the folder; returns it."""
    cells = [("3.12", "plain", 0), ("3.13", "plain", 1), ("3.13", "strict", 2), ("3.14", "plain", None)]
    plan = []
    for python, profile, column in cells:
        identity = {"cell": f"{python}-{profile}", "python": python, "profile": profile, "variant": {}}
        plan.append({**identity, "optional": column is None})
        record = {
            "format": 1,
            **identity,
            "optional": column is None,
            "filters": [] if profile == "plain" else ["error::DeprecationWarning"],
            "status": "unavailable" if column is None else "complete",
            "reason": "no python3.14 was found" if column is None else None,
            "tool": "pytest",
            "interpreter": None if column is None else {"implementation": "cpython", "version": f"{python}.1"},
            "distributions": {"pytest": "9.0.1"},
            "cwd": "/home/dev/shop",
            "cached_from": "2026-11-18T10:12:13.000+00:00" if profile == "strict" else None,
            "proven": {"by": "3.13-plain", "tests": 11, "run": 1} if profile == "strict" else None,
            "durations": {} if column is None else {"install": 3.0, "tests": 1.25},
        }
        path = folder / "cells" / f"{python}-{profile}"
        path.mkdir(parents=True)
        (path / "cell.json").write_text(json.dumps(record), encoding="utf-8")
        if column is not None:
            signs = [(name, word.split()[column]) for name, word in TESTS.items()]
            rows = [_row(number, name, sign) for number, (name, sign) in enumerate(signs, 1) if sign != "-"]
            text = f'<?xml version="1.0"?><testsuites><testsuite name="pytest">{"".join(rows)}</testsuite></testsuites>'
            (path / "junit.xml").write_text(text, encoding="utf-8")
    ignore = [{"reason": "waits for the database", "tests": "*test_new_failure", "expires": "2026-01-01"}]
    matrix = {
        "base": "3.12",
        "next": ["3.13", "3.14"],
        "profiles": {"plain": [], "strict": ["error"]},
        "ignore": ignore,
    }
    run = {"format": 1, "matrix": matrix, "plan": plan, "target": {"name": "shop"}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder
