"""Runs a workflow as GitHub would, as far as ours use it: real `run:` steps, stand-ins for what `uses:` names.

Each job has a clean folder, a virtual environment and files of its own; artifacts and caches are folders.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from github_expressions import as_text, evaluate, fill

#: What a job sees of this machine: where to install from.
_PASSED = (
    "PIP_*",
    "UV_*",
    "*_proxy",
    "*_PROXY",
    "SSL_*",
    "LANG",
)


@dataclasses.dataclass(kw_only=True)
class Job:
    """What became of one job."""

    name: str
    folder: Path
    result: str = "success"
    outputs: dict[str, str] = dataclasses.field(default_factory=dict)
    codes: dict[str, int] = dataclasses.field(default_factory=dict)
    """Exit codes of ``run:`` steps by their name."""
    log: str = ""
    summary: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kill:
    """Where something is killed midway."""

    job: str
    step: str
    when: Callable[[Path], bool]
    """Asked again and again, with the job's folder."""
    lost: bool
    """Whether the machine is lost, so that no further step runs; else only the step's processes are."""


class Machine:
    """All machines of one repository.

    Args:
        project: the repository's files.
        work: a folder for everything.
        environment: of every job, beside what GitHub sets.
        kill: what is killed, and when.
    """

    def __init__(
        self,
        project: Path,
        work: Path,
        environment: Mapping[str, str],
        kill: Kill | None = None,
    ) -> None:
        self.project, self.work, self._kill = project, work, kill
        self.artifacts = work / "artifacts"
        self.caches = work / "caches"
        self.environment = dict(environment)
        self._github: dict[str, Any] = {
            "event_name": "push",
            "ref": "refs/heads/main",
            "run_id": "1",
            "run_attempt": "1",
            "event": {},
        }
        self.jobs: dict[str, Job] = {}

    def run(self, path: str, *, inputs: Mapping[str, Any] | None = None, **github: Any) -> None:
        """Run a workflow of the repository, and those that it calls; ``github`` is added to that context."""
        self._github |= github
        workflow = yaml.safe_load((self.project / path).read_text(encoding="utf-8"))
        called = (workflow.get("on") or workflow.get(True) or {}).get("workflow_call") if inputs is not None else None
        given = {name: field.get("default") for name, field in (called or {"inputs": {}})["inputs"].items()}
        contexts: dict[str, Any] = {"github": self._github, "inputs": {**given, **(inputs or {})}, "needs": {}}
        contexts["env"] = fill(workflow.get("env") or {}, contexts, {})
        waiting = dict(workflow["jobs"])
        while waiting:
            name = next(name for name, job in waiting.items() if not set(_list(job.get("needs"))) & set(waiting))
            self._run_job(name, waiting.pop(name), contexts)

    def run_action(self, action: Path, inputs: Mapping[str, str]) -> Job:
        """Run a composite action in a job of its own, after a checkout."""
        document = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
        given = {name: field.get("default", "") for name, field in document["inputs"].items()} | dict(inputs)
        checkout = {"uses": f"actions/checkout@{'0' * 40}", "with": {"persist-credentials": "false"}}
        outputs = {name: field["value"] for name, field in document["outputs"].items()}
        job = {"steps": [checkout, *document["runs"]["steps"]], "outputs": outputs}
        contexts = {"github": self._github, "inputs": given, "needs": {}, "env": {"GITHUB_ACTION_PATH": str(action)}}
        return self._run_one("action", job, contexts)

    def _run_job(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> None:
        needs = {need: contexts["needs"][need] for need in _list(job.get("needs"))}
        failed = any(one["result"] != "success" for one in needs.values())
        condition = _condition(job.get("if"), {**contexts, "needs": needs}, failed=failed)
        if not condition:
            contexts["needs"][name] = {"result": "skipped", "outputs": {}}
            return
        if "uses" in job:
            self.run(job["uses"].removeprefix("./"), inputs=job.get("with") or {})
            return
        matrix = fill(
            (job.get("strategy") or {}).get("matrix") or {}, {**contexts, "needs": needs}, {"fromJSON": json.loads}
        )
        entries = matrix.get("include", [{}])
        assert set(matrix) <= {"include"}
        ran = [self._run_one(name, job, {**contexts, "needs": needs, "matrix": entry}) for entry in entries]
        result = "success" if all(one.result == "success" for one in ran) else "failure"
        contexts["needs"][name] = {"result": result, "outputs": ran[-1].outputs}

    def _run_one(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        title = as_text(fill(job.get("name", name), contexts, {}))
        home = self.work / "machines" / f"{len(list(self.work.glob('machines/*')))}"
        folder = home / "workspace"
        folder.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--seed", str(home / "venv")], check=True)
        one = Job(name=title, folder=folder)
        self.jobs[title] = one
        steps: dict[str, Any] = {}
        machine = {**contexts, "steps": steps, "env": dict(contexts["env"]), "runner": {"temp": str(home)}}
        functions = {"hashFiles": lambda *paths: _hash(folder, paths)}
        environment = self._job_environment(home)
        for number, step in enumerate(job["steps"]):
            failed = one.result != "success"
            if not _condition(step.get("if"), machine, failed=failed):
                continue
            step_name = as_text(fill(step.get("name") or step.get("uses") or f"step {number}", machine, functions))
            outputs: dict[str, str] = {}
            if "uses" in step:
                inputs = {
                    key: as_text(value) for key, value in fill(step.get("with") or {}, machine, functions).items()
                }
                good = self._use(step["uses"], inputs, folder)
            else:
                own = {k: as_text(v) for k, v in fill(step.get("env") or {}, machine, functions).items()}
                shared = {k: as_text(v) for k, v in machine["env"].items()}
                code, outputs = self._shell(step, {**environment, **shared, **own}, home, one, step_name)
                if code is None:  # the machine is lost: nothing more happens on it
                    one.result = "failure"
                    return one
                one.codes[step_name] = code
                good = code == 0
            if "id" in step:
                steps[step["id"]] = {"outputs": outputs, "outcome": "success" if good else "failure"}
            if not good and not step.get("continue-on-error"):
                one.result = "failure"
        one.outputs = {key: as_text(value) for key, value in fill(job.get("outputs") or {}, machine, functions).items()}
        return one

    def _job_environment(self, home: Path) -> dict[str, str]:
        (home / "home").mkdir()
        (home / "event.json").write_text(json.dumps(self._github["event"]), encoding="utf-8")
        passed = {k: v for k, v in os.environ.items() if any(fnmatch.fnmatchcase(k, one) for one in _PASSED)}
        return {
            **passed,
            **self.environment,
            "PATH": f"{home / 'venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(home / "workspace"),
            "GITHUB_RUN_ID": str(self._github["run_id"]),
            "GITHUB_EVENT_PATH": str(home / "event.json"),
            "RUNNER_TEMP": str(home),
            "RUNNER_TRACKING_ID": str(home / "workspace"),
        }

    def _shell(
        self, step: dict[str, Any], environment: dict[str, str], home: Path, job: Job, name: str
    ) -> tuple[int | None, dict[str, str]]:
        assert "${{" not in step["run"], "an expression in a script is how scripts are injected"
        files = {name: home / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        script = home / "step.sh"
        script.write_text(step["run"])
        log = (home / "log").open("a+b")
        with log:
            process = subprocess.Popen(
                ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=home / "workspace",
                env={**environment, **{key: str(file) for key, file in files.items()}},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = self._wait(process, job, name)
            log.seek(0)
            job.log = log.read().decode("utf-8", "replace")
        job.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        assert not files["GITHUB_ENV"].read_text()
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return code, dict(line.split("=", 1) for line in lines)

    def _wait(self, process: subprocess.Popen[bytes], job: Job, step: str) -> int | None:
        kill = self._kill
        if kill is None or (kill.job, kill.step) != (job.name, step):
            return process.wait(timeout=600)
        while process.poll() is None:
            if kill.when(job.folder):
                _kill_all(job.folder)
                code = process.wait()  # also of a lost machine: its shell was killed with the rest
                return None if kill.lost else code
        raise AssertionError(f"{job.name} ended before it could be killed:\n{job.log}")

    def _use(self, action: str, inputs: dict[str, str], folder: Path) -> bool:
        repository, _, commit = action.partition("@")
        assert len(commit) == 40, action
        match repository:
            case "actions/checkout":
                assert inputs["persist-credentials"] == "false"
                shutil.copytree(self.project, folder, dirs_exist_ok=True)
            case "actions/setup-python":
                assert inputs["python-version"]
            case "actions/upload-artifact":
                return self._upload(inputs, folder)
            case "actions/download-artifact":
                return self._download(inputs, folder)
            case "actions/cache" | "actions/cache/restore":
                wanted = [inputs["key"], *inputs.get("restore-keys", "").split()]
                hits = [path for key in wanted for path in sorted(self.caches.glob(f"{key}*"), reverse=True)]
                if hits and not inputs["path"].startswith("~"):
                    shutil.copytree(hits[0], folder / inputs["path"])
            case "actions/cache/save":
                if (folder / inputs["path"]).exists():
                    shutil.copytree(folder / inputs["path"], self.caches / inputs["key"])
            case _:
                raise AssertionError(f"there is no stand-in for {action}")
        return True

    def _upload(self, inputs: dict[str, str], folder: Path) -> bool:
        """Hidden files are left out; the paths' common folder is the artifact's root."""
        lines = inputs["path"].split()
        roots = [folder / line for line in lines if not line.startswith("!")]
        taken = {file for root in roots for file in ([root] if root.is_file() else root.rglob("*")) if file.is_file()}
        for line in lines:
            if line.startswith("!"):
                taken -= set(folder.glob(line[1:]))
        top = Path(os.path.commonpath([root if root.is_dir() else root.parent for root in roots]))
        single = inputs.get("archive") == "false"
        target = self.artifacts / (roots[0].name if single else inputs["name"])
        assert not set(target.name) & set('":<>|*?\\/\r\n')
        assert not target.exists() or inputs.get("overwrite") == "true"
        for file in taken:
            parts = file.relative_to(top).parts
            if not any(part.startswith(".") for part in parts):
                copy = target.joinpath(*parts)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        return not single or len(taken) < 2

    def _download(self, inputs: dict[str, str], folder: Path) -> bool:
        if "name" in inputs:
            shutil.copytree(self.artifacts / inputs["name"], folder / inputs["path"], dirs_exist_ok=True)
            return True
        for artifact in self.artifacts.glob(inputs["pattern"]):
            shutil.copytree(artifact, folder / inputs["path"] / artifact.name, dirs_exist_ok=True)
        return True


def _kill_all(folder: Path) -> None:
    """All processes of a job, whoever their parent is now; GitHub's runner knows them by the same variable."""
    mark = f"RUNNER_TRACKING_ID={folder}".encode()
    alive = True
    while alive:
        alive = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    alive = True


def _condition(text: str | None, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """GitHub adds ``success() &&`` to a condition that asks for no state."""
    functions = {
        "always": lambda: True,
        "success": lambda: not failed,
        "failure": lambda: failed,
        "cancelled": lambda: False,
    }
    if text is None:
        return not failed
    bare = text.strip().removeprefix("${{").removesuffix("}}")
    if not any(f"{name}(" in bare for name in functions):
        bare = f"success() && ({bare})"
    return bool(evaluate(bare, contexts, functions))


def _list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _hash(folder: Path, paths: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(folder.glob(path)):
            digest.update(file.read_bytes())
    return digest.hexdigest()
