"""What can go wrong, one class per situation a caller may want to handle."""


class LogError(Exception):
    """Base of everything that the log raises on purpose."""


class LogClosed(LogError):
    """The log was used before it was opened, or after it was closed."""


class Conflict(LogError):
    """Somebody else appended to the stream since the caller looked at it."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream!r} is at version {actual}, expected {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class SlowConsumer(LogError):
    """A subscriber let its queue overflow and has missed events."""
