"""How quick is the page of a large run? Opens it in Chromium and prints what a reader waits for.

    python bench/page.py --tests 100000 --cells 8 --output docs/benchmarks.md

Needs playwright beside it and a chromium (``CHROMIUM`` names another). Medians of several openings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from junit_matrix import make_results
from report import ROOT, generate
from tables import write_table

FILTER = """() => {
  const input = document.getElementById("f-q"), started = performance.now();
  input.value = "parser rejects";
  input.dispatchEvent(new Event("input"));
  const answer = (done) => requestAnimationFrame(() => done(performance.now() - started));
  return new Promise((done) => requestAnimationFrame(() => answer(done)));
}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--cells", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the table into this markdown file")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as work:
        results = make_results(
            generate(Path(work) / "junit", options.tests, options.cells, 20240229), Path(work) / "results"
        )
        command = [sys.executable, "-m", "reports", "report", str(results), "--format", "html"]
        subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
        page = results / "report.html"
        load, ready, filtering, nodes = measure(page, options.rounds)
        size = page.stat().st_size / 1e6
    row = f"| {options.tests:,} × {options.cells} | {size:.2f} MB | {load:.2f} s | {ready:.2f} s | "
    row += f"{filtering:.0f} ms | {nodes:,} |"
    lines = [
        "| tests × cells | file | loaded | table drawn | filter answers | DOM nodes |",
        "| --- | --- | --- | --- | --- | --- |",
        row,
    ]
    print("\n".join(lines))
    if options.output:
        write_table(options.output, "bench/page.py", lines)
    return 0


def measure(page: Path, rounds: int) -> tuple[float, float, float, int]:
    """Medians: seconds to load, seconds until the table stands, milliseconds of a filter; nodes."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not needed for --help

    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    found = []
    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=executable, args=flags)
        for _ in range(rounds):
            opened = browser.new_page()
            started = time.monotonic()
            opened.goto(page.as_uri())
            loaded = time.monotonic() - started
            opened.wait_for_selector("html[data-ready]", state="attached")
            ready = time.monotonic() - started
            nodes = opened.evaluate("document.querySelectorAll('*').length")
            found.append((loaded, ready, opened.evaluate(FILTER), nodes))
            opened.close()
        browser.close()
    load, ready, filtering, nodes = (statistics.median(column) for column in zip(*found, strict=True))
    return load, ready, filtering, int(nodes)


if __name__ == "__main__":
    sys.exit(main())
