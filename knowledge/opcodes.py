"""Which names of opcodes each version has: ``python -m knowledge.opcodes``.

Written into ``opcodes.json``: the names in ``opcode.opmap`` of each version that was found. A run "as if Python were a
later one" refuses those that the later one lacks to code that writes them down. Some go and come back.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .measure import _found, _given

FILE = Path(__file__).with_name("opcodes.json")
_PROGRAM = "import json, opcode; print(json.dumps(sorted(opcode.opmap)))"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; 2 when no interpreter is found."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.opcodes", description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    options = parser.parse_args(argv)
    found = dict(_given(options.interpreter)) or _found()
    if not found:
        print("error: no interpreter was found", file=sys.stderr)
        return 2
    names = {version: _names(python) for version, python in found.items()}
    FILE.write_text(json.dumps(names, sort_keys=True).replace("], ", "],\n") + "\n", encoding="utf-8")
    print(", ".join(f"{version}: {len(entries)}" for version, entries in sorted(names.items())))
    return 0


def _names(python: str) -> list[str]:
    run = subprocess.run([python, "-I", "-S", "-c", _PROGRAM], stdout=subprocess.PIPE, check=True)
    return sorted(json.loads(run.stdout))


if __name__ == "__main__":
    sys.exit(main())
