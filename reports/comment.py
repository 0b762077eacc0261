"""``forewarn comment``: one comment on a pull request, kept up to date from outside of it (docs/ci.md).

It runs after the pull request's own run, with a token that may write. So it takes nothing from the pull request but
data, and that with limits; which pull request it is, it asks GitHub.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .arrange import build_view
from .baseline import NAME, read_baseline
from .comment_text import KEY, address, commit_of, footer, is_news, mark, no_results, read_mark, unchanged, whole
from .compare import Summary, compare_summaries, read_report, summary_of, summary_of_view
from .conclude import conclude
from .errors import ForewarnError, ResultsError, UsageError
from .github_api import GitHub, GitHubError, Patience, UncertainError
from .github_event import EndedRun, read_event
from .knowledge import Knowledge
from .load import load_run
from .texts import one_line
from .unpack import unpack
from .view import Report

#: Bytes of an artifact as it is downloaded.
_DOWNLOAD = 128 << 20
#: Runs of the base that are looked through for results.
_BASE_RUNS = 5
_EVENTS = frozenset({"push", "schedule", "workflow_dispatch"})
_TRIES = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Pull:
    number: int
    base: str
    """The branch that it is to be merged into."""


def comment(
    options: argparse.Namespace, environment: Mapping[str, str], today: datetime.date, patience: Patience | None = None
) -> int:
    """Write or update the comment; returns the exit code.

    Args:
        options: of the command line: ``key`` and ``artifact``.
        environment: what GitHub sets, and ``GITHUB_TOKEN``.
        today: the day that rules and accepted causes expire by.
        patience: how to wait between attempts.

    Raises:
        ForewarnError: GitHub cannot be asked, or the run's results cannot be read (the comment then says so).
    """
    if not KEY.fullmatch(options.key):
        raise UsageError(f"--key: {options.key!r} is not letters, digits, dots and hyphens")
    token = environment.get("GITHUB_TOKEN", "").strip()
    event = environment.get("GITHUB_EVENT_PATH", "")
    if not token or not event:
        missing = "GITHUB_TOKEN" if not token else "GITHUB_EVENT_PATH"
        raise UsageError(f"{missing} is not set", hint="docs/ci.md has the workflow that runs `forewarn comment`")
    run = read_event(Path(event))
    if run.event != "pull_request":
        _say(f"the run was started by {run.event}: there is no pull request")
        return 0
    url = environment.get("GITHUB_API_URL") or "https://api.github.com"
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    graphql = environment.get("GITHUB_GRAPHQL_URL") or f"{url}/graphql"
    api = GitHub(url, graphql, token, patience or Patience(sleep=time.sleep, random=random.random))
    try:
        return _Commenter(api, run, options.key, options.artifact, server, today).comment()
    finally:
        api.close()


class _Commenter:
    def __init__(self, api: GitHub, run: EndedRun, key: str, artifact: str, server: str, today: datetime.date) -> None:
        self._api, self._run, self._key, self._artifact = api, run, key, artifact
        self._server, self._today = server, today
        self._at = f"/repos/{run.repository}"

    def comment(self) -> int:
        pulls = self._pulls()
        if not pulls:
            _say(f"no open pull request has {self._run.commit[:7]} as its head: it has moved on, or is closed")
            return 0
        me = self._api.login()
        report, trouble = self._report()
        for pull in pulls:
            self._comment_on(pull, me, report, trouble)
        return 0 if trouble is None else trouble.exit_code

    def _pulls(self) -> list[_Pull]:
        """Open pull requests whose head is the commit of the run, in the repository that the event names."""
        run = self._run
        if run.head_repository is None or run.branch is None:
            return []
        owner = run.head_repository.partition("/")[0]
        found = self._api.pages(f"{self._at}/pulls", state="open", head=f"{owner}:{run.branch}")
        return [
            _Pull(number=pull["number"], base=str(_at(pull, "base", "ref")))
            for pull in found
            if self._is_current(pull) and isinstance(pull.get("number"), int)
        ]

    def _is_current(self, pull: Any) -> bool:
        here = (_at(pull, "state"), _at(pull, "head", "sha"), _at(pull, "head", "repo", "full_name"))
        return here == ("open", self._run.commit, self._run.head_repository)

    def _report(self) -> tuple[Report | None, ForewarnError | None]:
        """What the run's results say, or why that is not known."""
        with tempfile.TemporaryDirectory(prefix="forewarn-") as name:
            try:
                folder = Path(name) / "results"
                if not self._fetch(self._run.id, Path(name), folder):
                    return None, ResultsError(f"The run left no artifact {self._artifact!r}.")
                accepted = read_baseline(folder / NAME) if (folder / NAME).is_file() else None
                return conclude(load_run(folder), Knowledge(), self._today, accepted), None
            except GitHubError:
                raise
            except ForewarnError as error:
                return None, ResultsError(one_line(error.message.replace(name, "").replace("\n", " "), 400))

    def _fetch(self, run: int, work: Path, folder: Path, *, only: str | None = None) -> bool:
        """Unpack the results of a run into a folder; whether there were any."""
        found = self._artifact_id(run, self._artifact)
        if found is None:
            return False
        archive = work / f"{run}.zip"
        self._api.download(f"{self._at}/actions/artifacts/{found}/zip", archive, _DOWNLOAD)
        folder.mkdir()
        unpack(archive, folder, only=only)
        return True

    def _artifact_id(self, run: int, name: str) -> int | None:
        """The newest artifact of a name, where the run was repeated; None where there is none."""
        found = self._api.pages(f"{self._at}/actions/runs/{run}/artifacts", inside="artifacts", name=name)
        ids = [
            one["id"]
            for one in found
            if one.get("name") == name and isinstance(one.get("id"), int) and one.get("expired") is False
        ]
        return max(ids, default=None)

    def _page(self) -> str:
        """Where the run's page opens in the browser; nothing where there is none."""
        found = self._artifact_id(self._run.id, "report.html")
        return "" if found is None else f"{address(self._server, self._run)}/artifacts/{found}"

    def _base(self, branch: str) -> tuple[Summary | None, str]:
        """A branch's last report, and what it is called."""
        path = f"{self._at}/actions/workflows/{self._run.workflow}/runs"
        runs = self._api.pages(path, inside="workflow_runs", branch=branch, status="completed", per_page=50)
        looked = 0
        for one in runs:
            # A fork's branch can have the same name: only what the repository itself has started counts.
            own = _at(one, "head_repository", "id") == self._run.repository_id
            if not own or one.get("event") not in _EVENTS or not isinstance(one.get("id"), int):
                continue
            if (looked := looked + 1) > _BASE_RUNS:
                break
            with tempfile.TemporaryDirectory(prefix="forewarn-") as name:
                try:
                    file = Path(name) / "results" / "report.json"
                    if not self._fetch(one["id"], Path(name), file.parent, only=file.name):
                        continue
                    return summary_of(read_report(file)), commit_of(branch, str(one.get("head_sha")))
                except ForewarnError as error:
                    _say(f"the report of {branch} is left out: {error}")
        return None, commit_of(branch)

    def _comment_on(self, pull: _Pull, me: str, report: Report | None, trouble: ForewarnError | None) -> None:
        quiet = False
        if report is None:
            text = no_results(trouble.message if trouble else "")
        else:
            view = build_view(report, self._today)
            old, base = self._base(pull.base)
            difference = compare_summaries(old, summary_of_view(view)) if old is not None else None
            quiet = difference is not None and not is_news(difference)
            text = unchanged(base) if quiet else whole(view, difference, base, self._page())
        body = mark(self._key, self._run) + text + footer(self._server, self._run)
        for _ in range(_TRIES):
            try:
                _say(self._put(pull, me, body, quiet=quiet))
            except UncertainError as error:
                # Perhaps it is there; looking tells.
                _say(f"{error.message}; looking whether it is there")
            else:
                return
        raise GitHubError(f"the comment on #{pull.number} could not be written")

    def _put(self, pull: _Pull, me: str, body: str, *, quiet: bool) -> str:
        """Look once more, then write; returns what was done."""
        own, newer = self._own_comment(pull.number, me)
        if newer:
            return f"#{pull.number}: the comment is of a later run, and stays"
        if not self._is_current(self._api.get(f"{self._at}/pulls/{pull.number}")):
            return f"#{pull.number}: its head has moved on meanwhile: nothing is written"
        if own is not None:
            try:
                self._api.send("PATCH", f"{self._at}/issues/comments/{own}", {"body": body})
            except GitHubError as error:
                if error.status != 404:
                    raise
            else:
                return f"#{pull.number}: the comment is up to date"
        if quiet:
            return f"#{pull.number}: nothing changes, so nothing is written"
        self._api.send("POST", f"{self._at}/issues/{pull.number}/comments", {"body": body}, repeatable=False)
        return f"#{pull.number}: a comment is written"

    def _own_comment(self, number: int, me: str) -> tuple[int | None, bool]:
        """Our comment, and whether it is of a later run than this one."""
        own: int | None = None
        for one in self._api.pages(f"{self._at}/issues/{number}/comments"):
            found = read_mark(one["body"], self._key) if isinstance(one.get("body"), str) else None
            # Anybody can write our mark; nobody else can write as us.
            if found is None or not _is_by(one, me) or not isinstance(one.get("id"), int):
                continue
            workflow, order = found
            if workflow == self._run.workflow and order > self._run.order:
                return one["id"], True
            own = one["id"] if own is None else own
        return own, False


def _is_by(one: Mapping[str, Any], me: str) -> bool:
    login = _at(one, "user", "login")
    # An app is `name[bot]` here, and may be called `name` where the token's owner is asked for.
    return bool(login == me or (login == f"{me}[bot]" and _at(one, "user", "type") == "Bot"))


def _at(value: Any, *keys: str) -> Any:
    """A value deep inside of JSON; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _say(text: str) -> None:
    """One line, which no text in it can turn into a command to GitHub's runner."""
    print(f"forewarn: {one_line(text, 1000)}", file=sys.stdout)
