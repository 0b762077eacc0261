"""What is measured beats what was announced: an end that has come on a version where the test passes does no harm."""

from __future__ import annotations

import dataclasses

from .model import GREEN, RED, Cause, Run
from .versions import version_key


class Survivors:
    """Asked which tests pass on interpreters that were measured."""

    def __init__(self, run: Run) -> None:
        question = run.question
        self._measured = [
            (one, version_key(one.cell.python))
            for one in run.cells
            if one.cell.as_if is None and one.cell.profile == question.plain and one.cell.python != question.base
        ]

    def has(self, test: str, since: str) -> bool:
        """Whether a test passes on a Python not older than ``since``, and fails on none of these."""
        end = version_key(since)
        # What PyPy still has says nothing of CPython.
        outcomes = {one.outcome(test) for one, key in self._measured if key[0] == end[0] and key >= end}
        return not GREEN.isdisjoint(outcomes) and RED.isdisjoint(outcomes)


def without_outlived(run: Run, deprecations: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The deprecations without the tests that have seen their end and pass; without those that no test is left of."""
    survivors = Survivors(run)
    kept = []
    for cause in deprecations:
        end = cause.deadline
        left = cause.tests if end is None else tuple(test for test in cause.tests if not survivors.has(test, end))
        if left:
            kept.append(dataclasses.replace(cause, tests=left))
    return tuple(kept)
