"""One part of a suite out of several: chosen from the tests that were collected, the same wherever it runs.

Files stay whole, so that their fixtures are set up once; one that is more than a part by itself is split into its
classes, then into its functions, and last into single tests. What is chosen depends on the set of tests alone, not on
their order, so that a suite that is shuffled differently in each part is still run once in all.
"""

import json
import os

from .evidence import FOLDER_VARIABLE, Log


def wanted():
    """(number from 1, how many); None where the whole suite is run."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    try:
        with open(os.path.join(folder, "shard.json"), "rb") as file:
            config = json.load(file)
        return int(config["number"]), int(config["of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def split(tests, levels_of):
    """(this part's tests in their order, the others); None where the whole suite is run.

    ``levels_of`` tells a test's names from the coarsest to its own: file, class, function, id.
    """
    shard = wanted()
    if shard is None:
        return None
    number, of = shard
    levels = [levels_of(test) for test in tests]
    mine = choose(sorted(levels), of)[number - 1]
    kept = [test for test, names in zip(tests, levels) if tuple(names) in mine]
    rest = [test for test, names in zip(tests, levels) if tuple(names) not in mine]
    Log("tests.jsonl").write({"event": "shard", "number": number, "of": of, "kept": len(kept), "tests": len(tests)})
    return kept, rest


def choose(tests, of):
    """The tests of each of ``of`` parts, as sets of the tuples that were given."""
    units = _units([tuple(names) for names in tests], 0, len(tests) / float(of))
    parts = [set() for _ in range(of)]
    loads = [0] * of
    for unit in sorted(units, key=lambda unit: (-len(unit), unit)):
        least = loads.index(min(loads))
        parts[least].update(unit)
        loads[least] += len(unit)
    return parts


def _units(tests, depth, share):
    """Groups that stay together: by name at ``depth``, and deeper for those that are more than a part's share."""
    groups = {}
    for names in tests:
        groups.setdefault(names[depth], []).append(names)
    units = []
    for group in groups.values():
        if len(group) > max(share, 1) and depth + 1 < len(group[0]):
            units.extend(_units(group, depth + 1, share))
        else:
            units.append(group)
    return units


def pytest_levels(nodeid):
    """File, class, function and id of a pytest test."""
    path, _, name = nodeid.partition("::")
    function, _, _ = name.partition("[")
    owner, _, _ = function.rpartition("::")
    return path, "%s::%s" % (path, owner or function), "%s::%s" % (path, function), nodeid


def unittest_levels(name):
    """Module, class and id of a unittest test."""
    owner, _, _ = name.rpartition(".")
    return owner.rpartition(".")[0], owner, name
