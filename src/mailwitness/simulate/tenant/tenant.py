"""The tenant: everything that others ask about who and what there is. Pure: the same question has the same answer at any time and place."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Literal

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant.applications import apps_of, clients_of
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.tenant.devices import devices_of
from mailwitness.simulate.tenant.habits import Habits, Workday
from mailwitness.simulate.tenant.mail import Mail
from mailwitness.simulate.tenant.people import OUTSIDE, Site, recruit
from mailwitness.simulate.tenant.places import Places, microsoft_servers_of
from mailwitness.simulate.tenant.policies import Policy, policies_of
from mailwitness.simulate.tenant.sessions import Sessions
from mailwitness.simulate.tenant.settings import closed_protocols, initial_settings
from mailwitness.simulate.world import (
    MS_PER_DAY,
    App,
    Client,
    ClientKind,
    Device,
    Mailbox,
    Message,
    Person,
    Place,
    Session,
)

DOMAIN = "contoso.test"
NAME = "Contoso"


class Tenant:
    """Who and what there is in one simulated tenant.

    ``people`` and ``mailboxes`` are indexed by number. ``start_at``, ``end_at``: the simulated days, half-open. ``collected_at``: when
    the logs were exported. ``outsiders``: people of other tenants, in no department.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.chance = Chance(options.seed)
        self.tenant_id = self.chance.guid("tenant")
        self.domain = DOMAIN
        self.name = NAME
        self.start_at = timegm(options.start.timetuple()) * 1000
        self.end_at = self.start_at + options.days * MS_PER_DAY
        self.collected_at = self.end_at + options.delay_days * MS_PER_DAY
        self.sites = tuple(
            Site(number, row["city"], row["country"], row["zone"], row["share"])
            for number, row in enumerate(declared("places")["sites"])
        )
        roster = recruit(self.chance, options.mailboxes, self.domain, self.sites)
        self.people: tuple[Person, ...] = roster.people
        self.mailboxes: tuple[Mailbox, ...] = roster.mailboxes
        self.departments: int = roster.departments
        self.outsiders: tuple[Person, ...] = tuple(p for p in self.people if p.department == OUTSIDE)
        self.apps: Mapping[str, App] = apps_of(self.chance, self.tenant_id)
        self.clients: Mapping[str, Client] = clients_of(self.apps)
        self.policies: tuple[Policy, ...] = policies_of(self.chance)
        self.microsoft_servers: tuple[Place, ...] = microsoft_servers_of(self.chance)
        self._by_guid = {mailbox.guid: mailbox for mailbox in self.mailboxes}
        self._by_upn = {person.upn: person for person in self.people}
        self._members: list[list[Person]] = [[] for _ in range(self.departments)]
        for person in self.people:
            if person.department != OUTSIDE:
                self._members[person.department].append(person)
        self._mailboxes_in: list[list[Mailbox]] = [[] for _ in range(self.departments)]
        for mailbox in self.mailboxes:
            self._mailboxes_in[mailbox.department].append(mailbox)
        self._devices = lru_cache(maxsize=512)(self._make_devices)
        self._habits = Habits(self.chance, self.start_at, roster.odd_hours, len(declared("places")["destinations"]))
        self._places = Places(self.chance, self.sites, roster.site_of, self._habits, self.start_at)
        self._sessions = Sessions(
            self.chance,
            self.people,
            self.devices,
            self.clients,
            self._habits,
            self._closed_protocols,
            self.start_at,
            self.end_at,
        )
        self._mail = Mail(self.chance, self.people, self.mailboxes, self.departments, self.start_at, self.domain)

    def mailbox(self, guid: str) -> Mailbox:
        """The mailbox with that GUID; KeyError if there is none."""
        return self._by_guid[guid]

    def mailbox_of(self, number: int) -> Mailbox | None:
        """The own mailbox of the person with that number; None for people of other tenants."""
        guid = self.people[number].mailbox
        return None if guid is None else self._by_guid[guid]

    def person_by_upn(self, upn: str) -> Person:
        """The person with that user principal name; KeyError if there is none."""
        return self._by_upn[upn]

    def members(self, department: int) -> tuple[Person, ...]:
        """The people of a department, in the order of their numbers."""
        return tuple(self._members[department])

    def mailboxes_in(self, department: int) -> tuple[Mailbox, ...]:
        """The mailboxes of a department: its people's, then shared ones, rooms and groups."""
        return tuple(self._mailboxes_in[department])

    def day_start(self, day: int) -> int:
        """The first moment of a day, UTC; day 0 is the first of the simulation. Negative days lie before it."""
        return self.start_at + day * MS_PER_DAY

    def day_of(self, at: int) -> int:
        """The day of a moment."""
        return (at - self.start_at) // MS_PER_DAY

    def workday(self, person: Person, day: int) -> Workday:
        """When and where the person works on the local date of that day."""
        return self._habits.workday(person, day)

    def devices(self, person: Person) -> tuple[Device, ...]:
        """The person's devices: the managed laptop first, then the phone, then private ones."""
        return self._devices(person.number)

    def sessions(self, person: Person, day: int) -> tuple[Session, ...]:
        """The person's sessions that are alive at some moment of that day, the oldest first. A session that starts on this day begins
        with an interactive sign-in at its ``starts_at``."""
        return self._sessions.on(person, day)

    def password_changes(self, person: Person) -> tuple[int, ...]:
        """The moments at which the person changes the password, which ends all their sessions; some lie before day 0."""
        return self._sessions.history(person).password_changes

    def place(self, person: Person, carrier: Session | Device, at: int) -> Place:
        """The network address of that person's device at that moment."""
        return self._places.of(person, carrier, at)

    def hosting(self, count: int, *name: object, country: str = "", version: Literal[4, 6] = 4) -> tuple[Place, ...]:
        """That many different rented servers, for scenarios; the same name gives the same ones.

        IPv4 addresses while the documentation network lasts (126), IPv6 after that; ``version=6``: IPv6 only. ``country``: '' for any;
        ValueError names the known ones.
        """
        return self._places.strangers("hosting", count, name, country, version)

    def residential(
        self, count: int, *name: object, country: str = "", version: Literal[4, 6] = 4
    ) -> tuple[Place, ...]:
        """That many different homes of strangers, as `hosting`."""
        return self._places.strangers("residential", count, name, country, version)

    def foreign_mobile(
        self, count: int, *name: object, country: str = "", version: Literal[4, 6] = 4
    ) -> tuple[Place, ...]:
        """That many different addresses in mobile networks abroad (62 of them IPv4), as `hosting`."""
        return self._places.strangers("foreign_mobile", count, name, country, version)

    def arrivals(self, mailbox: str, day: int) -> tuple[Message, ...]:
        """What came into the mailbox with that GUID on that day, the oldest first; what its owner sent lies in \\Sent Items. Nothing
        arrives before day 0: older mail is stock (`messages_before`)."""
        return self._mail.arrivals(mailbox, day)

    def messages_before(
        self, mailbox: str, at: int, count: int | None = None, folder: str | None = None
    ) -> tuple[Message, ...]:
        """What lies in the mailbox at that moment, the newest first: what arrived in the last 30 days, and a stock from before day 0."""
        return self._mail.before(mailbox, at, count, folder)

    def folder_contents(self, mailbox: str, folder: str, at: int) -> tuple[Message, ...]:
        """What lies in one folder at that moment, the newest first."""
        return self._mail.before(mailbox, at, None, folder)

    def initial_settings(self) -> tuple[tuple[str, str, str], ...]:
        """(subject, name, value) of what holds before day 0. Subjects: '' the tenant, mailbox GUIDs, people's object ids
        (AuditBypassEnabled), policies' ids (state)."""
        return self._initial_settings

    @cached_property
    def _initial_settings(self) -> tuple[tuple[str, str, str], ...]:
        return tuple(initial_settings(self.chance, self.mailboxes, self.people, self.policies))

    def _closed_protocols(self, person: Person) -> frozenset[ClientKind]:
        return frozenset() if person.mailbox is None else closed_protocols(self.chance, self._by_guid[person.mailbox])

    def _make_devices(self, number: int) -> tuple[Device, ...]:
        return devices_of(self.chance, self.people[number])


def build(options: Options) -> Tenant:
    """The tenant of these options. Takes seconds for 5,000 mailboxes; what happens on a day is made when it is asked for."""
    return Tenant(options)
