"""Sessions: what a person signed in to once and then used for days or weeks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.habits import Habits
from mailwitness.simulate.world import MS_PER_DAY, Client, Device, Person, Session


class Sessions:
    """All sessions of a person, made at once and kept for the people asked for last."""

    def __init__(
        self,
        chance: Chance,
        people: tuple[Person, ...],
        devices: Callable[[Person], tuple[Device, ...]],
        clients: Mapping[str, Client],
        habits: Habits,
        start_at: int,
        days: int,
    ) -> None:
        self._chance, self._people, self._devices, self._clients, self._habits = (
            chance,
            people,
            devices,
            clients,
            habits,
        )
        self._start_at, self._days = start_at, days
        self._cached = lru_cache(maxsize=512)(self._make)

    def on(self, person: Person, day: int) -> tuple[Session, ...]:
        """The sessions that are alive at some moment of that day, the oldest first."""
        begin = self._start_at + day * MS_PER_DAY
        return tuple(s for s in self._cached(person.number) if s.starts_at < begin + MS_PER_DAY and s.ends_at > begin)

    def _make(self, number: int) -> tuple[Session, ...]:
        person = self._people[number]
        sessions: list[Session] = []
        for device, key in zip(self._devices(person), ("outlook_desktop", "outlook_mobile_ios"), strict=False):
            day = -20
            while day < self._days:
                session_id = self._chance.guid("session", number, key, day)
                starts_at = self._habits.workday(person, day).starts_at
                ends_at = self._habits.workday(person, day + 20).starts_at
                sessions.append(Session(session_id, number, device, self._clients[key], starts_at, ends_at))
                day += 20
        return tuple(sorted(sessions, key=lambda s: (s.starts_at, s.session_id)))
