"""Whose the files are, by the target's CODEOWNERS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .texts import one_line

#: Rules that are read, stars of one of them, and questions asked: the file may be made by anybody to take forever.
_MOST = 2_000
_MOST_STARS = 4
_MOST_ASKED = 2_000_000
_LONGEST_PATH = 400


def find_owners(codeowners: str, files: Iterable[str]) -> Mapping[str, str]:
    """File → its owners as they stand in CODEOWNERS, for those that have some. The last rule that fits counts.

    Args:
        codeowners: the text of the file; sections of GitLab's form are read as rules of their own.
        files: paths relative to the target, with forward slashes.
    """
    if not codeowners.strip():
        return {}
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - only where there is such a file

    rules = []
    for line in codeowners.splitlines()[:_MOST]:
        words = line.partition("#")[0].split()
        if words and not words[0].startswith(("[", "^", "!")) and _is_plausible(words[0]):
            rules.append((GitIgnoreSpec.from_lines([words[0]]), " ".join(one_line(word, 60) for word in words[1:])))
    found = {}
    wanted = sorted(file for file in set(files) if len(file) <= _LONGEST_PATH)
    for file in wanted[: _MOST_ASKED // max(1, len(rules))]:
        owner = next((owner for spec, owner in reversed(rules) if spec.match_file(file)), "")
        if owner:
            found[file] = owner
    return found


def _is_plausible(pattern: str) -> bool:
    """Whether a person may have written it; two stars together count as one."""
    return len(pattern) <= _LONGEST_PATH and pattern.replace("**", "*").count("*") <= _MOST_STARS
