"""Gets the target's files: a folder as it stands, a source distribution, or a git revision."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import re
import shutil
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from . import execute
from .archives import extract_all
from .errors import UsageError
from .metadata import read_metadata
from .model import Target
from .source_files import digest_of, digests_of_files


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checkout:
    """The target's files on this machine."""

    path: Path
    name: str | None
    version: str | None
    revision: str | None
    """Commit of a git working copy, with ``+changes`` where it is not clean."""
    digest: str
    """``sha256:…`` over the names and contents of its files."""
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Digest of each of them, by its name relative to ``path``, with forward slashes."""

    def to_json(self) -> dict[str, str | None]:
        """The ``target`` field of run.json."""
        return {
            "name": self.name,
            "version": self.version,
            "path": str(self.path),
            "revision": self.revision,
            "digest": self.digest,
            "codeowners": _codeowners(self.path),
        }


#: Where code hosts look for the file, first one first.
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def _codeowners(path: Path) -> str | None:
    """The target's CODEOWNERS, so that a report that is built elsewhere can say whose a test is."""
    for name in _CODEOWNERS:
        try:
            with (path / name).open(encoding="utf-8", errors="replace") as file:
                return file.read(1 << 18)
        except OSError:
            continue
    return None


def prepare(target: Target, work: Path, environment: Mapping[str, str], uv: str | None) -> Checkout:
    """The target's files, fetched below ``work`` where they are not a folder here.

    Raises:
        UsageError: the folder is not there, or the download failed; with the log's last words.
        OSError: the disk is full.
    """
    if target.sdist is not None:
        path = _sdist(target.sdist, work, environment, uv)
    elif target.git is not None:
        path = _git(target.git, target.revision, work, environment)
    else:
        path = target.path or Path.cwd()
        if not path.is_dir():
            raise UsageError(f"the target {path} is not a folder", hint="correct `target` in matrix.yaml")
    metadata = read_metadata(path)
    files = digests_of_files(path)
    return Checkout(
        path=path,
        name=metadata.name,
        version=metadata.version,
        revision=_revision(path),
        digest=digest_of(files),
        files=files,
    )


def _revision(folder: Path) -> str | None:
    commit = execute.output_of(["git", "-C", str(folder), "rev-parse", "HEAD"])
    if not commit:
        return None
    changes = execute.output_of(["git", "-C", str(folder), "status", "--porcelain", "--", "."])
    return commit.strip() + ("+changes" if changes and changes.strip() else "")


def _sdist(requirement: str, work: Path, environment: Mapping[str, str], uv: str | None) -> Path:
    folder = work / "targets" / requirement.replace("==", "-")
    if folder.is_dir():
        return _only_folder(folder)
    log = work / "targets" / f"{folder.name}.log"
    log.unlink(missing_ok=True)
    downloads = work / "targets" / f"{folder.name}.download"
    scratch = work / "targets" / f"{folder.name}.scratch"
    unpacked = work / "targets" / f"{folder.name}.part"
    for one in (downloads, scratch, unpacked):
        shutil.rmtree(one, ignore_errors=True)
    scratch.mkdir(parents=True)
    command = [*_pip(uv), "download", "--no-clean", "--no-deps", "--no-binary", ":all:"]
    command += ["--dest", str(downloads.absolute()), requirement]
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch.absolute()))
    ended = execute.run(command, cwd=work, environment={**environment, **temporary}, log=log, timeout=300)
    archives = sorted(downloads.glob("*")) if ended.ok else []
    # pip builds the metadata of what it downloads. A release that today's build tools cannot build is not handed out
    # then, but it is unpacked: its source is all that is wanted here.
    sources = sorted(scratch.glob("pip-download-*/*/PKG-INFO"))
    if archives:
        _unpack(archives[0], unpacked)
    elif len(sources) == 1:
        unpacked.mkdir()
        sources[0].parent.replace(unpacked / folder.name)
    else:
        ended.require_words()
        raise UsageError(f"cannot download the sdist of {requirement}: {last_words(log)}", hint=f"see {log}")
    unpacked.replace(folder)
    for one in (downloads, scratch):
        shutil.rmtree(one, ignore_errors=True)
    return _only_folder(folder)


def _pip(uv: str | None) -> list[str]:
    """The pip to download with: uv cannot download an sdist, and what uv made has no pip of its own."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if uv is not None:
        return [uv, "tool", "run", "--quiet", "pip"]
    raise UsageError("an sdist target needs pip or uv", hint="pip install uv")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack without following what an archive has no business to do (links outside, absolute names)."""
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as content:
                content.extractall(folder)  # nosec B202 # noqa: S202 - no `..` comes through
            return
        with tarfile.open(archive) as content:
            extract_all(content, folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UsageError(f"cannot unpack {archive.name}: {error}") from error


def _only_folder(folder: Path) -> Path:
    entries = [entry for entry in folder.iterdir() if entry.is_dir()]
    return entries[0] if len(entries) == 1 else folder


def _git(url: str, revision: str | None, work: Path, environment: Mapping[str, str]) -> Path:
    name = hashlib.sha256(url.encode()).hexdigest()[:12]
    folder = work / "targets" / f"git-{name}"
    log = work / "targets" / f"git-{name}.log"
    log.unlink(missing_ok=True)
    quiet = {**environment, "GIT_TERMINAL_PROMPT": "0"}
    commands = [["git", "-C", str(folder), "fetch", "--quiet", "--tags", "--force", "origin", revision or "HEAD"]]
    if not (folder / ".git").is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        commands.insert(0, ["git", "clone", "--quiet", "--no-checkout", "--", url, str(folder)])
    commands.append(["git", "-C", str(folder), "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"])
    commands.append(["git", "-C", str(folder), "clean", "-fdxq"])
    for command in commands:
        ended = execute.run(command, cwd=work, environment=quiet, log=log, timeout=600)
        if not ended.ok:
            ended.require_words()
            what = f"{url} at {revision}" if revision else url
            raise UsageError(f"cannot get {what}: {last_words(log)}", hint=f"see {log}")
    return folder


#: pip says this on its way to what is wrong.
_REMARK = "ERROR: Ignored the following"


def last_words(log: Path, limit: int = 500) -> str:
    """The lines of a log that most likely say what went wrong, on one."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "no log was left"
    spoken = [line.strip() for line in lines if line.strip()]
    for index, line in enumerate(spoken):
        if line.lower().startswith(("error", "fatal", "×")) and not line.startswith(_REMARK):
            # Some sentences name the thing on a line of its own.
            rest = [f" {spoken[index + 1]}"] if line.endswith(":") and index + 1 < len(spoken) else []
            words = [line, *(rest or _causes(spoken[index + 1 :]))]
            if _BUILD_FAILED.match(line) and index and not spoken[index - 1].startswith("Building"):
                words.append(f": {spoken[index - 1]}")  # where it is shown as it comes, a build's words stand before
            return "".join(words)[:limit]
    return (spoken or ["it said nothing"])[-1][:limit]


#: How uv and pip begin the lines that say why, and what stands around the words of a build that they show.
_CAUSE = re.compile(r"(cause:|caused by:|[├╰]─+[▶>])\s*", re.IGNORECASE)
_BUILD_FAILED = re.compile(r"error: failed to build\b", re.IGNORECASE)
_BUILD_SAYS = re.compile(r"\[(stderr|stdout|\d+ lines of output)\]")
_BUILD_SAID = re.compile(r"\[end of output\]|hint:|note:")


def _causes(lines: list[str]) -> list[str]:
    """The nearest and the last cause behind an error, and the last word of a build."""
    causes: list[str] = []
    build: list[str] | None = None
    for line in lines:
        if build is not None:
            if _BUILD_SAID.match(line):
                break
            build.append(line)
        elif _BUILD_SAYS.search(line):
            build = []
        elif found := _CAUSE.match(line):
            causes.append(line[found.end() :])
    said = [*causes[:1], *causes[1:][-1:], *(build or [])[-1:]]
    return [f": {text}" for text in said]
