"""A program run as if its Python were a later one meets what that version ends, and nothing else changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from as_if_program import PROBE, TRY, AsIf

from runner.as_if import config, prepare_library
from runner.model import Interpreter
from runner.pythons import parse_python

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture
def as_if(interpreters: Mapping[str, Interpreter], tmp_path: Path, work: Path) -> AsIf:
    return AsIf(interpreters, tmp_path, work)


@pytest.mark.parametrize(
    ("base", "later", "statement", "error"),
    [
        pytest.param("3.11", "3.12", "import imp", "ModuleNotFoundError: No module named 'imp'", id="module"),
        pytest.param("3.12", "3.13", "import cgi", "ModuleNotFoundError: No module named 'cgi'", id="another module"),
        pytest.param("3.12", "3.12", "import cgi", "fine", id="not yet"),
        pytest.param("3.10", "3.11", "import asyncio; asyncio.coroutine", "AttributeError:", id="silent removal"),
        pytest.param("3.10", "3.11", "from asyncio import coroutine", "ImportError: cannot import", id="from"),
        pytest.param("3.13", "3.14", "import ast; ast.Num", "AttributeError: module 'ast'", id="warned removal"),
        pytest.param("3.12", "3.14", "import ast; ast.Num", "AttributeError: module 'ast'", id="two versions on"),
        pytest.param("3.12", "3.13", "import ast; ast.Num", "fine", id="one version on"),
        pytest.param(
            "3.13", "3.14", "import asyncio; asyncio.get_event_loop()", "RuntimeError: There is no current", id="loop"
        ),
        pytest.param(
            *("3.11", "3.14", "import asyncio; asyncio.get_event_loop()", "RuntimeError: There is no current"),
            id="loop, where the base is silent",
        ),
        pytest.param(*("3.11", "3.13", "import asyncio; asyncio.get_event_loop().close()", "fine"), id="loop, not yet"),
        pytest.param("3.13", "3.14", "bool(NotImplemented)", "TypeError: NotImplemented", id="in C code"),
        pytest.param(
            "3.11", "3.12", "import unittest; unittest.TestCase().assertEquals", "AttributeError:", id="method"
        ),
        pytest.param("3.8", "3.9", "import base64; base64.encodestring", "AttributeError:", id="the oldest"),
        pytest.param("3.14", "3.15", "import sre_parse", "ModuleNotFoundError:", id="the newest"),
    ],
)
def test_what_a_later_version_ends_raises_its_error(
    as_if: AsIf, base: str, later: str, statement: str, error: str
) -> None:
    ran = as_if(base, later, f"import sys\n{TRY}\nattempt({statement!r})\n")
    assert ran.lines[-1].startswith(error)


def test_a_use_is_written_down_with_its_place(as_if: AsIf) -> None:
    ran = as_if("3.12", "3.13", "import helper\n", helper="try:\n    import cgi\nexcept ImportError:\n    cgi = None\n")
    [use] = ran.uses
    assert (use["what"], use["error"]) == ("cgi", "ModuleNotFoundError: No module named 'cgi'")
    assert (Path(use["file"]).name, use["line"]) == ("helper.py", 2)
    assert [Path(file).name for file, _, _ in use["stack"]][:2] == ["helper.py", "program.py"]


def test_a_guard_by_version_is_believed(as_if: AsIf) -> None:
    program = """
import sys
if sys.version_info >= (3, 13):
    cgi = None
else:
    import cgi
import compat
if not compat.PY313:
    import telnetlib
def late():
    if sys.version_info >= (3, 13):
        return None
    import uu
    return uu
late()
print("fine")
"""
    ran = as_if("3.12", "3.13", program, compat="import sys\nPY313 = sys.version_info >= (3, 13)\n")
    assert ran.lines == ["fine"]
    assert ran.uses == []


def test_a_guard_by_exception_works(as_if: AsIf) -> None:
    program = (
        "try:\n    import imp\nexcept ImportError:\n    print('guarded')\nimport sys\nprint('imp' in sys.modules)\n"
    )
    assert as_if("3.11", "3.12", program).lines == ["guarded", "False"]


def test_names_of_opcodes_that_end_are_refused_to_code_that_writes_them(as_if: AsIf) -> None:
    program = f"""
import dis, opcode, sys
{TRY}
attempt("opcode.opmap['UNARY_POSITIVE']")
print("UNARY_POSITIVE" in opcode.opmap, dis.opmap.get("UNARY_POSITIVE"), opcode.opmap.get("NOP") == opcode.opmap["NOP"])
number = opcode.opname.index("UNARY_POSITIVE")
print(opcode.opmap[opcode.opname[number]] == number, len(set(opcode.opmap)) == len(opcode.opmap))
print([one.opname for one in dis.get_instructions(lambda x: +x) if opcode.opmap[one.opname] == number])
dis.dis(lambda x: +x)
if sys.version_info < (3, 12):
    opcode.opmap["UNARY_POSITIVE"]
"""
    ran = as_if("3.11", "3.12", program)
    assert ran.lines[:4] == ["KeyError: 'UNARY_POSITIVE'", "False None True", "True True", "['UNARY_POSITIVE']"]
    assert any(line.endswith(" UNARY_POSITIVE") for line in ran.lines), "as dis prints it"
    assert {use["error"] for use in ran.uses} == {"KeyError: 'UNARY_POSITIVE'"}


def test_names_of_opcodes_that_come_back_are_there(as_if: AsIf) -> None:
    """3.11 had no POP_JUMP_IF_TRUE."""
    program = "import opcode\nprint('POP_JUMP_IF_TRUE' in opcode.opmap)\n"
    assert as_if("3.10", "3.11", program).lines == ["False"]
    assert as_if("3.10", "3.12", program).lines == ["True"]


def test_another_distribution_may_bring_a_module_back(as_if: AsIf) -> None:
    ran = as_if("3.12", "3.13", "import cgi\nprint(cgi.OURS)\n", cgi="OURS = True\n")
    assert ran.lines == ["True"]
    assert ran.uses == []


def test_the_standard_library_keeps_what_it_uses(as_if: AsIf) -> None:
    program = "import importlib.abc, typing, unittest.mock, email.message, http.client\nprint('fine')\n"
    assert as_if("3.11", "3.12", program).lines == ["fine"]


def test_python_written_modules_are_the_later_ones(as_if: AsIf) -> None:
    program = """
import argparse
parser = argparse.ArgumentParser(prog="p")
parser.add_argument("-o", "--output", metavar="FILE")
print(parser.format_help().splitlines()[-1].split()[:3])
"""
    # 3.13 says the metavar once: "-o, --output FILE".
    assert as_if("3.12", "3.13", program).lines == ["['-o,', '--output', 'FILE']"]


def test_docstrings_lose_their_indentation(as_if: AsIf) -> None:
    helper = 'def f():\n    """First.\n\n        deeper\n    last\n    """\n'
    ran = as_if("3.12", "3.13", "import helper\nprint(repr(helper.f.__doc__))\n", helper=helper)
    assert ran.lines == [repr("First.\n\n    deeper\nlast\n")]


def test_processes_start_from_a_server(as_if: AsIf) -> None:
    program = "import multiprocessing\nprint(multiprocessing.get_start_method())\n"
    assert as_if("3.12", "3.14", program).lines == ["forkserver"]


def test_pythons_own_tests_are_not_there(as_if: AsIf) -> None:
    program = f"import sys\n{TRY}\nattempt('import test.test_argparse')\n"
    assert as_if("3.12", "3.13", program).lines[-1].startswith("ModuleNotFoundError:")


def test_a_module_that_is_gone_leaves_no_deeper_traceback_than_any_other(as_if: AsIf) -> None:
    program = """
for name in ("imp", "no_such_module"):
    try:
        __import__(name)
    except ImportError as error:
        print(error.__traceback__.tb_next)
"""
    assert as_if("3.11", "3.12", program).lines == ["None", "None"]


def test_a_program_may_take_away_what_the_run_itself_needs(as_if: AsIf) -> None:
    program = """
import pathlib, sys
getframe = sys._getframe
del sys._getframe
print(pathlib.PurePath("a") / "b")
sys._getframe = getframe
"""
    assert as_if("3.12", "3.14", program).lines == ["a/b"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        pytest.param(
            "typing.ForwardRef('int')._evaluate({}, {}, frozenset())",
            "TypeError: ForwardRef._evaluate() missing 1 required keyword-only argument: 'recursive_guard'",
            id="as it was called",
        ),
        pytest.param(
            "typing.ForwardRef('int')._evaluate({}, {}, recursive_guard=frozenset())", "fine", id="as both take it"
        ),
        pytest.param("typing.get_type_hints(Late)", "fine", id="by the library"),
    ],
)
def test_a_call_that_the_later_function_refuses_is_refused(as_if: AsIf, call: str, error: str) -> None:
    program = f"import typing\n{TRY}\nclass Late:\n    x: 'int'\nattempt({call!r})\n"
    assert as_if("3.11", "3.13", program).lines == [error]


def test_code_that_tries_both_ways_of_calling_is_ready(as_if: AsIf) -> None:
    program = """
import typing
def evaluate(one):
    try:
        return one._evaluate({}, {}, type_params=(), recursive_guard=frozenset())
    except TypeError:
        return one._evaluate({}, {}, frozenset())
print(evaluate(typing.ForwardRef("int")))
"""
    assert as_if("3.11", "3.13", program).lines == ["<class 'int'>"]


@pytest.mark.parametrize("base", ["3.11", "3.12"])
def test_syntax_trees_show_without_their_empty_lists(as_if: AsIf, base: str) -> None:
    program = """
import ast
tree = ast.parse("f()").body[0].value
print(ast.dump(tree))
class Own(ast.expr):
    _fields = ("things",)
print(hasattr(Own, "_field_types"))
"""
    assert as_if(base, "3.13", program).lines == ["Call(func=Name(id='f', ctx=Load()))", "False"]


def test_unions_show_as_they_are_written(as_if: AsIf) -> None:
    program = """
import typing
T = typing.TypeVar("T")
for one in (typing.Union[int, str], typing.Optional[typing.List[int]], typing.Union[T, "int", typing.Any]):
    print(one)
"""
    # As the interpreters themselves say it.
    assert as_if("3.12", "3.14", program).lines == [
        "int | str",
        "typing.List[int] | None",
        "~T | ForwardRef('int') | typing.Any",
    ]
    assert as_if("3.12", "3.13", program).lines[0] == "typing.Union[int, str]"


@pytest.mark.parametrize(("future", "there"), [("", "False"), ("from __future__ import annotations", "True")])
def test_a_metaclass_finds_annotations_where_they_are_texts(as_if: AsIf, future: str, there: str) -> None:
    helper = f"""{future}
class Meta(type):
    def __new__(cls, name, bases, namespace):
        print("__annotations__" in namespace)
        return super().__new__(cls, name, bases, namespace)
class Fields(metaclass=Meta):
    x: int
"""
    assert as_if("3.12", "3.14", "import helper\n", helper=helper).lines == [there]


def test_the_later_library_is_not_asked_for_what_this_one_cannot_do(as_if: AsIf) -> None:
    program = """
import io, tempfile, token, tokenize
with tempfile.TemporaryDirectory() as folder:
    pass
print([token.tok_name[one.type] for one in tokenize.generate_tokens(io.StringIO("a  # b").readline)])
"""
    found = "['NAME', 'COMMENT', 'NEWLINE', 'ENDMARKER']"
    assert as_if("3.12", "3.14", program).lines == [found]
    assert as_if("3.11", "3.14", program).lines == [found]


@pytest.mark.parametrize("base", [f"3.{minor}" for minor in range(8, 15)])
def test_every_later_version_starts_on_every_base(as_if: AsIf, base: str) -> None:
    program = """
import argparse, asyncio, collections, dataclasses, enum, http.server, inspect, json, logging.config, multiprocessing
import pathlib, shutil, tempfile, traceback, typing, unittest.mock, urllib.request, xml.etree.ElementTree, zipfile
async def main():
    return 1
assert asyncio.run(main()) == 1
assert json.loads(json.dumps({"a": [1]})) == {"a": [1]}
print(pathlib.Path("a/b").name, tempfile.mkdtemp() and "fine")
"""
    assert as_if(base, "3.15", program).lines == ["b fine"]


def test_what_was_compiled_by_an_earlier_run_is_compiled_as_if(
    interpreters: Mapping[str, Interpreter], tmp_path: Path, work: Path
) -> None:
    if "3.12" not in interpreters:
        pytest.skip("no Python 3.12 here")
    first, later = parse_python("3.12"), parse_python("3.13")
    shutil.copytree(PROBE, tmp_path / "probe" / "forewarn_probe", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "documented.py").write_text('def f():\n    """One.\n\n        Two.\n    """\n', encoding="utf-8")
    (tmp_path / "program.py").write_text("import documented; print(repr(documented.f.__doc__))", encoding="utf-8")
    told = config(first, later, prepare_library(first, later, work))
    (tmp_path / "as-if.json").write_text(json.dumps(told), encoding="utf-8")
    kept = {"PYTHONPATH": str(tmp_path / "probe"), "PYTHONPYCACHEPREFIX": str(tmp_path / "kept")}
    said = [
        subprocess.run(
            [interpreters["3.12"].executable, "-m", "forewarn_probe.as_if", "as-if.json", "-m", "program"],
            cwd=tmp_path,
            env={**os.environ, **kept, "PYTHONDONTWRITEBYTECODE": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert said == [repr("One.\n\nTwo.\n") + "\n"] * 2
    assert list((tmp_path / "kept").rglob("documented.*.pyc"))


def test_classes_have_two_names_more(as_if: AsIf) -> None:
    """3.13 puts them into the namespace that a metaclass gets; a protocol does not ask for them."""
    helper = '''
class Meta(type):
    def __new__(meta, name, bases, namespace):
        print(*(one for one in namespace if one not in ("__module__", "__qualname__")))
        return super().__new__(meta, name, bases, namespace)


@str.strip.__class__.__class__.__call__.__class__ if 0 else (lambda cls: cls)
class A(metaclass=Meta):
    """Documented."""

    def f(self):
        self.x = self.y.z = 1


import typing


@typing.runtime_checkable
class P(typing.Protocol):
    def f(self): ...


print(A.__firstlineno__, A.__static_attributes__, A.__doc__, isinstance(A(), P))
'''
    lines = ["__doc__ __firstlineno__ f __static_attributes__", "8 ('x',) Documented. True"]
    assert as_if("3.12", "3.13", "import helper\n", helper=helper).lines == lines
    assert as_if("3.11", "3.12", "import helper\n", helper=helper.replace("print(A.__f", "0 and (A.__f")).lines == [
        "__doc__ f"
    ]


CHAINED = """
import functools

def passes(function):
    @functools.wraps(function)
    def inner(*arguments):
        return function(*arguments)
    return inner

class A:
    @classmethod
    @property
    def chained(cls):
        return cls.__name__

    @classmethod
    @passes
    def called(cls):
        return cls.__name__

print(type(A.chained).__name__, A.called(), A().called())
"""


@pytest.mark.parametrize(
    ("base", "later", "printed"),
    [("3.12", "3.13", "method A A"), ("3.11", "3.12", "str A A"), ("3.9", "3.14", "method A A")],
)
def test_class_methods_wrap_no_property(as_if: AsIf, base: str, later: str, printed: str) -> None:
    assert as_if(base, later, "import helper\n", helper=CHAINED).lines == [printed]


def test_a_tree_that_is_compiled_is_as_it_was(as_if: AsIf) -> None:
    program = """
import ast
tree = ast.parse("class A:\\n    def f(self):\\n        self.x = 1\\n")
before = ast.dump(tree)
names = {}
exec(compile(tree, "f", "exec"), names)
print(before == ast.dump(tree), names["A"].__static_attributes__)
"""
    assert as_if("3.12", "3.13", program).lines == ["True ('x',)"]


@pytest.mark.parametrize(
    ("base", "later", "statement", "error"),
    [
        ("3.12", "3.13", "typing._eval_type(int, {}, {})", "DeprecationWarning: Failing to pass a value to the"),
        (
            "3.12",
            "3.14",
            "typing.ForwardRef('int')._evaluate({}, {}, recursive_guard=frozenset())",
            "DeprecationWarning",
        ),
        ("3.11", "3.12", "typing._eval_type(int, {}, {})", "fine"),
        ("3.12", "3.13", "typing.get_type_hints(attempt)", "fine"),
    ],
)
def test_type_parameters_are_asked_for(as_if: AsIf, base: str, later: str, statement: str, error: str) -> None:
    program = f"import typing, warnings\n{TRY}\nwarnings.simplefilter('error')\nattempt({statement!r})\n"
    assert as_if(base, later, program).lines[-1].startswith(error)


@pytest.mark.parametrize(
    ("base", "later", "statement", "printed"),
    [
        pytest.param("3.12", "3.13", "inspect.unwrap(Wrapped) is Wrapped", "True", id="3.13 unwraps no class"),
        pytest.param("3.11", "3.12", "inspect.unwrap(Wrapped) is Wrapped", "False", id="not yet"),
        pytest.param(
            "3.13",
            "3.14",
            "asyncio.Barrier.__init__.__code__.co_filename.endswith('asyncio/locks.py')",
            "True",
            id="file",
        ),
    ],
)
def test_functions_of_modules_that_stay_are_the_later_ones(
    as_if: AsIf, base: str, later: str, statement: str, printed: str
) -> None:
    """``inspect`` as a whole is bound to its build; what one of its functions does is not."""
    program = f"""
import asyncio, inspect
class Wrapped:
    @property
    def __wrapped__(self):
        return len
print({statement})
"""
    assert as_if(base, later, program).lines == [printed]
