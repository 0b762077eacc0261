"""Some tests of a suite, in a given order: what is run again, by a list in the folder of evidence."""

import json
import os

from .evidence import FOLDER_VARIABLE


def wanted():
    """Ids in their order; None where the whole suite is run."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    try:
        with open(os.path.join(folder, "only.json"), "rb") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def split(tests, id_of):
    """(the wanted ones of ``tests`` in the wanted order, the others); None where all are wanted."""
    ids = wanted()
    if ids is None:
        return None
    known = {}
    for test in tests:
        known.setdefault(id_of(test), test)
    kept = [known[one] for one in ids if one in known]
    chosen = set(map(id, kept))
    return kept, [test for test in tests if id(test) not in chosen]
