"""Fuzzes one target with atheris, or all of them for a given time (``nox -s fuzz -- --seconds 60``).

Each target runs in a process of its own with limits: five seconds and ten times an input's memory, with a floor that an
interpreter with everything imported needs. What ends it is kept in ``found/<target>`` and fails the session.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: Seconds for one input, MiB for the whole process, bytes of the longest input.
SLOWEST = 5
MEMORY = 2048
LONGEST = 16_384


@dataclasses.dataclass(frozen=True)
class Ended:
    """What fuzzing one target came to."""

    target: str
    inputs: int
    seconds: float
    branches: int
    """Edges of our code that inputs have reached."""
    found: tuple[Path, ...]


def main(words: Sequence[str]) -> int:
    """Fuzz; returns 1 where anything was found."""
    if words[:1] == ["--one"]:
        return _fuzz(words[1], words[2:])
    from targets import TARGETS

    parser = argparse.ArgumentParser(prog="nox -s fuzz --", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together (default: 60)")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="only this one (default: all)")
    parser.add_argument("--corpus", type=Path, help="keep what reached new code here, and begin with it")
    options = parser.parse_args(words)
    chosen = options.target or sorted(TARGETS)
    ended = [_run(name, max(1, options.seconds // len(chosen)), options.corpus) for name in chosen]
    print("target          inputs  seconds  branches  found")
    for one in ended:
        print(f"{one.target:14} {one.inputs:7} {one.seconds:8.0f} {one.branches:9} {len(one.found):6}")
    total = sum(one.inputs for one in ended), sum(one.seconds for one in ended), sum(len(one.found) for one in ended)
    print(f"{'together':14} {total[0]:7} {total[1]:8.0f} {'':9} {total[2]:6}")
    for path in (path for one in ended for path in one.found):
        print(f"found: {path.relative_to(ROOT)}")
    return 1 if total[2] else 0


def _run(target: str, seconds: int, kept: Path | None) -> Ended:
    """Fuzz one target for some seconds in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="forewarn-fuzz-") as name:
        corpus, artifacts = (kept or Path(name)).resolve() / target, Path(name) / "artifacts"
        corpus.mkdir(parents=True, exist_ok=True)
        artifacts.mkdir()
        began = time.monotonic()
        command = [sys.executable, str(HERE / "fuzz.py"), "--one", target, f"-max_total_time={seconds}"]
        command += [f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}", f"-max_len={LONGEST}", "-print_final_stats=1"]
        command += [f"-artifact_prefix={artifacts}/", str(corpus), str(HERE / "seeds" / target)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]), "FUZZ_SCRATCH": name}
        # It stops by itself; the limit is for a hang that it does not see.
        ended = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=seconds + 600,
        )
        said = ended.stdout.decode("utf-8", "replace")
        found = [_keep(path, target) for path in sorted(artifacts.iterdir())]
        if found or ended.returncode:
            print(f"--- {target}\n{said[-6_000:]}", file=sys.stderr)
        if ended.returncode and not found:
            raise SystemExit(f"fuzzing {target} ended with {ended.returncode} and left no input")
    runs = re.findall(r"^#(\d+)\s", said, re.MULTILINE)
    branches = re.findall(r"cov: (\d+)", said)
    return Ended(
        target,
        inputs=int(runs[-1]) if runs else 0,
        seconds=time.monotonic() - began,
        branches=int(branches[-1]) if branches else 0,
        found=tuple(found),
    )


def _keep(path: Path, target: str) -> Path:
    folder = HERE / "found" / target
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(path, folder / path.name))


def _fuzz(target: str, words: Sequence[str]) -> int:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["runner", "reports"], enable_loader_override=False):
        from targets import run_target

    scratch = Path(os.environ["FUZZ_SCRATCH"]) / "scratch"

    def one_input(data: bytes) -> None:
        try:
            run_target(target, data, scratch)
        except BaseException:
            name = f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
            # libFuzzer does so, too, but not always: what it starts at the end may be ended by its own alarm.
            (scratch.parent / "artifacts" / name).write_bytes(data)
            raise

    atheris.Setup([sys.argv[0], *words], one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
