"""pytest plugin of bench/corpus.py: what the terminal reporter counted, as JSON. Shares nothing with the runner.

Runs in the environments of the packages that are measured: standard library only, Python 3.8 and later.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_NO_RESULT = ("", "deselected", "warnings", "rerun")


def pytest_addoption(parser: Any) -> None:
    """Add the option that names the file to write."""
    parser.addoption("--corpus-witness", metavar="FILE")


def pytest_unconfigure(config: Any) -> None:
    """Write one ``[node id, phase, category]`` for each result that the reporter knows."""
    file = config.getoption("--corpus-witness")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not file or reporter is None or hasattr(config, "workerinput"):
        return
    rows = [
        [report.nodeid, getattr(report, "when", None), category]
        for category, reports in reporter.stats.items()
        if category not in _NO_RESULT
        for report in reports
        if hasattr(report, "nodeid")
    ]
    Path(file).write_text(json.dumps({"tool": "pytest", "rows": rows}), encoding="ascii")
