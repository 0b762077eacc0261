"""The loops that tests run on."""

from __future__ import annotations

import asyncio
from typing import Callable, Iterator

import pytest
from support import CountingLoop


@pytest.fixture(params=["default", "counting", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """Makes loops of one kind."""
    if request.param == "uvloop":
        return pytest.importorskip("uvloop").new_event_loop
    return {"default": asyncio.new_event_loop, "counting": CountingLoop}[request.param]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of asyncio's own."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
