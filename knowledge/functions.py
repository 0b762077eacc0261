"""Single functions of later versions' libraries that run on earlier interpreters: ``python -m knowledge.functions``.

Modules that as a whole are bound to C code of their own build (``asyncio``, ``inspect``, ``unittest`` on some) stay the
base's in a run "as if Python were a later one". Most of their functions would run there all the same, and what they do
otherwise is what a suite meets. ``functions.json`` has, for each pair of versions, the names of those that changed and
can be taken (``transferable.py`` says when), and the source of each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .library import _ask, _compact, _key, _respelled
from .measure import _found, _given

FILE = Path(__file__).with_name("functions.json")
_TRANSFERABLE = Path(__file__).with_name("transferable.py")

#: Looked through. Not those that the interpreter itself holds on to, or that speak of its compiler, tracebacks and
#: types; nor event loops and transports, and what ``functools`` and ``inspect`` tell each other by attributes: there
#: one version's functions are of no use without the others'.
MODULES = """
    asyncio.futures asyncio.locks asyncio.queues asyncio.runners asyncio.streams asyncio.taskgroups asyncio.tasks
    asyncio.threads asyncio.timeouts base64 collections contextlib copy dataclasses heapq
    importlib.metadata importlib.metadata._meta importlib.resources importlib.resources._common
    importlib.resources.abc importlib.resources.readers importlib.resources.simple
    inspect logging logging.config logging.handlers random reprlib selectors socket subprocess
    unittest.async_case unittest.case unittest.loader unittest.main unittest.mock unittest.result unittest.runner
    unittest.signals unittest.suite unittest.util
""".split()  # noqa: SIM905 - a list of words


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; 2 when fewer than two interpreters are found."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.functions", description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    options = parser.parse_args(argv)
    found = dict(_given(options.interpreter)) or _found()
    # ast.unparse() is of 3.9.
    versions = sorted((version for version in found if _key(version) >= (3, 9)), key=_key)
    if len(versions) < 2:
        print("error: two interpreters at least are needed", file=sys.stderr)
        return 2
    pairs = [(base, later) for base in versions[:-1] for later in versions[versions.index(base) + 1 :]]
    with tempfile.TemporaryDirectory() as folder:
        sources = {version: _spelled(found[version], Path(folder, version)) for version in versions[1:]}
        with ThreadPoolExecutor(2) as pool:
            taken = list(pool.map(lambda pair: _transferable(found[pair[0]], sources[pair[1]]), pairs))
    table = _table(dict(zip(pairs, taken, strict=True)))
    FILE.write_text(_compact(table), encoding="utf-8")
    for (base, later), modules in zip(pairs, taken, strict=True):
        print(f"{base} as if {later}: {sum(map(len, modules.values()))} functions of {len(modules)} modules")
    return 0


def _spelled(python: str, folder: Path) -> Path:
    """A copy of the modules' sources, as earlier versions can read them."""
    library = Path(_ask(python, "import os; print(os.path.dirname(os.__file__))"))
    for name in MODULES:
        there = library.joinpath(*name.split("."))
        for file in (there.with_suffix(".py"), there / "__init__.py"):
            if file.is_file():
                copy = folder / file.relative_to(library)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(_respelled(file.read_bytes()))
    return folder


def _transferable(python: str, sources: Path) -> dict[str, dict[str, str]]:
    command = [python, "-I", "-S", "-W", "ignore", str(_TRANSFERABLE), str(sources), *MODULES]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"error: {python}: {run.stderr.strip()[-2000:]}")
    found: dict[str, dict[str, str]] = json.loads(run.stdout)
    return found


def _table(taken: Mapping[tuple[str, str], Mapping[str, Mapping[str, str]]]) -> dict[str, Any]:
    """{pairs: {base: {later: {module: {name: number}}}}, sources: [text]}: most texts are those of several pairs."""
    sources = sorted(set(_texts(taken.values())))
    numbers = {text: number for number, text in enumerate(sources)}
    pairs: dict[str, dict[str, Any]] = {}
    for (base, later), modules in taken.items():
        pairs.setdefault(base, {})[later] = {
            module: {name: numbers[text] for name, text in functions.items()} for module, functions in modules.items()
        }
    return {"format": 1, "pairs": pairs, "sources": sources}


def _texts(tables: Iterator[Any] | Any) -> Iterator[str]:
    for modules in tables:
        for functions in modules.values():
            yield from functions.values()


if __name__ == "__main__":
    sys.exit(main())
