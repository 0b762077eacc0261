"""The interpreter that the tests run on, as the runner knows it."""

from __future__ import annotations

import sys

from runner import model

HERE = model.Python(major=sys.version_info.major, minor=sys.version_info.minor)
INTERPRETER = model.Interpreter(
    python=HERE,
    executable=sys.executable,
    version=".".join(map(str, sys.version_info[:3])),
    implementation="cpython",
    build="",
    free_threaded=False,
    source="running Python",
)
