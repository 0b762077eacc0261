"""Whose code a place is in, and its name on any machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .model import Cell, Origin, OriginKind

_SITE = re.compile(r"^(?:.*/)?(?:site|dist)-packages/(?P<inside>.+)$")
_STDLIB = re.compile(
    r"^(?:.*/)?(?:lib(?:64)?/(?:python|pypy)\d(?:\.\d+)?t?|python[^/]*/lib)/(?P<inside>.+)$", re.IGNORECASE
)
# The later version's own modules, where a cell runs as if its Python were that version.
_AS_IF = re.compile(r"^(?:.*/)?as-if/\d[\d.]*-\d[\d.]*/(?P<inside>.+)$")
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|tests?|conftest)\.py$")
_ABSOLUTE = re.compile(r"^(?:/|[A-Za-z]:/)")


def normal_name(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Places:
    """Tells the places of one cell's tracebacks; knows the cell's root, distributions and target."""

    def __init__(self, cell: Cell, target: str | None) -> None:
        self._root = (cell.cwd or "").replace("\\", "/").rstrip("/")
        self._distributions: Mapping[str, str] = {normal_name(name): version for name, version in cell.distributions}
        self._modules = dict(cell.modules)
        self._target = normal_name(target) if target else None

    def locate(self, file: str) -> tuple[str, Origin]:
        """The path without what differs between machines, and whose code it is."""
        path = file.replace("\\", "/")
        if path.startswith("<frozen") or "/forewarn_probe/" in path:
            return path, Origin(kind=OriginKind.STANDARD_LIBRARY if path.startswith("<") else OriginKind.UNKNOWN)
        if self._root and path.startswith(self._root + "/"):
            inside = path[len(self._root) + 1 :]
            # An environment inside the target (.venv, .nox) is not the target's code.
            path = inside
        site = _SITE.match(path)
        if site is not None:
            return site["inside"], self._installed(site["inside"])
        library = _STDLIB.match(path) or _AS_IF.match(path)
        if library is not None:
            return library["inside"], Origin(kind=OriginKind.STANDARD_LIBRARY)
        if _TESTS.search(path):
            return path, Origin(kind=OriginKind.TESTS)
        is_strange = _ABSOLUTE.match(path) or path.startswith("<")
        return path, Origin(kind=OriginKind.UNKNOWN if is_strange else OriginKind.PROJECT)

    def _installed(self, inside: str) -> Origin:
        module = inside.split("/", 1)[0].removesuffix(".py")
        name = self._distribution(module)
        if self._target is not None and self._target in {name, normal_name(module)}:
            return Origin(kind=OriginKind.PROJECT)
        return Origin(kind=OriginKind.DEPENDENCY, distribution=name, version=self._distributions.get(name))

    def _distribution(self, module: str) -> str:
        """The distribution of a top-level module: as recorded, or by the usual names."""
        recorded = self._modules.get(module)
        if recorded is not None:
            return normal_name(recorded)
        plain = normal_name(module).strip("-")
        guesses = (plain, f"python-{plain}", f"py{plain}")
        return next((name for name in guesses if name in self._distributions), plain)
