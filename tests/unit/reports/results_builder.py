"""A builder of results folders: what the runner writes, in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "a|b",
    "`code` and ``more``",
    "@everyone",
    "[x](javascript:alert(1))",
    "[bold]rich[/bold]",
    "\x1b[31mred\x1b[0m",
    "#x1B[31mred",
    "nul\x00byte",
    "\u202egnp.exe",
    "zero\u200bwidth",
    "\ud800lone",
    "::error::forged",
    "]]>",
    "a::b",
    "x]y",
    "${{ github.token }}",
    "#12 GH-12 deadbeefcafe",
    "line\nbreak",
    "{{ 7*7 }}{% raw %}",
    "",
    "x" * 5_000,
)


def case(classname: str, name: str, inner: str = "", **attributes: object) -> str:
    extra = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<testcase classname={quoteattr(classname)} name={quoteattr(name)}{extra}>{inner}</testcase>"


def failure(message: str, text: str = "", tag: str = "failure") -> str:
    return f"<{tag} message={quoteattr(message)}>{escape(text)}</{tag}>"


def suite(*cases: str) -> str:
    return f'<?xml version="1.0"?><testsuites><testsuite name="pytest">{"".join(cases)}</testsuite></testsuites>'


def node_case(test: str, outcome: str = "passed") -> str:
    """A row as pytest writes it for a node id such as ``tests/test_a.py::test_x``."""
    path, name = test.split("::", 1)
    inner = {
        "passed": "",
        "failed": failure(
            "ValueError: no", f"    def f():\n>       raise ValueError\nE   ValueError: no\n\n{path}:3: ValueError"
        ),
        "error": failure('failed on setup with "OSError: no"', f"{path}:9: OSError", tag="error"),
        "skipped": '<skipped type="pytest.skip" message="why">x</skipped>',
        "xfailed": '<skipped type="pytest.xfail" message="why" />',
    }[outcome]
    return case(path.removesuffix(".py").replace("/", "."), name, inner, file=path, line=1)


class Folder:
    """A results folder under construction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.plan: list[dict[str, Any]] = []

    def cell(
        self, python: str, rows: str | Sequence[str] | None = (), *, profile: str = "plain", **fields: Any
    ) -> Path:
        """Add a cell; ``rows`` is a list of testcase elements, a whole file, or None for no file."""
        variant = fields.get("variant", {})
        name = "-".join([python, profile, *(f"{axis}={value}" for axis, value in variant.items())])
        folder = self.path / "cells" / name
        folder.mkdir(parents=True)
        record = {
            "format": 1,
            "cell": name,
            "python": python,
            "profile": profile,
            "variant": variant,
            "optional": False,
            "filters": [] if profile == "plain" else ["error"],
            "status": "complete",
            "interpreter": {"implementation": "cpython", "version": f"{python}.1"},
            "cwd": "/home/dev/target",
            "distributions": {"pytest": "9.0.1", "requests": "2.32.0"},
            "durations": {"tests": 1.5},
        } | fields
        (folder / "cell.json").write_text(json.dumps(record))
        if rows is not None:
            text = rows if isinstance(rows, str) else suite(*rows)
            (folder / "junit.xml").write_bytes(text.encode("utf-8", "surrogatepass"))
        self.plan.append(
            {key: record.get(key) for key in ("cell", "python", "profile", "variant", "optional", "as_if")}
        )
        return folder

    def tests(self, python: str, outcomes: Mapping[str, str], *, profile: str = "plain", **fields: Any) -> Path:
        """Add a cell from outcomes by node id; ``missing`` leaves the test out."""
        rows = [node_case(test, outcome) for test, outcome in outcomes.items() if outcome != "missing"]
        return self.cell(python, rows, profile=profile, **fields)

    def run(self, **matrix: Any) -> Path:
        """Write run.json; returns the folder."""
        values = {"base": "3.12", "next": ["3.13"], "profiles": {"plain": [], "strict": ["error"]}} | matrix
        run = {"format": 1, "matrix": values, "plan": self.plan, "target": {"name": "shop"}}
        (self.path / "run.json").write_text(json.dumps(run))
        return self.path


def lines(file: Path, *records: Mapping[str, Any]) -> None:
    """Write a file of one JSON object a line."""
    file.write_text("".join(json.dumps(record) + "\n" for record in records))


def journal(folder: Path, *events: Mapping[str, Any], finish: bool = True, tool: str = "pytest") -> None:
    """Write a tests.jsonl into a cell's folder."""
    records: list[Mapping[str, Any]] = [{"event": "session", "format": 1, "tool": tool, "root": "/home/dev/target"}]
    records += events
    if finish:
        records.append({"event": "finish", "exit_status": 0})
    (folder / "tests.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
