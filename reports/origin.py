"""Whose code a place is in, and its name on any machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .model import Cell, Origin, OriginKind

_SITE = re.compile(r"^(?:.*/)?(?:site|dist)-packages/(?P<inside>.+)$")
_STDLIB = re.compile(
    r"^(?:.*/)?(?:lib(?:64)?/(?:python|pypy)\d(?:\.\d+)?t?|python[^/]*/lib)/(?P<inside>.+)$", re.IGNORECASE
)
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
        self._target = normal_name(target) if target else None

    def locate(self, file: str) -> tuple[str, Origin]:
        """The path without what differs between machines, and whose code it is."""
        path = file.replace("\\", "/")
        if path.startswith("<frozen"):
            return path, Origin(kind=OriginKind.STANDARD_LIBRARY)
        if self._root and path.startswith(self._root + "/"):
            inside = path[len(self._root) + 1 :]
            # An environment inside the target (.venv, .nox) is not the target's code.
            path = inside
        site = _SITE.match(path)
        if site is not None:
            return site["inside"], self._installed(site["inside"])
        library = _STDLIB.match(path)
        if library is not None:
            return library["inside"], Origin(kind=OriginKind.STANDARD_LIBRARY)
        if _TESTS.search(path):
            return path, Origin(kind=OriginKind.TESTS)
        if _ABSOLUTE.match(path) or path.startswith("<"):
            return path, Origin(kind=OriginKind.UNKNOWN)
        return path, Origin(kind=OriginKind.PROJECT)

    def _installed(self, inside: str) -> Origin:
        top = normal_name(inside.split("/", 1)[0].removesuffix(".py"))
        if top == self._target:
            return Origin(kind=OriginKind.PROJECT)
        name = self._distribution(top)
        return Origin(
            kind=OriginKind.DEPENDENCY,
            distribution=name or top.strip("-"),
            version=self._distributions.get(name) if name else None,
        )

    def _distribution(self, top: str) -> str | None:
        """The distribution that a top-level module belongs to, by its usual names."""
        stripped = top.strip("-")
        for name in (top, stripped, f"python-{stripped}", f"py{stripped}", *_ODD_NAMES.get(stripped, ())):
            if name in self._distributions:
                return name
        return None


# Modules whose distribution is called otherwise, where a suite's tracebacks often end.
_ODD_NAMES: Mapping[str, tuple[str, ...]] = {
    "pytest": ("pytest",),
    "yaml": ("pyyaml",),
    "attr": ("attrs",),
    "dateutil": ("python-dateutil",),
    "pil": ("pillow",),
    "bs4": ("beautifulsoup4",),
    "pkg-resources": ("setuptools",),
    "sklearn": ("scikit-learn",),
    "google": ("protobuf",),
}
