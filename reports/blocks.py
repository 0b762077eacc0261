"""What a module that was not collected means for its tests, which other cells know."""

from __future__ import annotations

import dataclasses

from .identity import Identifier, ancestors, dotted_address
from .model import CellResults
from .outcomes import Evidence


def spread_blocks(evidence: list[Evidence], identifier: Identifier) -> list[CellResults]:
    """Give every test of an uncollected module, known from any cell, its outcome in the cells that lost it.

    A module whose tests no cell knows becomes one entry of its own, named by the module.
    """
    if not any(one.blocks for one in evidence):
        return [one.results for one in evidence]
    addresses = {test: dotted_address(test) for test in identifier.tests}
    for test, info in identifier.tests.items():
        if ".py" not in test and info.classname:
            addresses[test] = f"{info.classname}.{info.name.partition('[')[0]}"
    return [_spread(one, addresses, identifier) for one in evidence]


def _spread(one: Evidence, addresses: dict[str, str], identifier: Identifier) -> CellResults:
    if not one.blocks:
        return one.results
    outcomes, details = dict(one.results.outcomes), dict(one.results.details)
    blocks = {dotted_address(block.id): (block, detail) for block, detail in one.blocks}
    used: set[str] = set()
    for test, address in addresses.items():
        nearest = next((above for above in ancestors(address) if above in blocks), None)
        if nearest is None:
            continue
        used.add(nearest)
        if test not in outcomes:
            block, detail = blocks[nearest]
            outcomes[test], details[test] = block.outcome, detail
    for address, (block, detail) in blocks.items():
        if address not in used:
            test = identifier.identify("", block.id or "(the whole suite)", None)
            outcomes[test], details[test] = block.outcome, detail
    return dataclasses.replace(one.results, outcomes=outcomes, details=details)
