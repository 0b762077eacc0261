"""Finds which earlier tests make a later one fail, by halving. Pure: running is the caller's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

#: As many as are named together; a failure that needs more is said to.
MOST = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """What a search came to."""

    items: tuple[str, ...] = ()
    """What makes it fail, in run order: each was needed. Only part of the truth unless ``complete``."""
    complete: bool = False
    """A run with just these before it failed."""
    reason: str | None = None
    """Why it is not complete."""
    among: int | None = None
    """How many candidates were left when the search ended early."""


def find_culprits(
    candidates: Sequence[str], fails: Callable[[Sequence[str]], bool | None], *, most: int = MOST
) -> Found:
    """The fewest of ``candidates`` that make it fail together; one, as a rule.

    The shortest failing prefix ends in something that is needed. It is kept, and the search goes on in front of it
    until what was kept is enough. One culprit costs log2(n) + 1 runs. Where each of several would do, the one whose
    prefix was met is named: the others are not looked for.

    Args:
        candidates: in run order; with all of them it fails, with none it does not. Both were seen by the caller.
        fails: whether it fails behind these; None where that could not be told, which ends the search.
        most: give up where more are needed together.
    """
    pool = list(candidates)
    kept: list[str] = []
    while pool:
        without, enough = 0, len(pool)
        while enough - without > 1:
            middle = (without + enough) // 2
            failed = fails([*pool[:middle], *kept])
            if failed is None:
                return Found(items=tuple(kept), reason="time", among=enough - without)
            without, enough = (without, middle) if failed else (middle, enough)
        kept.insert(0, pool[enough - 1])
        pool = pool[: enough - 1]
        failed = fails(kept)
        if failed:
            return Found(items=tuple(kept), complete=True)
        if failed is None:
            return Found(items=tuple(kept), reason="time", among=len(kept) + len(pool))
        if len(kept) == most and pool:
            return _given_up(candidates, kept, fails)
    # The same list failed before: the caller's first run, or a step of this search.
    return Found(reason="unsteady")


def _given_up(candidates: Sequence[str], kept: Sequence[str], fails: Callable[[Sequence[str]], bool | None]) -> Found:
    """More are needed; or none is, and it failed by chance when all were there."""
    failed = fails(candidates)
    if failed is None:
        return Found(items=tuple(kept), reason="time", among=len(candidates))
    return Found(items=tuple(kept), reason="many") if failed else Found(reason="unsteady")
