"""What can go wrong through somebody's input: a message and a hint instead of a traceback."""

from __future__ import annotations

from typing import ClassVar


class ForewarnError(Exception):
    """Base of all errors that end a command with a message.

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
        """The one or two lines that are printed."""
        return f"error: {self.message}" + (f"\nhint: {self.hint}" if self.hint else "")


class UsageError(ForewarnError):
    """A wrong command line."""


class ResultsError(ForewarnError):
    """A results folder that is not there, not one, or of a format this version does not know."""


class OutputError(ForewarnError):
    """A document that cannot be written."""
