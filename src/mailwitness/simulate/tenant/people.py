"""People, their mailboxes and the mailboxes that several share. Names and shares are declared in ``people.yaml``.

A department holds its people first, then its shared, room and group mailboxes; mailboxes are numbered department by department.
Outsiders (a partner's technicians, guests of another company) come last among the people and have no mailbox here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from random import Random
from typing import cast, get_args

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.world import Mailbox, MailboxKind, Person, Plan

OUTSIDE = -1
"""The department of people of another tenant."""

_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "đ": "d", " ": "", "'": ""})


class Site(msgspec.Struct, frozen=True, gc=False):
    """A town where the company has an office. ``zone`` is minutes east of UTC; there is no daylight saving time in this world."""

    number: int
    city: str
    country: str
    zone: int
    share: float


class Roster(msgspec.Struct, frozen=True):
    """Everybody. ``site_of``: person's number → number of the site near which they live and work. ``odd_hours``: who works at night."""

    people: tuple[Person, ...]
    mailboxes: tuple[Mailbox, ...]
    departments: int
    site_of: tuple[int, ...]
    odd_hours: frozenset[int]


def department_sizes(mailboxes: int) -> list[int]:
    """How many mailboxes each department has: as equal as can be, and within the declared bounds from 25 mailboxes on."""
    bounds = declared("people")["department"]
    count = -(-mailboxes // bounds["usual"])
    if count > 1 and mailboxes // count < bounds["least"]:
        count = -(-mailboxes // bounds["most"])
    small, more = divmod(mailboxes, count)
    return [small + (number < more) for number in range(count)]


def recruit(chance: Chance, mailboxes: int, domain: str, sites: Sequence[Site]) -> Roster:
    """The people and mailboxes of a tenant with that many mailboxes."""
    known = declared("people")
    sizes = department_sizes(mailboxes)
    names = _Names(chance, domain)
    forest = chance.stream("forest")
    domain_sid = "S-1-5-21-" + "-".join(str(forest.randrange(10**8, 2**32)) for _ in range(3))
    people: list[Person] = []
    boxes: list[Mailbox] = []
    site_of: list[int] = []
    for department, size in enumerate(sizes):
        draw = chance.stream("department", department)
        home = draw.choices(sites, [site.share for site in sites])[0]
        extra = {kind: max(1, round(size * share)) for kind, share in known["kinds"].items()}
        first = len(people)
        for _ in range(size - sum(extra.values())):
            number = len(people)
            site = home if draw.random() < 0.85 else draw.choice(sites)
            name, upn = names.person(draw)
            plan = _plan(draw, known["plans"])
            guid = chance.guid("mailbox", len(boxes))
            sid = f"{domain_sid}-{20_000_001 + 3 * len(boxes)}"
            people.append(
                Person(
                    number,
                    upn,
                    name,
                    chance.guid("person", number),
                    f"10032{draw.getrandbits(44):011X}",
                    sid,
                    department,
                    site.zone,
                    plan,
                    guid,
                )
            )
            site_of.append(site.number)
            boxes.append(Mailbox(len(boxes), upn, guid, sid, "UserMailbox", plan, department, number))
        staff = range(first, len(people))
        for kind in get_args(MailboxKind):
            for index in range(extra.get(kind, 0)):
                guid = chance.guid("mailbox", len(boxes))
                sid = f"{domain_sid}-{20_000_001 + 3 * len(boxes)}"
                count = min(len(staff), draw.randint(known["delegates"]["least"], known["delegates"]["most"]))
                delegates = () if kind == "RoomMailbox" else tuple(sorted(draw.sample(staff, count)))
                upn = names.mailbox(kind, department, index)
                boxes.append(Mailbox(len(boxes), upn, guid, sid, kind, "none", department, None, delegates))
    admins = _appoint(chance, people, known["admins"], mailboxes)
    for company in known["outsiders"]:
        _invite(chance, people, site_of, company, domain, sites[0].zone)
    return Roster(
        tuple(people), tuple(boxes), len(sizes), tuple(site_of), frozenset(admins[: known["admins"]["odd_hours"]])
    )


def _plan(draw: Random, shares: Mapping[str, float]) -> Plan:
    return cast(Plan, draw.choices(list(shares), list(shares.values()))[0])


def _appoint(chance: Chance, people: list[Person], rule: Mapping[str, int], mailboxes: int) -> list[int]:
    """Makes some people administrators, who keep their ordinary mailbox, and returns their numbers in no order."""
    count = min(len(people), max(rule["least"], round(mailboxes / rule["per_mailboxes"])))
    admins = chance.stream("admins").sample(range(len(people)), count)
    for number in admins:
        people[number] = msgspec.structs.replace(people[number], is_admin=True)
    return admins


def _invite(
    chance: Chance, people: list[Person], site_of: list[int], company: Mapping[str, str | int], domain: str, zone: int
) -> None:
    """People of another tenant. A guest's name here carries ``#EXT#``; a partner's technician keeps their own."""
    names = _Names(chance, str(company["domain"]))
    draw = chance.stream("outsiders", company["domain"])
    for _ in range(int(company["people"])):
        number = len(people)
        name, upn = names.person(draw)
        if company["kind"] == "guest":
            upn = f"{upn.replace('@', '_')}#EXT#@{domain}"
        sid = "S-1-5-21-" + "-".join(str(draw.randrange(10**8, 2**32)) for _ in range(3)) + f"-{draw.randrange(10**6)}"
        people.append(
            Person(
                number,
                upn,
                name,
                chance.guid("person", number),
                f"10032{draw.getrandbits(44):011X}",
                sid,
                OUTSIDE,
                zone,
                "none",
                None,
                home_tenant=chance.guid("tenant of", company["domain"]),
            )
        )
        site_of.append(0)


class _Names:
    """Hands out display names and user principal names, none twice in a domain."""

    def __init__(self, chance: Chance, domain: str) -> None:
        known = declared("people")
        self._cultures: list[Mapping[str, list[str]]] = known["cultures"]
        self._departments: list[str] = known["departments"]
        self._kinds: Mapping[str, list[str]] = {
            "SharedMailbox": known["shared"],
            "RoomMailbox": known["rooms"],
            "GroupMailbox": known["groups"],
        }
        self._domain = domain
        self._taken: set[str] = set()

    def person(self, draw: Random) -> tuple[str, str]:
        culture = draw.choice(self._cultures)
        given, family = draw.choice(culture["given"]), draw.choice(culture["family"])
        return f"{given} {family}", self._address(f"{_ascii(given)}.{_ascii(family)}")

    def mailbox(self, kind: str, department: int, index: int) -> str:
        choices = self._kinds[kind]
        owner = self._departments[department % len(self._departments)]
        return self._address(f"{owner}.{choices[index % len(choices)]}".lower())

    def _address(self, local: str) -> str:
        count = 1
        address = f"{local}@{self._domain}"
        while address in self._taken:
            count += 1
            address = f"{local}{count}@{self._domain}"
        self._taken.add(address)
        return address


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
