"""Which tests can end otherwise with warnings filters than without: from what a plain run has seen. Pure.

In doubt a test is needed, and where it is not known which, all are.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .compiled import CompilerWarning
from .filters import BUILTIN_CATEGORIES, WarningFilter, parse_filter
from .model import TestTool

#: What Python ignores unless it is told otherwise, which unittest does only where it was given no filters.
_QUIET = frozenset({"DeprecationWarning", "PendingDeprecationWarning", "ImportWarning", "ResourceWarning"})

#: Said once in a process, and again and again where it is an error: what was to be made then is never there.
_STICKY = ("There is no current event loop",)

#: How many tests are run only to see that those before them left things as they are in the plain run: at most so many,
#: and so great a part of all.
_MOST_CONTROLS, _PART_OF_CONTROLS = 100, 0.1

#: As many warnings of one test as are recorded; what more it issues is not known.
_MOST_OF_ONE = 200

#: Where most tests are needed, running the others costs less than to find out that all should have been run.
_MOST = 0.8


@dataclasses.dataclass(frozen=True, kw_only=True)
class Need:
    """What has to be run."""

    tests: frozenset[str] = frozenset()
    controls: frozenset[str] = frozenset()
    """Of the others: those that are run to see whether what the needed ones leave behind matters to them. A test that
    fails for a warning may not have made what later ones rely on."""
    process: bool = False
    """Whether a process has to be started, be it for no test: modules are loaded in it."""
    whole: str | None = None
    """Why all tests are needed."""


class Rules:
    """The filters of a profile, asked whether one of them may be for a warning.

    Args:
        filters: as they are written.
        all_warnings: whether a warning can end otherwise that no filter is for: filters that the suite itself puts in
            force while it is loaded decide where unittest, as it is given some, adds none of its own.
    """

    def __init__(self, filters: Iterable[str], *, all_warnings: bool = False) -> None:
        self._filters = [parse_filter(text) for text in filters]
        self._all = all_warnings
        self._known: dict[tuple[str, ...], bool] = {}

    def match(self, category: str, message: str, bases: Iterable[str] = ()) -> bool:
        """Whether a filter may be for it. The module and line that it is charged to are not known."""
        if self._all:
            return True
        key = (message, category, *bases)
        if key not in self._known:
            names = {category, *bases}
            self._known[key] = any(_is_for(one, names, message) for one in self._filters)
        return self._known[key]


def _is_for(one: WarningFilter, names: set[str], message: str) -> bool:
    if one.message and not re.match(re.escape(one.message), message, re.IGNORECASE):
        return False
    wanted = one.category.removeprefix("builtins.")
    if wanted == "Warning" or wanted in names:
        return True
    if wanted in BUILTIN_CATEGORIES:
        return False
    # A class may be imported from elsewhere than from where it is defined, and by another name.
    package, last = wanted.partition(".")[0], wanted.rpartition(".")[2]
    return any(name.rpartition(".")[2] == last or name.partition(".")[0] == package for name in names)


def select(
    order: Sequence[str],
    records: Iterable[Mapping[str, Any]],
    rules: Rules,
    tool: TestTool,
    compiled: Iterable[tuple[str | None, CompilerWarning]] = (),
) -> Need:
    """The tests that are needed.

    Args:
        order: all tests in the order in which they ran, each once.
        records: those of warnings.jsonl of the plain run.
        rules: filters of the profile.
        tool: pytest or unittest.
        compiled: (the test that loaded the file, None where it was loaded before; warning) for each of the compiler's.
    """
    chooser = _Chooser(order, tool)
    seen: dict[str, Mapping[str, Any] | None] = {}
    told: Counter[object] = Counter()
    for record in records:
        told[record.get("test")] += 1
        if told[record.get("test")] == _MOST_OF_ONE:
            chooser.take_unseen(record.get("test"))
        like = record.get("like")
        if isinstance(like, str):
            first = seen.get(like, record)
            if first is None:
                continue
            record = {**first, "after": None, **record}  # noqa: PLW2901 - the record that is meant
        matters = _matters(record, rules, tool)
        if isinstance(number := record.get("id"), str):
            seen[number] = record if matters else None
        if matters:
            chooser.take(record)
    for test, warning in compiled:
        if rules.match(warning.category, warning.message, warning.bases):
            chooser.take_compiled(test)
    return chooser.need()


def _matters(record: Mapping[str, Any], rules: Rules, tool: TestTool) -> bool:
    category, message = record.get("category"), record.get("message")
    if not isinstance(category, str) or not isinstance(message, str):
        return True  # cut, or of another version: nothing is known of it
    bases = tuple(map(str, record.get("bases") or ()))
    if rules.match(category, message, bases):
        return True
    return tool is TestTool.UNITTEST and record.get("captured") is True and not _QUIET.isdisjoint((category, *bases))


class _Chooser:
    """Adds up what is needed."""

    def __init__(self, order: Sequence[str], tool: TestTool) -> None:
        self._order = order
        self._places = {test: place for place, test in enumerate(order)}
        self._tool = tool
        self._chosen: set[str] = set()
        self._shared: dict[tuple[str, str], int] = {}
        """(scope, what is shared in it) → the place from which on all beneath are needed."""
        self._first = len(order)
        """From this test on all are needed."""
        self._process = False
        self._whole: str | None = None

    def need(self) -> Need:
        """What all warnings together make needed."""
        scopes = {scope for scope, _ in self._shared}
        shared = {
            test
            for place, test in enumerate(self._order if scopes else ())
            if any(place >= self._shared.get((scope, _scope_of(test, scope) or ""), place + 1) for scope in scopes)
        }
        tests = frozenset(self._chosen | shared | set(self._order[self._first :]))
        whole = self._whole
        if whole is None and len(tests) > _MOST * len(self._order):
            whole = f"{len(tests)} of {len(self._order)} tests can end otherwise"
        return Need(
            tests=tests,
            controls=_controls(self._order, tests),
            process=self._process or bool(tests) or bool(whole),
            whole=whole,
        )

    def take_compiled(self, test: str | None) -> None:
        """A warning of the compiler in a file that was loaded in a test, or before all tests."""
        self._process = True
        if test is not None:
            self._from(test)

    def take_unseen(self, test: object) -> None:
        """A test, or what is outside of tests, that warns too often for all to be known."""
        self._process = True
        if isinstance(test, str) and test in self._places:
            self._from(test)

    def take(self, record: Mapping[str, Any]) -> None:
        """A warning that a filter may be for."""
        match record.get("when"):
            case "config" if self._tool is not TestTool.UNITTEST:
                self._process = True
            case "collect":
                self._process = True
            case "between" if self._tool is TestTool.UNITTEST:
                self._neighbours(record.get("after"))
            case "child":
                self._child(record)
            case "runtest":
                self._test(record)
            case when:
                self._all(f"a warning came outside of tests ({when})")

    def _all(self, reason: str) -> None:
        self._whole = self._whole or reason

    def _child(self, record: Mapping[str, Any]) -> None:
        """A child is given the interpreter's filters, and pytest's are not the interpreter's."""
        if self._tool is TestTool.UNITTEST:
            self._test({**record, "decided": False})

    def _test(self, record: Mapping[str, Any]) -> None:
        test, fixture = record.get("test"), record.get("fixture")
        if record.get("late") is True:
            self._all("a warning came from the garbage collector: of which test is not known")
        elif record.get("decided") is True:
            return
        elif not isinstance(test, str) or test not in self._places:
            self._all("a warning came in a test that was not collected")
        elif self._tool is TestTool.UNITTEST or record.get("thread") or record.get("importing") or _is_sticky(record):
            # unittest has a warning shown once for each place in the code: which later tests issue it is not seen.
            self._from(test)
        elif isinstance(fixture, list) and len(fixture) == 3:
            self._fixture(test, str(fixture[1]), str(fixture[2]))
        else:
            self._chosen.add(test)

    def _from(self, test: str) -> None:
        """An import, or a thread, is there for all tests that follow."""
        if test in self._places:
            self._first = min(self._first, self._places[test])
        else:
            self._all("a module was loaded in a test that was not collected")

    def _fixture(self, test: str, scope: str, what: str) -> None:
        """What fails in the set-up fails for all who share the fixture; the clean-up comes with the last of them."""
        beneath = _scope_of(test, scope)
        if beneath is None and what == "setup":
            self._from(test)
        elif beneath is None:
            self._all(f"a warning came while a fixture of the scope {scope} was torn down")
        else:
            first = self._places[test] if what == "setup" else 0
            self._shared[scope, beneath] = min(first, self._shared.get((scope, beneath), first))

    def _neighbours(self, after: object) -> None:
        """As unittest sets classes and modules up before their first test, and tears them down after the last."""
        place = self._places.get(after, -2) if isinstance(after, str) else 0
        if place == -2:
            self._all("a warning came after a test that was not collected")
            return
        module = _module_of(self._order[place])
        self._first = min(self._first, next(at for at, test in enumerate(self._order) if _module_of(test) == module))


def _scope_of(test: str, scope: str) -> str | None:
    """What a fixture of this scope is shared in; None where it is more than a module."""
    name = test.partition("[")[0]
    match scope:
        case "class":
            return name.rpartition("::")[0] if name.count("::") > 1 else name
        case "module":
            return name.partition("::")[0]
        case _:
            return None


def _module_of(test: str) -> str:
    """Of a unittest id ``module.Class.test``."""
    return test.partition("(")[0].rpartition(".")[0].rpartition(".")[0]


def _is_sticky(record: Mapping[str, Any]) -> bool:
    return str(record.get("message")).startswith(_STICKY)


def _controls(order: Sequence[str], tests: frozenset[str]) -> frozenset[str]:
    """The next test behind each needed one, and the first of each later file, as far as they are not needed."""
    found: dict[str, None] = {}
    files: set[str] = set()
    behind = begun = False
    for test in order:
        file = _scope_of(test, "module") or ""
        if test in tests:
            behind = begun = True
        elif begun and (behind or file not in files):
            found[test] = None
            behind = False
        files.add(file)
    most = min(_MOST_CONTROLS, max(3, int(len(order) * _PART_OF_CONTROLS)))
    step = max(1, -(-len(found) // most))
    return frozenset(list(found)[::step])
