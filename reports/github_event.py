"""The event that started a workflow, as GitHub itself wrote it: the one description of a run that can be trusted."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from .errors import UsageError
from .untrusted import parse_json

_LIMIT = 25 << 20
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class RunOrder:
    """Sorts the runs of one workflow by time."""

    number: int
    attempt: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class EndedRun:
    """The run that a ``workflow_run`` event is about."""

    repository: str
    """Where it ran: ``owner/name``."""
    repository_id: int
    id: int
    workflow: int
    order: RunOrder
    event: str
    """What had started it."""
    commit: str
    """The head of the branch that it ran for."""
    branch: str | None
    head_repository: str | None
    """Where that branch is: a fork, the repository itself, or None where the fork is gone."""


def read_event(path: Path) -> EndedRun:
    """The run that has ended.

    Raises:
        UsageError: the file is no ``workflow_run`` event.
    """
    try:
        with path.open("rb") as file:
            event = parse_json(file.read(_LIMIT))
        run = event["workflow_run"]
        head = run.get("head_repository")
        return EndedRun(
            repository=_matched(event["repository"]["full_name"], _REPOSITORY),
            repository_id=_number(event["repository"]["id"]),
            id=_number(run["id"]),
            workflow=_number(run["workflow_id"]),
            order=RunOrder(number=_number(run["run_number"]), attempt=_number(run["run_attempt"])),
            event=str(run["event"]),
            commit=_matched(run["head_sha"], _COMMIT),
            branch=run["head_branch"] if isinstance(run.get("head_branch"), str) else None,
            head_repository=_matched(head["full_name"], _REPOSITORY) if head else None,
        )
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no event of the kind workflow_run", hint="docs/ci.md has the workflow that starts this command"
        ) from error


def _matched(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value
