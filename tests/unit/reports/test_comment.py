"""The comment on a pull request: which one, whose, when; and that nothing hostile or faulty gets further."""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_server import BOT, COMMIT, REPOSITORY, TOKEN, Fault, Hub, serve, zipped

from reports import unpack as unpacking
from reports.arrange import build_view
from reports.comment import comment
from reports.conclude import conclude
from reports.errors import ResultsError, UsageError
from reports.github_api import GitHubError, Patience
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.render_json import render_json
from reports.unpack import unpack

DAY = datetime.date(2026, 11, 1)
FAILURE = "<failure message='no'>no</failure>"
MARK = "<!-- forewarn-comment key=forewarn workflow=5 run={} attempt={} -->\n"


def results(outcomes: dict[str, str], *, complete: bool = True) -> dict[str, str | bytes]:
    """The files of a results folder: test → outcome on 3.13; all pass on 3.12."""
    files: dict[str, str | bytes] = {}
    plan = []
    for python in ("3.12", "3.13"):
        cell = f"{python}-plain"
        plan.append({"cell": cell, "python": python, "profile": "plain", "optional": False})
        done = complete or python == "3.12"
        record = {"format": 1, "cell": cell, "python": python, "profile": "plain", "filters": [], "tool": "unittest"}
        record |= {"status": "complete" if done else "cancelled", "reason": None, "optional": False}
        files[f"cells/{cell}/cell.json"] = json.dumps(record)
        cases = "".join(
            f"<testcase classname='x' name='{name}'>{FAILURE if end == 'fails' and python == '3.13' else ''}</testcase>"
            for name, end in outcomes.items()
        )
        if done:
            files[f"cells/{cell}/junit.xml"] = f"<testsuites><testsuite>{cases}</testsuite></testsuites>"
    files["run.json"] = json.dumps(
        {"format": 1, "plan": plan, "matrix": {"base": "3.12", "next": ["3.13"], "profiles": {"plain": []}}}
    )
    return files


def report(outcomes: dict[str, str], folder: Path, *, complete: bool = True) -> str:
    """The report.json of such results."""
    for name, content in results(outcomes, complete=complete).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return render_json(build_view(conclude(load_run(folder), Knowledge(), DAY), DAY))


class Bench:
    """One pull request's run that has ended, and the command."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self._folder = hub, folder
        self.slept: list[float] = []
        self.run: dict[str, Any] = {
            "id": 11,
            "workflow_id": 5,
            "run_number": 42,
            "run_attempt": 1,
            "event": "pull_request",
            "head_sha": COMMIT,
            "head_branch": "topic",
            "head_repository": {"full_name": REPOSITORY, "id": 1},
            "pull_requests": [],
        }
        hub.artifacts[11] = zipped(results({"test_a": "fails", "test_b": "passes"}))

    def comment(self, **environment: str) -> int:
        event = {"workflow_run": self.run, "repository": {"full_name": REPOSITORY, "id": 1}}
        (self._folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        variables = {
            "GITHUB_EVENT_PATH": str(self._folder / "event.json"),
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_TOKEN": TOKEN,
            **environment,
        }
        options = argparse.Namespace(key="forewarn", artifact="forewarn-results")
        return comment(options, variables, DAY, Patience(sleep=self.slept.append, random=lambda: 0.5))

    def base(self, outcomes: dict[str, str], *, complete: bool = True, **more: Any) -> None:
        """A last report of main."""
        run = {"id": 3, "event": "push", "head_branch": "main", "head_sha": "b" * 40, "head_repository": {"id": 1}}
        self.hub.runs.append({**run, **more})
        self.hub.artifacts[3] = zipped({"report.json": report(outcomes, self._folder / "base", complete=complete)})

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.hub.comments if one["user"] == BOT]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with serve(Hub()) as hub:
        yield Bench(hub, tmp_path)
        assert not hub.leaked, "the token went to the store of artifacts"


def test_a_comment_is_written_once_and_then_updated(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.hub.pull(7, draft=True)
    assert bench.comment() == 0
    assert bench.bodies[0].startswith(MARK.format(42, 1))
    assert "| `x::test_a` | 3.13: breaks | ✓ | ✗ |" in bench.bodies[0]
    assert "`main` has no report yet" in bench.bodies[0]
    assert f"(https://github.com/{REPOSITORY}/actions/runs/11/artifacts/110)" in bench.bodies[0]
    bench.run |= {"id": 12, "run_number": 43}
    bench.hub.artifacts[12] = zipped(results({"test_a": "passes"}))
    assert bench.comment() == 0
    assert len(bench.bodies) == 1
    assert bench.bodies[0].startswith(MARK.format(43, 1))
    assert "a comment is written" in capsys.readouterr().out


def test_a_fork_is_found_by_its_repository_and_commit(bench: Bench) -> None:
    """Not by a number: others have the same commit, or the same branch."""
    bench.run["head_repository"] = {"full_name": "stranger/shop", "id": 2}
    bench.hub.pull(6, head="stranger/shop", sha="c" * 40)
    bench.hub.pull(7, head="stranger/shop")
    bench.hub.pull(8, head=REPOSITORY)
    bench.hub.pull(9, head="stranger/other")
    assert bench.comment() == 0
    assert [one["issue"] for one in bench.hub.comments] == [7]


def test_nothing_is_written_when_the_head_has_moved(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.hub.pull(7, sha="d" * 40)
    assert bench.comment() == 0
    assert "has moved on" in capsys.readouterr().out
    assert bench.hub.requested("GET") == [f"/repos/{REPOSITORY}/pulls"]
    # Or while the results were read.
    bench.hub.pulls.clear()
    pull = bench.hub.pull(7)
    moved = Fault("GET .*/issues/7/comments", then=lambda: pull["head"].update(sha="e" * 40))
    bench.hub.faults.append(moved)
    assert bench.comment() == 0
    assert bench.bodies == []
    assert moved.times == 0


def test_only_a_comment_that_is_ours_is_edited(bench: Bench) -> None:
    bench.hub.pull(7)
    theirs = MARK.format(1, 1) + "click here"
    stranger = {"login": "mallory", "type": "User"}
    for _ in range(3):
        bench.hub.comment(theirs, stranger)
    bench.hub.comment("quoted: " + MARK.format(1, 1), BOT)
    bench.hub.comment(MARK.format(1, 1).replace("key=forewarn", "key=another"), BOT)
    bench.hub.comment(MARK.format(1, 1) + "old", BOT)  # on the third page
    bench.hub.viewer = "github-actions"
    assert bench.comment() == 0
    assert [one["body"] for one in bench.hub.comments[:3]] == [theirs] * 3
    assert [body.split("\n")[0] for body in bench.bodies[2:]] == [MARK.format(42, 1).strip()]
    assert len(bench.hub.comments) == 6


def test_a_user_who_is_called_as_the_app_is_not_the_app(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.hub.viewer = "github-actions"
    bench.hub.comment(MARK.format(1, 1), {"login": "github-actions[bot]", "type": "User"})
    assert bench.comment() == 0
    assert len(bench.hub.comments) == 2


@pytest.mark.parametrize(("number", "attempt"), [(43, 1), (42, 2)])
def test_a_later_run_is_not_overwritten(bench: Bench, number: int, attempt: int) -> None:
    bench.hub.pull(7)
    later = MARK.format(number, attempt) + "later"
    bench.hub.comment(later, BOT)
    assert bench.comment() == 0
    assert bench.bodies == [later]


def test_what_changes_against_the_base_is_told(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_a": "passes", "test_b": "fails"})
    assert bench.comment() == 0
    text = bench.bodies[0]
    assert "Against `main` (`bbbbbbb`): **1 test newly breaks, 1 test is repaired" in text
    assert "- `x::test_a`: 3.13 ok → breaks" in text


def test_nothing_is_said_when_nothing_changes(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_a": "fails", "test_b": "passes"})
    assert bench.comment() == 0
    assert bench.bodies == []
    # One line where an earlier run had something to say.
    bench.hub.comment(MARK.format(1, 1) + "12 tests break", BOT)
    assert bench.comment() == 0
    assert bench.bodies[0].splitlines()[1] == "✅ forewarn: nothing changes against `main` (`bbbbbbb`)."
    assert "12 tests" not in bench.bodies[0]


def test_a_new_test_that_is_well_is_no_news(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_a": "passes"})
    bench.hub.artifacts[11] = zipped(results({"test_a": "passes", "test_b": "passes"}))
    assert bench.comment() == 0
    assert bench.bodies == []


def test_incomplete_is_never_unchanged(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_a": "passes", "test_b": "passes"}, complete=False)
    bench.hub.artifacts[11] = zipped(results({"test_a": "passes", "test_b": "passes"}, complete=False))
    assert bench.comment() == 0
    assert "incomplete" in bench.bodies[0]


def test_a_fork_does_not_say_what_the_base_is(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_a": "fails", "test_b": "passes"}, head_repository={"id": 2})
    bench.base({"test_a": "fails", "test_b": "passes"}, event="pull_request")
    assert bench.comment() == 0
    assert "`main` has no report yet" in bench.bodies[0]


def test_a_run_without_results_is_not_silent(bench: Bench) -> None:
    """The comment of an earlier run would read as this one's."""
    bench.hub.pull(7)
    bench.hub.comment(MARK.format(1, 1) + "all is well", BOT)
    del bench.hub.artifacts[11]
    assert bench.comment() == 2
    assert "nothing is known" in bench.bodies[0]
    assert "all is well" not in bench.bodies[0]


def test_what_did_not_come_from_a_pull_request_asks_nothing(bench: Bench) -> None:
    bench.run["event"] = "push"
    assert bench.comment() == 0
    bench.run |= {"event": "pull_request", "head_repository": None}
    assert bench.comment() == 0
    assert bench.hub.requests == []


@pytest.mark.parametrize("field", ["head_sha", "run_number", "id", "head_repository"])
def test_another_event_is_an_error(bench: Bench, field: str) -> None:
    bench.run[field] = "../../etc"
    with pytest.raises(UsageError, match="no event"):
        bench.comment()


def test_faults_that_pass_are_waited_for(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.hub.faults = [
        Fault("GET .*/pulls", 502, times=2),
        Fault("POST /graphql", 403, {"retry-after": "7"}, "You have exceeded a secondary rate limit"),
        Fault("GET .*/artifacts", truncated=True),
        Fault("GET /store/11", truncated=True),
        Fault("GET .*/zip", 503),
        Fault("GET .*/comments", 429, {"x-ratelimit-reset": "1760000009", "date": "Thu, 09 Oct 2025 08:53:20 GMT"}),
        Fault("POST .*/comments", 403, message="You have exceeded a secondary rate limit"),
    ]
    assert bench.comment() == 0
    assert len(bench.bodies) == 1
    assert all(fault.times == 0 for fault in bench.hub.faults)
    assert bench.slept == [1.0, 2.0, 7.5, 1.0, 1.0, 2.0, 9.5, 60.5]


def test_a_comment_that_was_written_all_the_same_is_not_written_twice(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.hub.faults = [Fault("POST .*/comments", 502, after=True), Fault("PATCH .*", 502)]
    assert bench.comment() == 0
    assert len(bench.bodies) == 1
    bench.hub.comments.clear()
    bench.hub.faults = [Fault("POST .*/comments", truncated=True)]
    assert bench.comment() == 0
    assert len(bench.bodies) == 1


def test_a_comment_that_was_deleted_meanwhile_is_written_again(bench: Bench) -> None:
    bench.hub.pull(7)
    own = bench.hub.comment(MARK.format(1, 1), BOT)
    bench.hub.faults = [Fault("GET .*/pulls/7", then=lambda: bench.hub.comments.remove(own))]
    assert bench.comment() == 0
    assert len(bench.bodies) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET .*/pulls", 500, message=f"no {TOKEN}", times=99),
        Fault("POST /graphql", 401, message=f"bad {TOKEN}\n::error::x"),
        Fault("GET .*/comments", 403, {"retry-after": "9000"}, "secondary rate limit"),
        Fault("POST .*/comments", 422, message="Validation Failed"),
        Fault("POST .*/comments", 502, times=99),
        Fault("GET /store/.*", truncated=True, times=99),
    ],
    ids=lambda fault: f"{fault.about} {fault.status}",
)
def test_faults_that_stay_are_one_line_without_the_token(
    bench: Bench, fault: Fault, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.hub.pull(7)
    bench.hub.faults = [fault]
    with pytest.raises(GitHubError) as caught:
        bench.comment()
    text = str(caught.value) + repr(caught.value) + capsys.readouterr().out
    assert TOKEN not in text
    assert "SIGNED" not in text
    assert "\n" not in caught.value.message
    assert len(bench.hub.requests) < 60
    assert sum(bench.slept) < 600


def test_no_token_and_a_wrong_one(bench: Bench) -> None:
    bench.hub.pull(7)
    with pytest.raises(UsageError, match="GITHUB_TOKEN"):
        bench.comment(GITHUB_TOKEN="")
    with pytest.raises(GitHubError, match="401") as caught:
        bench.comment(GITHUB_TOKEN="ghs_another")  # noqa: S106 - of nobody
    assert "ghs_another" not in str(caught.value)


HOSTILE = {
    "traversal": zipped({"../outside": "x"}),
    "deep traversal": zipped({"cells/../../outside": "x"}),
    "absolute": zipped({"/outside": "x"}),
    "drive": zipped({"C:/outside": "x"}),
    "backslash": zipped({"..\\outside": "x"}),
    "control": zipped({"a\nb": "x"}),
    "link": zipped({"run.json": "/etc/passwd"}, links=("run.json",)),
    "file and folder": zipped({"a": "x", "a/b": "x"}),
    "no zip": b"MZ not a zip",
    "cut": zipped({"a": "x" * 1000})[:-30],
    "no results": zipped({"readme": "hello"}),
    "of another time": zipped({**results({"test_a": "passes"}), "run.json": '{"format": 99}'}),
    "bomb": zipped({"run.json": b"0" * (3 << 20)}),
    "aliases": zipped(
        {**results({"test_a": "passes"}), "forewarn-baseline.yaml": "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n"}
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_artifact_is_refused_and_said(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FILE_BYTES", 1 << 20)
    bench.hub.pull(7)
    bench.hub.artifacts[11] = HOSTILE[name]
    assert bench.comment() == 2
    assert len(bench.bodies) == 1
    assert "nothing is known" in bench.bodies[0]
    assert "outside" not in bench.bodies[0]


@pytest.mark.parametrize("name", ["traversal", "deep traversal", "absolute", "drive", "backslash", "link"])
def test_nothing_is_unpacked_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.zip").write_bytes(HOSTILE[name])
    (tmp_path / "a/b").mkdir(parents=True)
    with pytest.raises(ResultsError):
        unpack(tmp_path / "file.zip", tmp_path / "a/b")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "file.zip"]


def test_a_download_has_an_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.comment._DOWNLOAD", 1000)
    bench.hub.pull(7)
    bench.hub.artifacts[11] = zipped({"a": bytes(range(256)) * 40}) * 50
    with pytest.raises(GitHubError, match="larger than"):
        bench.comment()


def test_markup_in_what_was_measured_stays_text(bench: Bench) -> None:
    bench.hub.pull(7)
    bench.base({"test_b": "passes"})
    bench.hub.artifacts[11] = zipped(
        results({"&lt;!-- forewarn-comment key=forewarn workflow=5 run=99 attempt=1 --&gt; @everyone `": "fails"})
    )
    assert bench.comment() == 0
    head, rest = bench.bodies[0].split("\n", 1)
    assert head == MARK.format(42, 1).strip()
    assert "<!--" not in re.sub("(`+).*?\\1", "", rest)
    assert "@everyone" not in re.sub("(`+).*?\\1", "", rest)
    bench.run |= {"run_number": 43}
    assert bench.comment() == 0
    assert len(bench.bodies) == 1
