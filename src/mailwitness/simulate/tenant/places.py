"""Network addresses: where people, strangers and Microsoft's own servers come from. Networks are declared in ``places.yaml``.

The documentation networks, and who has which part of them:

- 192.0.2.0/26 offices (four addresses each) and the company's gateway; 192.0.2.64/26 hotels and airports; 192.0.2.128/26 mobile networks abroad;
  192.0.2.192/26 mobile networks at home (carrier-grade NAT: many people behind few addresses)
- 198.51.100.0/24 homes
- 203.0.113.0/25 servers for rent; 203.0.113.128/25 strangers' homes
- 2001:db8::/32, by its third group: 10 offices, 1000 homes (one /64 a person), 2000 mobile at home, 3000 hotels, 8000 to 9fff servers for
  rent, a000 to bfff strangers' homes, c000 to cfff mobile abroad

IPv6 interface identifiers of people's devices are privacy addresses (RFC 8981): another one every day within one /64.

Limits: the documentation networks hold few IPv4 addresses, so people of one town share some, and two names of strangers may share one; no stranger
has an address of the tenant's people.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.declared import declared
from mailwitness.simulate.tenant.devices import is_phone
from mailwitness.simulate.tenant.habits import STRETCH_DAYS, Habits, Workday
from mailwitness.simulate.tenant.people import Site
from mailwitness.simulate.world import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, Device, Person, Place, PlaceKind, Session

Stranger = Literal["hosting", "residential", "foreign_mobile"]

MOBILE_HOURS = 4
"""A phone keeps its address in the mobile network for that many hours."""

# Kind of stranger → kind of place, first and number of IPv4 addresses, first and number of IPv6 networks (third group).
_POOLS: dict[Stranger, tuple[PlaceKind, str, int, int, int, int]] = {
    "hosting": ("hosting", "203.0.113", 1, 126, 0x8000, 0x2000),
    "residential": ("residential", "203.0.113", 129, 126, 0xA000, 0x2000),
    "foreign_mobile": ("mobile", "192.0.2", 129, 62, 0xC000, 0x1000),
}


class _Home(msgspec.Struct, frozen=True):
    """What stays the same with a person's networks."""

    town: str
    home_ipv6: bool
    mobile_ipv6: bool
    changes: bool  # the IPv4 address of the home changes
    address: int
    vpn: bool


class Places:
    """Every address of the tenant's world."""

    def __init__(
        self, chance: Chance, sites: Sequence[Site], site_of: Sequence[int], habits: Habits, start_at: int
    ) -> None:
        self._chance = chance
        self._sites = sites
        self._site_of = site_of
        self._habits = habits
        self._start_at = start_at
        self._rules = declared("places")
        self._home = lru_cache(maxsize=1024)(self._make_home)
        self._hours = lru_cache(maxsize=4096)(self._make_hours)
        self._spot = lru_cache(maxsize=16_384)(self._make_spot)

    def of(self, person: Person, carrier: Session | Device, at: int) -> Place:
        """Where that device of that person is at that moment."""
        device = carrier.device if isinstance(carrier, Session) else carrier
        local = at - self._start_at + person.zone * MS_PER_MINUTE
        day, hour = local // MS_PER_DAY, local % MS_PER_DAY // MS_PER_HOUR
        work = self._habits.workday(person, day)
        phone = is_phone(device)
        if phone:
            spot = self._phone(person.number, day, hour, at, work)
        elif work.starts_at <= at < work.ends_at:
            spot = work.where
        else:
            spot = "home" if work.where == "office" else work.where
        if spot != "office" and device.managed and not phone and self._home(person.number).vpn:
            spot = "vpn"
        part = hour // MOBILE_HOURS if spot == "mobile" else 0
        return self._spot(person.number, device.name, spot, day, part, work.destination)

    def strangers(
        self, kind: Stranger, count: int, name: Sequence[object], country: str, version: Literal[4, 6]
    ) -> tuple[Place, ...]:
        """That many different addresses that belong to nobody of the tenant; the same name gives the same ones.

        IPv4 ones while the pool lasts, if ``version`` is 4, and IPv6 ones after that.
        """
        rows = [row for row in self._rules[kind] if country in ("", row["country"])]
        if not rows:
            known = ", ".join(sorted({row["country"] for row in self._rules[kind]}))
            raise ValueError(f"no network of kind {kind!r} is declared in country {country!r}; there are {known}")
        place, prefix, first, size, group, groups = _POOLS[kind]
        draw = self._chance.stream(kind, *name)
        hosts = draw.sample(range(size), min(count, size)) if version == 4 else []
        found = []
        for index in range(count):
            row = draw.choice(rows)
            if index < len(hosts):
                ip = f"{prefix}.{first + hosts[index]}"
            else:  # the running number in the fourth group keeps them apart
                ip = f"2001:db8:{group + draw.randrange(groups):x}:{index + 1:x}::{draw.randint(1, 0xFFFF):x}"
            found.append(Place(ip, row["asn"], row["city"], row["country"], place))
        return tuple(found)

    def _phone(self, number: int, day: int, hour: int, at: int, work: Workday) -> str:
        """A phone is in the local network or in the mobile one, anew each hour, and always in the mobile one on the way and at lunch."""
        wifi = self._rules["phone_in_wifi"]
        luck = self._hours(number, day)[hour]
        if work.where == "travel":
            return "travel" if luck < wifi["travel"] else "mobile"
        if work.where == "office":
            if work.starts_at <= at < work.ends_at:
                return "office" if hour != 12 and luck < wifi["office"] else "mobile"
            if work.starts_at - MS_PER_HOUR <= at < work.ends_at + MS_PER_HOUR:
                return "mobile"
        return "home" if luck < wifi["home"] else "mobile"

    def _make_hours(self, number: int, day: int) -> tuple[float, ...]:
        draw = self._chance.stream("phone", number, day)
        return tuple(draw.random() for _ in range(24))

    def _make_home(self, number: int) -> _Home:
        draw = self._chance.stream("home", number)
        site = self._rules["sites"][self._site_of[number]]
        return _Home(
            town=draw.choice(site["towns"]),
            home_ipv6=draw.random() < self._rules["ipv6"]["home"],
            mobile_ipv6=draw.random() < self._rules["ipv6"]["mobile"],
            changes=draw.random() < self._rules["home_ipv4_changes"]["share"],
            address=draw.randrange(254),
            vpn=draw.random() < self._rules["vpn"]["share"],
        )

    def _make_spot(self, number: int, device: str, spot: str, day: int, part: int, destination: int | None) -> Place:
        site = self._site_of[number]
        rule = self._rules["sites"][site]
        home = self._home(number)
        if spot == "office":
            return self._office(number, device, day, site)
        if spot == "home":
            if home.home_ipv6:
                ip = f"2001:db8:{0x1000 + site:x}:{number + 1:x}:{self._privacy(number, device, day)}"
            else:
                moves = day // self._rules["home_ipv4_changes"]["every_days"] if home.changes else 0
                ip = f"198.51.100.{1 + (home.address + 37 * moves) % 254}"
            return Place(ip, rule["home_asn"], home.town, rule["country"], "home")
        draw = self._chance.stream("spot", number, spot, day // STRETCH_DAYS if spot == "travel" else day, part)
        if spot == "mobile":
            if home.mobile_ipv6:
                network = f"2001:db8:{0x2000 + site:x}:{draw.randint(1, 0xFFFF):x}"
                ip = f"{network}:{self._privacy(number, device, f'{day}.{part}')}"
            else:
                ip = f"192.0.2.{193 + site * 12 + draw.randrange(12)}"
            return Place(ip, rule["mobile_asn"], rule["city"], rule["country"], "mobile")
        if spot == "vpn":
            exits = self._rules["vpn"]["exits"]
            exit_ = exits[number % len(exits)]
            return Place(
                f"192.0.2.{33 + draw.randrange(8)}", self._rules["vpn"]["asn"], exit_["city"], exit_["country"], "vpn"
            )
        index = 0 if destination is None else destination
        town = self._rules["destinations"][index]
        if draw.random() < self._rules["ipv6"]["travel"]:
            ip = f"2001:db8:{0x3000 + index:x}:{draw.randint(1, 0xFF):x}:{self._privacy(number, device, day)}"
        else:
            ip = f"192.0.2.{65 + index * 7 + draw.randrange(7)}"
        travel = self._rules["travel"]
        waiting = self._chance.share("airport", number, day) < travel["airport_share"]
        asn = travel["airport_asn" if waiting else "hotel_asn"]
        return Place(ip, asn, town["city"], town["country"], "travel")

    def _office(self, number: int, device: str, day: int, site: int) -> Place:
        rule = self._rules["sites"][site]
        if site in self._rules["ipv6"]["office_sites"]:
            ip = f"2001:db8:{0x10 + site:x}:{number // 40 + 1:x}:{self._privacy(number, device, day)}"
        else:
            ip = f"192.0.2.{1 + site * 4 + number % 4}"
        return Place(ip, rule["office_asn"], rule["city"], rule["country"], "office")

    def _privacy(self, number: int, device: str, when: object) -> str:
        """The lower half of an IPv6 address, four groups none of which is zero, so that the text form is the canonical one."""
        bits = int.from_bytes(self._chance.bits("privacy", number, device, when)[:8], "big")
        return ":".join(f"{(bits >> shift) % 0xFFFF + 1:x}" for shift in (48, 32, 16, 0))


def microsoft_servers_of(chance: Chance) -> tuple[Place, ...]:
    """Servers of Exchange Online that touch the tenant's mailboxes, all different."""
    rule = declared("places")["microsoft"]
    draw = chance.stream("microsoft servers")
    servers: dict[str, Place] = {}
    for row in rule["networks"]:
        wanted = len(servers) + row["count"]
        while len(servers) < wanted:
            if ":" in row["prefix"]:
                ip = f"{row['prefix']}:{draw.randint(1, 0x8FF):x}:{draw.randint(1, 0x3FF):x}::{draw.randint(1, 0x3F):x}"
            else:
                ip = f"{row['prefix']}.{draw.randint(1, 254)}.{draw.randint(1, 254)}"
            servers[ip] = Place(ip, rule["asn"], row["city"], row["country"], "microsoft")
    return tuple(servers.values())
