"""Plans 1,000 targets x 6 interpreters onto 256 jobs: how far the longest is from the lower bound, and in what time.

python -m bench.plan [--targets 1000] [--jobs 256]
"""

from __future__ import annotations

import argparse
import math
import random
import time

from runner.packing import Group, lower_bound, pack

INTERPRETERS = 6


def fleet(targets: int, seed: int) -> list[Group]:
    """An environment for each target and interpreter, with a plain and a strict cell; log-normal as real suites are."""
    drawn = random.Random(seed)  # noqa: S311 - a simulation
    groups = []
    for _ in range(targets):
        typical = drawn.lognormvariate(math.log(20), 1.2)
        for _ in range(INTERPRETERS):
            plain = min(typical * drawn.uniform(0.8, 1.3), 1800)
            groups.append(Group(cost=drawn.uniform(3, 20), items=(plain, plain * drawn.uniform(0.9, 1.2))))
    return groups


def main() -> None:
    """Print one line for each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=256)
    options = parser.parse_args()
    for seed in range(3):
        groups = fleet(options.targets, seed)
        started = time.perf_counter()
        packing = pack(groups, options.jobs)
        took = time.perf_counter() - started
        bound = lower_bound(groups, options.jobs)
        longest = max(packing.loads)
        parts = sum(len(parts) for parts in packing.bins)
        print(
            f"seed {seed}: {len(groups)} environments, {sum(len(one.items) for one in groups)} cells, "
            f"{len(packing.bins)} jobs; longest {longest:.0f} s, bound {bound:.0f} s "
            f"(+{100 * (longest / bound - 1):.2f} %); {parts - len(groups)} environments made twice; "
            f"planned in {took:.2f} s"
        )


if __name__ == "__main__":
    main()
