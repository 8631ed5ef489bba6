"""What all parts of a department's life share: the tenant, the settings over time, the rates, and what lies in the mailboxes."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from mailwitness.simulate.acts import Act
from mailwitness.simulate.life.conditional_access import ConditionalAccess
from mailwitness.simulate.life.declared import Rates, rates
from mailwitness.simulate.life.shelf import Shelf
from mailwitness.simulate.tenant import Tenant, Timeline
from mailwitness.simulate.tenant.applications import through
from mailwitness.simulate.world import (
    MS_PER_DAY,
    MS_PER_HOUR,
    MS_PER_MINUTE,
    App,
    Client,
    ClientKind,
    Mailbox,
    Person,
    Place,
)

_SWITCHES: dict[ClientKind, str] = {
    "outlook_desktop": "MAPIEnabled",
    "owa": "OWAEnabled",
    "activesync": "ActiveSyncEnabled",
    "ews": "EwsEnabled",
    "imap": "ImapEnabled",
    "pop": "PopEnabled",
}


class Surroundings:
    """One department and what its people meet. ``acts``: those of the day that is being lived, in no order."""

    def __init__(self, tenant: Tenant, department: int, timeline: Timeline) -> None:
        self.tenant = tenant
        self.department = department
        self.timeline = timeline
        self.rates: Rates = rates()
        self.conditional_access = ConditionalAccess(tenant, timeline)
        self.people = tenant.members(department)
        self.mailboxes = tenant.mailboxes_in(department)
        self.acts: list[Act] = []
        self.recipients: dict[str, list[str]] = {}
        """InternetMessageId → addresses here that it reached today."""
        self.assisted = self._assistants()
        """Person's number → the colleagues' mailboxes that they look after, beside the shared ones."""
        self._shelves: dict[str, Shelf] = {}
        self._through: dict[tuple[str, str], Client] = {}
        self._servers: dict[str, str] = {}
        self._rented: dict[tuple[object, ...], tuple[Place, ...]] = {}

    def _assistants(self) -> dict[int, tuple[Mailbox, ...]]:
        draw = self.tenant.chance.stream("assistants", self.department)
        found: dict[int, tuple[Mailbox, ...]] = {}
        for person in self.people:
            if draw.random() < self.rates.assisted:
                assistant = self.people[int(draw.random() * len(self.people))]
                if assistant is not person:
                    found[assistant.number] = (*found.get(assistant.number, ()), self.mailbox_of(person))
        return found

    def shelf(self, guid: str) -> Shelf:
        """What lies in that mailbox."""
        shelf = self._shelves.get(guid)
        if shelf is None:
            shelf = self._shelves[guid] = Shelf(self.tenant, guid)
        return shelf

    def client(self, key: str, app: App) -> Client:
        """A way of reaching a mailbox, taken by that application."""
        client = self._through.get((key, app.app_id))
        if client is None:
            client = self.tenant.clients[key]
            if client.app is not app:
                client = through(client, app)
            self._through[key, app.app_id] = client
        return client

    def client_of(self, client: Client, app: App) -> Client:
        """The same client with another application's name on its requests."""
        found = self._through.get((client.info, app.app_id))
        if found is None:
            found = self._through[client.info, app.app_id] = replace(client, app=app)
        return found

    def opened(self, mailbox: str, client: Client, at: int) -> bool:
        """Whether the mailbox's switches let this kind of client in."""
        switch = _SWITCHES.get(client.kind)
        return switch is None or self.timeline.value(mailbox, switch, at) == "True"

    def audited(self, mailbox: str, action: str, at: int) -> bool:
        """Whether someone put this owner's action into the mailbox's own audit set."""
        if "Owner" in self.timeline.value(mailbox, "DefaultAuditSet", at).split(", "):
            return False
        return action in self.timeline.value(mailbox, "AuditOwner", at).split(", ")

    def working_hours(self, person: Person, day: int) -> list[tuple[int, int]]:
        """The parts of the UTC day in which the person works; the local days around it reach into it."""
        begin = self.tenant.start_at + day * MS_PER_DAY
        end = begin + MS_PER_DAY
        found = []
        for local in (day - 1, day, day + 1):
            work = self.tenant.workday(person, local)
            starts_at, ends_at = max(work.starts_at, begin), min(work.ends_at, end)
            if starts_at < ends_at:
                found.append((starts_at, ends_at))
        return found

    def waking_hours(self, person: Person, day: int) -> list[tuple[int, int, bool]]:
        """(from, to, day off) of the parts of the UTC day in which the person has a phone in hand: seven to eleven at night."""
        begin = self.tenant.start_at + day * MS_PER_DAY
        end = begin + MS_PER_DAY
        found = []
        for local in (day - 1, day, day + 1):
            midnight = begin + (local - day) * MS_PER_DAY - person.zone * MS_PER_MINUTE
            starts_at, ends_at = max(midnight + 7 * MS_PER_HOUR, begin), min(midnight + 23 * MS_PER_HOUR, end)
            if starts_at < ends_at:
                found.append((starts_at, ends_at, self.tenant.workday(person, local).off != ""))
        return found

    def sender_ip(self, sender: str) -> str:
        """The address from which a message of that sender came to Exchange Online."""
        domain = sender.partition("@")[2]
        ip = self._servers.get(domain)
        if ip is None:
            if domain == self.tenant.domain:
                ip = self.tenant.microsoft_servers[0].ip
            else:
                ip = self.tenant.hosting(1, "mail server", domain)[0].ip
            self._servers[domain] = ip
        return ip

    def rented(self, count: int, *name: object) -> tuple[Place, ...]:
        """Servers for rent that belong to this name."""
        places = self._rented.get(name)
        if places is None:
            places = self._rented[name] = self.tenant.hosting(count, *name)
        return places

    def private_vpn(self, draw: Random) -> Place:
        """An exit of a private VPN."""
        exits = self.rented(6, "private vpn")
        return replace(exits[int(draw.random() * len(exits))], kind="vpn")

    def computer(self, person: Person, at: int) -> Place:
        """Where that person's computer is."""
        return self.tenant.place(person, self.tenant.devices(person)[0], at)

    def mailbox_of(self, person: Person) -> Mailbox:
        """The own mailbox of one of the department's people."""
        mailbox = self.tenant.mailbox_of(person.number)
        assert mailbox is not None, person
        return mailbox
