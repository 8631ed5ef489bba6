"""When people work, where, and when they are away. Shares are declared in ``habits.yaml``.

Clock: a person's zone is a fixed number of minutes east of UTC; there is no daylight saving time and no public holiday in this world.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, Person

Where = Literal["office", "home", "travel"]
Off = Literal["", "weekend", "leave", "ill"]

STRETCH_DAYS = 60
"""Trips and leave are drawn once for every stretch of that many days and lie within it."""


class Workday(msgspec.Struct, frozen=True, gc=False):
    """One local day of a person. ``starts_at``, ``ends_at``: their working time, UTC; equal on a day off.

    The local date is the simulated day's date, so that the hours of someone far from Greenwich may lie in the UTC day before or after.
    ``where``: where they work, or where they are on a day off. ``destination``: number of the place they travel to, if they do.
    """

    starts_at: int
    ends_at: int
    where: Where
    off: Off = ""
    destination: int | None = None


class _Traits(msgspec.Struct, frozen=True):
    """What stays the same with a person."""

    start_hour: float
    hours: float
    home_days: frozenset[int]
    travels: bool


class _Stretch(msgspec.Struct, frozen=True, gc=False):
    """Trip and leave of a person within one stretch, as half-open ranges of days; empty ones are (0, 0)."""

    trip_from: int
    trip_to: int
    destination: int
    leave_from: int
    leave_to: int


class Habits:
    """Working days by person, drawn by name. ``odd``: numbers of people with odd hours."""

    def __init__(self, chance: Chance, start_at: int, odd: frozenset[int], destinations: int) -> None:
        self._chance = chance
        self._start_at = start_at
        self._odd = odd
        self._destinations = destinations
        self._rules = declared("habits")
        self._workday = lru_cache(maxsize=32_768)(self._make_workday)
        self._traits = lru_cache(maxsize=1024)(self._make_traits)
        self._stretch = lru_cache(maxsize=4096)(self._make_stretch)

    def workday(self, person: Person, day: int) -> Workday:
        """The person's local day with the date of that simulated day; ``day`` may be negative."""
        return self._workday(person.number, person.zone, day)

    def local_day(self, person: Person, at: int) -> int:
        """The day whose date it is where the person lives."""
        return (at - self._start_at + person.zone * MS_PER_MINUTE) // MS_PER_DAY

    def _make_workday(self, number: int, zone: int, day: int) -> Workday:
        midnight = self._start_at + day * MS_PER_DAY - zone * MS_PER_MINUTE
        weekday = (self._start_at // MS_PER_DAY + day + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        stretch = self._stretch(number, day // STRETCH_DAYS)
        away = stretch.trip_from <= day < stretch.trip_to
        destination = stretch.destination if away else None
        idle: Where = "travel" if away else "home"
        if weekday >= 5:
            return Workday(midnight, midnight, idle, "weekend", destination)
        if stretch.leave_from <= day < stretch.leave_to and not away:
            return Workday(midnight, midnight, "home", "leave")
        draw = self._chance.stream("workday", number, day)
        if draw.random() < self._rules["illness"]:
            return Workday(midnight, midnight, idle, "ill", destination)
        traits, start, hours = self._traits(number), self._rules["start_hour"], self._rules["hours"]
        begins = traits.start_hour + draw.gauss(0, start["between_days"])
        lasts = min(max(traits.hours + draw.gauss(0, hours["between_days"]), hours["least"]), hours["most"])
        starts_at = midnight + int(begins * MS_PER_HOUR)
        where: Where = "travel" if away else "home" if weekday in traits.home_days else "office"
        return Workday(starts_at, starts_at + int(lasts * MS_PER_HOUR), where, "", destination)

    def _make_traits(self, number: int) -> _Traits:
        draw = self._chance.stream("habits", number)
        start, hours, days = self._rules["start_hour"], self._rules["hours"], self._rules["home_days"]
        begins = min(max(draw.gauss(start["mean"], start["between_people"]), start["earliest"]), start["latest"])
        lasts = draw.gauss(hours["mean"], hours["between_people"])
        home_days = frozenset(draw.sample(range(5), draw.choices(list(days), list(days.values()))[0]))
        travels = draw.random() < self._rules["trips"]["travellers"]
        if number in self._odd:
            return _Traits(self._rules["odd_start_hour"], lasts, frozenset(range(5)), travels)
        return _Traits(begins, lasts, home_days, travels)

    def _make_stretch(self, number: int, index: int) -> _Stretch:
        draw = self._chance.stream("stretch", number, index)
        begin = index * STRETCH_DAYS
        trip_from = trip_to = leave_from = leave_to = 0
        trips, leave = self._rules["trips"], self._rules["leave"]
        if draw.random() < trips["share"] and self._traits(number).travels:
            length = draw.randint(trips["least"], trips["most"])
            trip_from = begin + draw.randrange(STRETCH_DAYS - length)
            trip_to = trip_from + length
        destination = draw.randrange(self._destinations)
        if draw.random() < leave["share"]:
            length = draw.randint(leave["least"], leave["most"])
            leave_from = begin + draw.randrange(STRETCH_DAYS - length)
            leave_to = leave_from + length
        return _Stretch(trip_from, trip_to, destination, leave_from, leave_to)
