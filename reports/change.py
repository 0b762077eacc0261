"""What is different from an earlier report: which tests have a verdict that they had not, and the other way round."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping

from .errors import ResultsError
from .model import Verdict, version_key
from .view import Report

#: Verdicts that a reader wants to hear of. Flaky tests come and go by themselves.
_TOLD = (
    Verdict.BREAKS,
    Verdict.NEW_FAILURE,
    Verdict.ORDER_DEPENDENT,
    Verdict.WILL_BREAK,
    Verdict.DEPENDENCY_WILL_BREAK,
    Verdict.DEPRECATED,
    Verdict.STRICT_ONLY,
    Verdict.UNKNOWN,
    Verdict.HIDDEN,
    Verdict.GONE,
)
_FORMAT = 1

Verdicts = Mapping[str, Mapping[str, str]]
"""Version → test → verdict."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class VersionChange:
    """One verdict of one version: tests that have it now, and tests that had it."""

    version: str
    verdict: Verdict
    now: tuple[str, ...]
    no_longer: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """The difference of two reports."""

    changes: tuple[VersionChange, ...]
    versions: tuple[str, ...]
    """Versions that only one of them is about: not compared."""

    @property
    def is_empty(self) -> bool:
        """Whether they say the same."""
        return not self.changes and not self.versions


def verdicts_of(report: Report) -> Verdicts:
    """The verdicts of a report that is here."""
    return {
        one.version: {test: found.verdict.value for test, found in one.verdicts.items()} for one in report.comparisons
    }


def read_verdicts(document: bytes) -> Verdicts:
    """The verdicts of a report.json, which is not trusted.

    Raises:
        ResultsError: it is none.
    """
    try:
        report = json.loads(document)
        if report["format"] != _FORMAT:
            raise ResultsError(f"report.json has format {json.dumps(report['format'])[:40]}, not {_FORMAT}")
        found: dict[str, dict[str, str]] = {str(version): {} for version in report["next"]}
        for test in report["tests"]:
            for version, verdict in test["verdicts"].items():
                found.setdefault(version, {})[str(test["id"])] = str(verdict["verdict"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ResultsError("report.json is none of ours") from error
    return found


def compare_verdicts(old: Verdicts, new: Verdicts) -> Change:
    """What is different in ``new``. Tests that are only in one of them count where their verdict is worth telling."""
    shared = sorted(set(old) & set(new), key=version_key)
    return Change(
        changes=tuple(change for version in shared for change in _changes(version, old[version], new[version])),
        versions=tuple(sorted(set(old) ^ set(new), key=version_key)),
    )


def _changes(version: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[VersionChange]:
    for verdict in _TOLD:
        before = {test for test, one in old.items() if one == verdict}
        after = {test for test, one in new.items() if one == verdict}
        if before != after:
            yield VersionChange(
                version=version,
                verdict=verdict,
                now=tuple(sorted(after - before)),
                no_longer=tuple(sorted(before - after)),
            )
