"""What can go wrong through somebody's input, one class for each exit code (docs/concepts.md)."""

from __future__ import annotations

from typing import ClassVar


class ForewarnError(Exception):
    """Base of all errors that end a command with a message instead of a traceback.

    Attributes:
        message: what happened and where.
        hint: what to do next, or None.
        exit_code: the process's exit status.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """The two lines that are printed."""
        return f"error: {self.message}" + (f"\nhint: {self.hint}" if self.hint else "")


class UsageError(ForewarnError):
    """A wrong command line, a file that is not there, a tool that is missing."""


class MatrixError(ForewarnError):
    """One or more faults in matrix.yaml; ``message`` has a line for each."""


class EvidenceIncompleteError(ForewarnError):
    """A declared cell has no complete evidence, so nothing can be promised."""

    exit_code = 3


class InterruptedRunError(ForewarnError):
    """Ctrl-C; what was measured is kept."""

    exit_code = 130
