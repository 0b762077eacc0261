"""What a failure in a run "as if Python were a later one" stands for."""

from __future__ import annotations

from .evidence import Crash, Frame, Lacking, Use
from .model import Failure, Origin, OriginKind
from .origin import Places
from .trace import Trace, parse_trace

#: What is raised where a module of the later version misses something that this interpreter does not have.
_MISSING = frozenset({"AttributeError", "ImportError", "ModuleNotFoundError", "NameError", "UnboundLocalError"})


class Emulation:
    """The uses that one as-if cell recorded, asked about its failures.

    Args:
        uses: what it recorded.
        places: of its files.
        lacking: modules that were asked for and lack; Python's own tests among them, which each version changes.
        crashes: how processes ended that tests had started.
    """

    def __init__(
        self,
        uses: tuple[Use, ...],
        places: Places,
        lacking: tuple[Lacking, ...] = (),
        crashes: tuple[Crash, ...] = (),
    ) -> None:
        self._places = places
        self._crashes: dict[str, list[Crash]] = {}
        for crash in crashes:
            self._crashes.setdefault(crash.test, []).append(crash)
        self._has_tests_of_python = any(one.module.startswith("test.") for one in lacking)
        self._by_error: dict[str, list[Use]] = {}
        self._by_test: dict[str, Use] = {}
        for use in uses:
            self._by_error.setdefault(use.error, []).append(use)
            kind, separator, message = use.error.partition(": ")
            if separator and kind == "AttributeError":
                # What `from module import name` makes of it.
                self._by_error.setdefault(message, []).append(use)
            for test in use.started_by:
                self._by_test.setdefault(test, use)

    def use_of(self, trace: Trace) -> Use | None:
        """The recorded use that a failure comes from, if one says the same; of several one that it went through."""
        text = f"{trace.type}: {trace.message}".strip() if trace.type else trace.message
        found = self._by_error.get(text) or self._by_error.get(text.partition("\n")[0]) or []
        if len(found) < 2:
            return found[0] if found else None
        through = {self._place(frame) for frame in trace.frames}
        return next((use for use in found if use.frames and self._place(use.frames[0]) in through), found[0])

    def use_in_child_of(self, test: str) -> Use | None:
        """The first recorded use that was made in a process that the test started."""
        return self._by_test.get(test)

    def _place(self, frame: Frame) -> tuple[str, int]:
        return self._places.locate(frame.file)[0], frame.line

    def origin_of(self, use: Use) -> Origin:
        """Whose code makes a use."""
        if not use.frames:
            return Origin(kind=OriginKind.UNKNOWN)
        return self._places.locate(use.frames[0].file)[1]

    def is_fault(self, failure: Failure) -> bool:
        """Whether a failure is the emulation's own.

        The later version's library misses what only that version has; or the test that fails is one of Python's own,
        which the suite takes over, and of which the later version has another.
        """
        trace = parse_trace(failure)
        if self.use_of(trace) is not None or not trace.frames:
            return False
        if self._has_tests_of_python and self._is_test_of_python(trace.frames[0].file):
            return True
        return self._is_missing(trace, trace.frames[-1].file)

    def is_fault_in_child_of(self, test: str) -> bool:
        """Whether a process that the test started ended by the emulation's own fault: what it then did says nothing."""
        return any(
            self.use_of(Trace(type=crash.type, message=crash.message, frames=())) is None
            and self._is_missing(crash, crash.raised_in)
            for crash in self._crashes.get(test, ())
        )

    def _is_missing(self, error: Trace | Crash, raised_in: str) -> bool:
        """Whether the later version's library misses what this interpreter does not have."""
        if error.type not in _MISSING:
            return False
        if error.type == "AttributeError" and not error.message.startswith(
            ("module ", "partially initialized module ")
        ):
            return False  # an object of the suite's, which the later library asks for more
        return self._is_library(raised_in)

    def _is_test_of_python(self, file: str) -> bool:
        """Whether a file is one of Python's tests, which may also be executed from its source, as text."""
        if file.startswith("<"):
            return not file.startswith("<frozen")
        return self._is_library(file) and self._places.locate(file)[0].startswith("test/")

    def _is_library(self, file: str) -> bool:
        return self._places.locate(file)[1].kind is OriginKind.STANDARD_LIBRARY
