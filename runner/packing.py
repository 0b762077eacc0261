"""Packs groups of work into at most so many bins, so that the fullest is as empty as may be. Pure.

MULTIFIT: the smallest capacity for which best-fit decreasing needs no more than the given bins, found by halving
(Coffman, Garey and Johnson, 1978: at most 13/11 of the best; within a few per cent where items are many).
A group has a cost of its own, paid in each bin that holds a part of it, so it is split only where it must be.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Sequence

_ROUNDS = 24


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Items that are better kept together."""

    cost: float
    """Paid once in each bin that holds any of them."""
    items: tuple[float, ...]
    """Not empty."""


Part = tuple[int, tuple[int, ...]]
"""(position of the group, positions of its items)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Packing:
    """What lies in each bin, and how full it is."""

    bins: tuple[tuple[Part, ...], ...]
    loads: tuple[float, ...]


def lower_bound(groups: Sequence[Group], bins: int) -> float:
    """No packing's fullest bin is below this: an even share of all, or the heaviest item with its group's cost."""
    total = sum(group.cost + sum(group.items) for group in groups)
    return max([total / bins, *(group.cost + max(group.items) for group in groups)], default=0.0)


def pack(groups: Sequence[Group], bins: int) -> Packing:
    """Pack all items into at most ``bins`` bins; the same input gives the same packing."""
    low = lower_bound(groups, bins)
    high = sum(group.cost + sum(group.items) for group in groups)
    best = _fill(groups, low)
    if len(best.bins) <= bins:
        return best
    best = _fill(groups, high)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        tried = _fill(groups, middle)
        if len(tried.bins) <= bins:
            best, high = tried, middle
        else:
            low = middle
    return best


def _fill(groups: Sequence[Group], capacity: float) -> Packing:
    """Best-fit decreasing of the groups' parts into bins of ``capacity``."""
    limit = capacity * (1 + 1e-9)
    parts = [part for position, group in enumerate(groups) for part in _parts(position, group, limit)]
    parts.sort(key=lambda part: (-part[0], part[1]))
    filled: list[list[Part]] = []
    loads: list[float] = []
    room: list[tuple[float, int]] = []  # (what is left, bin), ascending
    for weight, part in parts:
        at = bisect.bisect_left(room, (weight - limit * 1e-9, -1))
        if at < len(room):
            left, number = room.pop(at)
        else:
            left, number = limit, len(filled)
            filled.append([])
            loads.append(0.0)
        filled[number].append(part)
        loads[number] += weight
        bisect.insort(room, (left - weight, number))
    return Packing(bins=tuple(tuple(sorted(parts)) for parts in filled), loads=tuple(loads))


def _parts(position: int, group: Group, limit: float) -> list[tuple[float, Part]]:
    """The whole group where it fits, else as few parts of it as fit."""
    order = range(len(group.items))
    if group.cost + sum(group.items) <= limit:
        return [(group.cost + sum(group.items), (position, tuple(order)))]
    parts: list[tuple[float, list[int]]] = []
    for item in sorted(order, key=lambda item: (-group.items[item], item)):
        weight = group.items[item]
        at = next((number for number, (load, _) in enumerate(parts) if load + weight <= limit), None)
        if at is None:
            parts.append((group.cost + weight, [item]))
        else:
            load, items = parts[at]
            items.append(item)
            parts[at] = (load + weight, items)
    return [(load, (position, tuple(sorted(items)))) for load, items in parts]
