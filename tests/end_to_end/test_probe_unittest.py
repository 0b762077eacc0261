"""unittest run by the probe, on real interpreters: what it writes, and that it is unittest's own run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from suite_runner import Ran, Suites

from runner.environment import Environment
from runner.model import Interpreter
from runner.traces import read_records

pytestmark = pytest.mark.slow

PYTHONS = ["3.8", "3.12", "3.15"]

OUTCOMES = """
import asyncio, os, shutil, sys, tempfile, unittest, warnings

class Plain(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.assertEqual(1, 2)
    def test_raises(self): raise RuntimeError("x\\x1b[31m \\ud800")
    @unittest.skip("no <b>")
    def test_skipped(self): pass
    def test_skips_itself(self): self.skipTest("late")
    @unittest.expectedFailure
    def test_xfails(self): self.fail("known")
    @unittest.expectedFailure
    def test_xpasses(self): pass
    def test_warns(self):
        with self.assertWarns(DeprecationWarning):
            warnings.warn("old", DeprecationWarning)

class Fixtures(unittest.TestCase):
    def setUp(self):
        if "set_up" in self.id(): raise ValueError("set up")
    def tearDown(self):
        if "tear_down" in self.id(): raise ValueError("tear down")
    def test_set_up(self): pass
    def test_tear_down(self): pass
    def test_fails_and_tear_down(self): self.fail("first")
    def test_cleanup(self): self.addCleanup(lambda: 1 / 0)

class SubTests(unittest.TestCase):
    def test_passes(self):
        for i in range(3):
            with self.subTest(i=i): pass
    def test_one_fails(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(i, 1)
    def test_one_raises_one_fails(self):
        for i in range(3):
            with self.subTest(i=i):
                if i == 0: raise ValueError
                self.assertNotEqual(i, 1)
    def test_one_skips(self):
        for i in range(3):
            with self.subTest(i=i):
                if i == 1: self.skipTest("i")

class SetUpClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError("no database")
    def test_1(self): pass
    def test_2(self): pass

class TearDownClass(unittest.TestCase):
    @classmethod
    def tearDownClass(cls): raise ValueError("still in use")
    def test_1(self): pass

class SkippedByFixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise unittest.SkipTest("no database")
    def test_1(self): pass

@unittest.skip("not here")
class SkippedClass(unittest.TestCase):
    def test_1(self): pass

class Async(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self): self.value = 1
    async def test_awaits(self):
        await asyncio.sleep(0)
        self.assertEqual(self.value, 1)
    async def test_fails(self): self.assertEqual(self.value, 2)

class Names(unittest.TestCase):
    def test_doc(self):
        '''Some words instead of a name.'''
    def id(self): return super().id() + " <&\\"\\u65e5\\n>"

class Strange(unittest.TestCase):
    def __getattr__(self, name):
        if name == "test_made_up": return lambda: None
        raise AttributeError(name)

class ZLeavesTheFolder(unittest.TestCase):
    def test_1(self):
        folder = tempfile.mkdtemp()
        os.chdir(folder)
        shutil.rmtree(folder)
    def test_2(self): pass

def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite()
    suite.addTests(tests)
    suite.addTest(Strange("test_made_up"))
    suite.addTest(unittest.FunctionTestCase(len_of_argv))
    again = unittest.TestSuite([Plain("test_passes"), Plain("test_fails")])
    suite.addTest(again)
    return suite

def len_of_argv():
    assert sys.argv[0].endswith("-m unittest"), sys.argv
"""
SUITE = {
    "tests/__init__.py": "",
    "tests/test_a.py": OUTCOMES,
    "tests/test_fixture.py": "import unittest\ndef setUpModule(): raise KeyError('module')\n"
    "class A(unittest.TestCase):\n    def test_1(self): pass\n",
    "tests/test_imports.py": "import no_such_module\n",
    "tests/test_skips.py": "import unittest\nraise unittest.SkipTest('no')\n",
}
A = "tests.test_a."
EXPECTED = {
    f"{A}Plain.test_passes": "passed",
    f"{A}Plain.test_passes (2)": "passed",
    f"{A}Plain.test_fails": "failed",
    f"{A}Plain.test_fails (2)": "failed",
    f"{A}Plain.test_raises": "error",
    f"{A}Plain.test_skipped": "skipped",
    f"{A}Plain.test_skips_itself": "skipped",
    f"{A}Plain.test_xfails": "xfailed",
    f"{A}Plain.test_xpasses": "failed",
    f"{A}Plain.test_warns": "passed",
    f"{A}Fixtures.test_set_up": "error",
    f"{A}Fixtures.test_tear_down": "error",
    f"{A}Fixtures.test_fails_and_tear_down": "failed",
    f"{A}Fixtures.test_cleanup": "error",
    f"{A}SubTests.test_passes": "passed",
    f"{A}SubTests.test_one_fails": "failed",
    f"{A}SubTests.test_one_raises_one_fails": "failed",
    f"{A}SubTests.test_one_skips": "skipped",
    f"{A}TearDownClass.test_1": "passed",
    f"{A}SkippedClass.test_1": "skipped",
    f"{A}Async.test_awaits": "passed",
    f"{A}Async.test_fails": "failed",
    f'{A}Names.test_doc <&"日\n>': "passed",
    f"{A}Strange.test_made_up": "passed",
    f"{A}ZLeavesTheFolder.test_1": "passed",
    f"{A}ZLeavesTheFolder.test_2": "passed",
    "len_of_argv": "passed",
}
DISCOVER = ("discover", "-s", "tests", "-t", ".")


@pytest.fixture
def suites(interpreters: Mapping[str, Interpreter], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Suites:
    return Suites(interpreters, tmp_path_factory.getbasetemp() / "environments", tmp_path)


@pytest.fixture(params=PYTHONS)
def environment(suites: Suites, request: pytest.FixtureRequest) -> Environment:
    return suites.environment(request.param)


def said(ran: Ran) -> str:
    """All that unittest said, without the times."""
    text = re.sub(r"\b[0-9]+\.[0-9]+s\b", "0s", ran.output)
    return re.sub(r"0x[0-9a-f]+", "0x0", text)


def test_every_outcome_and_event(suites: Suites, environment: Environment) -> None:
    suites.write(SUITE)
    ran = suites.run(environment, *DISCOVER, tool="unittest")
    assert ran.outcomes == EXPECTED
    assert ran.status == ("complete", None)
    assert ran.ended.exit_status == 1
    events = ran.events
    assert [events[0]["event"], events[1]["event"], events[-1]["event"]] == ["session", "collected", "finish"]
    assert (events[0]["format"], events[0]["tool"]) == (1, "unittest")
    assert events[-1]["exit_status"] == 1
    errors = {record["id"]: record["message"] for record in ran.of("collection-error")}
    assert sorted(errors) == ["tests.test_a.SetUpClass", "tests.test_fixture", "tests.test_imports"]
    assert "no_such_module" in errors["tests.test_imports"]
    assert errors["tests.test_a.SetUpClass"] == "ValueError: no database"
    assert {record["id"]: record["message"] for record in ran.of("collection-skip")} == {
        "tests.test_a.SkippedByFixture": "no database",
        "tests.test_skips": "no",
    }
    ends = {record["id"]: record for record in ran.of("end")}
    failed = ends[f"{A}Plain.test_fails"]
    assert failed["message"] == "AssertionError: 1 != 2"
    assert failed["file"] == "tests/test_a.py"
    assert "def test_fails" in OUTCOMES.splitlines()[failed["line"] - 1]
    assert ends[f"{A}ZLeavesTheFolder.test_2"]["file"] == "tests/test_a.py"


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        pytest.param(("-v",), (), id="verbose"),
        pytest.param(("-f",), (), id="failfast"),
        pytest.param(("-v",), ("error",), id="warnings are errors"),
    ],
)
def test_the_suite_does_not_notice(
    suites: Suites, environment: Environment, words: tuple[str, ...], filters: tuple[str, ...]
) -> None:
    """The whole text that unittest prints is the same: counts, order, tracebacks, warnings."""
    suites.write(SUITE)
    plain = suites.run(environment, *DISCOVER, *words, tool="unittest", filters=filters, probe=False)
    probed = suites.run(environment, *DISCOVER, *words, tool="unittest", filters=filters)
    assert said(probed) == said(plain)
    assert probed.ended.exit_status == plain.ended.exit_status


def test_junit_tells_the_same(suites: Suites, environment: Environment) -> None:
    suites.write(SUITE)
    ran = suites.run(environment, *DISCOVER, tool="unittest")
    rows = [row.split(" ")[-1] for row in ran.cases]
    assert sum(row.startswith("failure:") for row in rows) == list(EXPECTED.values()).count("failed")
    assert rows.count("skipped:pytest.xfail") == 1
    assert ran.traces.junit is None
    assert any("tearDownClass" in row for row in ran.cases)


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        pytest.param(("test_none",), "failed-to-start", "no test was collected", id="no test in it"),
        pytest.param(("no_such_module",), "complete", None, id="named module that is not there"),
        pytest.param(("--no-such-option",), "failed-to-start", "before any test ran", id="no such option"),
    ],
)
def test_nothing_to_run(
    suites: Suites, environment: Environment, words: tuple[str, ...], status: str, reason: str | None
) -> None:
    suites.write({"test_none.py": ""})
    plain = suites.run(environment, *words, tool="unittest", probe=False)
    ran = suites.run(environment, *words, tool="unittest")
    assert (said(ran), ran.ended.exit_status) == (said(plain), plain.ended.exit_status)
    assert ran.status[0] == status
    assert (ran.status[1] is None) if reason is None else (reason in str(ran.status[1]))


@pytest.mark.parametrize(
    ("last", "status", "reason"),
    [
        pytest.param("os._exit(0)", "truncated", "did not come to its end (exit status 0)", id="os._exit(0)"),
        pytest.param("faulthandler._sigsegv()", "crashed", "SIGSEGV", id="segfault"),
    ],
)
def test_a_process_that_does_not_end_by_itself(
    suites: Suites, environment: Environment, last: str, status: str, reason: str
) -> None:
    suites.write(
        {
            "test_a.py": "import faulthandler, os, unittest\nclass A(unittest.TestCase):\n    def test_1(self): pass\n"
            f"    def test_2(self): {last}\n    def test_3(self): pass\n"
        }
    )
    ran = suites.run(environment, "test_a", tool="unittest")
    assert ran.outcomes == {"test_a.A.test_1": "passed"}
    assert ran.status[0] == status
    assert reason in str(ran.status[1])
    assert "while test_a.A.test_2 was running" in str(ran.status[1])
    if status == "crashed":
        assert "in test_2" in ran.output


def test_a_test_that_hangs_fails_and_the_suite_goes_on(suites: Suites, environment: Environment) -> None:
    suites.write(
        {
            "test_a.py": "import time, unittest\nclass A(unittest.TestCase):\n    def test_1(self): pass\n"
            "    def test_2(self): time.sleep(600)\n    def test_3(self): pass\n"
        }
    )
    ran = suites.run(environment, "test_a", tool="unittest", limit=0.3)
    assert ran.outcomes == {"test_a.A.test_1": "passed", "test_a.A.test_2": "error", "test_a.A.test_3": "passed"}
    assert "test took longer than the limit of 0.3 s (limits.test)" in ran.output
    assert "in test_2" in ran.output
    assert ran.status == ("complete", None)


WARNS = """
import unittest, warnings
import legacy

class A(unittest.TestCase):
    def test_builtin(self): warnings.warn("x", DeprecationWarning)
    def test_pending(self): warnings.warn("x", PendingDeprecationWarning)
    def test_dotted(self): warnings.warn("x", legacy.OldWarning)
    def test_other(self): warnings.warn("x", UserWarning)
"""


@pytest.mark.parametrize(
    ("filters", "failing"),
    [
        pytest.param((), set(), id="none"),
        pytest.param(("error::DeprecationWarning",), {"builtin", "dotted"}, id="builtin"),
        pytest.param(("error::legacy.OldWarning",), {"dotted"}, id="dotted"),
        pytest.param(
            ("error::legacy.OldWarning", "error::PendingDeprecationWarning"), {"dotted", "pending"}, id="both"
        ),
        pytest.param(("error::DeprecationWarning", "ignore::legacy.OldWarning"), {"builtin"}, id="a dotted exception"),
        pytest.param(("error::legacy.OldWarning", "ignore::DeprecationWarning"), set(), id="the last one wins"),
    ],
)
def test_filters_apply(suites: Suites, environment: Environment, filters: tuple[str, ...], failing: set[str]) -> None:
    suites.write({"test_a.py": WARNS, "legacy.py": "class OldWarning(DeprecationWarning): pass\n"})
    ran = suites.run(environment, "test_a", tool="unittest", filters=filters)
    found = {name.rpartition("_")[2] for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert found == failing
    assert len(ran.outcomes) == 4
    seen = list(read_records(ran.folder / "warnings.jsonl"))
    assert [record["test"] for record in seen] == sorted(ran.outcomes)
