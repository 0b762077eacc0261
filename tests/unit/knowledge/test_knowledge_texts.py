"""What the text of an unknown warning says, and how often such texts were right."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from reports.knowledge import Knowledge
from reports.knowledge_model import Certainty
from reports.knowledge_texts import NAMED_RELIABILITY, from_text

SEEN = json.loads(Path(__file__).with_name("seen_texts.json").read_text(encoding="utf-8"))

S, U, X = Certainty.SCHEDULED, Certainty.UNDATED, Certainty.SUSPECTED


@pytest.mark.parametrize(
    ("text", "version", "since", "certainty"),
    [
        ("'x' is deprecated and slated for removal in Python 3.16", "3.16", None, S),
        ("x is deprecated as of Python 3.12 and will be removed in Python 3.14.", "3.14", "3.12", S),
        (
            "The loop argument is deprecated since Python 3.8, and scheduled for removal in Python 3.10.",
            "3.10",
            "3.8",
            S,
        ),
        ("x will become an error in Python 3.15.", "3.15", None, S),
        ("Starting with Python 3.16, this will raise", "3.16", None, S),
        ("in Python 3.16 it will stop working", "3.16", None, S),
        # the start is not the end
        ("x is deprecated since Python 3.12", None, "3.12", U),
        ("x is deprecated in 3.12, and will go some day", None, "3.12", U),
        ("x was deprecated in Python 3.12, use y", None, "3.12", U),
        ("x is deprecated and will be removed in a future version", None, None, U),
        ("x is deprecated", None, None, U),
        # a library's own version is no Python's
        ("The foo function was deprecated in Matplotlib 3.8 and will be removed in 3.10", "3.10", None, X),
        ("x will be removed in 3.14.1", None, None, U),
        ("x will be removed in version 4.0", None, None, U),
    ],
)
def test_forms(text: str, version: str | None, since: str | None, certainty: Certainty) -> None:
    forecast = from_text(text, "DeprecationWarning")
    assert (forecast.version, forecast.deprecated_in, forecast.certainty) == (version, since, certainty)
    assert (forecast.reliability is not None) == (certainty is S)


def test_a_bare_version_of_the_standard_library_is_a_python() -> None:
    text = "typing.io will be removed in 3.12."
    assert from_text(text, "DeprecationWarning").certainty is X
    assert from_text(text, "DeprecationWarning", standard_library=True).certainty is S


@pytest.mark.parametrize(("python", "version"), [("3.14", "3.15"), ("3.15.2", None), ("3.16", None)])
def test_a_date_that_has_passed_was_too_early(python: str, version: str | None) -> None:
    text = "'locale.getdefaultlocale' is deprecated and slated for removal in Python 3.15."
    forecast = from_text(text, "DeprecationWarning", python=python)
    assert (forecast.version, forecast.certainty) == (version, S if version else U)


@pytest.mark.parametrize(
    ("category", "text"),
    [("UserWarning", "x is deprecated"), ("UserWarning", "hello"), (None, "hello"), ("my.Warning", "")],
)
def test_without_a_deprecations_category_it_is_a_suspicion(category: str | None, text: str) -> None:
    assert from_text(text, category).certainty is X


def test_the_reliability_is_what_was_measured() -> None:
    """Of the texts of Python itself that name a version, and what became of it."""
    knowledge = Knowledge()
    promises: dict[tuple[str, str], set[str | None]] = {}
    for identifier, rows in SEEN.items():
        record = knowledge.get(identifier)
        assert record is not None
        for kind, category, text, _ in rows:
            named = from_text(text, category, standard_library=True).version
            if kind == "warning" and named:
                end = record.deadline.version if record.deadline else None
                promises.setdefault((text, named), set()).add(end)
    right = [named for (_, named), ends in promises.items() if named in ends]
    assert (len(right), len(promises)) == (145, 156)
    assert round(len(right) / len(promises), 2) == NAMED_RELIABILITY
    wrong = [(named, end) for (_, named), ends in promises.items() if named not in ends for end in ends]
    assert all(
        end is None or tuple(map(int, end.split("."))) > tuple(map(int, named.split("."))) for named, end in wrong
    )


def test_the_figures_of_the_guide() -> None:
    """docs/knowledge.md, "What the measurements say"."""
    knowledge = Knowledge()
    broke, warned, named, silent = 0, 0, 0, 0
    for identifier in knowledge.ids:
        record = knowledge.get(identifier)
        assert record is not None
        if not record.of_python or record.silent_change:
            continue
        versions = list(record.measured)
        for before, after in pairwise(versions):
            if record.measured[after] != "error" or record.measured[before] in ("error", "absent"):
                continue
            texts = [row[2] for row in SEEN[identifier] if row[0] == "warning" and before in row[3]]
            broke += 1
            warned += bool(texts)
            named += any(from_text(text, standard_library=True).version == after for text in texts)
            silent += "warns" not in [record.measured[version] for version in versions[: versions.index(after)]]
    assert (broke, warned, named, silent) == (286, 258, 137, 28)
