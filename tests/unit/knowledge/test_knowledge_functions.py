"""Which functions of a later version of a module are taken, and that they work where they are put."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

#: Neither has types: they run on other Pythons.
transferable: Any = importlib.import_module("knowledge.transferable")
as_if_functions: Any = importlib.import_module("runner.probe.as_if_functions")

Take = Callable[[str, str], tuple[ModuleType, dict[str, str]]]


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Take:
    """The module of the first text, and what can be taken out of the second."""

    def taken(own: str, later: str) -> tuple[ModuleType, dict[str, str]]:
        for folder, text in (("own", own), ("later", later)):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "transferred.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path / "own")
        monkeypatch.delitem(sys.modules, "transferred", raising=False)
        transferable.main(str(tmp_path / "later"), ["transferred"])
        found: dict[str, dict[str, str]] = json.loads(capsys.readouterr().out)
        return importlib.import_module("transferred"), found.get("transferred", {})

    return taken


@pytest.mark.parametrize(
    ("own", "later", "names"),
    [
        pytest.param("def f(): return 1", "def f(): return 2", ["f"], id="changed"),
        pytest.param("def f(): return 1", "def f():\n    '''Now with words.'''\n    return 1", [], id="documented"),
        pytest.param("def f(x): return 1", "def f(x: int) -> int: return 1", [], id="annotated"),
        pytest.param("def f(): return 1", "def f(): return g()\ndef g(): return 2", ["f", "g"], id="with a new one"),
        pytest.param("def f(): return 1", "def f(): return 1\ndef g(): return 2", [], id="a new one alone"),
        pytest.param("def f(): return 1", "def f(): return NEW", [], id="global"),
        pytest.param(
            "import os\ndef f(): 1", "import os\ndef f(): return os.not_there", [], id="attribute of a module"
        ),
        pytest.param("def f(): 1", "def f():\n    import not_there", [], id="import"),
        pytest.param("A = 1\ndef f(): 1", "A = 2\ndef f(): return A", [], id="constant"),
        pytest.param("def f(): return 1", "def f(): return g()\ndef g(): return NEW", [], id="what it needs"),
        pytest.param(
            "def f(): return g(1)\ndef g(a): return a",
            "def f(): return g(1, 2) + NEW\ndef g(a, b): return b",
            [],
            id="parameters that one that stays does not know",
        ),
        pytest.param(
            "import math\ndef f(): 1", "import math\ndef f(): return math.sqrt(1, 2)", [], id="call of C code"
        ),
        pytest.param(
            "import math\ndef f(): 1", "import math\ndef f(): return math.sqrt(1)", ["f"], id="call that works"
        ),
        pytest.param(
            "class A:\n  def f(self): 1",
            "class A:\n  def f(self): return self.g()\n  def g(self): 2",
            ["A.f", "A.g"],
            id="new method",
        ),
        pytest.param(
            "class A:\n  def __init__(self): self.a = []\n  def f(self): self.a.append(1)",
            "class A:\n  def __init__(self): self.a = NEW()\n  def f(self): self.a.add(1)",
            [],
            id="set otherwise by one that stays",
        ),
        pytest.param(
            "class A:\n  def __init__(self): self.a = []\n  def f(self): self.a.append(1)",
            "class A:\n  def __init__(self): self.a = set()\n  def f(self): self.a.add(1)",
            ["A.__init__", "A.f"],
            id="set otherwise by one that is taken along",
        ),
        pytest.param(
            "class A:\n  def __init__(self): self.a = 1\n  def f(self): return self.a",
            "class A:\n  def __init__(self): self.b = 1\n  def f(self): return self.b + NEW",
            [],
            id="not set any more",
        ),
        pytest.param(
            "class A:\n  __slots__ = 'a',\n  def f(self): self.a = 1",
            "class A:\n  __slots__ = 'a', 'b'\n  def f(self): self.b = 1",
            [],
            id="slots",
        ),
        pytest.param(
            "class A:\n  def __init__(self): self.a = 1\n  def f(self): return self.a\nthere = A()",
            "class A:\n  def __init__(self): self.a = self.b = 1\n  def f(self): return self.b\nthere = A()",
            ["A.__init__"],
            id="an object is there already",
        ),
        pytest.param(
            "def f(): return 1\nclass A: pass",
            "def f(): return ''.format()\nclass A:\n  def format(self): return NEW",
            ["f"],
            id="method of a text",
        ),
        pytest.param("from math import sqrt as f", "def f(x): return x", [], id="C code bears the name"),
        pytest.param("def f(): return 1", "lazy import os\ndef f(): return 2", [], id="syntax of a later version"),
    ],
)
def test_what_is_taken(take: Take, own: str, later: str, names: list[str]) -> None:
    assert sorted(take(own, later)[1]) == names


def test_methods_know_their_class(take: Take) -> None:
    own = """
class Base:
    def f(self):
        return "base"

class A(Base):
    def __init__(self):
        self.__secret = "old"
    def f(self):
        return "old"
    @property
    def p(self):
        return 1
    @classmethod
    def c(cls):
        return 1
    def __hidden(self):
        return 1
    def shown(self):
        return self.__hidden()
"""
    later = (
        own.replace('        return "old"', "        return super().f() + self.__secret")
        .replace("        return 1\n    @classmethod", "        return 2\n    @classmethod")
        .replace("        return 1\n    def __hidden", "        return cls.__name__\n    def __hidden")
        .replace("        return 1\n    def shown", "        return 3\n    def shown")
    )
    module, found = take(own, later)
    assert sorted(found) == ["A._A__hidden", "A.c", "A.f", "A.p"]
    as_if_functions.replace({"transferred": found}, "/later")
    one = module.A()
    assert (one.f(), one.p, module.A.c(), one.shown()) == ("baseold", 2, "A", 3)
    assert (module.A.f.__qualname__, module.A.f.__code__.co_filename) == ("A.f", "/later/transferred.py")


def test_one_that_cannot_be_defined_leaves_what_was_there(take: Take) -> None:
    module, _ = take("def f(): return 1\ndef g(): return 1", "")
    as_if_functions.replace({"transferred": {"f": "def f(x=not_there): return 2", "g": "def g(): return 2"}}, None)
    assert (module.f(), module.g()) == (1, 2)
