"""``python -m corpus_witness_unittest FILE ARGS``: plain unittest, with a note of each call of its result object.

Runs in the environments of the packages that are measured: standard library only, Python 3.8 and later.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from pathlib import Path
from typing import Any

_ROWS: list[list[str]] = []


class _Result(unittest.TextTestResult):
    """Notes ``[id, class of the test, what happened]`` and hands everything on."""

    def _note(self, test: Any, event: str) -> None:
        _ROWS.append([str(test.id()), f"{type(test).__module__}.{type(test).__qualname__}", event])

    def startTest(self, test: Any) -> None:  # noqa: N802
        super().startTest(test)
        self._note(test, "start")

    def stopTest(self, test: Any) -> None:  # noqa: N802
        super().stopTest(test)
        self._note(test, "stop")

    def addSuccess(self, test: Any) -> None:  # noqa: N802
        super().addSuccess(test)
        self._note(test, "success")

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addFailure(test, err)
        self._note(test, "failure")

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addError(test, err)
        self._note(test, "error")

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        self._note(test, "skip")

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addExpectedFailure(test, err)
        self._note(test, "expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        super().addUnexpectedSuccess(test)
        self._note(test, "unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failure" if issubclass(err[0], test.failureException) else "error")


class _Runner(unittest.TextTestRunner):
    """The runner that unittest would use, with our result object."""

    resultclass: Any = _Result


def main() -> None:
    """Run unittest on the arguments behind the file's name."""
    file = Path(sys.argv[1]).absolute()
    sys.argv = [f"{os.path.basename(sys.executable)} -m unittest", *sys.argv[2:]]  # noqa: PTH119 - as unittest does
    try:
        unittest.main(module=None, testRunner=_Runner)
    except SystemExit:
        file.write_text(json.dumps({"tool": "unittest", "rows": _ROWS}), encoding="ascii")
        raise


if __name__ == "__main__":
    main()
