"""Strict by evidence: running some tests and carrying the others over ends as running all of them does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from suite_runner import Ran, Suites

from runner.environment import Environment
from runner.model import Interpreter

pytestmark = pytest.mark.slow

DEPRECATED = ("error::DeprecationWarning", "error::PendingDeprecationWarning")

LIBRARY = """
import warnings

def old(text="old"):
    warnings.warn(text, DeprecationWarning, stacklevel=2)
    return 1
"""

QUIET = """
def test_before(): pass
def test_quiet(): pass
def test_after(): pass
"""

#: What follows in the order of the run.
BEHIND = tuple(f"test_two.py::test_{name}" for name in ("before", "quiet", "after"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One way in which a warning can matter."""

    files: Mapping[str, str]
    runs: frozenset[str] | None
    """The tests that are run, those of test_one.py by their names; None: all, in one process or two."""
    whole: str = ""
    """What is said of why all are."""
    arguments: tuple[str, ...] = ()
    tool: str = "pytest"
    filters: tuple[str, ...] = DEPRECATED
    started: bool = True


def _suite(body: str, **more: Any) -> Case:
    text = f"import pytest, sys, threading, warnings, gc\nfrom library import old\n{QUIET}{body}"
    files = {"library.py": LIBRARY, "test_one.py": text, "test_two.py": QUIET, **more.pop("files", {})}
    return Case(files=files, runs=more.pop("runs"), **more)


CASES = {
    "nothing warns": _suite("def test_other(): warnings.warn('mind', UserWarning)", runs=frozenset(), started=False),
    "a test warns": _suite("def test_warns(): old()", runs=frozenset({"test_warns"})),
    "swallowed": _suite(
        """
def test_swallows():
    try:
        old()
    except Exception:
        pass
""",
        runs=frozenset({"test_swallows"}),
    ),
    "asked for": _suite(
        """
def test_warns():
    with pytest.warns(DeprecationWarning):
        old()
def test_recwarn(recwarn):
    old()
    assert recwarn
def test_ignored():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old()
""",
        runs=frozenset(),
        started=False,
    ),
    "recorded by the filters that are there": _suite(
        """
def test_records():
    with warnings.catch_warnings(record=True) as found:
        old()
    assert len(found) == 1
""",
        runs=frozenset({"test_records"}),
    ),
    "one place, asked for and not": _suite(
        """
def test_both():
    for quiet in (True, False):
        with warnings.catch_warnings():
            if quiet:
                warnings.simplefilter("ignore")
            old()
""",
        runs=frozenset({"test_both"}),
    ),
    "a filter behind all others": _suite(
        """
def test_appends():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", append=True)
        warnings.filterwarnings("ignore", message="else", append=True)
        old()
""",
        runs=frozenset({"test_appends"}),
    ),
    "a mark ignores it": _suite(
        """
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_marked(): old()
""",
        runs=frozenset({"test_marked"}),
    ),
    "teardown": _suite(
        """
@pytest.fixture
def one():
    yield
    old()
def test_uses(one): pass
""",
        runs=frozenset({"test_uses"}),
    ),
    "set-up of a module's fixture": _suite(
        """
@pytest.fixture(scope="module")
def shared(): return old()
def test_first(shared): pass
def test_between(): pass
def test_second(shared): pass
""",
        runs=frozenset({"test_first", "test_between", "test_second"}),
    ),
    "clean-up of a module's fixture": _suite(
        """
@pytest.fixture(scope="module")
def shared():
    yield
    old()
def test_first(shared): pass
def test_last(): pass
""",
        runs=frozenset({"test_before", "test_quiet", "test_after", "test_first", "test_last"}),
    ),
    "set-up of a class": _suite(
        """
class TestGroup:
    @classmethod
    def setup_class(cls): old()
    def test_one(self): pass
    def test_two(self): pass
def test_outside(): pass
""",
        runs=frozenset({"TestGroup::test_one", "TestGroup::test_two"}),
    ),
    "a session's fixture": _suite(
        """
def test_first(shared): pass
""",
        files={
            "conftest.py": """
import pytest
from library import old

@pytest.fixture(scope="session")
def shared(): return old()
""",
            "test_zero.py": QUIET,
            "test_three.py": "def test_uses(shared): pass\n",
        },
        runs=frozenset({"test_first", "test_three.py::test_uses"}),
        arguments=("test_zero.py", "test_two.py", "test_one.py", "test_three.py"),
    ),
    "clean-up of a session's fixture": _suite(
        "def test_first(shared): pass",
        files={
            "conftest.py": """
import pytest
from library import old

@pytest.fixture(scope="session")
def shared():
    yield
    old()
"""
        },
        runs=None,
        whole="torn down",
    ),
    "a module's import": _suite(
        "",
        files={"test_warning.py": "from library import old\nold()\ndef test_not_collected(): pass\n"},
        runs=frozenset(),
    ),
    "an import that two modules need": _suite(
        "",
        files={
            "helper.py": "from library import old\nold()\nLIMIT = 1\n",
            "test_three.py": "from helper import LIMIT\ndef test_limit(): pass\n",
            "test_four.py": "import helper\ndef test_helper(): pass\n",
        },
        runs=frozenset(),
    ),
    "an import's error is swallowed": _suite(
        "",
        files={
            "helper.py": "from library import old\nold()\n",
            "test_three.py": """
try:
    import helper
except Exception:
    helper = None
def test_helper(): assert helper
""",
        },
        runs=None,
        whole="swallowed",
    ),
    "an import in a test": _suite(
        """
def test_imports():
    import helper
def test_imports_again():
    import helper
""",
        files={"helper.py": "from library import old\nold()\n"},
        runs=frozenset({"test_imports", "test_imports_again", *BEHIND}),
    ),
    "a thread": _suite(
        """
def test_thread():
    thread = threading.Thread(target=old)
    thread.start()
    thread.join()
def test_behind(): pass
""",
        runs=frozenset({"test_thread", "test_behind", *BEHIND}),
    ),
    "the garbage collector": _suite(
        """
class Late:
    def __del__(self): old()
def test_cycle():
    one = Late()
    one.self = one
    del one
    gc.collect()
""",
        runs=None,
        whole="garbage collector",
    ),
    "a child": _suite(
        """
def test_child():
    import subprocess
    subprocess.run([sys.executable, "-c", "from library import old; old()"], check=True)
""",
        runs=frozenset(),
        started=False,
    ),
    "a conftest": _suite(
        "", files={"conftest.py": "import warnings\nwarnings.warn('old', DeprecationWarning)\n"}, runs=frozenset()
    ),
    "a conftest that swallows": _suite(
        "def test_flag(): pass",
        files={
            "conftest.py": """
import warnings
try:
    warnings.warn('old', DeprecationWarning)
except Exception:
    pass
"""
        },
        runs=None,
        whole="swallowed",
    ),
    "an exception of other code": _suite(
        """
def test_wraps():
    try:
        old()
    except DeprecationWarning as error:
        raise RuntimeError("no luck") from error
""",
        runs=frozenset({"test_wraps"}),
    ),
    "needs the test before": _suite(
        """
STATE = []
def test_makes(): STATE.append(1)
def test_needs():
    assert STATE
    with warnings.catch_warnings(record=True):
        old()
""",
        runs=None,
        whole="without the other tests",
    ),
    "made once, with a warning": _suite(
        """
MADE = []
def make():
    if not MADE:
        old()
        MADE.append(1)
def test_makes(): make()
def test_uses(): make()
""",
        runs=None,
        whole="ends otherwise",
    ),
    "warns after the test before": _suite(
        """
STATE = []
def test_makes(): STATE.append(1)
def test_warns():
    if STATE:
        old()
""",
        runs=None,
        whole="did not warn",
    ),
    "xdist": _suite("def test_warns(): old()", runs=None, whole="several processes", arguments=("-n1",)),
    "a filter that the configuration overrules": _suite(
        "def test_warns(): old()",
        files={"pytest.ini": "[pytest]\nfilterwarnings = error\n"},
        filters=("ignore::DeprecationWarning",),
        runs=frozenset({"test_warns"}),
    ),
}

UNITS_BEHIND = ("test_two.Quiet.test_a", "test_two.Quiet.test_b")
UNIT = """
import unittest, warnings
from library import old

class Quiet(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): pass
"""


def _unit(body: str, **more: Any) -> Case:
    files = {"library.py": LIBRARY, "test_one.py": UNIT + body, "test_two.py": UNIT, **more.pop("files", {})}
    return Case(files=files, runs=more.pop("runs"), tool="unittest", arguments=("discover",), **more)


UNITTEST_CASES = {
    "nothing warns": _unit("", runs=frozenset(), started=False),
    "a test warns": _unit(
        """
class Warns(unittest.TestCase):
    def test_c(self): old()
    def test_d(self): pass
""",
        runs=frozenset({"test_one.Warns.test_c", "test_one.Warns.test_d", *UNITS_BEHIND}),
    ),
    "set-up of a class": _unit(
        "",
        files={
            "test_zero.py": UNIT
            + """
class Warns(unittest.TestCase):
    @classmethod
    def setUpClass(cls): old()
    def test_c(self): pass
    def test_d(self): pass
"""
        },
        runs=frozenset(
            f"test_zero.{name}" for name in ("Quiet.test_a", "Quiet.test_b", "Warns.test_c", "Warns.test_d")
        ),
    ),
    "a module's import": _unit(
        "", files={"test_three.py": "from library import old\nold()\n" + UNIT}, runs=frozenset()
    ),
    "an import's error is swallowed": _unit(
        "",
        files={
            "test_three.py": """
from library import old
try:
    old()
    FINE = True
except Exception:
    FINE = False
"""
            + UNIT
        },
        runs=None,
        whole="swallowed",
    ),
    "filters that the suite puts in force": _unit(
        "warnings.simplefilter('error', UserWarning)\nclass Warns(unittest.TestCase):\n"
        "    def test_c(self): warnings.warn('mind')\n",
        runs=frozenset({"test_one.Warns.test_c", *UNITS_BEHIND}),
    ),
    "filters that the suite puts in force, and no warning": _unit(
        "warnings.simplefilter('error', UserWarning)\n", runs=frozenset(), started=False
    ),
    "the same place again": _unit(
        """
class Same(unittest.TestCase):
    def test_c(self): self.warn()
    def test_d(self): self.warn()
    def warn(self): warnings.warn("old", DeprecationWarning)
""",
        runs=frozenset({"test_one.Same.test_c", "test_one.Same.test_d", *UNITS_BEHIND}),
    ),
    "recorded": _unit(
        """
class Records(unittest.TestCase):
    def test_c(self):
        with warnings.catch_warnings(record=True) as found:
            warnings.warn("open", ResourceWarning)
        self.assertEqual(len(found), 1)
""",
        runs=frozenset({"test_one.Records.test_c", *UNITS_BEHIND}),
    ),
    "a suite of its own": _unit(
        """
class Own(unittest.TestSuite):
    pass
def load_tests(loader, tests, pattern):
    return Own(tests)
class Warns(unittest.TestCase):
    def test_c(self): old()
""",
        runs=None,
        whole="way of its own",
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def suites(interpreters: Mapping[str, Interpreter], home: Path, tmp_path: Path) -> Suites:
    return Suites(interpreters, home, tmp_path)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("name", ["3.8", "3.15"])
def test_pytest(suites: Suites, name: str, case: Case) -> None:
    _check(suites, suites.environment(name, "pytest", "pytest-xdist"), case)


@pytest.mark.parametrize("case", UNITTEST_CASES.values(), ids=UNITTEST_CASES)
@pytest.mark.parametrize("name", ["3.8", "3.15"])
def test_unittest(suites: Suites, name: str, case: Case) -> None:
    _check(suites, suites.environment(name), case)


def rows(ran: Ran) -> list[str]:
    return ran.cases if (ran.folder / "junit.xml").is_file() else []


@pytest.mark.parametrize("where", ["at collection", "in a test"])
def test_what_the_compiler_said_long_ago(suites: Suites, where: str) -> None:
    # 3.8: invalid escapes are deprecations there.
    uses = "import helper\n" if where == "at collection" else ""
    body = "def test_uses():\n    import helper\n" + QUIET
    files = {"helper.py": 'TEXT = "\\d"\n', "test_one.py": QUIET, "test_three.py": uses + body, "test_two.py": QUIET}
    environment = suites.environment("3.8", "pytest", "pytest-xdist")
    suites.write(files)
    suites.keep_bytecode()
    suites.run(environment)
    plain = suites.run(environment)
    assert "invalid escape" not in (plain.folder / "warnings.jsonl").read_text(encoding="utf-8")
    full = suites.run(environment, filters=DEPRECATED)
    ran, reduced = suites.run_strict(environment, plain, filters=DEPRECATED)
    assert reduced.outcomes == full.outcomes
    assert rows(reduced) == rows(full)
    assert len(full.of("collection-error")) == len(reduced.of("collection-error")) == (where == "at collection")
    assert ran.proven is not None, ran.whole
    assert ran.proven["run"] == {"at collection": 0, "in a test": 7}[where]


def _check(suites: Suites, environment: Environment, case: Case) -> None:
    suites.write(case.files)
    plain = suites.run(environment, *case.arguments, tool=case.tool)
    full = suites.run(environment, *case.arguments, tool=case.tool, filters=case.filters)
    ran, reduced = suites.run_strict(environment, plain, *case.arguments, tool=case.tool, filters=case.filters)
    assert reduced.outcomes == full.outcomes
    assert rows(reduced) == rows(full)
    assert [event["id"] for event in reduced.of("collection-error")] == [
        event["id"] for event in full.of("collection-error")
    ]
    assert reduced.status == full.status
    assert (case.whole in (ran.whole or "")) if case.whole else ran.whole is None, (ran.whole, plain.status)
    assert ran.started is case.started
    if case.runs is None or not reduced.of("collected"):
        assert ran.proven is None
        return
    needed = [test for event in reduced.of("needed") for test in event["ids"]]
    assert {test.removeprefix("test_one.py::") for test in needed} == case.runs
    run = len(needed) + sum(len(event["controls"]) for event in reduced.of("needed"))
    kept = len(reduced.of("collected")[0]["ids"]) - run
    assert ran.proven == {"by": "plain", "tests": kept, "run": run}
