"""What the probe saw beside outcomes, as types (docs/results-format.md)."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str | None
    source: str = ""
    """The line of code, where the traceback shows it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lacking:
    """A module of the standard library that a build of Python was asked for and does not have."""

    module: str
    frames: tuple[Frame, ...]
    """Innermost first, without the standard library's."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Witnessed:
    """One warning, wherever it was issued in one cell with the same text and stack."""

    category: str
    """With its module where it is not built in."""
    message: str
    when: str
    """``config``, ``collect``, ``runtest``, ``between``, or ``child``: in a process that the suite started."""
    frames: tuple[Frame, ...]
    """Innermost first."""
    tests: tuple[str, ...]
    """Tests; of what is issued at collection, the modules and folders that were being collected."""
    expected: bool = False
    """Always where a test had asked for warnings, as ``pytest.warns`` does."""
    late: bool = False
    """Always while the garbage collector worked: the tests need not be those that it is of."""
    outside: bool = False
    """Also while no test ran."""
    bases: tuple[str, ...] = ()
    """Classes that the category derives from, where it is not built in."""
    ignored_at: tuple[tuple[str, int, str], ...] = ()
    """(file, line, filter) of the suite's code that hides it."""
    source: str = ""
    """The line of code outside of the standard library that it comes from."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ignored:
    """A rule of the suite by which something is not heard: a filter, a skip, an expected failure."""

    kind: str
    """``ini``, ``option``, ``mark``, ``skip``, ``skipif`` or ``xfail``."""
    text: str
    """The filter, or the reason."""
    condition: str = ""
    tests: tuple[str, ...] = ()

    def is_rule(self, rule: tuple[str, str, str]) -> bool:
        """Whether it is the rule with this kind, text and condition."""
        return (self.kind, self.text, self.condition) == rule


@dataclasses.dataclass(frozen=True, kw_only=True)
class Use:
    """A use of what a later version does not have, made where Python ran as if it were that version."""

    what: str
    error: str
    """Type and message of what was raised."""
    record: str | None
    """The knowledge record behind it."""
    frames: tuple[Frame, ...]
    """Innermost first, without the standard library's."""
    started_by: frozenset[str] = frozenset()
    """Tests that started the processes in which it was made; none where it was made in the suite's own."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Crash:
    """An exception that ended a process that a test had started, where Python ran as if it were a later version."""

    test: str
    type: str
    message: str
    raised_in: str
    """The file of the code that raised it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What newer releases of a distribution do with a line by which tests break."""

    distribution: str
    installed: str
    file: str
    """Below site-packages."""
    source: str
    without: str | None
    """The first release that does not have the line."""
    newest: str | None
    note: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the newest release was looked into, and has the line."""
        return self.without is None and "has it" in self.note


@dataclasses.dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What running a test again has shown."""

    verdict: str
    """``deterministic``, ``flaky``, ``order-dependent`` or ``unconfirmed``."""
    because: tuple[str, ...] = ()
    """The earlier tests that make it fail, together; one, as a rule."""
    note: str = ""
