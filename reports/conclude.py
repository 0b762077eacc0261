"""From a run to all that is concluded of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from .advice import advise
from .announced import announce
from .attribute import attribute
from .baseline import Entry
from .causes import find_causes, join_deprecations
from .deprecations import find_deprecations
from .diff import compare
from .environments import call_changed
from .forecast import add_forecast, judge_forecast
from .gate import judge
from .ignores import find_ignores
from .knowledge import Knowledge
from .lacking import call_lacking, name_lacking
from .model import Run
from .outlived import without_outlived
from .pairing import pair_tests
from .upgrades import advise_upgrades
from .view import Report


def conclude(
    run: Run, knowledge: Knowledge, today: datetime.date, baseline: Mapping[str, Entry] | None = None
) -> Report:
    """Verdicts, forecast, causes and gate of a run.

    Args:
        run: what a results folder says.
        knowledge: what is known of deprecations; the run's own records are added.
        today: the day that rules expire by.
        baseline: accepted causes, where the project has a baseline.

    Raises:
        KnowledgeError: a record of the run cannot be used.
    """
    if run.question.knowledge:
        knowledge = knowledge.with_records(run.question.knowledge, "knowledge in matrix.yaml")
    run = pair_tests(run)
    deprecations = find_deprecations(run, knowledge)
    measured = call_lacking(run, call_changed(run, compare(run)))
    due = without_outlived(run, deprecations)
    comparisons = add_forecast(run, measured, due)
    joined = join_deprecations(find_causes(run, comparisons), due, comparisons)
    found = announce(joined, run, knowledge)
    found = name_lacking(attribute(found, deprecations, knowledge), run, comparisons)
    causes = advise_upgrades(advise(found, run), run)
    return Report(
        run=run,
        comparisons=comparisons,
        causes=causes,
        gate=judge(run, comparisons, causes, today, baseline),
        quality=judge_forecast(run, measured, deprecations),  # without what was measured, which is what it is judged by
        ignores=find_ignores(run, knowledge),
    )
