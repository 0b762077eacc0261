"""What a failure in a run "as if Python were a later one" stands for."""

from __future__ import annotations

from .evidence import Lacking, Use
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
        lacking: modules that are this version's in the run: Python's own tests, which each version changes.
    """

    def __init__(self, uses: tuple[Use, ...], places: Places, lacking: tuple[Lacking, ...] = ()) -> None:
        self._places = places
        self._has_tests_of_python = bool(lacking)
        self._by_error: dict[str, Use] = {}
        for use in uses:
            self._by_error.setdefault(use.error, use)
            kind, separator, message = use.error.partition(": ")
            if separator and kind == "AttributeError":
                # What `from module import name` makes of it.
                self._by_error.setdefault(message, use)

    def use_of(self, trace: Trace) -> Use | None:
        """The recorded use that a failure comes from, if one says the same."""
        text = f"{trace.type}: {trace.message}".strip() if trace.type else trace.message
        return self._by_error.get(text) or self._by_error.get(text.partition("\n")[0])

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
        if self._has_tests_of_python and trace.frames and self.use_of(trace) is None:
            file = trace.frames[0].file
            # It may be executed from its source, as text.
            if file.startswith("<") or self._places.locate(file)[1].kind is OriginKind.STANDARD_LIBRARY:
                return True
        if trace.type not in _MISSING or self.use_of(trace) is not None or not trace.frames:
            return False
        if trace.type == "AttributeError" and not trace.message.startswith(
            ("module ", "partially initialized module ")
        ):
            return False  # an object of the suite's, which the later library asks for more
        _, origin = self._places.locate(trace.frames[-1].file)
        return origin.kind is OriginKind.STANDARD_LIBRARY
