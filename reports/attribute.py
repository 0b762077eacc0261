"""Names the knowledge record behind a failure, where its text is reason enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .causes import CauseIndex
from .knowledge import Knowledge
from .knowledge_model import Record
from .model import Cause, OriginKind
from .versions import version_key


def attribute(index: CauseIndex, deprecations: Iterable[Cause], knowledge: Knowledge) -> CauseIndex:
    """The causes, with the record of each failure whose text convicts one.

    Records often share a text. A warning that was recorded at the same place knows the line of code, and so which of
    them it is.
    """
    warned: dict[tuple[str | None, str | None, str], str] = {}
    for found in deprecations:
        if found.record is not None:
            warned.setdefault((found.file, found.function, _family(found.record, knowledge)), found.record)
    return dataclasses.replace(
        index, causes=tuple(_with_advice(_attributed(cause, warned, knowledge), knowledge) for cause in index.causes)
    )


def _attributed(cause: Cause, warned: dict[tuple[str | None, str | None, str], str], knowledge: Knowledge) -> Cause:
    record = cause.record
    if record is None and cause.kind in {"failure", "use"} and cause.category:
        # Judged on the first version that has it.
        match = knowledge.find_by_error(cause.category, cause.message, cause.versions[0] if cause.versions else None)
        record = match.record.id if match is not None and match.convicts else None
    if record is None:
        return cause
    # What a record convicts of is the doing of the line that has it, also where the target's own code calls that.
    theirs = cause.raised_by if cause.kind == "failure" else None
    if theirs is None or theirs.kind is not OriginKind.DEPENDENCY:
        theirs = cause.origin
    return dataclasses.replace(
        cause,
        record=warned.get((cause.file, cause.function, _family(record, knowledge)), record),
        origin=theirs,
    )


def _with_advice(cause: Cause, knowledge: Knowledge) -> Cause:
    record = knowledge.get(cause.record) if cause.record is not None else None
    if record is None:
        return cause
    return dataclasses.replace(
        cause, replacement=record.replacement, deprecated_in=record.deprecated_in, deadline=_deadline(cause, record)
    )


def _deadline(cause: Cause, record: Record) -> str | None:
    """A run as if it were 3.16 also shows what has ended in 3.14; the record knows when."""
    end = record.deadline.version if record.deadline is not None and record.of_python else None
    if cause.kind != "use" or cause.deadline is None or end is None:
        return cause.deadline
    return min(cause.deadline, end, key=version_key)


def _family(identifier: str, knowledge: Knowledge) -> str:
    record = knowledge.get(identifier)
    return record.family if record is not None else identifier
