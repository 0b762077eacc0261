"""A program run as if its Python were a later one meets the warnings that version begins with, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from as_if_program import TRY, AsIf

from runner.model import Interpreter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture
def as_if(interpreters: Mapping[str, Interpreter], tmp_path: Path, work: Path) -> AsIf:
    return AsIf(interpreters, tmp_path, work)


#: Warnings are errors from here on, as many suites have it.
STRICT = "import warnings\nwarnings.simplefilter('error')\n"


@pytest.mark.parametrize(
    ("base", "later", "statement", "error"),
    [
        pytest.param(
            "3.11", "3.12", "import pkgutil; pkgutil.find_loader('os')", "DeprecationWarning: 'pkgutil.f", id="function"
        ),
        pytest.param(
            *("3.11", "3.12", "import datetime; datetime.datetime.utcnow()"),
            *("DeprecationWarning: datetime.datetime.utcnow() is deprecated",),
            id="method of a class of C code",
        ),
        pytest.param(
            *("3.13", "3.14", "import asyncio; asyncio.iscoroutinefunction(len)"),
            *("DeprecationWarning: 'asyncio.iscoroutinefunction' is deprecated",),
            id="function of asyncio",
        ),
        pytest.param(
            *("3.12", "3.14", "from asyncio import DefaultEventLoopPolicy"),
            *("DeprecationWarning: 'asyncio.DefaultEventLoopPolicy' is",),
            id="name",
        ),
        pytest.param(
            "3.13", "3.14", "import codecs; codecs.open('.')", "DeprecationWarning: codecs.open()", id="loaded before"
        ),
        pytest.param("3.13", "3.15", "import profile", "DeprecationWarning: The profile module", id="module"),
        pytest.param("3.13", "3.15", "import re; re.__version__", "DeprecationWarning: '__version__'", id="attribute"),
        pytest.param(
            "3.13", "3.15", "import zlib; zlib.__version__", "DeprecationWarning: '__version__'", id="of a built-in one"
        ),
        pytest.param(
            "3.11", "3.12", "import asyncio; asyncio.get_event_loop()", "DeprecationWarning: There is no", id="no loop"
        ),
        pytest.param(
            "3.12", "3.13", "import re; re.sub('a', 'b', 'a', 1)", "DeprecationWarning: 'count' is passed", id="re"
        ),
        pytest.param(
            *("3.11", "3.12", "import sqlite3, datetime as d; c = sqlite3.connect(':memory:')"),
            *("fine",),
            id="sqlite3, no date",
        ),
        pytest.param(
            "3.11",
            "3.12",
            "import sqlite3, datetime as d; c = sqlite3.connect(':memory:'); c.execute('select ?', [d.date.today()])",
            "DeprecationWarning: The default date adapter",
            id="sqlite3",
        ),
        pytest.param("3.11", "3.12", "import ast; ast.Constant(1).n", "DeprecationWarning: Attribute n", id="ast"),
        pytest.param("3.13", "3.14", "from asyncio import *; run", "fine", id="all names"),
        pytest.param("3.12", "3.13", "import asyncio; asyncio.iscoroutinefunction(len)", "fine", id="not yet"),
        pytest.param("3.12", "3.13", "import re; re.sub('a', 'b', 'a', count=1)", "fine", id="by keyword"),
        pytest.param(
            "3.11", "3.12", "import unittest.mock, email.utils; email.utils.localtime()", "fine", id="library"
        ),
    ],
)
def test_what_a_later_version_warns_of_warns(as_if: AsIf, base: str, later: str, statement: str, error: str) -> None:
    ran = as_if(base, later, f"import sys\n{TRY}\n{STRICT}attempt({statement!r})\n")
    assert ran.lines[-1].startswith(error)


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.iscoroutinefunction(len)",
        "asyncio.DefaultEventLoopPolicy",
        "import nturl2path",
        "codecs.open('program.py')",
    ],
)
def test_a_warning_is_charged_to_the_line_that_causes_it(as_if: AsIf, line: str) -> None:
    helper = f"import asyncio, codecs\n\n{line}\n"
    program = """
import warnings
def show(message, category, filename, lineno, *rest):
    print(category.__name__, filename.rpartition("/")[2], lineno)
warnings.showwarning = show
warnings.simplefilter("always")
import helper
"""
    ran = as_if("3.13", "3.14", program, helper=helper)
    assert "DeprecationWarning helper.py 3" in ran.lines
    [use] = ran.uses
    assert (Path(use["file"]).name, use["line"]) == ("helper.py", 3)
    assert use["error"].startswith("DeprecationWarning: ")


def test_code_for_the_later_version_alone_is_not_warned(as_if: AsIf) -> None:
    program = f"""
import asyncio, inspect, sys
{STRICT}
if sys.version_info >= (3, 14):
    check = inspect.iscoroutinefunction
else:
    check = asyncio.iscoroutinefunction
    check(len)
print("fine")
"""
    ran = as_if("3.13", "3.14", program)
    assert ran.lines == ["fine"]
    assert ran.uses == []


def test_what_the_standard_library_silences_is_its_own_business(as_if: AsIf) -> None:
    program = """
import asyncio, sys
async def main():
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print('child')", stdout=-1)
    return (await child.communicate())[0].decode().strip()
print(asyncio.run(main()))
"""
    # 3.12 asks for its own child watcher, whose end it has announced, and ignores that warning around the call.
    ran = as_if("3.12", "3.14", program)
    assert ran.lines == ["child"]
    assert ran.uses == []


def test_a_backport_that_says_what_python_says_speaks_for_itself(as_if: AsIf) -> None:
    helper = """
import functools, warnings
_warn = functools.partial(
    warnings.warn, "SelectableGroups dict interface is deprecated. Use select.", DeprecationWarning, stacklevel=2
)
def get():
    _warn()
    warnings.warn("There is no current event loop", DeprecationWarning)
    return "fine"
"""
    ran = as_if("3.11", "3.14", "import helper\nprint(helper.get())\n", helper=helper)
    assert ran.lines == ["fine"]
    assert ran.uses == []


def test_a_record_of_the_project_is_about_whoever_warns(as_if: AsIf) -> None:
    own = {
        "id": "acme-client",
        "subject": "acme.Client",
        "category": "DeprecationWarning",
        "message_pattern": "^acme.Client is going away",
        "removal_scheduled_for": "3.13",
        "after_removal": "AttributeError: acme has no Client",
    }
    helper = "import warnings\ndef client():\n    warnings.warn('acme.Client is going away', DeprecationWarning)\n"
    ran = as_if("3.12", "3.13", f"{TRY}\nimport helper\nattempt('helper.client()')\n", own=[own], helper=helper)
    assert ran.lines == ["AttributeError: acme has no Client"]


def test_an_asynchronous_generator_that_is_left_open_is_told_of(as_if: AsIf) -> None:
    program = """
import asyncio, gc, warnings
async def numbers():
    yield 1
    yield 2
async def main():
    async for _ in numbers():
        break
def run(close):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        loop.run_until_complete(main())
        gc.collect()
        if close:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        del loop
        gc.collect()
    print([str(one.message) for one in caught if one.category is RuntimeWarning])
run(close=False)
run(close=True)
"""
    said = ["[\"coroutine method 'aclose' of 'numbers' was never awaited\"]", "[]"]
    assert as_if("3.12", "3.13", program).lines == said
    assert as_if("3.11", "3.12", program).lines == ["[]", "[]"]
