"""``forewarn init --github`` and ``--gitlab``: the files by which a CI provider measures the matrix. Texts: ``ci/``."""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from .errors import UsageError

_TEXTS = Path(__file__).parent / "ci"
#: A repository, and the commit of it: a tag can be moved.
_USES = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+@[0-9a-f]{40}")
#: What stands between quotes in YAML and is a single word to the shell that sees it.
_SAFE = re.compile(r"[A-Za-z0-9 ._+:/@=<>!~,;\[\]#&?%()-]+")


def github_files(install: Requirement, uses: str | None = None) -> dict[str, str]:
    """Workflows by their path in the repository.

    Args:
        install: what pip installs there.
        uses: ``OWNER/REPOSITORY@COMMIT`` of forewarn, to call its workflow instead of having a copy of it.

    Raises:
        UsageError: ``uses`` is not of that form.
    """
    if uses is None:
        workflow = _text("github-alone.yml", INSTALL=_with_extra(install, "uv")) + _text("github-jobs.yml")
    elif _USES.fullmatch(uses):
        repository, _, commit = uses.partition("@")
        fields = {"REPOSITORY": repository, "COMMIT": commit}
        workflow = _text("github-caller.yml", INSTALL=_with_extra(install, "uv"), **fields)
    else:
        raise UsageError(
            f"--uses: {uses!r} is not OWNER/REPOSITORY@COMMIT",
            hint="name the commit with its 40 digits: a tag or a branch can be moved to other code",
        )
    comment = _text(
        "github-comment.yml",
        WRITTEN="# Written by `forewarn init --github`",
        WORKFLOW="forewarn",
        CONTENTS="",
        CHECKOUT="",
        INSTALL=_with_extra(install, "github"),
    )
    return {".github/workflows/forewarn.yml": workflow, ".github/workflows/forewarn-comment.yml": comment}


def gitlab_files(install: Requirement) -> dict[str, str]:
    """What .gitlab-ci.yml is to include, by its path in the repository."""
    return {".gitlab/forewarn.yml": _text("gitlab.yml", INSTALL=_with_extra(install, "uv"))}


def own_files(version: str) -> dict[str, str]:
    """The workflows of forewarn's own repository that are made from the same texts."""
    install = Requirement(f"forewarn=={version}")
    comment = _text(
        "github-comment.yml",
        WRITTEN="# Made from runner/ci by `nox -s workflows -- --update`",
        WORKFLOW="compat",
        CONTENTS="      contents: read # checks the default branch out\n",
        CHECKOUT=_text("github-checkout.yml"),
        INSTALL=".[github]",
    )
    return {
        ".github/workflows/forewarn.yml": _text("github-reusable.yml", INSTALL=_with_extra(install, "uv"))
        + _text("github-jobs.yml"),
        ".github/workflows/forewarn-comment.yml": comment,
    }


def requirement(named: str | None) -> Requirement:
    """What CI is to install: as named, or the forewarn that is running.

    Raises:
        UsageError: it is no requirement, or this forewarn cannot be installed elsewhere.
    """
    hint = "name it: --install 'forewarn==1.2.3', or --install 'forewarn @ git+https://…@<commit>'"
    text = named if named is not None else _installed()
    if text is None:
        raise UsageError("this forewarn runs from a folder, which CI cannot install", hint=hint)
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"--install: {text!r} is not a requirement", hint=hint) from error
    if not _SAFE.fullmatch(str(found)) or found.marker is not None:
        raise UsageError(f"--install: {text!r} cannot be written to a workflow as it is", hint=hint)
    return found


def write_ci(folder: Path, files: Mapping[str, str], *, force: bool) -> tuple[Path, ...]:
    """Write files below a folder; returns their paths.

    Raises:
        UsageError: one is there already and is not to be overwritten, or cannot be written. Then none is written.
    """
    paths = {folder / name: text for name, text in files.items()}
    for path, text in paths.items():
        if not force and path.exists() and path.read_text(encoding="utf-8", errors="replace") != text:
            raise UsageError(f"{path} is there already, and is another", hint="--force overwrites it")
    for path, text in paths.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    return tuple(paths)


def _installed() -> str | None:
    """The running forewarn as pip names it: its version, or the commit it was installed from; None of a folder."""
    try:
        found = importlib.metadata.distribution("forewarn")
    except importlib.metadata.PackageNotFoundError:
        return None
    origin = found.read_text("direct_url.json")
    if origin is None:
        return f"forewarn=={found.version}"
    document = json.loads(origin)
    commit = document.get("vcs_info", {}).get("commit_id")
    if commit:
        return f"forewarn @ {document['vcs_info']['vcs']}+{document['url']}@{commit}"
    return f"forewarn @ {document['url']}" if document["url"].startswith("https:") else None


def _with_extra(install: Requirement, extra: str) -> str:
    if install.url:
        return f"{install.name}[{extra}] @ {install.url}"
    return f"{install.name}[{extra}]{install.specifier}"


def _text(name: str, **values: str) -> str:
    text = (_TEXTS / name).read_text(encoding="utf-8")
    for field, value in values.items():
        text = text.replace(f"%{field}%", value)
    return text
