"""Collects what a run "as if Python were a later one" needs: each version's own modules, and the names that went.

``python -m knowledge.library`` writes, from the interpreters that are found:

- ``removed.json``: modules and names that a version's standard library no longer has, against the version before,
  and functions written in C that describe their parameters otherwise.
- ``stdlib.tar.xz``: each version's Python sources of the top-level modules that differ from the version before, the
  same file of all versions side by side, which is what makes the archive small.
- ``stdlib.json``: for each pair of versions, which of these modules run on the earlier interpreter, and from which
  version they are taken: the latest that imports there, together with all others.

CPython's sources are under the PSF License, which allows this; the licence's text is in the archive.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .measure import _found, _given

FOLDER = Path(__file__).parent
ARCHIVE = FOLDER / "stdlib.tar.xz"
_SURFACE = FOLDER / "surface.py"
_IMPORTING = FOLDER / "importing.py"

#: Never replaced: the interpreter's own machinery, what is bound to C code of the same build, programs, and tests.
LEFT_OUT = frozenset(
    """
    __future__ __hello__ __phello__ _aix_support _android_support _apple_support _bootlocale _bootsubprocess
    _collections_abc _compat_pickle _compression _distutils_system_mod _ios_support _opcode_metadata _osx_support
    _py_abc _py_warnings _pydatetime _pydecimal _pyio _pylong _pyrepl _sitebuiltins _strptime _threading_local
    _weakrefset abc annotationlib antigravity asyncio base64 codecs collections compression contextlib copyreg
    ctypes curses dbm decimal dis distutils encodings ensurepip fileinput fnmatch functools genericpath glob heapq
    idlelib importlib inspect io keyword lib2to3 linecache locale ntpath nturl2path opcode operator os pathlib
    pkgutil posixpath pydoc_data random re reprlib selectors signal site sitecustomize socket sqlite3 sre_compile
    sre_constants sre_parse ssl stat subprocess symtable sysconfig test this threading tkinter traceback turtle
    turtledemo types typing venv warnings weakref zipimport
    """.split()  # noqa: SIM905 - a list of words
)

#: From 3.12 on, they give what the interpreter's own tokenizer says: their later versions expect it of a later one.
_TOKENIZER = frozenset({"token", "tokenize"})

# The later version's own spelling of what earlier ones can do as well.
_SPELLINGS = (
    (re.compile(r"(?m)^(\s*)lazy (?=import |from )"), r"\1"),  # 3.15: lazy imports
    (re.compile(r"\\z"), r"\\Z"),  # 3.14: the end of a string in regular expressions
)
_FOR_TYPES = re.compile(r"(?m)^if (?:False|TYPE_CHECKING):$(?=\s+from typing import )")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files; 2 when fewer than two interpreters are found."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.library", description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    options = parser.parse_args(argv)
    found = dict(_given(options.interpreter)) or _found()
    versions = sorted(found, key=_key)
    if len(versions) < 2:
        print("error: two interpreters at least are needed", file=sys.stderr)
        return 2
    removed = {later: _removed(found[before], found[later]) for before, later in _neighbours(versions)}
    texts = {version: json.loads(_surface(found[version], "--signatures")) for version in versions}
    for before, later in _neighbours(versions):
        removed[later]["signatures"] = _changed_signatures(texts[before], texts[later])
    (FOLDER / "removed.json").write_text(_compact(removed), encoding="utf-8")
    sources = {version: _sources(found[version]) for version in versions}
    changed = {later: _changed(sources[before], sources[later]) for before, later in _neighbours(versions)}
    licence = _ask(found[versions[-1]], _LICENCE)
    ARCHIVE.write_bytes(_archive({later: sources[later] for later in changed}, changed, licence.encode()))
    builds = {
        version: _ask(found[version], "import platform; print(platform.python_version())") for version in versions
    }
    with tempfile.TemporaryDirectory() as folder:
        unpack(ARCHIVE, Path(folder))
        pairs = [(base, later) for base in versions[:-1] for later in versions[versions.index(base) + 1 :]]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            choices = pool.map(lambda pair: _choose(found, pair[0], pair[1], changed, Path(folder)), pairs)
            modules: dict[str, dict[str, dict[str, str]]] = {}
            for (base, later), chosen in zip(pairs, choices, strict=True):
                modules.setdefault(base, {})[later] = chosen
                print(f"{base} as if {later}: {len(chosen)} modules", flush=True)
    index = {"format": 1, "builds": builds, "modules": modules}
    (FOLDER / "stdlib.json").write_text(_compact(index), encoding="utf-8")
    return 0


_LICENCE = """
import os, site
for path in (os.path.join(os.path.dirname(os.__file__), "LICENSE.txt"),):
    if os.path.isfile(path):
        print(open(path, encoding="utf-8").read())
        break
else:
    builtins_license = __builtins__.license
    builtins_license._Printer__setup()
    print("\\n".join(builtins_license._Printer__lines))
"""


def _neighbours(versions: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from itertools.pairwise(versions)


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _compact(value: object) -> str:
    """JSON with one line for each module or pair: a diff of it can be read."""
    text = json.dumps(value, indent=1, sort_keys=True)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def _ask(python: str, code: str, *arguments: str) -> str:
    command = [python, "-I", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _surface(python: str, *arguments: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-I", "-S", str(_SURFACE), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, cwd=folder).stdout


def _changed_signatures(
    before: Mapping[str, Mapping[str, str | None]], later: Mapping[str, Mapping[str, str | None]]
) -> dict[str, dict[str, str | None]]:
    """{module: {name: what it says now}} of the functions of both that describe themselves otherwise."""
    changed = {
        module: {name: text for name, text in sorted(found.items()) if before[module].get(name, text) != text}
        for module, found in later.items()
    }
    return {module: found for module, found in changed.items() if found}


def _removed(before: str, later: str) -> dict[str, Any]:
    """{modules: […], names: {module: […]}} that are gone."""
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder, "names.json")
        names.write_bytes(_surface(before))
        gone = json.loads(_surface(later, str(names)))
    return {
        "modules": sorted(module for module, paths in gone.items() if paths is None),
        "names": {module: sorted(paths) for module, paths in sorted(gone.items()) if paths},
    }


def _sources(python: str) -> dict[str, dict[str, bytes]]:
    """Top-level module → {file relative to the library: its text}."""
    library = Path(_ask(python, "import os; print(os.path.dirname(os.__file__))"))
    found: dict[str, dict[str, bytes]] = {}
    for entry in sorted(library.iterdir()):
        top = entry.stem if entry.suffix == ".py" else entry.name
        if top in LEFT_OUT or top.startswith("_sysconfigdata") or "-" in top:
            continue
        if entry.suffix == ".py":
            files = [entry]
        elif (entry / "__init__.py").is_file():
            files = [path for path in sorted(entry.rglob("*.py")) if not {"test", "tests"} & set(path.parts)]
        else:
            continue
        found[top] = {path.relative_to(library).as_posix(): _respelled(path.read_bytes()) for path in files}
    return found


def _respelled(source: bytes) -> bytes:
    text = source.decode("utf-8", errors="surrogateescape")
    if _FOR_TYPES.search(text) and "_typeshed" not in text:
        # 3.14: annotations are evaluated late, so what only they need is imported for type checkers alone.
        text = "from __future__ import annotations\n" + _FOR_TYPES.sub("if True:", text)
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text.encode("utf-8", errors="surrogateescape")


def _changed(before: Mapping[str, dict[str, bytes]], later: Mapping[str, dict[str, bytes]]) -> set[str]:
    return {top for top, files in later.items() if files != before.get(top)}


def _archive(
    sources: Mapping[str, Mapping[str, dict[str, bytes]]], changed: Mapping[str, set[str]], licence: bytes
) -> bytes:
    """``3.Y/module.py`` for every changed module; nothing in it but what it is made of."""
    files = {"LICENSE": licence}
    for version, tops in changed.items():
        files |= {f"{version}/{name}": text for top in tops for name, text in sources[version][top].items()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files, key=lambda name: (name.partition("/")[2], name)):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]
    return lzma.compress(buffer.getvalue(), format=lzma.FORMAT_XZ, filters=filters)


def _choose(
    found: Mapping[str, str], base: str, later: str, stored: Mapping[str, set[str]], library: Path
) -> dict[str, str]:
    """Top-level module → the version it is taken from, for all that import together on ``base``."""
    between = [version for version in stored if _key(base) < _key(version) <= _key(later)]
    tops = set().union(*(stored[version] for version in between))
    if _key(base) >= (3, 12):
        tops -= _TOKENIZER
    options = {
        top: sorted((version for version in between if top in stored[version]), key=_key, reverse=True)
        for top in sorted(tops)
    }
    while options:
        chosen = {top: versions[0] for top, versions in options.items()}
        bad = _failing(found[base], found[later], chosen, library)
        if not bad:
            return chosen
        if not bad & options.keys():
            raise SystemExit(
                f"error: {base} as if {later}: {', '.join(sorted(bad))} cannot be imported, and why is unclear"
            )
        for top in bad & options.keys():
            options[top] = options[top][1:]
        options = {top: versions for top, versions in options.items() if versions}
    return {}


def _failing(python: str, later: str, chosen: Mapping[str, str], library: Path) -> set[str]:
    """Modules that do not import on an interpreter where all the chosen ones stand in."""
    with tempfile.TemporaryDirectory() as folder:
        stands_in, probe = Path(folder, "stdlib"), Path(folder, "probe")
        select(library, chosen, stands_in)
        probe.mkdir()
        (probe / "forewarn_probe").symlink_to(FOLDER.parent / "runner" / "probe")
        command = [python, "-I", str(_IMPORTING), str(probe), str(stands_in), *sorted(chosen)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"error: {python} as if with {len(chosen)} modules: {run.stderr.strip()[-2000:]}")
    answer = json.loads(run.stdout.splitlines()[-1])
    there = json.loads(_ask(later, _ARE_THERE, json.dumps([entry[1:] for entry in answer["missing"]])))
    return {
        *answer["failed"],
        *(entry[0] for entry, is_there in zip(answer["missing"], there, strict=True) if is_there),
    }


#: Which names a version has; a module that it does not have either has none.
_ARE_THERE = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
def there(module, name):
    try:
        return hasattr(importlib.import_module(module), name)
    except BaseException:
        return False
print(json.dumps([there(*entry) for entry in json.loads(sys.argv[1])]))
"""


def unpack(archive: Path, folder: Path) -> None:
    """Put all versions' sources into a folder, as ``3.Y/module.py``."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder)  # nosec B202 # noqa: S202 - written by this very module


def select(library: Path, chosen: Mapping[str, str], folder: Path) -> None:
    """Put the chosen modules of an unpacked archive into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for top, version in chosen.items():
        source = library / version / top
        if source.is_dir():
            shutil.copytree(source, folder / top)
        else:
            shutil.copyfile(source.with_name(f"{top}.py"), folder / f"{top}.py")


if __name__ == "__main__":
    sys.exit(main())
