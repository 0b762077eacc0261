"""Causes out of recorded warnings: what ends, when and how surely, and which tests it takes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

from .causes import cause_id, steady
from .evidence import Frame, Witnessed
from .identity import ancestors, dotted_address
from .knowledge import Knowledge
from .knowledge_model import Certainty, Match, Record
from .model import Cause, CellResults, Origin, OriginKind, Run
from .origin import Places
from .versions import version_key

_OWN = frozenset({OriginKind.PROJECT, OriginKind.TESTS})
#: A line that issues a warning by itself. What Python warns of comes from its library, or from C code without a line.
_WARNS = re.compile(r"(?:warn|warn_explicit|deprecated)\(")
_ENDS = ("DeprecationWarning", "FutureWarning")


@dataclasses.dataclass(kw_only=True)
class _Group:
    cause: Cause
    tests: set[str] = dataclasses.field(default_factory=set)


def find_deprecations(run: Run, knowledge: Knowledge) -> tuple[Cause, ...]:
    """One cause for each deprecation at each place of the base's measured cells that tests meet; most tests first."""
    plain = [one for one in run.cells if one.cell.profile == run.question.plain]
    bases = [one for one in plain if one.cell.python == run.question.base]
    return tuple(sorted((cause for cause in recorded(run, knowledge, bases) if cause.tests), key=_rank))


def recorded(run: Run, knowledge: Knowledge, cells: Iterable[CellResults]) -> Iterator[Cause]:
    """One cause for each deprecation at each place of some cells; without tests where none was under way.

    A warning that a test asked for (``pytest.warns``) is left out: the test is about the warning. So is one that no
    record knows and whose category is no deprecation.
    """
    groups: dict[str, _Group] = {}
    beneath = _Beneath(run)
    name = run.target.get("name")
    order = {test.id: number for number, test in enumerate(run.tests)}

    def place_in_run(warning: Witnessed) -> tuple[object, ...]:
        # Of the sightings of one cause the first is shown: the first of the suite, whichever worker was the faster.
        first = min((order.get(test, -1) for test in warning.tests), default=-1)
        return first, warning.message, [(frame.file, frame.line) for frame in warning.frames]

    for results in cells:
        places = Places(results.cell, name if isinstance(name, str) else None)
        for warning in sorted(results.warnings, key=place_in_run):
            if warning.expected:
                continue
            cause = _cause(warning, results, places, knowledge)
            if cause is not None:
                tests = groups.setdefault(cause.id, _Group(cause=cause)).tests
                tests.update(beneath.tests(warning.tests))
                tests.update(beneath.tests(_importers(warning, results, places)))
    for group in groups.values():
        yield dataclasses.replace(group.cause, tests=tuple(sorted(group.tests)))


def end_by_text(cause: Cause, knowledge: Knowledge) -> Cause | None:
    """A failed warning's cause with what its text tells of its end; None where that is nothing."""
    python = cause.versions[0] if cause.versions else ""
    match = knowledge.find_by_warning(cause.category, cause.message, python)
    if match is not None and cause.source:
        match = match.narrow(cause.source)
    record = match.record if match is not None else None
    if record is None and not (cause.category or "").endswith(_ENDS):
        return None
    deadline, certainty = _deadline(cause.message, cause.category or "", record, python, knowledge, from_python=False)
    return dataclasses.replace(
        cause,
        record=record.id if record else None,
        deadline=deadline,
        certainty=certainty,
        replacement=record.replacement if record else "",
        deprecated_in=record.deprecated_in if record else None,
    )


class _Beneath:
    """Which tests a test, module or folder stands for: what warns on import concerns all that need it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: set[str] | None = None
        self._tests: dict[str, list[str]] | None = None

    def tests(self, names: Iterable[str]) -> Iterator[str]:
        if self._known is None:
            self._known = {test.id for test in self._run.tests}
        for name in names:
            if name in self._known:
                yield name
            else:
                yield from self._beneath().get(dotted_address(name), ())

    def _beneath(self) -> dict[str, list[str]]:
        """Tests by everything that they lie beneath; made when it is first asked for, which is seldom."""
        if self._tests is None:
            self._tests = {}
            for test in self._run.tests:
                for address in ancestors(dotted_address(test.id)):
                    self._tests.setdefault(address, []).append(test.id)
        return self._tests


def _importers(warning: Witnessed, results: CellResults, places: Places) -> Iterator[str]:
    """The files that need the module that warned while it was imported, also where it came from the cache."""
    if warning.when not in {"config", "collect"}:
        return
    module = next(
        (frame.file for frame in warning.frames if frame.function == "<module>" and frame.file in results.importers),
        None,
    )
    for file in results.importers.get(module or "", ()):
        yield places.locate(file)[0]


def _cause(warning: Witnessed, results: CellResults, places: Places, knowledge: Knowledge) -> Cause | None:
    category = warning.category.rpartition(".")[2]
    python = results.cell.version or results.cell.python
    match = record_of(warning, python, knowledge)
    if match is None and not category.endswith(_ENDS) and not category.startswith("PytestRemovedIn"):
        return None
    if match is not None and warning.source:
        match = match.narrow(warning.source)
    located = [(frame, *places.locate(frame.file)) for frame in warning.frames]
    ours = [one for one in located if one[2].kind in _OWN]
    record = match.record if match is not None else None
    responsible = _responsible(located, record)
    shown = ours[0] if ours else responsible
    place = None if shown is None else _placed(shown[0], shown[1])
    origin = Origin(kind=OriginKind.UNKNOWN) if responsible is None else responsible[2]
    if record is not None and record.deadline is None and not category.endswith(_ENDS):
        return None  # known, and no end: a resource that was not closed, a coroutine that was not awaited
    message = steady(warning.message.strip())
    deadline, certainty = _deadline(
        warning.message, warning.category, record, python, knowledge, from_python=_of_python(located)
    )
    doubt = _doubt(warning)
    if doubt and certainty == Certainty.SCHEDULED.value:
        certainty = Certainty.SUSPECTED.value
    return Cause(
        id=cause_id(category, warning.message, place),
        title=f"{category}: {message.partition(chr(10))[0]}",
        kind="warning",
        category=category,
        message=message,
        origin=origin,
        file=place.file if place else None,
        line=place.line if place else None,
        function=place.function if place else None,
        stack=tuple(_placed(frame, path) for frame, path, _ in reversed(ours)),
        tests=(),
        breaking=0,
        strict_only=True,
        versions=(results.cell.python,),
        profiles=(results.cell.profile,),
        example="",
        record=record.id if record else None,
        deadline=deadline,
        certainty=certainty,
        replacement=record.replacement if record else "",
        doubt=doubt,
        source=warning.source,
        raised_at=None if responsible is None else _placed(responsible[0], responsible[1]),
        raised_by=None if responsible is None else responsible[2],
        deprecated_in=record.deprecated_in if record else None,
    )


def _responsible(
    located: Sequence[tuple[Frame, str, Origin]], record: Record | None
) -> tuple[Frame, str, Origin] | None:
    """The innermost code that is not Python's: it uses what ends. Code without a file is of whoever has it executed."""
    filed = [one for one in located if not one[0].file.startswith("<")] or located
    others = [one for one in filed if one[2].kind is not OriginKind.STANDARD_LIBRARY]
    if record is not None and not record.of_python and others and others[0][0].function == "<module>":
        # A package that warns as it is imported means whoever imports it.
        others = [one for one in others if one[2].distribution != record.package] or others
    return others[0] if others else None


def record_of(warning: Witnessed, python: str, knowledge: Knowledge) -> Match | None:
    """The record that a warning is of: none of Python's where other code warns in its words, as backports do."""
    match = knowledge.find_by_warning(warning.category, warning.message, python)
    if match is not None and match.record.of_python and _WARNS.search(warning.source) is not None:
        return None
    return match


def _doubt(warning: Witnessed) -> str:
    """Why an end of it need not be the end of its tests."""
    if any(frame.function is not None and frame.function.endswith("__del__") for frame in warning.frames):
        return "In a finaliser: an error there is printed, and fails no test by itself."
    if warning.late:
        return "Seen while the garbage collector worked: it may be of an earlier test."
    if warning.when == "child":
        return "In a process that the suite starts: whether the test fails with it depends on what the test looks at."
    return ""


def _placed(frame: Frame, path: str) -> Frame:
    return Frame(file=path, line=frame.line, function=frame.function)


def _of_python(located: list[tuple[Frame, str, Origin]]) -> bool:
    return bool(located) and located[0][2].kind is OriginKind.STANDARD_LIBRARY


def _deadline(
    message: str, category: str, record: Record | None, python: str, knowledge: Knowledge, *, from_python: bool
) -> tuple[str | None, str]:
    """(version of Python or None, certainty) of a warning's end."""
    if record is not None:
        end = record.deadline
        if end is None or not record.of_python:
            return None, Certainty.SUSPECTED.value if end is None else Certainty.UNDATED.value
        if end.version is not None and version_key(end.version) <= version_key(python):
            return None, Certainty.SUSPECTED.value  # it has come, and the base warns all the same
        # Measured on that version by a probe is not measured on this suite.
        return end.version, Certainty.UNDATED.value if end.version is None else Certainty.SCHEDULED.value
    said = knowledge.from_text(message, category, python=python, standard_library=from_python)
    sure = said.certainty is Certainty.SCHEDULED
    return said.version if sure else None, said.certainty.value


def _rank(cause: Cause) -> tuple[object, ...]:
    return (cause.deadline is None, version_key(cause.deadline or ""), -len(cause.tests), cause.id)
