"""What a later version announces: failures of warnings as errors get their record, their end and whose they are.

The forecast is made of what the base warns of. A strict cell of a later version fails with more than that, and its
reader wants to know the same of it.
"""

from __future__ import annotations

import dataclasses

from .causes import CauseIndex, joined, normal_message
from .deprecations import end_by_text, recorded
from .knowledge import Knowledge
from .model import Cause, Run, Status
from .versions import version_key


def announce(index: CauseIndex, run: Run, knowledge: Knowledge) -> CauseIndex:
    """The causes, with what is known of the warnings that no cell of the base recorded.

    Args:
        index: joined with the base's deprecations.
        run: whose recorded warnings say most: the code that warned is not always in a traceback.
        knowledge: for warnings that nothing but a failure's text tells of.
    """
    if not any(map(_is_open, index.causes)):
        return index
    # The earliest version first: what a later one adds is no news.
    cells = sorted((one for one in run.cells if one.cell.as_if is None), key=lambda one: version_key(one.cell.python))
    found = {cause.id: cause for cause in recorded(run, knowledge, cells)}
    return dataclasses.replace(
        index,
        causes=tuple(
            _told(cause, found.get(cause.id) or _ended_by(cause, run, knowledge), knowledge)
            if _is_open(cause)
            else cause
            for cause in index.causes
        ),
    )


def _is_open(cause: Cause) -> bool:
    return cause.kind == "warning" and cause.certainty == "measured" and cause.record is None


def _ended_by(cause: Cause, run: Run, knowledge: Knowledge) -> Cause | None:
    """The recorded warning that ended a suite before any test ran: its last line says what, not where."""
    if cause.file is not None:
        return None
    text = normal_message(cause.message)
    ended = [
        one
        for one in run.cells
        if one.cell.status is not Status.COMPLETE
        and one.cell.profile in cause.profiles
        and (one.cell.as_if or one.cell.python) in cause.versions
    ]
    alike = [
        one
        for one in recorded(run, knowledge, ended)
        if one.category == cause.category and normal_message(one.message) == text
    ]
    return alike[0] if len(alike) == 1 else None


def _told(cause: Cause, warned: Cause | None, knowledge: Knowledge) -> Cause:
    found = warned or end_by_text(cause, knowledge)
    if found is None:
        return cause
    # The warning may reach tests that pass with it; the cause is of those that do not.
    told = dataclasses.replace(joined(cause, found), tests=cause.tests)
    if cause.file is not None:
        return told
    return dataclasses.replace(
        told,
        **{
            name: getattr(found, name)
            for name in ("file", "line", "function", "stack", "source", "raised_at", "raised_by")
        },
    )
