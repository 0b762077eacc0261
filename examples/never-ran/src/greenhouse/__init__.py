"""Keeps a greenhouse at its temperature: sensors, a vent, and a controller between them."""

from __future__ import annotations

import asyncio
from typing import List, Sequence


class Sensor:
    """A thermometer which takes a moment to answer."""

    def __init__(self, readings: Sequence[float]) -> None:
        self._readings = list(readings)

    async def read(self) -> float:
        """The next reading; LookupError when the battery is flat."""
        await asyncio.sleep(0)
        if not self._readings:
            raise LookupError("no reading")
        return self._readings.pop(0)


class Vent:
    """A window with a motor."""

    def __init__(self) -> None:
        self.position = 0

    async def move(self, position: int) -> None:
        """Open to so many per cent."""
        if not 0 <= position <= 100:
            raise ValueError(f"{position} is not a percentage")
        while self.position != position:
            await asyncio.sleep(0)
            self.position += 1 if position > self.position else -1


class Controller:
    """Opens the vent when it gets warm."""

    def __init__(self, sensors: Sequence[Sensor], vent: Vent, *, target: float) -> None:
        self.history: List[float] = []
        self._sensors = sensors
        self._vent = vent
        self._target = target

    async def mean(self) -> float:
        """Mean of all sensors that answer."""
        answers = await asyncio.gather(*(sensor.read() for sensor in self._sensors), return_exceptions=True)
        readings = [answer for answer in answers if isinstance(answer, float)]
        if not readings:
            raise LookupError("no sensor answers")
        return sum(readings) / len(readings)

    async def step(self) -> bool:
        """Look once and act; tells whether the vent had to move."""
        mean = await self.mean()
        self.history.append(mean)
        before = self._vent.position
        await self._vent.move(max(0, min(100, round((mean - self._target) * 10))))
        return self._vent.position != before
