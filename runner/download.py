"""Downloads interpreters with uv, when asked to. A network that refuses is found out once."""

from __future__ import annotations

from collections.abc import Mapping

from . import execute
from .environment import UV_DEFAULTS
from .model import Absent, Python

#: Seconds that one interpreter may take to arrive.
_PATIENCE = 300.0

_NETWORK_WORDS = ("dns error", "connect", "network", "timed out", "error sending request", "offline")


class Downloader:
    """Callable for ``Finder``. After the network has failed once, nothing more is tried."""

    def __init__(self, uv: str | None, environment: Mapping[str, str]) -> None:
        self._uv = uv
        # One try, and no patience with a connection that is not answered: a refusing network costs seconds.
        self._environment = {
            "UV_HTTP_RETRIES": "0",
            "UV_HTTP_CONNECT_TIMEOUT": "5",
            "UV_PYTHON_INSTALL_BIN": "0",
            **UV_DEFAULTS,
            **environment,
        }
        self._refused: str | None = None

    def __call__(self, python: Python) -> Absent | str:
        """The path of the interpreter, downloaded, or why it could not be had."""
        if self._uv is None:
            return Absent(python=python, reason="downloading needs uv (pip install uv)")
        if self._refused is not None:
            return Absent(python=python, reason=f"not downloaded: {self._refused}")
        install = [self._uv, "python", "install", "--color", "never", "--no-progress", str(python)]
        answer = execute.ask(install, environment=self._environment, timeout=_PATIENCE)
        if answer is None:
            self._refused = f"uv python install did not start, or took over {_PATIENCE:g} s"
            return Absent(python=python, reason=f"not downloaded: {self._refused}")
        if answer.exit_status != 0:
            return self._refusal(python, answer.errors)
        find = [self._uv, "python", "find", "--managed-python", "--no-project", str(python)]
        found = execute.ask(find, environment=self._environment)
        if found is None or found.exit_status != 0:
            return Absent(python=python, reason="uv downloaded it but does not find it")
        return found.output.strip()

    def _refusal(self, python: Python, output: str) -> Absent:
        lines = [line.strip(" ×╰─▶├│") for line in output.splitlines() if line.strip()]
        said = " ".join(lines)[:300] or "uv said nothing"
        if any(word in output.lower() for word in _NETWORK_WORDS):
            self._refused = "the network refuses downloads of Python"
            return Absent(python=python, reason=f"not downloaded: {self._refused} ({lines[-1][:200]})")
        return Absent(python=python, reason=f"not downloaded: {said}")
