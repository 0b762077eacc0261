"""What init writes for CI providers; and what holds of every workflow, ours and written."""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from runner.__main__ import main
from runner.errors import UsageError
from runner.init_ci import github_files, gitlab_files, own_files, requirement

ROOT = Path(__file__).resolve().parents[3]
VERSION = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
INSTALL = Requirement("forewarn==1.2.3")
USES = f"octo/forewarn@{'0' * 40}"
TEXTS = {
    **{f"own {path.name}": path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")},
    **{f"alone {name}": text for name, text in github_files(INSTALL).items()},
    **{f"called {name}": text for name, text in github_files(INSTALL, USES).items()},
    "action.yml": (ROOT / "action.yml").read_text(encoding="utf-8"),
}


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in document.get("jobs", {"action": document.get("runs")}).values():
        yield from job.get("steps", [job])


@pytest.mark.parametrize("name", TEXTS)
def test_every_workflow_is_safe_by_construction(name: str) -> None:
    text = TEXTS[name]
    document = yaml.safe_load(text)
    assert "%" not in re.sub(r"%[a-z-]", "", text), "a field was not filled in"
    assert "pull_request_target" not in text
    for step in steps(document):
        assert "${{" not in str(step.get("run", "")), "data does not get into a script as text"
        uses = step.get("uses", "./")
        assert uses.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses)
        if uses.startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}
    for line in re.findall(r"uses: (?!\./).*", text):
        assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) or USES.partition("@")[2] in line
    if name != "action.yml":
        assert document["permissions"] == {}
        for job in document["jobs"].values():
            asked = job["permissions"]
            writes = {what for what, level in asked.items() if level == "write"}
            assert writes == ({"pull-requests"} if "comment" in name else set())
            assert "uses" in job or job["timeout-minutes"] <= 180


@pytest.mark.parametrize("name", [name for name in TEXTS if "comment" in name])
def test_the_comment_s_workflow_runs_nothing_of_the_pull_request(name: str) -> None:
    document = yaml.safe_load(TEXTS[name])
    assert list(document[True]) == ["workflow_run"]
    for step in steps(document):
        # A checkout without a ref takes the default branch; artifacts are read by `forewarn comment` alone.
        assert not {"ref", "repository", "run-id"} & set(step.get("with") or {})
        assert "download-artifact" not in step.get("uses", "")


def test_one_version_of_an_action_everywhere() -> None:
    pins = {match for text in TEXTS.values() for match in re.findall(r"uses: (actions/[\w-]+)[\w/]*@(\S+ # \S+)", text)}
    assert len(pins) == len({action for action, _ in pins})


def test_our_own_workflows_are_made_from_the_same_texts() -> None:
    assert VERSION is not None
    for name, text in own_files(VERSION[1]).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, "`nox -s workflows -- --update` writes it"


@pytest.mark.parametrize(
    ("named", "run", "comment"),
    [
        ("forewarn==1.2.3", "forewarn[uv]==1.2.3", "forewarn[github]==1.2.3"),
        ("forewarn[uv]>=1,<2", "forewarn[uv]<2,>=1", "forewarn[github]<2,>=1"),
        (
            "forewarn @ git+https://example.org/x/forewarn@0123abc",
            "forewarn[uv] @ git+https://example.org/x/forewarn@0123abc",
            "forewarn[github] @ git+https://example.org/x/forewarn@0123abc",
        ),
    ],
)
def test_ci_installs_what_is_named(named: str, run: str, comment: str) -> None:
    first, second = github_files(requirement(named)).values()
    assert yaml.safe_load(first)["env"]["FOREWARN_INSTALL"] == run
    assert f'FOREWARN_INSTALL: "{comment}"' in second
    pipeline = yaml.safe_load(gitlab_files(requirement(named))[".gitlab/forewarn.yml"])
    assert pipeline["variables"]["FOREWARN_INSTALL"] == run


@pytest.mark.parametrize("named", ["forewarn==", 'forewarn @ https://x/"; rm -rf', "forewarn; python_version>'3'", ""])
def test_what_cannot_be_installed_is_refused(named: str) -> None:
    with pytest.raises(UsageError, match="--install"):
        requirement(named)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "forewarn==1.2.3"),
        (
            {
                "url": "https://example.org/x",
                "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "main"},
            },
            "forewarn@ git+https://example.org/x@abc",
        ),
        ({"url": "https://example.org/forewarn.whl", "archive_info": {}}, "forewarn@ https://example.org/forewarn.whl"),
        ({"url": "file:///home/me/forewarn", "dir_info": {"editable": True}}, None),
    ],
)
def test_by_default_ci_installs_the_forewarn_that_wrote_the_file(
    origin: dict[str, Any] | None, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Distribution:
        version = "1.2.3"

        @staticmethod
        def read_text(name: str) -> str | None:
            return json.dumps(origin) if origin is not None and name == "direct_url.json" else None

    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution)
    if expected is None:
        with pytest.raises(UsageError, match="runs from a folder"):
            requirement(None)
    else:
        assert str(requirement(None)).replace("forewarn @", "forewarn@") == expected


@pytest.mark.parametrize(
    "uses", ["octo/forewarn@main", "octo/forewarn", f"octo/forewarn@{'0' * 39}", f"o/../x@{'0' * 40}"]
)
def test_a_workflow_is_called_by_its_commit(uses: str) -> None:
    with pytest.raises(UsageError, match="--uses"):
        github_files(INSTALL, uses)


def test_init_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["init", str(tmp_path), "--github", "--gitlab", "--install"]
    assert main([*words, "forewarn==1.2.3"]) == 0
    assert (tmp_path / "matrix.yaml").is_file()
    (tmp_path / "matrix.yaml").write_text('python: ["3.12"]\n', encoding="utf-8")
    assert main([*words, "forewarn==1.2.3"]) == 0  # the same again
    assert main([*words, "forewarn==1.2.4"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert "1.2.4" not in (tmp_path / ".gitlab/forewarn.yml").read_text(encoding="utf-8")
    assert main([*words, "forewarn==1.2.4", "--force"]) == 0
    assert "1.2.4" in (tmp_path / ".gitlab/forewarn.yml").read_text(encoding="utf-8")
    assert (tmp_path / "matrix.yaml").read_text(encoding="utf-8") == 'python: ["3.12"]\n'
