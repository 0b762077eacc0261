"""Whether tests that ran without the others ended as they would have among them. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from .needed import Rules
from .suite_log import RED, SuiteLog


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seen:
    """Warnings of one run that the filters may be for, where the test itself did not decide about them."""

    places: Mapping[str, frozenset[tuple[object, ...]]]
    """Test → (category, name of the file, line) of each: each run may have a copy of the project."""
    categories: frozenset[str]
    """Names of the classes of all of them, without modules."""


def see(records: Iterable[Mapping[str, Any]], rules: Rules) -> Seen:
    """Read the records of a warnings.jsonl."""
    first: dict[str, Mapping[str, Any]] = {}
    places: dict[str, set[tuple[object, ...]]] = {}
    categories: set[str] = set()
    for record in records:
        full = first.get(str(record.get("like")), record)
        if isinstance(number := record.get("id"), str):
            first[number] = record
        category, test = str(full.get("category")), record.get("test")
        bases = tuple(map(str, full.get("bases") or ()))
        if full.get("decided") is True or not rules.match(category, str(full.get("message")), bases):
            continue
        categories.add(category.rpartition(".")[2])
        if isinstance(test, str):
            places.setdefault(test, set()).add((category, PurePath(str(full.get("file"))).name, full.get("line")))
    return Seen(places={test: frozenset(found) for test, found in places.items()}, categories=frozenset(categories))


def disturbed(controls: Iterable[str], logs: tuple[SuiteLog, SuiteLog], before: Seen, now: Seen) -> str | None:
    """A test that warns or ends otherwise in the part than in the plain run, though no filter is for it.

    Args:
        controls: tests that the part ran only to see that.
        logs: of the plain run and of the part.
        before: warnings of the plain run.
        now: warnings of the part.
    """
    plain, part = logs
    for test in controls:
        new = now.places.get(test, frozenset()) - before.places.get(test, frozenset())
        if test in part.outcomes and (new or part.outcomes[test] != plain.outcomes.get(test)):
            return test
    return None


def silent(tests: Iterable[str], part: SuiteLog, before: Seen, now: Seen) -> str | None:
    """A test that is green in the part, and did not warn there as it did among the others; None where there is none.

    Args:
        tests: those that were run again.
        part: their run, with filters.
        before: warnings of the plain run.
        now: warnings of the part.
    """
    for test in tests:
        green = part.outcomes.get(test, "failed") not in RED
        if green and not before.places.get(test, frozenset()) <= now.places.get(test, frozenset()):
            return test
    return None


def unexplained(tests: Iterable[str], plain: SuiteLog, part: SuiteLog, now: Seen) -> list[str]:
    """Tests that are red in the part, neither by a warning nor as they were in the plain run."""
    red = [test for test in tests if part.outcomes.get(test) in RED]
    return [test for test in red if not _is_as_before(test, plain, part) and not _is_of_warning(test, part, now)]


def _is_as_before(test: str, plain: SuiteLog, part: SuiteLog) -> bool:
    return plain.outcomes.get(test) == part.outcomes.get(test) and plain.messages.get(test) == part.messages.get(test)


def _is_of_warning(test: str, part: SuiteLog, now: Seen) -> bool:
    name = part.messages.get(test, "").partition(":")[0].strip()
    return name.rpartition(".")[2] in now.categories
