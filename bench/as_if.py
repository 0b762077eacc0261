"""Of the breaks that the knowledge base measured, how many happen in a run as if, on the version just before?

Runs every probe whose code works on one Python and fails on the next, on the earlier one, as if it were the later:
in a process of its own, with what ``runner/as_if.py`` tells the probe. Prints a table, and with --list each break that
did not happen. Also runs every probe that is silent on both, for the as-if run must leave it alone; and those that
are silent on the earlier one and warn on the later, for a suite may take warnings for errors.

    python bench/as_if.py --work WORK --interpreter 3.14=/path/to/python3.14
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from knowledge import records  # noqa: E402
from knowledge.measure import _found, _given  # noqa: E402
from runner.as_if import config, prepare_library  # noqa: E402
from runner.pythons import parse_python  # noqa: E402

_DRIVER = """
import json, sys
config, probes, probe, probing = sys.argv[1:]
sys.path.insert(0, probe)
from forewarn_probe import as_if, spy
spy.start()
as_if.install(json.load(open(config)))
sys.path.insert(0, probing)
import probing
inner = probing.warnings.resetwarnings
def reset():
    inner()
    spy._THE_SPY.install()
probing.warnings.resetwarnings = reset
probing.main(probes, 10.0)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="where libraries are unpacked (default: a temporary folder)")
    parser.add_argument("--interpreter", nargs="+", action="extend", default=[], metavar="3.X=PATH")
    parser.add_argument("--list", action="store_true", help="name each break that did not happen, and false ones")
    options = parser.parse_args(argv)
    found = _found() | dict(_given(options.interpreter))
    probed = [record for record in records.load()["records"] if record["package"] == "cpython" and "probe" in record]
    print("| Python as if the next | breaks | happen | new warnings | come | fine on both | broken by the run |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        for base, later in itertools.pairwise(sorted(found, key=lambda name: parse_python(name).minor)):
            breaks = [one for one in probed if _broke(one, base, later)]
            quiet = [one for one in probed if _quiet(one, base, later)]
            new = [one for one in quiet if _warns_first(one, base, later)]
            results = _run(found[base], base, later, [*breaks, *quiet], work)
            missed = [one["id"] for one in breaks if not results[one["id"]]["error"]]
            silent = [one["id"] for one in new if not _warned(one, results[one["id"]])]
            false = {one["id"]: results[one["id"]]["error"] for one in quiet if results[one["id"]]["error"]}
            numbers = (len(breaks), len(breaks) - len(missed), len(new), len(new) - len(silent), len(quiet), len(false))
            print(f"| {base} as if {later} | {' | '.join(map(str, numbers))} |", flush=True)
            if options.list:
                print(f"  missed: {' '.join(missed)}\n  silent: {' '.join(silent)}\n  false: {false}")
    return 0


def _broke(record: dict[str, dict[str, str]], base: str, later: str) -> bool:
    measured = record.get("measured", {})
    return "probe_kind" not in record and measured.get(base) in ("ok", "warns") and measured.get(later) == "error"


def _quiet(record: dict[str, dict[str, str]], base: str, later: str) -> bool:
    measured = record.get("measured", {})
    return "probe_kind" not in record and {measured.get(base), measured.get(later)} <= {"ok", "warns"}


def _warns_first(record: dict[str, dict[str, str]], base: str, later: str) -> bool:
    measured = record["measured"]
    return (measured[base], measured[later]) == ("ok", "warns")


def _warned(record: dict[str, str], result: dict[str, Any]) -> bool:
    return any(re.search(record["message_pattern"], message) for _, message in result["warnings"])


def _run(python: str, base: str, later: str, probed: list[dict[str, object]], work: Path) -> dict[str, dict[str, Any]]:
    """{id: what was seen of it} of the probes, as if."""
    first, second = parse_python(base), parse_python(later)
    with tempfile.TemporaryDirectory() as folder:
        told, probes, probe = Path(folder, "as-if.json"), Path(folder, "probes.json"), Path(folder, "probe")
        told.write_text(json.dumps(config(first, second, prepare_library(first, second, work))), encoding="utf-8")
        code = {one["id"]: "\n".join(one["probe"]) for one in probed}  # type: ignore[arg-type]
        probes.write_text(json.dumps(code), encoding="utf-8")
        probe.mkdir()
        (probe / "forewarn_probe").symlink_to(ROOT / "runner" / "probe")
        words = [str(told), str(probes), str(probe), str(ROOT / "knowledge")]
        run = subprocess.run(
            [python, "-c", _DRIVER, *words], stdout=subprocess.PIPE, cwd=folder, check=False, timeout=900
        )
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith(b"{")]
    return {line["id"]: line for line in lines}


if __name__ == "__main__":
    sys.exit(main())
