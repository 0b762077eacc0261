"""Finds out what each version began to warn of, and at which moment: ``python -m knowledge.announced``.

A run "as if Python were a later one" gives these warnings where a module stays the base's own. Written into
``announced.json``, for each version: the record, what it is about (``module`` and ``name``), when the warning comes
(``import`` of the module, ``access`` to the name, ``call`` of it), its category and its text. Measured on the version
itself, of the records whose subject is a name; what depends on arguments or on state is not among them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import records
from .measure import _found, _given

FILE = Path(__file__).with_name("announced.json")
_KINDS = frozenset({"attribute", "class", "function", "method", "module"})
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; 2 when fewer than two interpreters are found."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.announced", description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    options = parser.parse_args(argv)
    found = dict(_given(options.interpreter)) or _found()
    versions = sorted(found, key=lambda version: tuple(map(int, version.split("."))))
    if len(versions) < 2:
        print("error: two interpreters at least are needed", file=sys.stderr)
        return 2
    table = {later: list(_announced(found[later], before, later)) for before, later in itertools.pairwise(versions)}
    lines = [
        f'  "{version}": [\n' + ",\n".join(f"    {json.dumps(entry)}" for entry in entries) + "\n  ]"
        for version, entries in table.items()
        if entries
    ]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(", ".join(f"{version}: {len(entries)}" for version, entries in table.items()))
    return 0


def _announced(python: str, before: str, later: str) -> Iterator[dict[str, Any]]:
    """What one version warns of that the one before did not."""
    new = [one for one in records.load()["records"] if _is_new(one, before, later)]
    with ThreadPoolExecutor(2) as pool:
        for record, answer in zip(new, pool.map(lambda one: _ask(python, one), new), strict=True):
            if answer is not None:
                yield {"record": record["id"], **answer}


def _is_new(record: Mapping[str, Any], before: str, later: str) -> bool:
    measured = record.get("measured", {})
    return (
        record["package"] == "cpython"
        and record["kind"] in _KINDS
        and "probe_kind" not in record
        and measured.get(before) == "ok"
        and measured.get(later) == "warns"
        and _NAME.fullmatch(_subject(record)) is not None
    )


def _subject(record: Mapping[str, Any]) -> str:
    """``asyncio.FastChildWatcher`` of ``asyncio.FastChildWatcher (creating one)``."""
    return str(record["subject"]).partition(" (")[0]


def _ask(python: str, record: Mapping[str, Any]) -> dict[str, str] | None:
    told = json.dumps([_subject(record), "\n".join(record["probe"]), record["message_pattern"]])
    run = subprocess.run([python, "-I", "-c", _WHEN, told], capture_output=True, text=True, check=False)
    found: dict[str, str] | None = json.loads(run.stdout.splitlines()[-1]) if run.stdout.strip() else None
    return found


#: Run on the version itself: finds the module that a name is in, and the moment of the warning.
_WHEN = """
import importlib, json, re, sys, warnings
path, probe, pattern = json.loads(sys.argv[1])

def seen(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        warnings.simplefilter("always")
        try:
            value = action()
        except Exception:
            value = None
    return value, [one for one in caught if re.search(pattern, str(one.message))]

def tell(when, caught, module, name):
    print(json.dumps({"when": when, "module": module, "name": name, "category": caught[0].category.__name__,
                      "message": str(caught[0].message)}))
    sys.exit()

parts = path.split(".")
module = None
for end in range(1, len(parts) + 1):
    name = ".".join(parts[:end])
    loaded, caught = seen(lambda: importlib.import_module(name))
    if caught:
        tell("import", caught, name, "")
    if loaded is None:
        break
    module, rest = loaded, parts[end:]
if module is None or not rest:
    sys.exit()
value = module
for part in rest:
    value, caught = seen(lambda: getattr(value, part))
    if caught:
        if part == rest[-1] and len(rest) == 1:
            tell("access", caught, module.__name__, ".".join(rest))
        sys.exit()
owner = module
for part in rest[:-1]:
    owner = getattr(owner, part)
if isinstance(owner, type) and any(rest[-1] in vars(one) for one in owner.__subclasses__()):
    sys.exit()  # a subclass does without the warning
if isinstance(value, type) and not {"__init__", "__new__"} & set(vars(value)):
    sys.exit()  # not the creation of one warns
if callable(value):
    _, caught = seen(lambda: exec(compile(probe, "<probe>", "exec"), {"__name__": "__probe__"}))
    if caught:
        tell("call", caught, module.__name__, ".".join(rest))
"""


if __name__ == "__main__":
    sys.exit(main())
