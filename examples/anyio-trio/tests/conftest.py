"""The backends: asyncio, asyncio in debug mode, and trio where it can be installed."""

from __future__ import annotations

import pytest


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("asyncio", {}), id="asyncio"),
        pytest.param(("asyncio", {"debug": True}), id="asyncio-debug"),
        pytest.param(("trio", {}), id="trio"),
    ],
)
def anyio_backend(request: pytest.FixtureRequest):
    """Of module scope, so that fixtures of that scope can be coroutines too."""
    name, _ = request.param
    if name == "trio":
        pytest.importorskip("trio")
    return request.param
