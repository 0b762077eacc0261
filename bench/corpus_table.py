"""The corpus' results in words: Markdown for docs/corpus.md, lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpus_measure import CellResult, PackageResult
from corpus_package import version_key

MARKER = "<!-- Below this line: written by bench/corpus.py --output. Above it: written by hand, and kept. -->\n"


def markdown(results: Sequence[PackageResult]) -> str:
    """The written part of docs/corpus.md."""
    parts = [_totals(results), "## Each package", _packages(results), "## Where tests fail", _failures(results)]
    if incomplete := list(_incomplete(results)):
        head = ["package", "Python", "status", "why", "without forewarn"]
        parts += ["## Cells that were not measured", _table(head, incomplete)]
    if rows := list(_differences(results)):
        head = ["package", "Python", "test", "report.json", "plain run", "other plain runs"]
        parts += ["## Differences", _table(head, rows)]
    parts += ["## Interpreters", _interpreters(results)]
    return "\n\n".join(parts) + "\n"


def in_words(result: PackageResult) -> str:
    """One package on one line."""
    if result.fault:
        return f"{result.name}: {result.fault}"
    done = [cell for cell in result.cells if cell.status == "complete"]
    compared = sum(cell.compared for cell in result.cells)
    return (
        f"{result.name} {result.version}: {result.tests} tests, {len(done)} of {len(result.cells)} cells complete, "
        f"{compared} outcomes compared, {_count(result)} differences, {_seconds(result)} s"
    )


def details(result: PackageResult) -> list[str]:
    """A line for each cell that is not complete and for each difference."""
    lines = [
        f"  {cell.python}: {cell.status}: {cell.reason}; plain run: {cell.plain or 'none'}"
        for cell in result.cells
        if cell.status != "complete"
    ]
    for cell, one in result.differences:
        own = f" (differs from itself: then {one.again})" if one.is_unstable else ""
        lines.append(f"  {cell.python}: {one.test}: report.json {one.forewarn}, plain {one.plain}{own}")
    return lines


def _totals(results: Sequence[PackageResult]) -> str:
    cells = [cell for result in results for cell in result.cells]
    done = [cell for cell in cells if cell.status == "complete"]
    found = [one for result in results for _, one in result.differences]
    unstable = sum(one.is_unstable for one in found)
    return (
        f"{len(results)} packages with {sum(result.tests for result in results):,} tests, "
        f"{len(done)} of {len(cells)} cells measured. "
        f"{sum(cell.compared for cell in cells):,} outcomes compared, "
        f"{sum(cell.uncollected for cell in cells):,} of them of tests whose module, class or folder was not "
        f"collected. **{len(found) - unstable} differences**"
        + (f", and {unstable} in tests whose plain runs differ from each other." if unstable else ".")
    )


def _packages(results: Sequence[PackageResult]) -> str:
    rows = []
    for result in results:
        done = [cell for cell in result.cells if cell.status == "complete"]
        rows.append(
            [
                f"{result.name} {result.version}",
                result.tool,
                f"{result.tests:,}",
                f"{len(done)} of {len(result.cells)}" if not result.fault else result.fault,
                f"{sum(cell.compared for cell in done):,}",
                _count(result),
                *_seconds(result).split(" with, "),
            ]
        )
    head = ["package", "tool", "tests", "measured", "compared", "differences", "seconds with", "without"]
    return _table(head, rows)


def _count(result: PackageResult) -> str:
    unstable = sum(one.is_unstable for _, one in result.differences)
    stable = len(result.differences) - unstable
    return str(stable) + (f" (+ {unstable} unstable)" if unstable else "")


def _seconds(result: PackageResult) -> str:
    """Of the test command alone, in complete cells."""
    done = [cell for cell in result.cells if cell.status == "complete"]
    return f"{sum(cell.seconds for cell in done):.1f} with, {sum(cell.plain_seconds for cell in done):.1f}"


def _failures(results: Sequence[PackageResult]) -> str:
    pythons = _pythons(results)
    rows = []
    for result in results:
        cells = {cell.python: cell for cell in result.cells}
        rows.append([result.name, *(_red(cells.get(python)) for python in pythons)])
    return _table(["package", *pythons], rows)


def _red(cell: CellResult | None) -> str:
    if cell is None or cell.status != "complete":
        return "–"
    red = cell.counts.get("failed", 0) + cell.counts.get("error", 0)
    return f"{red:,}" if red else "0"


def _incomplete(results: Sequence[PackageResult]) -> Iterable[list[str]]:
    for result in results:
        if result.fault:
            yield [result.name, "all", "not run", result.fault, ""]
        for cell in result.cells:
            if cell.status != "complete":
                yield [result.name, cell.python, cell.status, cell.reason or "", cell.plain or "nothing to run"]


def _differences(results: Sequence[PackageResult]) -> Iterable[list[str]]:
    for result in results:
        for cell, one in result.differences:
            again = "differs from itself: " if one.is_unstable else ""
            yield [result.name, cell.python, f"`{one.test}`", one.forewarn, one.plain, f"{again}{one.again or ''}"]


def _interpreters(results: Sequence[PackageResult]) -> str:
    versions = {cell.python: cell.version for result in results for cell in result.cells if cell.version}
    return ", ".join(f"{versions[python]}" for python in _pythons(results) if python in versions)


def _pythons(results: Sequence[PackageResult]) -> list[str]:
    return sorted({cell.python for result in results for cell in result.cells}, key=version_key)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(word.replace("|", "\\|") for word in row) + " |" for row in rows]
    return "\n".join(lines)
