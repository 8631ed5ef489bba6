"""Finds a cast in the tenant, and the day on which the scenario begins. Everything is drawn by name, so the same tenant gives the same cast.

A person whom one scenario takes is taken for all others, unless both say that they share. Which person that is depends on the scenario's own
draw first, so that composing scenarios changes as few victims as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from mailwitness.errors import UsageError
from mailwitness.simulate.staging.cast import Cast, Rota
from mailwitness.simulate.staging.choosing import Chosen
from mailwitness.simulate.staging.scenario import AddressCast, AppCast, PeopleCast
from mailwitness.simulate.staging.values import Amount
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_MINUTE, App, Person, Place, Plan

STANDARD_AUDIT_FROM = 1_725_148_800_000
"""2024-09-01: from here on accesses to E3 and Business mailboxes are recorded in every tenant (service/rates.yaml, roll_out.standard_last)."""
_DEFAULT_SETS = "Admin, Delegate, Owner"
_PLANS: tuple[Plan, ...] = ("e5", "e3", "business", "f3", "none")


@dataclass(slots=True)
class Roster:
    """What is known while scenarios are cast: who is taken, and which mailboxes have their default audit sets."""

    tenant: Tenant
    taken: set[int] = field(default_factory=set)
    default_sets: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.default_sets = frozenset(
            subject
            for subject, name, value in self.tenant.initial_settings()
            if name == "DefaultAuditSet" and value == _DEFAULT_SETS
        )


def cast_of(chosen: Chosen, roster: Roster) -> tuple[Cast, int, int]:
    """The cast, and the moments at which the scenario begins and must have ended."""
    return _Casting(chosen, roster).done()


class _Casting:
    def __init__(self, chosen: Chosen, roster: Roster) -> None:
        self._chosen, self._scenario, self._values = chosen, chosen.scenario, chosen.values
        self._roster, self._tenant = roster, roster.tenant
        self._head = chosen.scenario.head
        self._lasts = chosen.length(self._head.lasts)
        self._people: dict[str, tuple[Person, ...]] = {}

    def done(self) -> tuple[Cast, int, int]:
        begins, lead = self._head.begins, self._head.begins.of
        if lead is None:
            moments = [at for day in range(self._days) if self._fits(at := self._tenant.day_start(day) + begins.at.ms)]
            at = self._drawn(moments)
        else:
            at = self._lead(lead.name)
        for name, casting in self._head.cast.items():
            if casting.people is not None and name not in self._people:
                self._people[name] = self._found(name, casting.people, at)
        addresses, apps = {}, {}
        for name, casting in self._head.cast.items():
            if casting.addresses is not None:
                addresses[name] = self._rota(name, casting.addresses)
            if casting.app is not None:
                apps[name] = self._app(name, casting.app)
        return Cast(self._people, addresses, apps), at, at + self._lasts

    @property
    def _days(self) -> int:
        return self._tenant.options.days

    def _fits(self, at: int) -> bool:
        tenant = self._tenant
        weekday = (at // MS_PER_DAY + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        if self._head.begins.day == "weekday" and weekday >= 5:
            return False
        return tenant.start_at <= at and at + self._lasts <= tenant.end_at

    def _drawn(self, moments: list[int]) -> int:
        """One of the moments, not of the first third where there are several, so that ordinary days come before."""
        if not moments:
            needed = self._chosen.days() + (2 if self._head.begins.day == "weekday" else 0)
            raise UsageError(
                f"{self._scenario.id} begins on a {self._head.begins.day} and finds no such day early enough in {self._days} days. "
                f"Use --days {max(needed, self._days + 1)} or more."
            )
        draw = self._tenant.chance.stream("staging", self._scenario.id, "begin")
        return draw.choice(moments[len(moments) // 3 :])

    def _lead(self, name: str) -> int:
        """Cast those by whose clock it begins: the first is at work at that hour, and the day is one on which that is so."""
        casting = self._head.cast[name].people
        assert casting is not None
        ranked = list(self._ranked(name, casting))
        for person in ranked:
            moments = [
                at for day in range(self._days) if (at := self._at_work(person, day)) and self._has(person, casting, at)
            ]
            if moments:
                at = self._drawn(moments)
                self._people[name] = self._found(name, casting, at, person)
                return at
        raise UsageError(
            f"{self._scenario.id}: cast.{name}: none of {len(ranked)} people who are left is at work at "
            f"{self._head.begins.at.ms // 3_600_000:02}:{self._head.begins.at.ms // 60_000 % 60:02} on a day early enough in "
            f"{self._days} days{_wanted(casting)}. Use --days {self._days + 7} or more --mailboxes."
        )

    def _at_work(self, person: Person, day: int) -> int:
        """The beginning on that day by the person's clock; 0 if they do not work then, or the scenario would not fit."""
        at = self._tenant.day_start(day) + self._head.begins.at.ms - person.zone * MS_PER_MINUTE
        work = self._tenant.workday(person, day)
        return at if not work.off and work.starts_at <= at < work.ends_at and self._fits(at) else 0

    def _found(self, name: str, casting: PeopleCast, at: int, first: Person | None = None) -> tuple[Person, ...]:
        count = self._count(casting.count)
        found = [] if first is None else [first]
        for person in self._ranked(name, casting):
            if len(found) >= count:
                break
            if person is not first and self._has(person, casting, at):
                found.append(person)
        if len(found) < count:
            less = (
                f" or {self._scenario.id}:{casting.count.parameter}={len(found)}"
                if casting.count.parameter and found
                else ""
            )
            raise UsageError(
                f"{self._scenario.id}: cast.{name} needs {count} {'person' if count == 1 else 'people'}{_wanted(casting)}; the tenant has {len(found)} that no other "
                f"scenario takes. Use more --mailboxes{less}."
            )
        if not casting.shared:
            self._roster.taken.update(person.number for person in found)
        return tuple(found)

    def _ranked(self, name: str, casting: PeopleCast) -> Iterator[Person]:
        """Who may be taken, in the order in which they are asked."""
        tenant, chance = self._tenant, self._tenant.chance
        if casting.who == "partners":
            people = [person for person in tenant.outsiders if "#EXT#" not in person.upn]
        else:
            people = [person for person in tenant.people if person.mailbox is not None]
        plans = casting.plans or (_PLANS[:3] if tenant.start_at >= STANDARD_AUDIT_FROM else _PLANS[:1])
        read = (casting.who in ("anyone", "executives") and not casting.shared) or bool(casting.plans)
        near = None if casting.near is None else self._people[casting.near.name][0]
        taken = self._roster.taken

        def rank(person: Person) -> tuple[bool, int, float]:
            licence = _PLANS.index(person.plan) if casting.who == "executives" else 0
            return person.number in taken, licence, chance.share("staging", self._scenario.id, name, person.number)

        for person in sorted(people, key=rank):
            if person.number in taken and not casting.shared:
                continue
            if casting.who == "administrators" and not person.is_admin:
                continue
            if read and (
                person.is_admin or person.plan not in plans or person.mailbox not in self._roster.default_sets
            ):
                continue
            if near is not None and (person.department != near.department or person is near):
                continue
            yield person

    def _has(self, person: Person, casting: PeopleCast, at: int) -> bool:
        """Whether the sessions of the person are such as the cast wants."""
        if not casting.uses and not casting.avoids:
            return True
        tenant = self._tenant
        own = tenant.sessions(person, tenant.day_of(at))
        if casting.uses and not any(
            s.client.kind in casting.uses and s.starts_at < at and s.ends_at > at + self._lasts for s in own
        ):
            return False
        if casting.avoids:
            for day in range(tenant.day_of(at), tenant.day_of(at + self._lasts) + 1):
                if any(session.client.kind in casting.avoids for session in tenant.sessions(person, day)):
                    return False
        return True

    def _count(self, amount: Amount) -> int:
        value = self._values[amount.parameter] if amount.parameter else amount.number
        assert isinstance(value, int)
        return value

    def _rota(self, name: str, casting: AddressCast) -> Rota:
        count = self._count(casting.count)
        made: Mapping[str, Callable[[], tuple[Place, ...]]] = {
            "hosting": lambda: self._tenant.hosting(count, "staging", self._scenario.id, name, country=casting.country),
            "vpn": lambda: tuple(
                replace(place, kind="vpn")
                for place in self._tenant.hosting(count, "staging", self._scenario.id, name, country=casting.country)
            ),
            "residential": lambda: self._tenant.residential(
                count, "staging", self._scenario.id, name, country=casting.country
            ),
            "foreign_mobile": lambda: self._tenant.foreign_mobile(
                count, "staging", self._scenario.id, name, country=casting.country
            ),
            "microsoft": lambda: tuple(
                self._tenant.chance.stream("staging", self._scenario.id, name).sample(
                    self._tenant.microsoft_servers, min(count, len(self._tenant.microsoft_servers))
                )
            ),
        }
        try:
            places = made[casting.kind]()
        except ValueError as error:
            raise UsageError(f"{self._scenario.file}: cast.{name}.addresses.country: {error}.") from error
        each_for = 0 if casting.each_for is None else self._chosen.length(casting.each_for)
        return Rota(places, each_for)

    def _app(self, name: str, casting: AppCast) -> App:
        tenant, chance = self._tenant, self._tenant.chance
        if casting.known:
            if casting.known not in tenant.apps:
                raise UsageError(
                    f"{self._scenario.file}: cast.{name}.app.known: found {casting.known!r}; it is one of {', '.join(tenant.apps)}."
                )
            return tenant.apps[casting.known]
        own = casting.owner == "tenant"
        return App(
            casting.app_id or chance.guid("staging", self._scenario.id, name, "app"),
            casting.name or name,
            chance.guid("staging", self._scenario.id, name, "principal"),
            tenant.tenant_id if own else chance.guid("staging", self._scenario.id, name, "owner"),
        )


def _wanted(casting: PeopleCast) -> str:
    """What is wanted of people, for a message."""
    wanted: list[str] = []
    if casting.who != "anyone":
        wanted.append(casting.who)
    if casting.plans:
        wanted.append(f"with plan {' or '.join(casting.plans)}")
    if casting.near is not None:
        wanted.append(f"of the department of {casting.near.name}")
    if casting.uses:
        wanted.append(f"with a session of {' or '.join(casting.uses)}")
    if casting.avoids:
        wanted.append(f"without {' and '.join(casting.avoids)}")
    return f" ({', '.join(wanted)})" if wanted else ""
