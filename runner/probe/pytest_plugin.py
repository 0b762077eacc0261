"""pytest plugin: what was collected, how each test ended, and the warnings issued, as they happen.

Loaded with ``-p forewarn_probe.pytest_plugin``, so a pytest that a test starts by itself does not load it, and before
conftests, so that what they do is seen. Under xdist the controller writes what becomes of the tests, since it is
handed the reports of all workers, and each process the warnings that are issued in it.
"""

import faulthandler
import os
import sys
import time

import pytest

from . import ignores, lacking, needed, needs, only, shard, spy
from .evidence import FORMAT, Log, first_line, quoted
from .limit import TestLimit
from .loaded import Loaded
from .pytest_needed import Chosen
from .qualnames import Functions

#: From best to worst; a test is as bad as its worst phase.
_RANK = ("passed", "xpassed", "skipped", "xfailed", "rerun", "error", "failed")


_SPY = spy.start()
lacking.watch()
_NEEDED = needed.wanted()
if _NEEDED is not None:
    _SPY.raised = []


def pytest_configure(config):
    """Register the recorder in the process that reports, and what bounds and watches tests where they run."""
    _SPY.install()
    config.pluginmanager.register(_Inside(), "forewarn-inside")
    # Each wrapper around a phase costs every test some microseconds: only what this cell wants is there.
    limit = TestLimit(_fail)
    if limit.is_set:
        config.pluginmanager.register(_Limited(limit), "forewarn-limit")
    if _SPY.judge is not None:
        config.pluginmanager.register(_Judged(_SPY.judge), "forewarn-judge")
    if _NEEDED is not None:
        config.pluginmanager.register(Chosen(_NEEDED, _SPY), "forewarn-needed")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(config), "forewarn-recorder")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Have pytest-randomly, where it is and nobody has given it a seed, draw the same order in every cell and run."""
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = 1


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Note a conftest that cannot be imported: pytest ends before anything else could be told of it."""
    _SPY.install()  # newer versions import us inside of a ``catch_warnings`` that is over by now
    outcome = yield
    fault = getattr(outcome, "excinfo", None)
    if fault is None:
        return
    error = fault[1]
    path = str(getattr(error, "path", ""))
    root = str(getattr(early_config, "rootpath", None) or getattr(early_config, "rootdir", ""))
    name = os.path.relpath(path, root).replace(os.sep, "/") if path and root else ""
    cause = getattr(error, "cause", None) or (getattr(error, "excinfo", None) or (None, error))[1] or error
    message = first_line("%s: %s" % (type(cause).__name__, cause))
    log = Log("tests.jsonl")
    log.write(_session_record(root))
    log.write({"event": "collection-error", "id": name, "message": message})


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    """Pytest takes a ``$`` in the path of its JUnit file for a variable: it is written to where it was asked for."""
    given = getattr(session.config.option, "xmlpath", None)
    if given and ("$" in given or "%" in given):
        for plugin in session.config.pluginmanager.get_plugins():
            if type(plugin).__name__ == "LogXML" and hasattr(plugin, "logfile"):
                plugin.logfile = os.path.abspath(given)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    """Pytest has put faulthandler away: a process that does not end now would be killed without its stacks."""
    if sys.__stderr__ is not None and not faulthandler.is_enabled():
        try:
            faulthandler.enable(sys.__stderr__)
        except (OSError, ValueError, AttributeError, RuntimeError):
            pass


def _set(outcome, error):
    """As ``force_exception``, of the pluggy before 1.1."""
    outcome._result, outcome._excinfo = None, (type(error), error, error.__traceback__)


def _fail(message):
    __tracebackhide__ = True  # the place to look at is where the test was
    pytest.fail(message, pytrace=True)


class _Inside:
    """In each process that runs tests: whose the warnings are, and which tests are run."""

    def __init__(self):
        self._functions = Functions()
        self._loaded = Loaded()

    def pytest_exception_interact(self, call):
        excinfo = getattr(call, "excinfo", None)
        if excinfo is not None:
            self._functions.note(excinfo.tb)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector):
        _SPY.enter(collector.nodeid or None, "collect")
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        yield  # whatever others choose and shuffle comes first
        chosen = shard.split(items, lambda item: shard.pytest_levels(item.nodeid))
        if chosen is None:
            chosen = only.split(items, lambda item: item.nodeid)
        if chosen is not None:
            items[:], rest = chosen
            if rest:
                config.hook.pytest_deselected(items=rest)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        if _SPY.on_import and session.items:
            needs.write()
        self._loaded.note()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid, location):
        _SPY.enter(nodeid, "runtest")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid, location):
        _SPY.enter(None, "between")
        self._loaded.note(nodeid)


class _Limited:
    """How long a test may take."""

    def __init__(self, limit):
        self._limit = limit

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item):
        self._limit.begin_test()
        self._limit.start()
        yield
        self._limit.stop()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item):
        self._limit.start()
        yield
        self._limit.stop()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item):
        self._limit.start()
        yield
        self._limit.stop()


class _Judged:
    """Fails a test that has ended and passed, for what it warned of."""

    def __init__(self, judge):
        self._judge = judge

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item):
        outcome = yield
        self._end(outcome, self._judge.verdict(item.nodeid))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item):
        outcome = yield
        self._end(outcome, self._judge.afterwards(item.nodeid))

    def _end(self, outcome, failure):
        if failure is not None and outcome.excinfo is None:
            try:
                pytest.fail(failure, pytrace=False)
            except BaseException as error:
                outcome.force_exception(error) if hasattr(outcome, "force_exception") else _set(outcome, error)


class _Recorder:
    def __init__(self, config):
        self._config = config
        self._tests = Log("tests.jsonl")
        self._deselected = 0
        self._announced = False
        self._running = {}
        self._not_collected = set()

    def pytest_sessionstart(self, session):
        root = getattr(self._config, "rootpath", None) or getattr(self._config, "rootdir", "")
        record = _session_record(str(root))
        if self._config.pluginmanager.hasplugin("dsession"):
            record["parallel"] = True
        self._tests.write(record)

    def pytest_deselected(self, items):
        self._deselected += len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self._collected([item.nodeid for item in session.items])
        try:
            ignores.write(self._config, session.items)
        except Exception:  # marks may be anything; what cannot be read is not reported
            pass

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self._collected(list(ids))

    def _collected(self, ids):
        # Under xdist the controller's own collection is empty and each worker reports the same ids.
        if ids and not self._announced:
            self._announced = True
            self._tests.write({"event": "collected", "ids": ids, "deselected": self._deselected})

    def pytest_collectreport(self, report):
        if not report.passed and report.nodeid not in self._not_collected:
            self._not_collected.add(report.nodeid)
            self._tests.write(
                {
                    "event": "collection-error" if report.failed else "collection-skip",
                    "id": report.nodeid,
                    "message": _message(report),
                }
            )

    def pytest_runtest_logstart(self, nodeid, location):
        self._running[nodeid] = {"outcome": "passed", "seconds": 0.0}
        self._tests.write_text('{"event":"begin","id":%s}\n' % quoted(nodeid))

    def pytest_runtest_logreport(self, report):
        state = self._running.get(report.nodeid)
        if state is None:
            state = self._running[report.nodeid] = {"outcome": "passed", "seconds": 0.0}
        state["seconds"] += getattr(report, "duration", 0.0) or 0.0
        state["location"] = report.location
        outcome = "passed"
        if report.outcome != "passed" or getattr(report, "wasxfail", None) is not None:
            outcome = _outcome(report)
            if _RANK.index(outcome) > _RANK.index(state["outcome"]):
                state["outcome"] = outcome
            if report.failed and "message" not in state:
                state["message"] = _message(report)
                state["output"] = _output(report)
        # A worker that crashed leaves one report whose phase is "???": nothing follows it.
        if report.when not in ("setup", "call"):
            self._end(report.nodeid, self._running.pop(report.nodeid))
            if outcome == "rerun" or state["outcome"] == "rerun":
                self._running[report.nodeid] = {"outcome": "passed", "seconds": 0.0}

    def pytest_runtest_logfinish(self, nodeid, location):
        # pytest-rerunfailures before 14 reports no teardown of an attempt that it repeats.
        state = self._running.get(nodeid)
        if state is not None and state["outcome"] == "rerun":
            self._end(nodeid, self._running.pop(nodeid))

    def _end(self, nodeid, state):
        # Written by hand: a suite of quick tests pays for each.
        text = '{"event":"end","id":%s,"outcome":"%s","seconds":%.6f' % (
            quoted(nodeid),
            state["outcome"],
            state["seconds"],
        )
        file, line = state["location"][:2]
        if file:
            text += ',"file":' + quoted(str(file))
        if isinstance(line, int):
            text += ',"line":%d' % (line + 1)
        if "message" in state:
            text += ',"message":' + quoted(state["message"])
        if state.get("output"):
            text += ',"output":' + quoted(state["output"])
        self._tests.write_text(text + "}\n")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self._tests.write({"event": "finish", "exit_status": int(exitstatus), "time": _now()})


def _session_record(root):
    return {
        "event": "session",
        "format": FORMAT,
        "tool": "pytest",
        "tool_version": pytest.__version__,
        "pid": os.getpid(),
        "root": root,
        "time": _now(),
    }


def _outcome(report):
    expected = getattr(report, "wasxfail", None) is not None
    if report.outcome == "rerun":
        return "rerun"
    if report.failed:
        return "failed" if report.when in ("call", "???") else "error"
    if report.skipped:
        return "xfailed" if expected else "skipped"
    return "xpassed" if expected and report.when == "call" else "passed"


def _message(report):
    longrepr = getattr(report, "longrepr", None)
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        return first_line(crash.message)
    if isinstance(longrepr, tuple):  # a skip or a collection error of old pytest
        return first_line(longrepr[-1])
    lines = [line[1:].strip() for line in str(longrepr).splitlines() if line.startswith("E ")]
    return first_line(lines[-1] if lines else longrepr)


def _output(report):
    """What the test had printed and logged when it failed: the end of it."""
    sections = getattr(report, "sections", None) or ()
    return "\n".join("%s:\n%s" % (name, str(text).rstrip()) for name, text in sections if str(text).strip())[-4000:]


def _now():
    return time.time()
