"""In a run with warnings filters: only the tests that can end otherwise than in the plain run (needed.json).

The suite is collected in full, with the filters in force, so what becomes of modules is measured. Where anything is not
as it was in the plain run, or an error that a warning became was swallowed on the way, all tests are run.
"""

import json
import os

from .evidence import FOLDER_VARIABLE, Log


def wanted():
    """What chooses; None where all tests are run."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    try:
        with open(os.path.join(folder, "needed.json"), "rb") as file:
            config = json.load(file)
        tests = list(config["tests"])
        return Needed(tests, frozenset(tests[number] for number in config["needed"]), frozenset(config["failed"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Needed:
    """Chooses once everything is collected, and says so in tests.jsonl."""

    def __init__(self, tests, needed, failed):
        """All tests of the plain run in their order; those that are needed; what it could not collect."""
        self._tests = tests
        self._needed = needed
        self._failed = failed

    def failed_before(self, name):
        """Whether a module could not be collected in the plain run either."""
        return name in self._failed

    def choose(self, ids, failed, raised, reason=None):
        """Positions of the tests to run.

        Args:
            ids: what was collected, in the order in which it would run.
            failed: modules, classes and folders that could not be collected.
            raised: (phase, module, class or folder) for each warning that became an error while the suite was loaded.
            reason: why all are run in any case.
        """
        lost, differs = self._compare(ids, failed)
        reason = reason or differs or _swallowed(frozenset(failed) - self._failed, raised)
        if reason:
            self._say(len(ids), [], reason)
            return range(len(ids))
        run = [position for position, test in enumerate(ids) if test in self._needed]
        self._say(len(run), lost, None)
        return run

    def _compare(self, ids, failed):
        """(tests that the plain run had and that were not collected, why they cannot be compared)."""
        lost, position = [], 0
        for test in self._tests:
            if position < len(ids) and ids[position] == test:
                position += 1
            elif any(_is_beneath(test, name) for name in failed):
                lost.append(test)
            else:
                return lost, "the tests, or their order, are not those of the plain run"
        if position < len(ids):
            return lost, "there are tests that the plain run did not have"
        return lost, None

    def _say(self, run, lost, reason):
        Log("tests.jsonl").write({"event": "needed", "run": run, "lost": lost, "whole": reason})


def _is_beneath(test, name):
    return not name or test.startswith((name + "::", name + "/", name + ".")) or _in_folder(test, name)


def _in_folder(test, name):
    """A ``conftest.py`` or ``__init__.py`` stands for its folder."""
    folder, _, file = name.rpartition("/")
    return file in ("conftest.py", "__init__.py") and (not folder or test.startswith(folder + "/"))


def _swallowed(failed, raised):
    """Why errors that warnings became are not all told by what could not be collected; None where they are."""
    told = set()
    for phase, name in raised:
        if phase != "collect" or name not in failed or name in told:
            return "a warning that became an error while the suite was loaded (%s) was swallowed" % (name or phase)
        told.add(name)
    return None
