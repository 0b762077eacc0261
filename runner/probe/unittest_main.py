"""``python -m forewarn_probe.unittest_main --junit FILE [--filter F]… -- ARGS``: unittest with evidence.

ARGS are those of ``python -m unittest``, run by the same program class, loader and runner: only the result
object is ours, and it hands everything on. It writes JUnit XML at the end and the event log as tests happen.
"""

import faulthandler
import inspect
import os
import sys
import time
import unittest
import warnings

from . import filters, ignores, lacking, needed, needs, only, shard, spy
from .evidence import FORMAT, Log, Running, first_line
from .limit import TestLimit, TestTimeout
from .loaded import Loaded
from .qualnames import Functions
from .unittest_junit import case, last_line
from .unittest_suites import id_of, is_placeholder, is_plain, placeholder_of, tests_of


def main(argv):
    """Run unittest on the arguments behind ``--``; does not return."""
    split = argv.index("--") if "--" in argv else len(argv)
    own, arguments = argv[:split], argv[split + 1 :]
    junit, given = None, []
    for option, value in zip(own[::2], own[1::2]):
        if option == "--junit":
            junit = value
        elif option == "--filter":
            given.append(value)
    for text in given:
        # unittest leaves the filters alone when the interpreter was given some; these stand for such options.
        warnings._setoption(text)
        sys.warnoptions.append(text)
    if sys.__stderr__ is not None and not faulthandler.is_enabled():
        faulthandler.enable(sys.__stderr__)  # as pytest does: a crash, or the end of the time, leaves its stacks
    lacking.watch()
    recorder = _Recorder(junit, spy.start())
    _Result.recorder = recorder
    sys.argv = ["%s -m unittest" % os.path.basename(sys.executable), *arguments]
    try:
        unittest.main(module=None, testRunner=_Runner)
    except Exception as error:  # a module named on the command line that cannot be imported ends unittest
        recorder.not_started(error)
        raise


class _Recorder:
    """Collects one row a test for the JUnit file, and writes the event log."""

    def __init__(self, junit, watch):
        self._junit = junit
        self._tests = Log("tests.jsonl")
        self._spy = watch
        self._running = Running()
        self._functions = Functions()
        self._spy.enter(None, "collect")
        self._outside = filters.count()
        self._loaded = Loaded()
        self._chooser = needed.wanted()
        if self._chooser is not None:
            self._spy.raised = []
        self._rows = []
        self.judge = watch.judge
        self._seen = {}
        self._root = os.getcwd()  # a test may change it, or remove it
        self._tests.write(
            {
                "event": "session",
                "format": FORMAT,
                "tool": "unittest",
                "tool_version": "%d.%d.%d" % sys.version_info[:3],
                "pid": os.getpid(),
                "root": self._root,
                "time": time.time(),
            }
        )

    def chosen(self, suite):
        """The suite, or of it what can end otherwise than in the plain run."""
        if self._chooser is None:
            return suite
        tests = list(tests_of(suite))
        real = [test for test in tests if not is_placeholder(test)]
        failed = [placeholder_of(test)[1] for test in tests if is_placeholder(test)]
        # Nobody knows which module is being loaded; there can be no more errors than modules that did not load.
        new = iter(name for name in failed if not self._chooser.failed_before(name))
        raised = [(phase, next(new, None) if phase == "collect" else None) for phase, _ in self._spy.raised]
        self._spy.raised = None
        own = None if is_plain(suite) else "the suite has a way of its own to run its tests"
        run = self._chooser.choose(list(map(id_of, real)), failed, raised, own)
        if len(run) == len(real):
            return suite
        keep = {id(real[position]) for position in run}
        return unittest.TestSuite(test for test in tests if id(test) in keep or is_placeholder(test))

    def collected(self, suite):
        ids = [id_of(test) for test in tests_of(suite) if not is_placeholder(test)]
        record = {"event": "collected", "ids": ids, "deselected": 0}
        if filters.count() != self._outside:
            record["filters"] = True  # of the suite's own; unittest puts some before them, where none were given to it
        self._tests.write(record)
        if self._spy.on_import:
            needs.write()
        self._loaded.note()
        self._spy.enter(None, "between")
        try:
            ignores.write_unittest([test for test in tests_of(suite) if not is_placeholder(test)], id_of)
        except Exception:  # a test may be any object; what cannot be read is not reported
            pass

    def begin(self, test):
        """The id of this run of ``test``; a second test of the same id gets a number."""
        name = id_of(test)
        count = self._seen[name] = self._seen.get(name, 0) + 1
        current = name if count == 1 else "%s (%d)" % (name, count)
        self._spy.enter(current, "runtest")
        self._running.begin(current)
        if not is_placeholder(test):
            self._tests.write({"event": "begin", "id": current})
        return current

    def end(self, test, name, outcome, seconds, text):
        self._spy.enter(None, "between")
        self._loaded.note(name)
        if is_placeholder(test):
            self.outside(test, outcome, text)
            return
        record = {"event": "end", "id": name, "outcome": outcome, "seconds": round(seconds, 6)}
        file, line = _place_of(test, self._root)
        if file:
            record["file"], record["line"] = file, line
        if text and outcome in ("failed", "error"):
            record["message"] = last_line(text)
        self._tests.write(record)
        self._rows.append((name, outcome, seconds, text, file, line))

    def outside(self, test, outcome, text):
        """What is no test of the suite: a module that did not import, a failed or skipped class fixture."""
        kind, name = placeholder_of(test)
        if kind == "tearDown":
            self._rows.append((name, outcome, 0.0, text, None, None))
            return
        event = "collection-error" if outcome in ("failed", "error") else "collection-skip"
        self._tests.write({"event": event, "id": name, "message": last_line(text)})
        self._rows.append(("\0" + name, outcome, 0.0, text, None, None))

    def not_started(self, error):
        message = first_line("%s: %s" % (type(error).__name__, error))
        self._tests.write({"event": "collection-error", "id": "", "message": message})

    def failed(self, err):
        """Take the (type, value, traceback) of a failure."""
        self._functions.note(err[2])

    def finish(self, result):
        self._running.end()
        if self._junit:
            try:
                self._write_junit()
            except OSError:  # a full disk, a folder that is gone: the suite ends as it would
                pass
        self._tests.write(
            {
                "event": "finish",
                "exit_status": 0 if result.wasSuccessful() else 1,
                "time": time.time(),
            }
        )

    def _write_junit(self):
        counts = {"failed": 0, "error": 0, "skipped": 0}
        for row in self._rows:
            kind = "skipped" if row[1] == "xfailed" else row[1]
            if kind in counts:
                counts[kind] += 1
        temporary = "%s.%d.tmp" % (self._junit, os.getpid())
        with open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites>')
            file.write(
                '<testsuite name="unittest" errors="%d" failures="%d" skipped="%d" tests="%d" time="%.3f">'
                % (
                    counts["error"],
                    counts["failed"],
                    counts["skipped"],
                    len(self._rows),
                    sum(row[2] for row in self._rows),
                )
            )
            for row in self._rows:
                file.write(case(*row))
            file.write("</testsuite></testsuites>\n")
        os.replace(temporary, self._junit)


class _Result(unittest.TextTestResult):
    recorder = None
    """Set before unittest makes the one result object."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._limit = TestLimit(_timed_out)
        self._forewarn = None

    def startTest(self, test):
        self._forewarn = [self.recorder.begin(test), "passed", time.perf_counter(), ""]
        super().startTest(test)
        self._limit.begin_test()
        self._limit.start()

    def stopTest(self, test):
        self._limit.stop()
        self._judge(test)
        super().stopTest(test)
        if self._forewarn is None:  # 3.12.1 ends a skipped test that it never started
            return
        name, outcome, started, text = self._forewarn
        self._forewarn = None
        self.recorder.end(test, name, outcome, time.perf_counter() - started, text)

    def _judge(self, test):
        """Fail a test that passed for what it warned of, where this cell wants that."""
        judge, state = self.recorder.judge, self._forewarn
        failure = judge.verdict(state[0]) if judge is not None and state is not None else None
        if failure is not None and state[1] == "passed":
            state[1], state[3] = "failed", failure
            self.failures.append((test, failure))

    def _note(self, test, outcome, text):
        state = self._forewarn
        if state is None and is_placeholder(test):
            self.recorder.outside(test, outcome, text)
        elif state is None:
            self.recorder.end(test, self.recorder.begin(test), outcome, 0.0, text)
        elif state[1] not in ("failed", "error") or outcome == "failed" != state[1]:
            state[1], state[3] = outcome, text

    def addError(self, test, err):
        self.recorder.failed(err)
        super().addError(test, err)
        self._note(test, "error", self.errors[-1][1])

    def addFailure(self, test, err):
        self.recorder.failed(err)
        super().addFailure(test, err)
        self._note(test, "failed", self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        failures, errors = len(self.failures), len(self.errors)
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.recorder.failed(err)
        if len(self.failures) > failures:
            self._note(test, "failed", self.failures[-1][1])
        elif len(self.errors) > errors:
            self._note(test, "error", self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note(test, "skipped", str(reason))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._note(test, "xfailed", self.expectedFailures[-1][1])

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        # unittest counts it against the suite, as pytest does with a strict xfail.
        self._note(test, "failed", "UnexpectedSuccess: the test is marked expectedFailure and passed")


class _Runner(unittest.TextTestRunner):
    resultclass = _Result

    def run(self, test):
        tests = list(tests_of(test))
        real = [one for one in tests if not is_placeholder(one)]
        chosen = shard.split(real, lambda one: shard.unittest_levels(id_of(one)))
        if chosen is not None:  # what could not be imported is told in every part
            chosen[0].extend(one for one in tests if is_placeholder(one))
        else:
            chosen = only.split(tests, id_of)
        if chosen is not None:
            test = unittest.TestSuite(chosen[0])
        test = _Result.recorder.chosen(test)
        _Result.recorder.collected(test)
        result = super().run(test)
        _Result.recorder.finish(result)
        return result


def _timed_out(message):
    raise TestTimeout(message)


def _place_of(test, root):
    try:
        method = getattr(test, getattr(test, "_testMethodName", ""), None)
        code = getattr(inspect.unwrap(getattr(method, "__func__", method)), "__code__", None)
        file, line = (code.co_filename, code.co_firstlineno) if code else (None, None)
    except Exception:  # a test may be any object, with attributes that raise
        return None, None
    if not isinstance(file, str) or not isinstance(line, int):
        return None, None
    try:
        relative = os.path.relpath(file, root)
    except (ValueError, OSError):  # another drive; a relative name in a folder that is gone
        relative = file
    return (file if relative.startswith("..") else relative.replace(os.sep, "/")), line


if __name__ == "__main__":
    # As ``python -m unittest`` does: what the test modules see in sys.argv is the program's own words.
    main(sys.argv[1:])
