"""Whose move it is where a dependency breaks: which release to take, as far as the index told (``upgrades.jsonl``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from .causes import CauseIndex
from .evidence import Upgrade
from .model import Cause, OriginKind, Run
from .texts import one_line
from .versions import version_key


def advise_upgrades(index: CauseIndex, run: Run) -> CauseIndex:
    """The causes, with what to do about those that are a dependency's."""
    known = {one for results in run.cells for one in results.upgrades}
    return dataclasses.replace(index, causes=tuple(_advised(cause, known) for cause in index.causes))


def _advised(cause: Cause, known: Iterable[Upgrade]) -> Cause:
    if cause.origin.kind is not OriginKind.DEPENDENCY or cause.origin.distribution is None:
        return cause
    here = [one for one in known if one.distribution == cause.origin.distribution]
    if cause.raised_at is not None:
        here = [one for one in here if one.file == cause.raised_at.file] or here
    return dataclasses.replace(cause, upgrade=_words(cause, here))


def _words(cause: Cause, found: list[Upgrade]) -> str:
    name = one_line(cause.origin.distribution or "", 60)
    if not found:
        return f"Upgrade {name}; which release is repaired is not known."
    stuck = next((one for one in found if one.without is None), None)
    if stuck is not None and stuck.newest is None:
        return f"No release of {name} after {one_line(stuck.installed, 40)} is known: report it upstream."
    if stuck is not None and stuck.is_there:
        return (
            f"The newest {name}, {one_line(stuck.newest or '', 40)}, still has the line: report it upstream "
            f"(forewarn upstream {cause.id} writes the text)."
        )
    if stuck is not None:
        return f"Upgrade {name}; {one_line(stuck.note, 120) or 'which release is repaired is not known'}."
    release = one_line(max((one.without or "" for one in found), key=version_key), 40)
    return (
        f"Upgrade {name} to {release} or later, the first release without the line as it stands; "
        f"prove it with a variant that requires {name}>={release}."
    )
