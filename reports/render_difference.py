"""The difference of two runs as text, Markdown or JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from .compare import CauseFact, Change, Difference
from .markdown_text import code, escape
from .texts import count, listed, one_line_id

#: Lines of one kind that are shown; JSON has all.
_MOST = 20


def difference_text(difference: Difference) -> str:
    """For a terminal."""
    lines = [_headline(difference)]
    for title, found in _changes(difference):
        lines += ["", f"{title}:"]
        lines += [f"  {one_line_id(one.test, 200)}  {one.version}: {one.before} → {one.after}" for one in found[:_MOST]]
        lines += _more(found)
    for title, causes in _causes(difference):
        lines += ["", f"{title}:"]
        lines += [f"  {one.id} {one.title}{f' ({one.place})' if one.place else ''}" for one in causes[:_MOST]]
        lines += _more(causes)
    for title, tests in (("new tests", difference.new_tests), ("gone tests", difference.gone_tests)):
        if tests:
            lines += ["", f"{title}:", *(f"  {one_line_id(one, 200)}" for one in tests[:_MOST]), *_more(tests)]
    return "\n".join(lines) + "\n"


def difference_markdown(difference: Difference, limit: int = 20_000) -> str:
    """For a comment; the headline alone where nothing changed.

    Args:
        difference: what is told.
        limit: characters; where all lines are too many, fewer are named, and how many more there are is said.
    """
    return next(text for most in (_MOST, 5, 1, 0) if len(text := _markdown(difference, most)) <= limit or not most)


def _markdown(difference: Difference, most: int) -> str:
    lines = [f"**{escape(_headline(difference))}**", ""]
    for title, found in _changes(difference):
        lines += ["", f"{title.capitalize()}:", ""]
        lines += [
            f"- {_code(one_line_id(one.test, 200))}: {escape(one.version)} {escape(one.before)} → {escape(one.after)}"
            for one in found[:most]
        ]
        lines += _listed(found, most)
    for title, causes in _causes(difference):
        lines += ["", f"{title.capitalize()}:", ""]
        lines += [f"- {_code(one.title)}{f' {_code(one.place)}' if one.place else ''}" for one in causes[:most]]
        lines += _listed(causes, most)
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return code(text, in_table=False)


def _listed(found: Sequence[object], most: int) -> list[str]:
    return [f"- {line.strip()}" for line in _more(found, most)]


def difference_json(difference: Difference) -> str:
    """Everything."""
    return json.dumps({"format": 1, **dataclasses.asdict(difference)}, ensure_ascii=True, indent=1) + "\n"


def _headline(difference: Difference) -> str:
    if difference.is_empty:
        said = f"nothing changed: {count(difference.unchanged, 'test')}, {count(difference.same_causes, 'cause')}"
    else:
        parts = [
            (len({one.test for one in difference.newly_breaking}), "test newly breaks", "tests newly break"),
            (len({one.test for one in difference.newly_fixed}), "test is repaired", "tests are repaired"),
            (len(difference.new_deprecations), "new deprecation", "new deprecations"),
            (len(difference.new_causes), "new cause", "new causes"),
            (len(difference.gone_causes), "cause is gone", "causes are gone"),
            (len(difference.new_tests), "new test", "new tests"),
            (len(difference.gone_tests), "test is gone", "tests are gone"),
            (len({one.test for one in difference.other_changes}), "other verdict", "other verdicts"),
            (difference.unchanged, "test unchanged", "tests unchanged"),
        ]
        said = ", ".join(count(number, one, many) for number, one, many in parts if number)
    whole = "" if difference.complete else "; the evidence of a run is incomplete, so what is gone may not be"
    other = f"; not compared, since only one run is about it: {listed(difference.not_compared)}"
    return f"{said}{other if difference.not_compared else ''}{whole}"


def _changes(difference: Difference) -> Iterator[tuple[str, tuple[Change, ...]]]:
    for title, found in (
        ("newly breaking", difference.newly_breaking),
        ("repaired", difference.newly_fixed),
        ("other verdicts", difference.other_changes),
    ):
        if found:
            yield title, found


def _causes(difference: Difference) -> Iterator[tuple[str, tuple[CauseFact, ...]]]:
    for title, causes in (("new causes", difference.new_causes), ("gone causes", difference.gone_causes)):
        if causes:
            yield title, causes


def _more(found: Sequence[object], most: int = _MOST) -> list[str]:
    return [f"  and {len(found) - most:,} more"] if len(found) > most else []
