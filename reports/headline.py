"""The first sentence of every report. It never says that nothing breaks while anything is unknown."""

from __future__ import annotations

from .causes import CauseIndex
from .diff import Comparison
from .forecast import is_forecast
from .gate import SAID, shrinkage
from .model import CellResults, Run, Status, Verdict
from .texts import count, listed, one_line

_TOLD = (
    Verdict.BREAKS,
    Verdict.NEW_FAILURE,
    Verdict.CHANGED_ENVIRONMENT,
    Verdict.WILL_BREAK,
    Verdict.DEPENDENCY_WILL_BREAK,
)
_SOFT = (Verdict.ORDER_DEPENDENT, Verdict.FLAKY, Verdict.STRICT_ONLY, Verdict.HIDDEN, Verdict.GONE, Verdict.DEPRECATED)


def headline(run: Run, comparisons: tuple[Comparison, ...], causes: CauseIndex) -> str:
    """What the reader came for, in one line."""
    base = one_line(run.question.base, 20)
    sentences = []
    if not run.tests:
        sentences.append("No test was measured.")
    elif not _measured(run, run.question.base):
        sentences.append(f"{base} (base) was not measured{_why(run, run.question.base)}, so no test can be compared.")
    else:
        sentences.extend(_sentences(run, comparisons, causes, base))
    sentences.extend(
        f"{one_line(one.version, 20)} was not measured{_why(run, one.version)}."
        for one in comparisons
        if not _measured(run, one.version) and not is_forecast(one)
    )
    if not comparisons:
        sentences.append("There is no later version to compare with.")
    return " ".join(sentences)


def _sentences(run: Run, comparisons: tuple[Comparison, ...], causes: CauseIndex, base: str) -> list[str]:
    """One sentence for each group of neighbouring versions that say the same."""
    groups: list[tuple[list[str], str]] = []
    missing: dict[str, None] = {}
    for comparison in comparisons:
        if not _measured(run, comparison.version) and not is_forecast(comparison):
            continue
        missing.update(dict.fromkeys(_not_whole(comparison)))
        text = _sentence(comparison, causes)
        version = one_line(comparison.version, 20)
        if is_forecast(comparison):
            version += " (forecast)"
        if groups and groups[-1][1] == text:
            groups[-1][0].append(version)
        else:
            groups.append(([version], text))
    # What breaks comes before what does not.
    groups.sort(key=lambda group: "nothing breaks" in group[1] or "no break" in group[1])
    told = [f"{base} → {listed(versions)}: {text}." for versions, text in groups]
    return [*told, f"Not measured to the end: {listed(list(missing), 12)}."] if missing else told


def _sentence(comparison: Comparison, causes: CauseIndex) -> str:
    """What happens on one version, without its name."""
    tests: dict[Verdict, list[str]] = {}
    for test, found in comparison.verdicts.items():
        tests.setdefault(found.verdict, []).append(test)
    told = [_said(verdict, tests[verdict], comparison, causes) for verdict in _TOLD if verdict in tests]
    unknown = tests.get(Verdict.UNKNOWN, [])
    if (lost := shrinkage(comparison)) is not None:
        told.insert(0, lost)
    if not told:
        if is_forecast(comparison):
            told.append("no break is forecast")
        else:
            told.append("no break was seen" if unknown or _not_whole(comparison) else "nothing breaks")
    told.extend(_said(verdict, tests[verdict], comparison, causes) for verdict in _SOFT if verdict in tests)
    if unknown:
        told.append(f"{len(unknown):,} of {count(len(comparison.verdicts), 'test')} unknown")
    return "; ".join(told)


def _not_whole(comparison: Comparison) -> list[str]:
    """Cells with results that did not come to their end: what they would have said is not known."""
    cells = [cell for pair in comparison.pairs for cell in (pair.base, pair.later, *pair.strict) if cell is not None]
    broken = [one.cell for one in cells if one.cell.status is not Status.COMPLETE and one.outcomes]
    return list(dict.fromkeys(f"{one_line(cell.id, 60)} ({cell.status})" for cell in broken))


def _said(verdict: Verdict, tests: list[str], comparison: Comparison, causes: CauseIndex) -> str:
    ids = {cause for test in tests for cause in causes.by_verdict.get((comparison.version, test), ())}
    text = count(len(tests), *SAID[verdict])
    return f"{text}, {count(len(ids), 'cause')}" if ids else text


def _measured(run: Run, version: str) -> bool:
    """Whether anything at all is known of a version's plain cells."""
    return any(_has_evidence(one) for one in _plain_cells(run, version))


def _has_evidence(results: CellResults) -> bool:
    return results.cell.status is Status.COMPLETE or bool(results.outcomes)


def _plain_cells(run: Run, version: str) -> list[CellResults]:
    return [one for one in run.cells if one.cell.python == version and one.cell.profile == run.question.plain]


def _why(run: Run, version: str) -> str:
    statuses = sorted({one.cell.status.value for one in _plain_cells(run, version)})
    return f" ({', '.join(statuses)})" if statuses else " (no cell was planned)"
