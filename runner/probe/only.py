"""What is run again, as the folder of evidence says: some tests of a suite in a given order, or those of some files."""

import json
import os

from .evidence import FOLDER_VARIABLE, Log


def wanted():
    """Ids in their order, or ``{"files": …}``; None where the whole suite is run."""
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
    if isinstance(ids, dict):
        return _of_files(tests, id_of, frozenset(ids["files"]))
    known = {}
    for test in tests:
        known.setdefault(id_of(test), test)
    kept = [known[one] for one in ids if one in known]
    chosen = set(map(id, kept))
    return kept, [test for test in tests if id(test) not in chosen]


def _of_files(tests, id_of, files):
    """The tests of some files, in the order of all, which tests.jsonl is told."""
    Log("tests.jsonl").write({"event": "all", "ids": [id_of(test) for test in tests]})
    kept, others = [], []
    for test in tests:
        (kept if id_of(test).partition("::")[0] in files else others).append(test)
    return kept, others
