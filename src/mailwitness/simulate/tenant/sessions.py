"""Sessions: what a person signed in to once and then used for days or weeks. Habits are declared in ``sessions.yaml``.

A habit is a way of using the mailbox on one device; its sessions follow each other, one at a time. A session begins with an interactive
sign-in while the device is in use, and ends when it expires or the person changes the password, which ends all of theirs. So a person has several
at once, and those that are alive on day 0 began before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Any

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.applications import with_agent
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.tenant.devices import is_phone
from mailwitness.simulate.tenant.habits import Habits
from mailwitness.simulate.world import (
    MS_PER_DAY,
    MS_PER_HOUR,
    MS_PER_MINUTE,
    Client,
    ClientKind,
    Device,
    Person,
    Session,
)

LONGEST_DAYS = 90
"""No session lasts longer."""
PASSWORD_DAYS = 200
"""Mean days between two password changes of a person (assumption)."""


class History(msgspec.Struct, frozen=True):
    """All sessions of a person that reach into the simulated days, by their beginning, and the moments of password changes."""

    sessions: tuple[Session, ...]
    password_changes: tuple[int, ...]


class Sessions:
    """The history of each person, made at once and kept for the people asked for last."""

    def __init__(
        self,
        chance: Chance,
        people: tuple[Person, ...],
        devices: Callable[[Person], tuple[Device, ...]],
        clients: Mapping[str, Client],
        habits: Habits,
        closed: Callable[[Person], frozenset[ClientKind]],
        start_at: int,
        end_at: int,
    ) -> None:
        self._chance = chance
        self._people = people
        self._devices = devices
        self._clients = clients
        self._habits = habits
        self._closed = closed
        self._start_at = start_at
        self._end_at = end_at
        self._history = lru_cache(maxsize=256)(self._make_history)
        self._client = lru_cache(maxsize=256)(self._make_client)

    def history(self, person: Person) -> History:
        """The person's sessions and password changes; people of other tenants have theirs there."""
        return self._history(person.number)

    def on(self, person: Person, day: int) -> tuple[Session, ...]:
        """The sessions that are alive at some moment of that day, the oldest first."""
        begin = self._start_at + day * MS_PER_DAY
        end = begin + MS_PER_DAY
        return tuple(s for s in self._history(person.number).sessions if s.starts_at < end and s.ends_at > begin)

    def _make_history(self, number: int) -> History:
        person = self._people[number]
        if person.home_tenant is not None:
            return History((), ())
        draw = self._chance.stream("sessions", number)
        changes = self._changes(person, draw)
        devices = self._devices(person)
        sessions: list[Session] = []
        for habit in declared("sessions"):
            if self._has(person, devices, habit, draw):
                sessions.extend(self._follow(person, devices[habit["device"]], habit, changes))
        return History(tuple(sorted(sessions, key=lambda s: (s.starts_at, s.session_id))), changes)

    def _has(self, person: Person, devices: tuple[Device, ...], habit: Mapping[str, Any], draw: Random) -> bool:
        lucky = draw.random() < habit["share"]
        if habit["device"] >= len(devices) or person.plan not in habit["plans"]:
            return False
        if self._clients[habit["client"]].kind in self._closed(person):
            return False
        return bool(lucky and devices[habit["device"]].os.startswith(habit["os"]))

    def _changes(self, person: Person, draw: Random) -> tuple[int, ...]:
        """Moments at which the person changes the password: some minutes into a working day."""
        found: list[int] = []
        at = self._start_at - LONGEST_DAYS * MS_PER_DAY
        while True:
            at += int(draw.expovariate(1 / PASSWORD_DAYS) * MS_PER_DAY) + MS_PER_DAY
            if at >= self._end_at:
                return tuple(found)
            at = self._at_work(person, at, draw)
            found.append(at)

    def _follow(
        self, person: Person, device: Device, habit: Mapping[str, Any], changes: tuple[int, ...]
    ) -> list[Session]:
        draw = self._chance.stream("sessions", person.number, habit["key"])
        client = self._client(habit["client"], device.user_agent)
        low, high = habit["days"]
        found: list[Session] = []
        at = self._start_at - LONGEST_DAYS * MS_PER_DAY + int(draw.random() * high * MS_PER_DAY)
        while True:
            starts_at = self._use(person, device, at, draw)
            if starts_at >= self._end_at:
                return found
            ends_at = starts_at + int(draw.uniform(low, high) * MS_PER_DAY)
            ends_at = next((change for change in changes if starts_at < change < ends_at), ends_at)
            if ends_at > self._start_at:
                session_id = self._chance.guid("session", person.number, habit["key"], starts_at)
                found.append(Session(session_id, person.number, device, client, starts_at, ends_at))
            at = ends_at + draw.randint(*habit["pause"]) * MS_PER_DAY

    def _use(self, person: Person, device: Device, at: int, draw: Random) -> int:
        """The next moment at which the device is in use and its owner can sign in."""
        if device.managed and not is_phone(device):
            return self._at_work(person, at, draw)
        # Phones and private computers wait for their owner from seven in the morning to eleven at night.
        hour = (at + person.zone * MS_PER_MINUTE) % MS_PER_DAY / MS_PER_HOUR
        wait = 7 - hour if hour < 7 else 31 - hour if hour >= 23 else 0
        return at + int(wait * MS_PER_HOUR) + draw.randrange(2 * MS_PER_MINUTE, 40 * MS_PER_MINUTE)

    def _at_work(self, person: Person, at: int, draw: Random) -> int:
        """A moment after ``at``, within half an hour of it if the person is at work, and else of the beginning of their next working day."""
        day = self._habits.local_day(person, at) - 1  # odd hours reach into the next date
        later = draw.randrange(MS_PER_MINUTE, 30 * MS_PER_MINUTE)
        while True:
            work = self._habits.workday(person, day)
            moment = max(at, work.starts_at) + later
            if moment < work.ends_at:
                return moment
            day += 1

    def _make_client(self, key: str, agent: str) -> Client:
        client = self._clients[key]
        return with_agent(client, agent) if client.kind == "owa" else client
