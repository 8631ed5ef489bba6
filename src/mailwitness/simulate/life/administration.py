"""What administrators do: settings, licences, groups, accounts.

Acts that change settings are planned for all days at once, because the settings of every moment must be known before the first day is lived.
The plan is a pure function of the tenant; a department holds the acts on its own mailboxes and people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from json import dumps
from random import Random
from typing import TypeAlias

from mailwitness.simulate.acts import Act, Cmdlet, DirectoryAct, OtherAct, SignIn
from mailwitness.simulate.life.declared import rates
from mailwitness.simulate.life.drawn import between, count, guid, one_of, request_id
from mailwitness.simulate.life.surroundings import Surroundings
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.tenant.settings import ADVANCED_AUDITING, DEFAULT_ACTIONS, LICENCES
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, Mailbox, Person, Place, Token

Change: TypeAlias = tuple[int, str, str, str]
"""(at, subject, name, value), as `Timeline` takes it."""


def planned_acts(tenant: Tenant, department: int) -> tuple[Act, ...]:
    """The acts that change settings of the department's mailboxes, in the order of time."""
    draw = tenant.chance.stream("planned", department)
    boxes = tuple(mailbox for mailbox in tenant.mailboxes_in(department) if mailbox.owner is not None)
    weeks = tenant.options.days * 5 / 7 * len(boxes) / 1000
    known = rates().administration
    found: list[Act] = []
    plans: tuple[tuple[float, Callable[[_Desk], Iterator[Act]]], ...] = (
        (known.imap_pop_off, _imap_pop_off),
        (known.licence_upgrade, _licence_upgrade),
        (known.licence_lapse, _licence_lapse),
        (known.audit_set, _audit_set),
    )
    for rate, plan in plans:
        for _ in range(count(draw, rate * weeks)):
            found.extend(plan(_Desk(tenant, draw, one_of(draw, boxes))))
    return tuple(sorted((act for act in found if act.at < tenant.end_at), key=lambda act: (act.at, act.key)))


def planned_changes(tenant: Tenant) -> tuple[Change, ...]:
    """The settings that daily life changes in the whole tenant, in the order of time."""
    changes = [
        (act.at, subject, name, value)
        for department in range(tenant.departments)
        for act in planned_acts(tenant, department)
        if isinstance(act, (Cmdlet, DirectoryAct))
        for subject, name, value in act.changes
    ]
    return tuple(sorted(changes))


class _Desk:
    """An administrator about to change something of one mailbox. ``at``: a working hour of a working day."""

    def __init__(self, tenant: Tenant, draw: Random, mailbox: Mailbox) -> None:
        self.tenant, self.draw, self.mailbox = tenant, draw, mailbox
        self.at = tenant.day_start(_working_day(tenant, draw)) + 8 * MS_PER_HOUR + int(draw.random() * 8 * MS_PER_HOUR)
        self.admin = on_duty(tenant, draw, self.at)

    def later(self, days: tuple[int, int]) -> None:
        """The same hour some days on."""
        self.at += between(self.draw, days) * MS_PER_DAY + int(self.draw.random() * MS_PER_HOUR)
        self.admin = on_duty(self.tenant, self.draw, self.at)

    def cmdlet(self, operation: str, parameters: dict[str, str], changes: dict[str, str]) -> Cmdlet:
        """A command on the mailbox."""
        box = self.mailbox
        return Cmdlet(
            at=self.at,
            key=guid(self.draw),
            operation=operation,
            target=box.upn,
            parameters=(("Identity", box.upn), *parameters.items()),
            actor=self.admin.number,
            place=_desk_of(self.tenant, self.admin, self.at),
            app=self.tenant.apps["exchange_powershell"],
            changes=tuple((box.guid, name, value) for name, value in changes.items()),
        )

    def licence(self, old: str, new: str) -> Iterator[DirectoryAct]:
        """A change of the licence that entitles to audit records, and the change of the plans that follows from it."""
        owner = self.tenant.people[self.mailbox.owner or 0]
        place = _desk_of(self.tenant, self.admin, self.at)
        plans = {plan: 0 for plan in (old,) if plan}
        now = {**plans, new: 0} if new else dict.fromkeys(plans, 3)
        for activity, modified, changes in (
            ("Change user license", (), ((self.mailbox.guid, "ServicePlan", new),)),
            ("Update user", (("AssignedPlan", self._plans(plans), self._plans(now)),), ()),
        ):
            yield DirectoryAct(
                at=self.at,
                key=guid(self.draw),
                activity=activity,
                category="UserManagement",
                targets=(("User", owner.object_id, owner.upn),),
                modified=modified,
                actor=self.admin.number,
                place=place,
                changes=changes,
            )

    def _plans(self, plans: dict[str, int]) -> str:
        """Plans and their capability status (0 enabled, 3 deleted) as the property AssignedPlan has them."""
        when = datetime.fromtimestamp(self.at // 1000, UTC).isoformat().replace("+00:00", "Z")
        return dumps(
            [
                {"ServicePlanId": plan, "CapabilityStatus": status, "AssignedTimestamp": when}
                for plan, status in plans.items()
            ]
        )


def _imap_pop_off(desk: _Desk) -> Iterator[Act]:
    off = {"ImapEnabled": "False", "PopEnabled": "False"}
    yield desk.cmdlet("Set-CASMailbox", off, off)
    if desk.draw.random() < 0.5:
        desk.later((1, 10))
        yield desk.cmdlet("Set-CASMailbox", {"ImapEnabled": "True"}, {"ImapEnabled": "True"})


def _licence_upgrade(desk: _Desk) -> Iterator[Act]:
    now = _plan(desk)
    if now != ADVANCED_AUDITING:
        yield from desk.licence(now, ADVANCED_AUDITING)


def _licence_lapse(desk: _Desk) -> Iterator[Act]:
    now = _plan(desk)
    if now:
        yield from desk.licence(now, "")
        desk.later((1, 3))
        yield from desk.licence("", now)


def _audit_set(desk: _Desk) -> Iterator[Act]:
    actions = ", ".join(sorted({*DEFAULT_ACTIONS["Owner"], "MailboxLogin", "SearchQueryInitiated"}))
    yield desk.cmdlet(
        "Set-Mailbox", {"AuditOwner": actions}, {"AuditOwner": actions, "DefaultAuditSet": "Admin, Delegate"}
    )


def _plan(desk: _Desk) -> str:
    """The service plan that the mailbox has on day 0."""
    return LICENCES[desk.mailbox.plan]


def _working_day(tenant: Tenant, draw: Random) -> int:
    day = int(draw.random() * tenant.options.days)
    return day - 2 if day >= 2 and _weekday(tenant, day) >= 5 else day


def _weekday(tenant: Tenant, day: int) -> int:
    return (tenant.day_start(day) // MS_PER_DAY + 3) % 7


def on_duty(tenant: Tenant, draw: Random, at: int) -> Person:
    """An administrator who works at that moment, or any if none does."""
    admins = tuple(person for person in tenant.people if person.is_admin)
    days = (tenant.day_of(at) - 1, tenant.day_of(at), tenant.day_of(at) + 1)
    working = tuple(
        admin
        for admin in admins
        if any((work := tenant.workday(admin, day)).starts_at <= at < work.ends_at for day in days)
    )
    return one_of(draw, working or admins)


def _desk_of(tenant: Tenant, admin: Person, at: int) -> Place:
    return tenant.place(admin, tenant.devices(admin)[0], at)


class AdministrationLife:
    """The administration of one department, and what its own administrators do beside."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        tenant = around.tenant
        self._own = tuple(person for person in around.people if person.is_admin)
        self._planned: dict[int, list[Act]] = {}
        for act in planned_acts(tenant, around.department):
            self._planned.setdefault(tenant.day_of(act.at), []).append(act)
        self._passwords: dict[int, list[tuple[int, Person]]] = {}
        for person in around.people:
            for at in tenant.password_changes(person):
                if tenant.start_at <= at < tenant.end_at:
                    self._passwords.setdefault(tenant.day_of(at), []).append((at, person))

    def day(self, number: int) -> None:
        """Add the acts of administration of that day."""
        around = self._around
        tenant = around.tenant
        draw = tenant.chance.stream("administration", around.department, number)
        for act in self._planned.get(number, ()):
            around.acts.append(act)
            if isinstance(act, Cmdlet):
                self._shell(draw, tenant.people[act.actor or 0], act.at)
        for at, person in self._passwords.get(number, ()):
            self._directory(draw, at, person, "Change user password", "UserManagement", person)
        if _weekday(tenant, number) >= 5:
            return
        known = around.rates.administration
        share = len(around.mailboxes) / 1000
        for _ in range(count(draw, known.cmdlet * share)):
            self._cmdlet(draw, number)
        for _ in range(count(draw, known.directory * share)):
            activity = one_of(draw, tuple(around.rates.activities))
            at = self._moment(draw, number)
            admin = on_duty(tenant, draw, at)
            self._directory(draw, at, admin, activity, around.rates.activities[activity], one_of(draw, around.people))
        for _ in range(count(draw, known.security_info * share)):
            person = one_of(draw, around.people)
            at = self._moment(draw, number)
            self._directory(draw, at, person, "User registered security info", "UserManagement", person)
        for admin in self._own:
            if draw.random() < around.rates.admins.audit_search:
                self._search(draw, admin, self._moment(draw, number))

    def _moment(self, draw: Random, number: int) -> int:
        return self._around.tenant.day_start(number) + 8 * MS_PER_HOUR + int(draw.random() * 8 * MS_PER_HOUR)

    def _cmdlet(self, draw: Random, number: int) -> None:
        around = self._around
        tenant = around.tenant
        operation = one_of(draw, tuple(around.rates.cmdlets))
        mailbox, at = one_of(draw, around.mailboxes), self._moment(draw, number)
        admin = on_duty(tenant, draw, at)
        self._shell(draw, admin, at)
        around.acts.append(
            Cmdlet(
                at=at,
                key=guid(draw),
                operation=operation,
                target=mailbox.upn,
                parameters=(("Identity", mailbox.upn), *around.rates.cmdlets[operation].items()),
                actor=admin.number,
                place=_desk_of(tenant, admin, at),
                app=tenant.apps["exchange_powershell"],
            )
        )

    def _shell(self, draw: Random, admin: Person, at: int) -> None:
        """The sign-in to the Exchange shell some minutes before a command."""
        around = self._around
        tenant = around.tenant
        client, device = tenant.clients["powershell"], tenant.devices(admin)[0]
        begin = tenant.day_start(tenant.day_of(at))
        at = max(begin, at - between(draw, (40_000, 6 * MS_PER_MINUTE)))
        session_id = guid(draw)
        token = Token(
            request_id(draw),
            at,
            at + between(draw, around.rates.tokens.minutes) * MS_PER_MINUTE,
            client.app.app_id,
            client.resource_id,
            session_id,
            admin.object_id,
        )
        around.acts.append(
            SignIn(
                at=at,
                key=guid(draw),
                request_id=token.request_id,
                stream="interactive",
                client=client,
                app=client.app,
                resource_id=client.resource_id,
                place=_desk_of(tenant, admin, at),
                person=admin.number,
                token=token,
                session_id=session_id,
                device=device,
                user_agent=device.user_agent,
                correlation_id=guid(draw),
                mfa="satisfied",
                policies=around.conditional_access.shown(admin, client, device, at, second_factor=True),
                first_factor=True,
            )
        )

    def _directory(self, draw: Random, at: int, actor: Person, activity: str, category: str, about: Person) -> None:
        tenant = self._around.tenant
        targets: tuple[tuple[str, str, str], ...] = (("User", about.object_id, about.upn),)
        modified: tuple[tuple[str, str, str], ...] = ()
        if category == "GroupManagement":
            group = f"Department {about.department}"
            group_id = tenant.chance.guid("group", about.department)
            targets = (*targets, ("Group", group_id, group))
            both = (("Group.ObjectID", dumps(group_id)), ("Group.DisplayName", dumps(group)))
            added = activity.startswith("Add")
            modified = tuple((name, "" if added else text, text if added else "") for name, text in both)
        elif category == "Device":
            device = tenant.devices(about)[0]
            targets = (("Device", device.device_id or "", device.name),)
            modified = (("Included Updated Properties", "", '"ApproximateLastLogonTimestamp"'),)
        elif activity == "Update user":
            modified = (("Included Updated Properties", "", '"TelephoneNumber"'),)
        self._around.acts.append(
            DirectoryAct(
                at=at,
                key=guid(draw),
                activity=activity,
                category=category,
                targets=targets,
                modified=modified,
                actor=actor.number,
                place=_desk_of(tenant, actor, at),
            )
        )

    def _search(self, draw: Random, admin: Person, at: int) -> None:
        name = f"Search {between(draw, (100, 999))}"
        self._around.acts.append(
            OtherAct(
                at=at,
                key=guid(draw),
                record_type=295,
                operation="AuditSearchCreated",
                workload="SecurityComplianceCenter",
                actor=admin.number,
                place=_desk_of(self._around.tenant, admin, at),
                target=name,
                details=(("SearchName", name),),
            )
        )
