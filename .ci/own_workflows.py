"""Compares the workflows that are made from runner/ci with those here.

``--update`` writes them; ``--pins`` does so, too, and first takes over the commits that Dependabot has put into those
here.
"""

import re
import sys
from pathlib import Path

from runner.init_ci import own_files, write_ci

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"(uses: )([\w-]+/[\w-]+)((?:/[\w-]+)*)@([0-9a-f]{40} # v\S+)")


def take_pins() -> None:
    """Where the workflows here disagree with each other, the newer version counts."""
    here = [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / "action.yml"]
    sources = (ROOT / "runner/ci").glob("*.yml")
    newest: dict[str, str] = {}
    for path in here:
        for _, action, _, pin in PIN.findall(path.read_text(encoding="utf-8")):
            newest[action] = max(newest.get(action, pin), pin, key=_version)
    for path in [*sources, *here]:
        text = path.read_text(encoding="utf-8")
        path.write_text(PIN.sub(lambda one: f"{one[1]}{one[2]}{one[3]}@{newest.get(one[2], one[4])}", text), "utf-8")


def _version(pin: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", pin.partition("#")[2]))


version, *options = sys.argv[1:]
if "--pins" in options:
    take_pins()
made = own_files(version)
if options:
    write_ci(ROOT, made, force=True)
if stale := [name for name, text in made.items() if (ROOT / name).read_text(encoding="utf-8") != text]:
    sys.exit(
        f"{', '.join(stale)}: not what runner/ci makes. `nox -s workflows -- --update` writes them, and `-- --pins` "
        "where Dependabot was"
    )
