"""Which rows of JUnit files are the same test: pytest's node ids, rebuilt where nobody wrote them down."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .model import TestInfo

# What pytest's junitxml plugin makes visible because XML cannot hold it.
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# xmlrunner (and pytest-subtests) write a failed subtest as a row of its own: "test_sub (i=1)".
_SUBTEST = re.compile(r"^(?P<name>[^\W\d]\w*) (?:\[[^\]]*\] )?(?:\(.*\)|\[.*\])$", re.DOTALL)


def escape_as_pytest(text: str) -> str:
    """The text as pytest writes it to XML: an escape character becomes ``#x1B``."""
    return _ILLEGAL_IN_XML.sub(lambda match: _visible(ord(match[0])), text)


def _visible(code: int) -> str:
    return f"#x{code:02X}" if code <= 0xFF else f"#x{code:04X}"


def junit_names(node_id: str) -> tuple[str, str]:
    """The ``classname`` and ``name`` that pytest's junitxml plugin gives to a node id."""
    path, separator, rest = node_id.partition("::")
    dotted = re.sub(r"\.py$", "", path.replace("/", "."))
    if not separator:
        return "", escape_as_pytest(dotted)
    names, bracket, params = rest.partition("[")
    parts = [dotted, *names.split("::")]
    return ".".join(parts[:-1]), escape_as_pytest(parts[-1] + bracket + params)


def unittest_names(test_id: str) -> tuple[str, str]:
    """The ``classname`` and ``name`` of a unittest id such as ``module.Class.test`` or ``module.Class.test (2)``."""
    stem = test_id.split("(", 1)[0].rstrip()
    classname = stem.rpartition(".")[0]
    return classname, escape_as_pytest(test_id[len(classname) + 1 :] if classname else test_id)


def dotted_address(test_id: str) -> str:
    """A node id, path, module or unittest id as one dotted name without parameters: what lies beneath what."""
    path, _, rest = test_id.partition("::")
    names = rest.partition("[")[0]
    path = re.sub(r"(^|/)(__init__|conftest)\.py$", "", path)
    path = re.sub(r"\.py$", "", path).replace("/", ".").strip(".")
    return ".".join(part for part in (path, names.replace("::", ".")) if part)


def ancestors(address: str) -> Iterable[str]:
    """The address and everything it lies beneath, nearest first; the empty address is the root."""
    while address:
        yield address
        address = address.rpartition(".")[0]
    yield ""


class Identifier:
    """Gives each (classname, name) of JUnit the id of its test, the same in every cell.

    Ids that a probe recorded come first; rows that no probe knows get an id from what JUnit tells.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
        """(classname, name) of JUnit → the ids and paths of the tests that have it."""
        self._modules: dict[str, str] = {}
        self._known_modules = 0
        self._stems: dict[tuple[str, str | None], str] = {}
        self.tests: dict[str, TestInfo] = {}
        """Every test that was ever identified, in the order of first sight."""

    def learn(self, test_id: str, tool: str) -> str:
        """Take an id from a probe; returns the one copy of it that is kept."""
        known = self.tests.get(test_id)
        if known is not None:
            return known.id
        names = unittest_names(test_id) if tool == "unittest" else junit_names(test_id)
        path = test_id.partition("::")[0] if tool == "pytest" else None
        if path is not None and path.endswith(".py"):
            self._modules.setdefault(path[:-3].replace("/", "."), path)
        self.known.setdefault(names, []).append((test_id, path))
        self.tests[test_id] = TestInfo(id=test_id, classname=names[0], name=names[1], file=path)
        return test_id

    def place(self, test_id: str, file: str | None, line: int | None) -> None:
        """Note where a test is defined, unless something said so before."""
        known = self.tests.get(test_id)
        if known is not None and known.line is None and line is not None:
            self.tests[test_id] = TestInfo(
                id=known.id, classname=known.classname, name=known.name, file=file or known.file, line=line
            )

    def identify(self, classname: str, name: str, file: str | None) -> str:
        """The id of the test that a JUnit row is about."""
        candidates = self.known.get((classname, name))
        if candidates is None:
            return self._add(classname, name, file)
        if len(candidates) == 1 and (file is None or candidates[0][1] is None or candidates[0][1] == file):
            return candidates[0][0]
        return self._choose(classname, name, file, candidates)

    def fold_subtest(self, classname: str, name: str) -> str | None:
        """The name of the test whose failed subtest this row is, if that is what it is."""
        if (classname, name) in self.known or not name.endswith((")", "]")):
            return None
        match = _SUBTEST.match(name)
        return match["name"] if match else None

    def _choose(self, classname: str, name: str, file: str | None, candidates: list[tuple[str, str | None]]) -> str:
        for test_id, path in candidates:
            if path == file:
                return test_id
        # A method inherited from another file: the row names the file of the code, the id that of the class.
        own = [test_id for test_id, path in candidates if path is not None and _is_module_of(path, classname)]
        return own[0] if own else self._add(classname, name, file)

    def _add(self, classname: str, name: str, file: str | None) -> str:
        test_id = self._rebuild(classname, name, file)
        known = self.tests.get(test_id)
        if known is not None and file and known.file not in {None, file} and not file.endswith(".py"):
            test_id = f"{file}::{test_id}"  # other tools reuse a class name in several files
            known = self.tests.get(test_id)
        if known is not None:
            test_id = known.id
        else:
            self.tests[test_id] = TestInfo(id=test_id, classname=classname, name=name, file=file)
        path = test_id.partition("::")[0] if ".py::" in test_id else file
        self.known.setdefault((classname, name), []).append((test_id, path))
        return test_id

    def _rebuild(self, classname: str, name: str, file: str | None) -> str:
        """A node id from what the xunit1 family tells, or ``classname::name``."""
        if not name:
            return self._rebuilt(classname, name, file)
        # All tests of a class differ in the last part alone, until a further module is known.
        if len(self._modules) != self._known_modules:
            self._stems.clear()
        stem = self._stems.get((classname, file))
        if stem is None:
            stem = self._rebuilt(classname, "\0", file).removesuffix("\0")
            self._stems[classname, file] = stem
            self._known_modules = len(self._modules)
        return stem + name

    def _rebuilt(self, classname: str, name: str, file: str | None) -> str:
        if file is not None and file.endswith(".py"):
            file = file.replace("\\", "/")
            module = file[:-3].replace("/", ".")
            if _is_module_of(file, classname):
                self._modules.setdefault(module, file)
                inner = classname[len(module) + 1 :].replace(".", "::")
                return "::".join(part for part in (file, inner, name) if part)
        for prefix in ancestors(classname):
            path = self._modules.get(prefix)
            if path is not None:
                inner = classname[len(prefix) + 1 :].replace(".", "::")
                return "::".join(part for part in (path, inner, name) if part)
        return f"{classname}::{name}" if classname else name


def _is_module_of(path: str, classname: str) -> bool:
    module = re.sub(r"\.py$", "", path).replace("/", ".")
    return classname == module or classname.startswith(module + ".")
