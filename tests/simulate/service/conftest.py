"""Acts made by hand: a tenant of thirty mailboxes and one person in it whose mailbox is fully licensed and audited as Microsoft sets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from itertools import count
from typing import Any

import pytest

from mailwitness.simulate.acts import Act, Cmdlet, DirectoryAct, MailAccess, MailboxAct, SignIn
from mailwitness.simulate.logged import Logged
from mailwitness.simulate.options import Options
from mailwitness.simulate.service import Service
from mailwitness.simulate.tenant import Tenant, Timeline, build
from mailwitness.simulate.world import MS_PER_HOUR, Mailbox, MailboxKind, Message, Person, Place, Plan, Token

MINUTE, HOUR = 60_000, MS_PER_HOUR
TODAY = date(2026, 3, 2)
OFFICE = Place("192.0.2.10", 64500, "Ghent", "BE", "office")
HOME = Place("203.0.113.7", 64501, "Ghent", "BE", "home")
IPV6 = Place("2001:db8::7", 64502, "Ghent", "BE", "mobile")

Override = tuple[str, str, str]
Change = tuple[int, str, str, str]


@lru_cache(maxsize=8)
def tenant_of(start: date = TODAY) -> Tenant:
    return build(Options(seed=5, mailboxes=30, days=3, start=start))


class Desk:
    """Makes acts of one tenant and lets a service record them. Times are milliseconds since the first day's midnight."""

    def __init__(self, tenant: Tenant, overrides: Iterable[Override] = (), changes: Iterable[Change] = ()) -> None:
        self.tenant = tenant
        changes = [(tenant.start_at + at, subject, name, value) for at, subject, name, value in changes]
        self.timeline = Timeline(tenant, overrides, changes)
        self.service = Service(tenant, self.timeline)
        self._numbers = count()
        self.mailbox = self.licensed("e5")
        assert self.mailbox.owner is not None
        self.owner: Person = tenant.people[self.mailbox.owner]

    def licensed(self, plan: Plan, nth: int = 0) -> Mailbox:
        """A person's mailbox that was born with that plan and is audited as Microsoft sets it."""
        managed = {
            subject
            for subject, name, value in self.tenant.initial_settings()
            if (name, value) == ("DefaultAuditSet", "Admin, Delegate, Owner")
        }
        found = [m for m in self.tenant.mailboxes if m.kind == "UserMailbox" and m.plan == plan and m.guid in managed]
        return found[nth]

    def of_kind(self, kind: MailboxKind) -> Mailbox:
        return next(mailbox for mailbox in self.tenant.mailboxes if mailbox.kind == kind)

    def key(self) -> str:
        return self.tenant.chance.guid("act", next(self._numbers))

    def message(
        self, number: int = 0, *, mailbox: Mailbox | None = None, folder: str = "\\Inbox", attachments: int = 0
    ) -> Message:
        owner = (mailbox or self.mailbox).guid
        return Message(
            owner, f"<m{number}@fabrikam.example>", f"RgAAA/B+{number:04d}", f"LgAAA{number:04d}", f"Subject {number}",
            "anna@fabrikam.example", 40_000 + number, self.tenant.start_at - HOUR, folder, attachments,
        )  # fmt: skip

    def token(self, name: str = "first", at: int = 0, *, app_only: bool = False) -> Token:
        issued = self.tenant.start_at + at
        return Token(
            self.tenant.chance.guid("token", name), issued, issued + HOUR, self.tenant.apps["outlook_web"].app_id,
            self.tenant.apps["exchange"].app_id, "5e551010-0000-4000-8000-000000000001", self.owner.object_id, app_only,
        )  # fmt: skip

    def bind(self, at: int, *messages: Message, **more: Any) -> MailAccess:
        given: dict[str, Any] = {
            "mailbox": self.mailbox.guid, "how": "bind", "folder": "\\Inbox", "messages": messages or (self.message(),),
            "logon": "owner", "client": self.tenant.clients["owa"], "place": OFFICE, "actor": self.owner.number,
            "session_id": "5e551010-0000-4000-8000-000000000001", "token": self.token(),
        }  # fmt: skip
        return MailAccess(at=self.tenant.start_at + at, key=self.key(), **(given | more))

    def sync(self, at: int, folder: str = "\\Inbox", **more: Any) -> MailAccess:
        given = {"client": self.tenant.clients["outlook_desktop"], "folder": folder, "how": "sync"}
        return self.bind(at, **(given | more))

    def mailbox_act(self, at: int, operation: str, **more: Any) -> MailboxAct:
        given: dict[str, Any] = {
            "mailbox": self.mailbox.guid, "logon": "owner", "client": self.tenant.clients["owa"], "place": OFFICE,
            "actor": self.owner.number, "session_id": "5e551010-0000-4000-8000-000000000001", "token": self.token(),
        }  # fmt: skip
        return MailboxAct(at=self.tenant.start_at + at, key=self.key(), operation=operation, **(given | more))

    def sign_in(self, at: int, **more: Any) -> SignIn:
        client = self.tenant.clients["owa"]
        key = self.key()
        given: dict[str, Any] = {
            "request_id": self.tenant.chance.guid("request", key), "stream": "interactive", "client": client, "app": client.app,
            "resource_id": client.resource_id, "place": OFFICE, "person": self.owner.number,
            "session_id": "5e551010-0000-4000-8000-000000000001", "device": self.tenant.devices(self.owner)[0],
            "correlation_id": self.tenant.chance.guid("correlation", key), "first_factor": True, "mfa": "satisfied",
        }  # fmt: skip
        return SignIn(at=self.tenant.start_at + at, key=key, **(given | more))

    def cmdlet(self, at: int, operation: str = "Set-Mailbox", **more: Any) -> Cmdlet:
        given: dict[str, Any] = {
            "target": self.mailbox.upn, "parameters": (("Identity", self.mailbox.upn),), "actor": self.owner.number, "place": OFFICE,
        }  # fmt: skip
        return Cmdlet(at=self.tenant.start_at + at, key=self.key(), operation=operation, **(given | more))

    def directory_act(self, at: int, activity: str, category: str = "UserManagement", **more: Any) -> DirectoryAct:
        given: dict[str, Any] = {
            "targets": (("User", self.owner.object_id, self.owner.name),), "actor": self.owner.number, "place": OFFICE,
        }  # fmt: skip
        return DirectoryAct(
            at=self.tenant.start_at + at, key=self.key(), activity=activity, category=category, **(given | more)
        )

    def all_records(self, *acts: Act) -> list[Logged]:
        """Every record of these acts, repeated deliveries and the service's own commands included."""
        made = [*self.service.record(acts), *self.service.close()]
        return sorted(made, key=lambda one: (one.at, one.id, one.available))

    def records(self, *acts: Act) -> list[Logged]:
        """Every record that tells of these acts, once, in the order of time."""
        distinct = {(one.stream, one.id): one for one in reversed(self.all_records(*acts)) if one.acts}
        return sorted(distinct.values(), key=lambda one: (one.at, one.id))

    def unified(self, *acts: Act) -> list[dict[str, Any]]:
        """The unified log's records of these acts."""
        return [one.record for one in self.records(*acts) if one.stream == "unified"]


DeskOf = Callable[..., Desk]


@pytest.fixture
def desk() -> Desk:
    """A tenant of March 2026 with the settings that it was born with."""
    return Desk(tenant_of())


@pytest.fixture
def desk_of() -> DeskOf:
    """A tenant with other settings or of another time: ``desk_of(start=…, overrides=[…], changes=[…])``."""

    def make(*, start: date = TODAY, overrides: Iterable[Override] = (), changes: Iterable[Change] = ()) -> Desk:
        return Desk(tenant_of(start), overrides, changes)

    return make
