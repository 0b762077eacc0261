"""Finds the earlier test that makes a later one fail, by halving. Pure: the caller runs what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def find_culprit(earlier: Sequence[str], fails_after: Callable[[Sequence[str]], bool | None]) -> str | None:
    """The one test among ``earlier`` whose presence alone makes another fail; None where none does, or time is up.

    Args:
        earlier: tests in the order in which they ran; all of them together make it fail.
        fails_after: runs some of them, in order, and the test behind them: whether that fails; None when it could
            not be told in time. Asked at most twice for each halving.
    """
    suspects = list(earlier)
    while len(suspects) > 1:
        half = len(suspects) // 2
        for part in (suspects[:half], suspects[half:]):
            failed = fails_after(part)
            if failed is None:
                return None
            if failed:
                suspects = part
                break
        else:
            return None  # only some of both halves together do it
    return suspects[0] if suspects else None
