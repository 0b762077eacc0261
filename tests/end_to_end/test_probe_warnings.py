"""The probe sees each warning when it is issued, on every interpreter, and is not noticed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.model import Interpreter

pytestmark = pytest.mark.slow

PROBE = Path(__file__).resolve().parents[2] / "runner" / "probe"

#: Issued in eight ways; each must be seen once, and what the program itself sees must not change.
PROGRAM = """
import sys, threading, warnings
from forewarn_probe import spy

watch = spy.start()

def old(way):
    warnings.warn("old " + way, DeprecationWarning, stacklevel=2)

def swallowed():
    try:
        old("swallowed")
    except Exception:
        pass

shown = []
warnings.showwarning = lambda message, *rest, **more: shown.append(str(message))
warnings.simplefilter("always")

watch.enter("direct", "runtest")
old("direct")
watch.enter("ignored", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    old("ignored")
watch.enter("recorded", "runtest")
with warnings.catch_warnings(record=True) as recorded:
    warnings.simplefilter("always")
    old("recorded")
assert [str(one.message) for one in recorded] == ["old recorded"], recorded
watch.enter("reset", "runtest")
with warnings.catch_warnings():
    warnings.resetwarnings()
    warnings.filterwarnings("error")
    swallowed()
watch.enter("emptied", "runtest")
with warnings.catch_warnings():
    del warnings.filters[:]
    warnings.simplefilter("ignore")
    old("emptied")
watch.enter("thread", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    thread = threading.Thread(target=old, args=("thread",), name="worker")
    thread.start()
    thread.join()
watch.enter("compiled", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    compile("'\\\\d'", "source.py", "exec")
watch.enter("loop", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for number in range(1000):
        old("again")
assert shown == ["old direct"], shown
assert isinstance(warnings.filters, list)
"""


@pytest.fixture(params=[f"3.{minor}" for minor in range(8, 16)])
def interpreter(interpreters: Mapping[str, Interpreter], request: pytest.FixtureRequest) -> Interpreter:
    """Each of those that are here."""
    if request.param not in interpreters:
        pytest.skip(f"no Python {request.param} here")
    return interpreters[request.param]


def run_program(interpreter: Interpreter, folder: Path, program: str = PROGRAM) -> list[dict[str, Any]]:
    home = folder / "probe"
    shutil.copytree(PROBE, home / "forewarn_probe", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "program.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(home), "FOREWARN_EVIDENCE": str(folder)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    ended = subprocess.run(
        [interpreter.executable, "program.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in (folder / "warnings.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_warning_is_seen_whatever_becomes_of_it(interpreter: Interpreter, tmp_path: Path) -> None:
    records = run_program(interpreter, tmp_path)
    ways = {record["test"]: record for record in records}
    assert list(ways) == ["direct", "ignored", "recorded", "reset", "emptied", "thread", "compiled", "loop"]
    assert len(records) == len(ways), "the thousand equal warnings of one test are one record"
    for way in ("direct", "ignored", "recorded", "emptied", "thread"):
        assert ways[way]["message"] == f"old {way}"
        assert ways[way]["category"] == "DeprecationWarning"
        assert ways[way]["stack"][0][2] == "old"
        assert ways[way]["line"] == ways[way]["stack"][0][1]
    assert ways["reset"]["message"] == "old swallowed"
    assert "\\d" in ways["compiled"]["message"]
    assert [way for way, record in ways.items() if record.get("captured")] == ["recorded"]
    assert [way for way, record in ways.items() if "thread" in record] == ["thread"]
    assert ways["thread"]["thread"] == "worker"
    # Filters behind those that a test puts before all others are not asked. That "always" is moved, not added.
    decided = [way for way, record in ways.items() if record.get("decided")]
    assert decided == ["ignored", "thread", "compiled", "loop"]


#: As where the garbage collector calls a finaliser that warns, while a warning is being noted.
NESTED = """
import sys, warnings
from forewarn_probe import spy

watch = spy.start()

class Kind(type):
    def __hash__(cls):
        if sys._getframe(1).f_code.co_filename.endswith("spy.py"):
            warnings.warn("inner", UserWarning)
        return id(cls)

class Odd(DeprecationWarning, metaclass=Kind):
    pass

watch.enter("a test", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("always")
    warnings.showwarning = lambda *_, **__: None
    warnings.warn("outer", Odd)
"""


def test_a_warning_while_another_is_noted(interpreter: Interpreter, tmp_path: Path) -> None:
    assert {one["message"] for one in run_program(interpreter, tmp_path, NESTED)} == {"inner", "outer"}


#: As where a finaliser that is called meanwhile leaves other filters in force than there were.
REPLACES = """
import sys, warnings
from forewarn_probe import spy

watch = spy.start()

class Kind(type):
    def __hash__(cls):
        if sys._getframe(1).f_code.co_filename.endswith("spy.py"):
            warnings.filters = warnings.filters[:]
            warnings.warn("inner", UserWarning)
        return id(cls)

class Odd(DeprecationWarning, metaclass=Kind):
    pass

warnings.showwarning = lambda *_, **__: None
watch.enter("a test", "runtest")
for number in range(10):
    warnings.warn("outer %d" % number, Odd)
"""


def test_filters_are_replaced_while_a_warning_is_noted(interpreter: Interpreter, tmp_path: Path) -> None:
    messages = [one["message"] for one in run_program(interpreter, tmp_path, REPLACES)]
    assert {message for message in messages if message != "inner"} == {f"outer {number}" for number in range(10)}


FORKS = """
import os, threading, warnings
from forewarn_probe import spy

watch = spy.start()
watch.enter("a test", "runtest")
reading, writing = os.pipe()
held = threading.Event()

def hold():
    with watch._lock:
        held.set()
        os.read(reading, 1)

thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if not child:
    os.write(writing, b".")
    warnings.warn("in the child", UserWarning)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
thread.join()
"""


def test_a_fork_while_a_warning_is_noted(interpreter: Interpreter, tmp_path: Path) -> None:
    assert "in the child" in {one["message"] for one in run_program(interpreter, tmp_path, FORKS)}


TAKES_OVER = """
import sys
from forewarn_probe import callers, lacking
sys.path.insert(0, "library")
import os
callers.add_library(os.path.abspath("library"))
lacking.watch_tests()
import test.test_anything
import test.test_anything
import tests.test_own
"""


def test_who_takes_over_pythons_own_tests_is_noted(interpreters: Mapping[str, Interpreter], tmp_path: Path) -> None:
    """Some builds carry none: then these are they."""
    for name in ("library/test/__init__", "library/test/test_anything", "tests/__init__", "tests/test_own"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    (tmp_path / "warnings.jsonl").touch()
    run_program(next(iter(interpreters.values())), tmp_path, TAKES_OVER)
    [noted] = [json.loads(line) for line in (tmp_path / "lacking.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (noted["module"], [Path(file).name for file, _, _ in noted["stack"]]) == (
        "test.test_anything",
        ["program.py"],
    )


COMPILES = """
import sys, warnings
from forewarn_probe import spy

watch = spy.start()
watch.enter("a test", "runtest")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import module_a, module_b
    open("string.py", "w").close()
    warnings.warn_explicit("told of a file", UserWarning, "string.py", 7)
watch.enter("an error", "runtest")
for name in list(sys.modules):
    if name.startswith("module"):
        del sys.modules[name]
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        import module_c
    except SyntaxError as error:
        assert error.lineno == 3, error.lineno
    else:
        raise AssertionError
"""


def test_the_compiler_warns_of_a_line_of_a_file(interpreter: Interpreter, tmp_path: Path) -> None:
    for letter, text in (("a", "A = 1\nB = '\\d'\n"), ("b", "A = '\\d'\n"), ("c", "A = 1\n\nB = '\\d'\n")):
        (tmp_path / f"module_{letter}.py").write_text(text, encoding="utf-8")
    records = [one for one in run_program(interpreter, tmp_path, COMPILES) if "\\d" in one["message"]]
    seen = [(one["test"], Path(one["file"]).name, one["line"], one["source"]) for one in records]
    assert seen == [
        ("a test", "module_a.py", 2, "B = '\\d'"),
        ("a test", "module_b.py", 1, "A = '\\d'"),
        ("an error", "module_c.py", 3, "B = '\\d'"),
    ]
    assert all([Path(file).name for file, _, _ in one["stack"]][-1] == "program.py" for one in records)


EARLY = """
import warnings
import forewarn_probe.children
warnings.warn("before the suite", DeprecationWarning)
from forewarn_probe import spy
watch = spy.start()
warnings.warn("before its tests", DeprecationWarning)
watch.enter("a test", "runtest")
warnings.warn("in a test", DeprecationWarning)
"""


@pytest.mark.parametrize("interpreter", ["3.8", "3.12", "3.15"], indirect=True)
def test_what_warns_before_the_suite_makes_nobody_a_child(interpreter: Interpreter, tmp_path: Path) -> None:
    records = run_program(interpreter, tmp_path, EARLY)
    assert [(record["message"], record["when"], record["test"]) for record in records] == [
        ("before the suite", "child", None),
        ("before its tests", "config", None),
        ("in a test", "runtest", "a test"),
    ]
