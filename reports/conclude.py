"""From a run to all that is concluded of it."""

from __future__ import annotations

import datetime

from .causes import find_causes, join_deprecations
from .deprecations import find_deprecations
from .diff import compare
from .forecast import add_forecast, judge_forecast
from .gate import judge
from .knowledge import Knowledge
from .model import Run
from .view import Report


def conclude(run: Run, knowledge: Knowledge, today: datetime.date) -> Report:
    """Verdicts, forecast, causes and gate of a run.

    Args:
        run: what a results folder says.
        knowledge: what is known of deprecations.
        today: the day that rules expire by.
    """
    deprecations = find_deprecations(run, knowledge)
    measured = compare(run)
    comparisons = add_forecast(run, measured, deprecations)
    causes = join_deprecations(find_causes(run, comparisons), deprecations, comparisons)
    return Report(
        run=run,
        comparisons=comparisons,
        causes=causes,
        gate=judge(run, comparisons, causes, today),
        quality=judge_forecast(run, measured, deprecations),
    )
