"""Bytecode that hides what the compiler warns of is removed; what copies of a target compiled is kept for the next."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner import bytecode
from runner.compiled import uncover
from runner.model import Python

PYTHON = Python(major=sys.version_info[0], minor=sys.version_info[1])
TAG = sys.implementation.cache_tag
WARNS, QUIET = 'TEXT = "\\d"\n', "TEXT = 1\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An environment's folder whose interpreter has the probe, and one distribution that makes the compiler warn."""
    packages = tmp_path / "home" / "lib" / "python3.11" / "site-packages"
    _compiled(packages / "inside" / "warns.py", WARNS)
    _compiled(packages / "inside" / "quiet.py", QUIET)
    probe = tmp_path / "home" / "forewarn_probe"
    probe.symlink_to(Path(bytecode.__file__).with_name("probe"), target_is_directory=True)
    python = tmp_path / "home" / "python"
    words = f'exec "{sys.executable}" -c "import sys; sys.path.insert(0, {str(probe.parent)!r}); import runpy;'
    python.write_text(f"#!/bin/sh\nshift 2\n{words} sys.argv = ['', *sys.argv[2:]]; ", encoding="utf-8")
    with python.open("a", encoding="utf-8") as file:
        file.write("runpy.run_module('forewarn_probe.compiled', run_name='__main__')\" \"$@\"\n")
    python.chmod(0o755)
    return tmp_path / "home"


def _compiled(source: Path, text: str, cache: Path | None = None) -> Path:
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Path(str(py_compile.compile(str(source), cfile=None if cache is None else str(cache))))


def _uncover(home: Path, target: Path, environment: Mapping[str, str] = os.environ) -> bool:
    return uncover(home / "python", PYTHON, home, [target], environment)


def test_what_the_compiler_warns_of_is_compiled_again(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    hidden, kept = _compiled(target / "warns.py", WARNS), _compiled(target / "quiet.py", QUIET)
    rewritten = target / "__pycache__" / f"warns.{TAG}-pytest-9.0.2.pyc"
    other = target / "__pycache__" / "warns.cpython-27.pyc"
    for path in (rewritten, other):
        path.write_bytes(b"")
    assert _uncover(home, target)
    assert [path.exists() for path in (hidden, rewritten, kept, other)] == [False, False, True, True]
    installed = home / "lib" / "python3.11" / "site-packages" / "inside" / "__pycache__"
    assert [path.name for path in installed.iterdir()] == [f"quiet.{TAG}.pyc"]


def test_a_folder_for_all_bytecode_is_looked_at(home: Path, tmp_path: Path) -> None:
    source, prefix = tmp_path / "target" / "warns.py", tmp_path / "prefix"
    hidden = _compiled(source, WARNS, prefix.joinpath(*source.parts[1:]).with_name(f"warns.{TAG}.pyc"))
    assert _uncover(home, source.parent, {**os.environ, "PYTHONPYCACHEPREFIX": str(prefix)})
    assert not hidden.exists()


def test_a_changed_file_is_asked_about_again(home: Path, tmp_path: Path) -> None:
    kept = _compiled(tmp_path / "target" / "a.py", QUIET)
    assert _uncover(home, tmp_path / "target")
    assert kept.exists()
    hidden = _compiled(tmp_path / "target" / "a.py", WARNS + "MORE = 1\n")
    assert _uncover(home, tmp_path / "target")
    assert not hidden.exists()


def test_nothing_is_kept_where_the_interpreter_does_not_answer(home: Path, tmp_path: Path) -> None:
    found = [_compiled(tmp_path / "target" / f"{name}.py", text) for name, text in (("a", WARNS), ("b", QUIET))]
    (home / "python").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert not _uncover(home, tmp_path / "target")
    assert not any(path.exists() for path in found)


def test_a_copy_gets_what_the_one_before_it_compiled(tmp_path: Path) -> None:
    copy, store = tmp_path / "copy", tmp_path / "store"
    cached = _compiled(copy / "pkg" / "a.py", QUIET).relative_to(copy)
    _compiled(copy / "gone" / "b.py", QUIET)
    (copy / "elsewhere").mkdir()
    (copy / "linked").mkdir()
    (copy / "linked" / "__pycache__").symlink_to(copy / "elsewhere", target_is_directory=True)
    bytecode.keep(copy, store)
    assert (copy / "linked" / "__pycache__").is_symlink()
    new = tmp_path / "new"
    (new / "pkg").mkdir(parents=True)
    bytecode.restore(store, new)
    assert [path.relative_to(new) for path in sorted(new.rglob("*")) if path.is_file()] == [cached]
    bytecode.keep(new, store)
    assert [path.relative_to(store) for path in sorted(store.rglob("*")) if path.is_file()] == [cached]


def test_what_was_kept_is_used(tmp_path: Path) -> None:
    """By an interpreter, for a source that is the same; for one that is not, it is not."""
    copy, store = tmp_path / "copy", tmp_path / "store"
    _compiled(copy / "a.py", 'print("first")\n')
    bytecode.keep(copy, store)
    bytecode.restore(store, copy)
    state = (copy / "a.py").stat()
    for text, said in (('print("other")\n', "first"), ('print("longer text")\n', "longer text")):
        (copy / "a.py").write_text(text, encoding="utf-8")
        os.utime(copy / "a.py", ns=(state.st_atime_ns, state.st_mtime_ns))
        words = [sys.executable, "-c", "import a"]
        ended = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == said, json.dumps(ended.stderr)
