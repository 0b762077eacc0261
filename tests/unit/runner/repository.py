"""Git repositories for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]


def repository(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.py").write_text("1", encoding="utf-8")
    (folder / ".gitignore").write_text("ignored\n", encoding="utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    return folder
