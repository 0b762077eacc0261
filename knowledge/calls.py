"""Which functions of the standard library each version calls for otherwise: ``python -m knowledge.calls``.

Written into ``calls.json``, for each version: functions and methods written in Python that refuse a call which the
version before took, because a parameter went, is needed now, or is no longer given by position or by name; with their
parameters as a ``def`` has them. A run "as if Python were a later one" refuses the same calls where the module stays
the base's own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .measure import _found, _given

FILE = Path(__file__).with_name("calls.json")
_SURFACE = Path(__file__).with_name("surface.py")

#: [name, kind, whether it may be left out]; the kinds are those of ``inspect.Parameter``, as numbers.
Parameters = list[tuple[str, int, bool]]
_POSITIONAL, _EITHER, _REST, _KEYWORD, _MORE = range(5)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; 2 when fewer than two interpreters are found."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.calls", description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[], metavar="3.X=PATH", help="only these")
    options = parser.parse_args(argv)
    found = dict(_given(options.interpreter)) or _found()
    versions = sorted(found, key=lambda version: tuple(map(int, version.split("."))))
    if len(versions) < 2:
        print("error: two interpreters at least are needed", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(2) as pool:
        described = dict(zip(versions, pool.map(lambda version: _describe(found[version]), versions), strict=True))
    table = {
        later: dict(_narrowed(described[before], described[later])) for before, later in itertools.pairwise(versions)
    }
    FILE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(", ".join(f"{version}: {sum(map(len, modules.values()))}" for version, modules in table.items()))
    return 0


def _describe(python: str) -> Mapping[str, Mapping[str, Parameters]]:
    command = [python, "-I", "-S", "-W", "ignore", str(_SURFACE), "--parameters"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found: dict[str, dict[str, Parameters]] = json.loads(run.stdout)
    return found


def _narrowed(
    before: Mapping[str, Mapping[str, Parameters]], later: Mapping[str, Mapping[str, Parameters]]
) -> Iterator[tuple[str, dict[str, str]]]:
    for module, functions in later.items():
        found = {
            path: written(parameters)
            for path, parameters in functions.items()
            if path in before.get(module, {}) and refuses(before[module][path], parameters)
        }
        if found:
            yield module, found


def refuses(before: Parameters, later: Parameters) -> bool:
    """Whether a call that the first parameters take is refused by the second."""
    if any(kind in (_REST, _MORE) for _, kind, _ in before):
        return False  # whatever it does with them: it may refuse by itself
    known = {name: (kind, optional) for name, kind, optional in before}
    for name, kind, optional in later:
        was, could_be_left_out = known.get(name, (None, True))
        if not optional and (could_be_left_out or (kind == _KEYWORD and was != _KEYWORD)):
            return True
    kinds = {kind for _, kind, _ in later}
    if _REST not in kinds and _positions(before) > _positions(later):
        return True
    wanted = {name for name, kind, _ in later if kind in (_EITHER, _KEYWORD)}
    by_name = {name for name, kind, _ in before if kind in (_EITHER, _KEYWORD)}
    return _MORE not in kinds and not by_name <= wanted


def _positions(parameters: Parameters) -> int:
    return sum(kind in (_POSITIONAL, _EITHER) for _, kind, _ in parameters)


def written(parameters: Parameters) -> str:
    """``a, /, b=None, *, c``."""
    parts: list[str] = []
    for index, (name, kind, optional) in enumerate(parameters):
        if kind == _KEYWORD and not any(one in (_REST, _KEYWORD) for _, one, _ in parameters[:index]):
            parts.append("*")
        star = {_REST: "*", _MORE: "**"}.get(kind, "")
        parts.append(f"{star}{name}{'=None' if optional and not star else ''}")
        if kind == _POSITIONAL and (index + 1 == len(parameters) or parameters[index + 1][1] != _POSITIONAL):
            parts.append("/")
    return ", ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
