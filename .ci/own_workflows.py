"""Compares the workflows that are made from runner/ci with those here; with ``--update`` writes them."""

import sys
from pathlib import Path

from runner.init_ci import own_files, write_ci

root = Path(__file__).resolve().parents[1]
version, *options = sys.argv[1:]
made = own_files(version)
if "--update" in options:
    write_ci(root, made, force=True)
if stale := [name for name, text in made.items() if (root / name).read_text(encoding="utf-8") != text]:
    sys.exit(f"{', '.join(stale)}: not what runner/ci makes; `nox -s workflows -- --update` writes them")
