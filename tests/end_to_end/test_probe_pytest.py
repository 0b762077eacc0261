"""The probe inside real pytests, old and new: what it writes, and that it is not noticed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from suite_runner import Ran, Suites

from runner.environment import Environment
from runner.model import Interpreter

pytestmark = pytest.mark.slow

OLD = ("3.8", "pytest==7.4.4", "pytest-rerunfailures==13.0", "pytest-xdist==3.5.0", "pytest-timeout==2.3.1")
NEW = ("pytest>=9", "pytest-rerunfailures", "pytest-xdist", "pytest-timeout")
TOOLS = [
    pytest.param(OLD, id="pytest 7.4 on 3.8"),
    pytest.param(("3.12", *NEW), id="newest on 3.12"),
    pytest.param(("3.15", *NEW), id="newest on 3.15"),
]

OUTCOMES = """
import os, pytest, unittest

tries = [0]

def test_passes(): pass

def test_fails(): assert 1 == 2, "told\\nin two lines"

@pytest.mark.xfail
def test_xfails(): assert 0
@pytest.mark.xfail
def test_xpasses(): pass
@pytest.mark.xfail(strict=True)
def test_xpasses_strictly(): pass
@pytest.mark.xfail(raises=KeyError)
def test_xfails_for_another_reason(): assert 0
@pytest.mark.skip(reason="of \\u65e5")
def test_skipped(): pass
def test_skips_itself(): pytest.skip("late")

@pytest.fixture
def bad_setup(): raise ValueError("setup")
@pytest.fixture
def bad_teardown():
    yield
    raise ValueError("teardown")
@pytest.fixture
def skips(): pytest.skip("fixture")

def test_setup(bad_setup): pass
@pytest.mark.xfail
def test_setup_xfails(bad_setup): pass
def test_teardown(bad_teardown): pass
def test_fails_and_teardown(bad_teardown): assert 0
def test_fixture_skips(skips): pass

@pytest.mark.flaky(reruns=2)
def test_passes_at_last():
    tries[0] += 1
    assert tries[0] > 2
@pytest.mark.flaky(reruns=1)
def test_never_passes(): assert 0

@pytest.mark.parametrize("x", ["a/b::c", "]", "[x]", "\\u65e5", "\\x1b[0m", "<&\\"'|`@x", "a b", "\\n", "\\ud800"])
def test_any_character(x): pass

class TestOuter:
    class TestInner:
        def test_nested(self): pass

class TestCase(unittest.TestCase):
    def test_subtests(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
    @unittest.expectedFailure
    def test_xpasses(self): pass

class TestSetUpClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError("no database")
    def test_1(self): pass
    def test_2(self): pass

def test_left_out(): pass
"""

#: Suites like to look at and change what the probe uses as well.
NOSY = """
import faulthandler, os, shutil, signal, sys, warnings, pytest

def old(): warnings.warn("old", DeprecationWarning, stacklevel=2)

def test_warns():
    with pytest.warns(DeprecationWarning) as seen:
        old()
    assert len(seen) == 1

def test_recwarn(recwarn):
    old()
    assert [str(one.message) for one in recwarn] == ["old"]

@pytest.mark.filterwarnings("error")
def test_warning_is_an_error():
    with pytest.raises(DeprecationWarning):
        old()

def test_filters_are_a_list():
    assert isinstance(warnings.filters, list)
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            old()

def test_alarm():
    before = signal.getsignal(signal.SIGALRM)
    assert before is signal.SIG_DFL
    seen = []
    signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    signal.signal(signal.SIGALRM, before)
    assert seen

def test_output(capfd):
    os.write(2, b"x")
    assert capfd.readouterr() == ("", "x")

def test_inner_run(pytester):
    pytester.makepyfile("def test_inner(): assert 0")
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(failed=1)

def test_no_folder(tmp_path):
    os.chdir(str(tmp_path))
    shutil.rmtree(str(tmp_path))

def test_in_no_folder(): pass
"""

SUITE = {
    "conftest.py": "pytest_plugins = ['pytester']\n",
    "tests/test_a.py": OUTCOMES,
    "tests/test_imports.py": "import no_such_module\ndef test_x(): pass\n",
    "tests/test_skips.py": "import pytest\npytest.importorskip('no_such_module')\ndef test_x(): pass\n",
    "tests/test_z.py": NOSY,
}
SUBTESTS = """
def test_some(subtests):
    for i in range(3):
        with subtests.test(i=i):
            assert i != 1
def test_all(subtests):
    with subtests.test("good"):
        pass
"""
WORDS = ("tests", "-k", "not left_out")
A = "tests/test_a.py::"
EXPECTED = {
    f"{A}test_passes": "passed",
    f"{A}test_fails": "failed",
    f"{A}test_xfails": "xfailed",
    f"{A}test_xpasses": "xpassed",
    f"{A}test_xpasses_strictly": "failed",
    f"{A}test_xfails_for_another_reason": "failed",
    f"{A}test_skipped": "skipped",
    f"{A}test_skips_itself": "skipped",
    f"{A}test_setup": "error",
    f"{A}test_setup_xfails": "xfailed",
    f"{A}test_teardown": "error",
    f"{A}test_fails_and_teardown": "failed",
    f"{A}test_fixture_skips": "skipped",
    f"{A}test_passes_at_last": "rerun rerun passed",
    f"{A}test_never_passes": "rerun failed",
    f"{A}TestOuter::TestInner::test_nested": "passed",
    f"{A}TestCase::test_subtests": "failed",
    f"{A}TestCase::test_xpasses": "failed",
    f"{A}TestSetUpClass::test_1": "error",
    f"{A}TestSetUpClass::test_2": "error",
}


@pytest.fixture
def suites(interpreters: Mapping[str, Interpreter], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Suites:
    return Suites(interpreters, tmp_path_factory.getbasetemp() / "environments", tmp_path)


@pytest.fixture(params=TOOLS)
def environment(suites: Suites, request: pytest.FixtureRequest) -> Environment:
    return suites.environment(*request.param)


@pytest.fixture(params=[TOOLS[0], TOOLS[-1]])
def extreme(suites: Suites, request: pytest.FixtureRequest) -> Environment:
    """The oldest and the newest only, where nothing between them is likely to differ."""
    return suites.environment(*request.param)


def check_outcomes(ran: Ran) -> None:
    found = ran.outcomes
    several = {test: outcome for test, outcome in found.items() if "test_any_character" in test}
    assert len(several) == 9
    assert set(several.values()) == {"passed"}
    nosy = {test: outcome for test, outcome in found.items() if test.startswith("tests/test_z.py")}
    assert len(nosy) == 9
    assert set(nosy.values()) == {"passed"}
    assert {test: outcome for test, outcome in found.items() if test not in several.keys() | nosy.keys()} == EXPECTED


def test_every_outcome_and_event(suites: Suites, environment: Environment) -> None:
    suites.write(SUITE)
    ran = suites.run(environment, *WORDS)
    check_outcomes(ran)
    assert ran.status == ("complete", None)
    assert ran.ended.exit_status == 1
    events = ran.events
    assert [events[0]["event"], events[-1]["event"]] == ["session", "finish"]
    assert (events[0]["format"], events[0]["tool"]) == (1, "pytest")
    assert events[0]["tool_version"] == environment.distributions["pytest"]
    assert events[-1]["exit_status"] == 1
    (collected,) = ran.of("collected")
    assert set(collected["ids"]) == set(ran.outcomes)
    assert collected["deselected"] == 1
    (error,) = ran.of("collection-error")
    assert error["id"] == "tests/test_imports.py"
    assert "no_such_module" in error["message"]
    (skip,) = ran.of("collection-skip")
    assert skip["id"] == "tests/test_skips.py"
    ends = {record["id"]: record for record in ran.of("end")}
    failed = ends[f"{A}test_fails"]
    assert failed["file"] == "tests/test_a.py"
    assert OUTCOMES.splitlines()[failed["line"] - 1].startswith("def test_fails")
    assert failed["message"].startswith("AssertionError: told")
    assert "message" not in ends[f"{A}test_passes"]
    begun = [record["id"] for record in ran.of("begin")]
    assert list(dict.fromkeys(begun)) == collected["ids"]


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        pytest.param((), (), id="one process"),
        pytest.param((), ("error",), id="warnings are errors"),
        pytest.param(("-n", "2"), (), id="xdist"),
    ],
)
def test_the_suite_does_not_notice(
    suites: Suites, environment: Environment, words: tuple[str, ...], filters: tuple[str, ...]
) -> None:
    suites.write(SUITE)
    plain = suites.run(environment, *WORDS, *words, filters=filters, probe=False)
    probed = suites.run(environment, *WORDS, *words, filters=filters)
    assert probed.cases == plain.cases
    assert probed.ended.exit_status == plain.ended.exit_status
    assert not (plain.folder / "tests.jsonl").exists()
    if words:
        check_outcomes(probed)
        assert probed.status == ("complete", None)


FAILING = """
def helper():
    raise ValueError("told")

def test_fails():
    # a comment that only pytest shows
    helper()
"""

#: As exceptiongroup 1.1 does on Python 3.14: what pytest's native style calls fails.
UNABLE = """
import traceback

def unable(self, *, chain=True):
    raise TypeError("no")

traceback.TracebackException.format = unable
"""


@pytest.mark.parametrize("words", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_failures_are_told_briefly_where_warnings_are_errors(
    suites: Suites, environment: Environment, words: tuple[str, ...]
) -> None:
    suites.write({"tests/test_a.py": FAILING})
    plain, strict = (suites.run(environment, "tests", *words, filters=filters) for filters in ((), ("error",)))
    assert plain.cases == strict.cases
    for ran, brief in ((plain, False), (strict, True)):
        assert ("a comment that only pytest shows" in ran.output) is not brief
        assert ("Traceback (most recent call last)" in ran.output) is brief
        [end] = ran.of("end")
        assert end["message"] == "ValueError: told"


def test_failures_that_python_cannot_show_are_told_as_ever(suites: Suites, environment: Environment) -> None:
    suites.write({"tests/conftest.py": UNABLE, "tests/test_a.py": FAILING})
    ran = suites.run(environment, "tests", filters=("error",))
    assert ran.status == ("complete", None)
    assert ran.outcomes == {"tests/test_a.py::test_fails": "failed"}
    assert "a comment that only pytest shows" in ran.output


@pytest.mark.parametrize("python", ["3.12", "3.15"])
def test_subtests(suites: Suites, python: str) -> None:
    environment = suites.environment(python, *NEW)
    suites.write({"tests/test_sub.py": SUBTESTS})
    ran, plain = suites.run(environment, "tests"), suites.run(environment, "tests", probe=False)
    assert ran.outcomes == {"tests/test_sub.py::test_some": "failed", "tests/test_sub.py::test_all": "passed"}
    assert (ran.cases, ran.ended.exit_status) == (plain.cases, plain.ended.exit_status)


def test_only_skipped_modules_are_a_complete_suite(suites: Suites, extreme: Environment) -> None:
    suites.write({"tests/test_skips.py": SUITE["tests/test_skips.py"]})
    ran = suites.run(extreme, "tests")
    assert ran.ended.exit_status == 5
    assert ran.status == ("complete", None)


def test_no_test_at_all_is_no_suite(suites: Suites, extreme: Environment) -> None:
    suites.write({"tests/test_empty.py": ""})
    assert suites.run(extreme, "tests").status == ("failed-to-start", "no test was collected")


def test_a_conftest_that_does_not_import(suites: Suites, extreme: Environment) -> None:
    suites.write({"tests/conftest.py": "import no_such_module\n", "tests/test_a.py": "def test_x(): pass\n"})
    ran = suites.run(extreme, "tests")
    assert ran.status[0] == "failed-to-start"
    (error,) = ran.of("collection-error")
    assert error["id"] == "tests/conftest.py"
    assert "no_such_module" in error["message"]


@pytest.mark.parametrize(
    ("last", "status", "reason"),
    [
        pytest.param(
            "import os; os._exit(0)", "truncated", "did not come to its end (exit status 0)", id="os._exit(0)"
        ),
        pytest.param("import faulthandler; faulthandler._sigsegv()", "crashed", "SIGSEGV", id="segfault"),
        pytest.param("import pytest; pytest.exit('enough')", "truncated", "have no result", id="pytest.exit"),
        pytest.param("raise KeyboardInterrupt", "truncated", "have no result", id="interrupt"),
    ],
)
def test_a_process_that_does_not_end_by_itself(
    suites: Suites, extreme: Environment, last: str, status: str, reason: str
) -> None:
    suites.write({"test_a.py": f"def test_1(): pass\ndef test_2():\n    {last}\ndef test_3(): pass\n"})
    ran = suites.run(extreme)
    assert ran.outcomes["test_a.py::test_1"] == "passed"
    assert ran.status[0] == status
    assert reason in str(ran.status[1])
    assert "test_a.py::test_3" not in ran.outcomes
    if "finish" not in {record["event"] for record in ran.events}:
        assert ran.traces.running == "test_a.py::test_2"
        assert "test_a.py::test_2" in str(ran.status[1])


def test_a_worker_that_crashes(suites: Suites, extreme: Environment) -> None:
    tests = "import os\ndef test_dies(): os._exit(1)\n" + "".join(f"def test_{i}(): pass\n" for i in range(4))
    suites.write({"test_a.py": tests})
    plain = suites.run(extreme, "-n", "2", probe=False)
    ran = suites.run(extreme, "-n", "2")
    assert ran.outcomes.pop("test_a.py::test_dies") == "failed"
    assert set(ran.outcomes.values()) == {"passed", "failed"}
    assert len(ran.outcomes) == 5
    assert ran.status == ("complete", None)
    assert (ran.cases, ran.ended.exit_status) == (plain.cases, plain.ended.exit_status)


HANGS = """
import signal, time, pytest

def test_before(): pass
def test_hangs(): time.sleep(600)
def test_swallows():
    try:
        time.sleep(600)
    except Exception:
        pass
@pytest.fixture
def slow_to_clean():
    yield
    time.sleep(600)
def test_cleans(slow_to_clean): pass
@pytest.mark.timeout(0.1)
def test_own_limit_is_sooner(): time.sleep(600)
@pytest.mark.timeout(600)
def test_own_limit_is_later(): time.sleep(600)
@pytest.mark.timeout(600)
def test_own_limit_is_put_back(request): pass
def test_after(): pass
"""


def test_a_test_that_hangs_fails_and_the_suite_goes_on(suites: Suites, environment: Environment) -> None:
    suites.write({"test_a.py": HANGS})
    ran = suites.run(environment, limit=0.3)
    assert {name.removeprefix("test_a.py::test_"): outcome for name, outcome in ran.outcomes.items()} == {
        "before": "passed",
        "hangs": "failed",
        "swallows": "failed",
        "cleans": "error",
        "own_limit_is_sooner": "failed",
        "own_limit_is_later": "failed",
        "own_limit_is_put_back": "passed",
        "after": "passed",
    }
    assert ran.status == ("complete", None)
    messages = {record["id"]: record.get("message", "") for record in ran.of("end")}
    for name in ("hangs", "swallows", "cleans", "own_limit_is_later"):
        assert "test took longer than the limit of 0.3 s (limits.test)" in messages[f"test_a.py::test_{name}"]
    assert "Timeout" in messages["test_a.py::test_own_limit_is_sooner"]
    assert "in test_hangs" in ran.output


def test_the_limit_holds_in_workers(suites: Suites) -> None:
    environment = suites.environment("3.12", *NEW)
    suites.write({"test_a.py": "import time\ndef test_1(): time.sleep(600)\ndef test_2(): pass\n"})
    ran = suites.run(environment, "-n", "2", limit=0.3)
    assert ran.outcomes == {"test_a.py::test_1": "failed", "test_a.py::test_2": "passed"}
    assert ran.status == ("complete", None)


def test_filters_win_over_the_ini_file(suites: Suites, extreme: Environment) -> None:
    suites.write(
        {
            "pytest.ini": "[pytest]\nfilterwarnings =\n    ignore::DeprecationWarning\n    ignore::UserWarning\n",
            "legacy.py": "class OwnWarning(UserWarning): pass\n",
            "test_a.py": "import warnings, legacy\n"
            "def test_builtin(): warnings.warn('x', DeprecationWarning)\n"
            "def test_dotted(): warnings.warn('x', legacy.OwnWarning)\n"
            "def test_other(): warnings.warn('x', UserWarning)\n",
        }
    )
    ran = suites.run(extreme, filters=("error::DeprecationWarning", "error::legacy.OwnWarning"))
    assert ran.outcomes == {
        "test_a.py::test_builtin": "failed",
        "test_a.py::test_dotted": "failed",
        "test_a.py::test_other": "passed",
    }
    assert set(suites.run(extreme).outcomes.values()) == {"passed"}
