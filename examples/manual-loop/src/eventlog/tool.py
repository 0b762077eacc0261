"""The command ``eventlog``: add to a log and print it, for people and shell scripts."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Optional, Sequence

from .errors import LogError
from .events import decode, encode
from .log import EventLog


async def _append(path: str, stream: str, kind: str, data: str) -> int:
    async with EventLog(path) as log:
        event = await log.append(stream, kind, decode(data))
    print(f"{event.position} {event.stream}@{event.version}")
    return 0


async def _show(path: str, stream: Optional[str]) -> int:
    async with EventLog(path) as log:
        async for event in log.replay(stream):
            print(f"{event.position:>6} {event.stream}@{event.version} {event.kind} {encode(event.data)}")
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command; 0 is success, 1 a refusal by the log, 2 (by argparse) wrong usage."""
    parser = argparse.ArgumentParser(prog="eventlog", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    append = commands.add_parser("append", help="add one event")
    append.add_argument("path")
    append.add_argument("stream")
    append.add_argument("kind")
    append.add_argument("data", nargs="?", default="{}")
    show = commands.add_parser("show", help="print the events")
    show.add_argument("path")
    show.add_argument("stream", nargs="?")
    arguments = parser.parse_args(argv)
    if arguments.command == "append":
        work = _append(arguments.path, arguments.stream, arguments.kind, arguments.data)
    else:
        work = _show(arguments.path, arguments.stream)
    try:
        return asyncio.run(work)
    except (LogError, ValueError) as error:
        print(f"eventlog: {error}", file=sys.stderr)
        return 1
