"""Tables of bench/matrix.py: seconds, ratios, goals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from usage import Usage

Costs = Mapping[tuple[str, str, str], Usage]
"""(suite, contestant, state) → medians."""

#: What runs each cell once, plainly and strictly, and so has to leave as many outcomes as each other.
EQUALS = ("forewarn", "nox", "tox -p", "loop, both, parallel")
_LIMIT = "loop, plain"


def times(costs: Costs, suites: Sequence[str], pythons: Sequence[str]) -> list[str]:
    """A table of seconds for each state, with a row for each contestant: wall, CPU in brackets."""
    lines = [f"Seconds for Python {', '.join(pythons)}, plain and strict; those of CPU in brackets.", ""]
    lines += [f"| | {' | '.join(suites)} | all | ÷ forewarn's |", f"| --- |{' --- |' * (len(suites) + 2)}"]
    for state in ("cold", "warm", "unchanged"):
        own = total(costs, "forewarn", state)
        for contestant in dict.fromkeys(name for _, name, of in costs if of == state):
            row = [costs[suite, contestant, state] for suite in suites]
            all_of_them = total(costs, contestant, state)
            cells = [_seconds(cost) for cost in (*row, all_of_them)]
            ratio = f"{all_of_them.wall / own.wall:.2f} ({all_of_them.cpu / own.cpu:.2f})"
            lines.append(f"| {state}: {contestant} | {' | '.join(cells)} | {ratio} |")
    return lines


def goals(costs: Costs, unchanged: Sequence[float], cores: int) -> list[str]:
    """What was to be reached, beside what was."""
    cold, warm = total(costs, "forewarn", "cold"), total(costs, "forewarn", "warm")
    limit = total(costs, _LIMIT, "warm").wall / cores
    nox, tox = total(costs, "nox", "cold"), total(costs, "tox -p", "cold")
    rows = [
        ("cold, forewarn ÷ nox", cold.wall / nox.wall, cold.cpu / nox.cpu, 0.5),
        ("cold, forewarn ÷ tox -p", cold.wall / tox.wall, cold.cpu / tox.cpu, 0.8),
        (
            f"warm, all cells to run, forewarn ÷ (plain runs one after the other ÷ {cores})",
            warm.wall / limit,
            warm.cpu / total(costs, _LIMIT, "warm").cpu,
            1.15,
        ),
    ]
    lines = ["| goal | wall | CPU | bound for wall | |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {wall:.2f} | {cpu:.2f} | {bound:.2f} | {_met(wall, bound)} |" for name, wall, cpu, bound in rows
    ]
    if unchanged:
        middle = sorted(unchanged)[len(unchanged) // 2]
        lines.append(f"| 16 cells, nothing changed | {middle:.2f} s | | 1.00 s | {_met(middle, 1.0)} |")
    return lines


def shares(costs: Costs, cells: Mapping[str, Mapping[str, float]], suites: Sequence[str], cores: int) -> list[str]:
    """What the seconds of forewarn's warm runs are made of.

    Args:
        costs: as measured.
        cells: suite → profile → seconds of all its cells' suites, in one warm run.
        suites: their names.
        cores: cells at once.
    """
    rows: dict[str, list[float]] = {}
    for suite in suites:
        limit, whole = costs[suite, _LIMIT, "warm"].wall / cores, costs[suite, "forewarn", "warm"].wall
        plain, strict = (cells[suite][profile] / cores for profile in ("plain", "strict"))
        for name, seconds in {
            "limit": limit,
            "plain cells, longer than that": plain - limit,
            "strict cells": strict,
            "start-up, report, uneven ends": whole - plain - strict,
            "forewarn, warm": whole,
        }.items():
            rows.setdefault(name, []).append(seconds)
    lines = [f"| | {' | '.join(suites)} | all | ÷ limit |", f"| --- |{' --- |' * (len(suites) + 2)}"]
    for name, row in rows.items():
        numbers = " | ".join(f"{seconds:.2f}" for seconds in (*row, sum(row)))
        lines.append(f"| {name} | {numbers} | {sum(row) / sum(rows['limit']):.2f} |")
    return lines


def counts(tests: Mapping[tuple[str, str], int], suites: Iterable[str]) -> list[str]:
    """How many outcomes the contestants left, which has to be the same number."""
    lines = []
    for suite in suites:
        found = {name: tests[suite, name] for name in EQUALS}
        each = ", ".join(f"{name} {number:,}" for name, number in found.items())
        alike = len(set(found.values())) == 1
        lines.append(f"{suite}: {next(iter(found.values())):,}" if alike else f"{suite}: not the same: {each}")
    return [f"Outcomes of each contestant that runs all cells: {'; '.join(lines)}."]


def is_alike(tests: Mapping[tuple[str, str], int]) -> bool:
    """Every contestant left as many outcomes as the loop, and not none."""
    return all(
        tests[suite, name] == tests[suite, EQUALS[-1]] > 0 for suite in {suite for suite, _ in tests} for name in EQUALS
    )


def total(costs: Costs, contestant: str, state: str) -> Usage:
    """The sum over all suites."""
    found = [cost for (_, name, of), cost in costs.items() if (name, of) == (contestant, state)]
    return Usage(wall=sum(cost.wall for cost in found), cpu=sum(cost.cpu for cost in found))


def _met(measured: float, bound: float) -> str:
    return "met" if measured <= bound else f"missed by {100 * (measured / bound - 1):.0f} %"


def _seconds(cost: Usage) -> str:
    return f"{cost.wall:.2f} ({cost.cpu:.2f})"
