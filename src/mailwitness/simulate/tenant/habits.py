"""When people work, where, and when they are away."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, Person

Where = Literal["office", "home", "travel"]
Off = Literal["", "weekend", "leave"]


class Workday(msgspec.Struct, frozen=True, gc=False):
    """One local day of a person. ``starts_at``, ``ends_at``: their working time, UTC; empty (equal) on a day off.

    The local date is the simulated day's date, so that the hours of someone far from Greenwich may lie in the UTC day before or after.
    """

    starts_at: int
    ends_at: int
    where: Where
    off: Off = ""


class Habits:
    """Working days by person, drawn by name."""

    def __init__(self, chance: Chance, start_at: int) -> None:
        self._chance = chance
        self._start_at = start_at
        self._cached = lru_cache(maxsize=8192)(self._make)

    def workday(self, person: Person, day: int) -> Workday:
        """The person's local day with the date of that simulated day; ``day`` may be negative."""
        return self._cached(person.number, person.zone, day)

    def _make(self, number: int, zone: int, day: int) -> Workday:
        midnight = self._start_at + day * MS_PER_DAY - zone * 60_000
        weekday = ((self._start_at // MS_PER_DAY + day) + 3) % 7  # Monday is 0
        if weekday >= 5:
            return Workday(midnight, midnight, "home", "weekend")
        draw = self._chance.stream("workday", number, day)
        starts = midnight + int(draw.gauss(8.5, 0.5) * MS_PER_HOUR)
        return Workday(starts, starts + 8 * MS_PER_HOUR, "home" if draw.random() < 0.4 else "office")
