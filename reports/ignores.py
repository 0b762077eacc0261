"""What a suite has decided not to hear: rules that hide an end, and rules that hide nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from .deprecations import record_of
from .evidence import Witnessed
from .filters import Filter, parse_filter
from .knowledge import Knowledge
from .model import CellResults, Outcome, Run, Status
from .origin import Places
from .patterns import Patterns
from .versions import version_key

_FILTERS = frozenset({"ini", "option", "mark"})
#: Filters that are held against the warnings of a run, and how often one is held against another.
_MOST_FILTERS, _MOST_HELD = 300, 2_000_000
_ENDS = ("DeprecationWarning", "FutureWarning")
_PYTHON = re.compile(r"(?:\b[Pp]y(?:thon)? ?|version_info[^\d]{1,12}\(?)3[., ]+\d+")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be said of one rule of the suite."""

    kind: str
    """``hides``: an end that is coming; ``nothing``: it matches nothing; ``skips``: not run for a Python's sake;
    ``passes``: expected to fail, and passes everywhere."""
    rule: str
    source: str
    """Where it stands: ``ini``, ``option``, ``mark``, ``skip``, ``skipif``, ``xfail``, ``filter at FILE:LINE``."""
    what: tuple[str, ...] = ()
    """Texts of the warnings that it hides."""
    deadline: str | None = None
    """The first version that ends something that it hides."""
    tests: int = 0
    versions: tuple[str, ...] = ()
    """Versions that this was seen on."""


def find_ignores(run: Run, knowledge: Knowledge) -> tuple[Finding, ...]:
    """The findings, those that hide what ends first at the top."""
    cells = [
        one
        for one in run.cells
        if one.cell.profile == run.question.plain and one.cell.as_if is None and one.cell.status is Status.COMPLETE
    ]
    rules = dict.fromkeys((rule.kind, rule.text, rule.condition) for one in cells for rule in one.ignored)
    warnings = sum(len(one.warnings) for one in cells)
    most = min(_MOST_FILTERS, _MOST_HELD // max(1, warnings))
    beyond = set([rule for rule in rules if rule[0] in _FILTERS][most:])
    patterns = Patterns()
    found = [
        finding for rule in rules if rule not in beyond for finding in _judge(rule, cells, run, knowledge, patterns)
    ]
    found += _hidden_by_code(cells, run, knowledge)
    return tuple(sorted(found, key=_rank))


def _rank(finding: Finding) -> tuple[object, ...]:
    order = ("hides", "skips", "passes", "nothing")
    return (order.index(finding.kind), version_key(finding.deadline or "99"), -finding.tests, finding.rule)


def _judge(
    rule: tuple[str, str, str], cells: list[CellResults], run: Run, knowledge: Knowledge, patterns: Patterns
) -> Iterator[Finding]:
    kind, text, condition = rule
    if kind in _FILTERS:
        ours = {given for one in run.cells for given in one.cell.filters}
        parsed = parse_filter(text, literal=kind == "option")
        if parsed is not None and parsed.action == "ignore" and text not in ours:
            yield from _judge_filter((kind, text), parsed, cells, knowledge, patterns)
        return
    tests = {test for one in cells for known in one.ignored if known.is_rule(rule) for test in known.tests}
    said = f"{text} {condition}"
    versions = tuple(one.cell.python for one in cells)
    if kind == "xfail":
        passes = [test for test in tests if all(one.outcome(test) is Outcome.XPASSED for one in cells)]
        if passes and len(passes) == len(tests):
            yield Finding(kind="passes", rule=text or condition, source=kind, tests=len(passes), versions=versions)
    elif _PYTHON.search(said):
        skipped = tuple(one.cell.python for one in cells if any(one.outcome(test) is Outcome.SKIPPED for test in tests))
        if skipped:
            yield Finding(kind="skips", rule=said.strip(), source=kind, tests=len(tests), versions=skipped)


def _judge_filter(
    written: tuple[str, str], rule: Filter, cells: list[CellResults], knowledge: Knowledge, patterns: Patterns
) -> Iterator[Finding]:
    kind, text = written
    hidden: dict[str, tuple[Witnessed, str | None]] = {}
    tests: set[str] = set()
    seen: list[str] = []
    applied = [one for one in cells if any(known.kind == kind and known.text == text for known in one.ignored)]
    for one in applied:
        on = {test for known in one.ignored if known.kind == kind and known.text == text for test in known.tests}
        matched = [warning for warning in one.warnings if rule.matches(warning, patterns) and _concerns(warning, on)]
        if matched:
            seen.append(one.cell.python)
        for warning in matched:
            tests.update(warning.tests)
            hidden.setdefault(f"{warning.category}: {warning.message}", (warning, _end(warning, one, knowledge)))
    if not hidden:
        yield Finding(kind="nothing", rule=text, source=kind, versions=tuple(one.cell.python for one in applied))
        return
    ends = [end for _, end in hidden.values() if end is not None]
    if ends:
        what = tuple(name for name, (_, end) in hidden.items() if end is not None)
        yield Finding(
            kind="hides",
            rule=text,
            source=kind,
            what=what,
            deadline=min(ends, key=version_key),
            tests=len(tests),
            versions=tuple(seen),
        )


def _hidden_by_code(cells: list[CellResults], run: Run, knowledge: Knowledge) -> Iterator[Finding]:
    """The filters that code puts in force, and the ends that they hide; what they are in force for, only it knows."""
    name = run.target.get("name")
    found: dict[tuple[str, str], list[tuple[str, str, tuple[str, ...], str]]] = {}
    for one in cells:
        places = Places(one.cell, name if isinstance(name, str) else None)
        for warning in one.warnings:
            end = _end(warning, one, knowledge) if warning.ignored_at else None
            if end is not None:
                for file, line, rule in warning.ignored_at:
                    said = (end, f"{warning.category}: {warning.message}", warning.tests, one.cell.python)
                    found.setdefault((f"filter at {places.locate(file)[0]}:{line}", rule), []).append(said)
    for (source, rule), hidden in found.items():
        yield Finding(
            kind="hides",
            rule=rule,
            source=source,
            what=tuple(dict.fromkeys(text for _, text, _, _ in hidden)),
            deadline=min((end for end, _, _, _ in hidden), key=version_key),
            tests=len({test for _, _, tests, _ in hidden for test in tests}),
            versions=tuple(dict.fromkeys(python for _, _, _, python in hidden)),
        )


def _concerns(warning: Witnessed, tests: Iterable[str]) -> bool:
    """Whether a mark's tests have the warning; what stands in the configuration is on all."""
    on = set(tests)
    return not on or bool(on & set(warning.tests))


def _end(warning: Witnessed, results: CellResults, knowledge: Knowledge) -> str | None:
    """The Python that ends what a warning is about, where that is known."""
    python = results.cell.version or results.cell.python
    match = record_of(warning, python, knowledge)
    if match is not None:
        end = match.record.deadline if match.record.of_python else None
        return end.version if end is not None else None
    if not warning.category.endswith(_ENDS):
        return None
    said = knowledge.from_text(warning.message, warning.category, python=python)
    return said.version if said.certainty.value == "scheduled" else None


def described(finding: Finding) -> str:
    """One sentence for a person."""
    rule, on = f"{finding.source} “{finding.rule}”", ", ".join(finding.versions)
    if finding.kind == "hides":
        more = f" and {len(finding.what) - 1} more" if len(finding.what) > 1 else ""
        return f"your {rule} hides what ends in Python {finding.deadline}: {finding.what[0]}{more}"
    if finding.kind == "skips":
        count = f"{finding.tests} test{'' if finding.tests == 1 else 's'}"
        return f"your {rule} skips {count} on {on}: nothing is known of them there"
    if finding.kind == "passes":
        return f"your {rule}: what it expects to fail passes on {on}"
    return f"your {rule} matches nothing on {on}"
