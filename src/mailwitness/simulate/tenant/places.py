"""Network addresses: where people, attackers and Microsoft's own servers come from."""

from __future__ import annotations

from collections.abc import Sequence

from mailwitness.simulate.chance import Chance
from mailwitness.simulate.tenant.habits import Habits
from mailwitness.simulate.tenant.people import Site
from mailwitness.simulate.world import MS_PER_DAY, Device, Person, Place, Session


class Places:
    """Every address of the tenant's world."""

    def __init__(
        self, chance: Chance, sites: Sequence[Site], site_of: Sequence[int], habits: Habits, start_at: int
    ) -> None:
        self._chance, self._sites, self._site_of, self._habits, self._start_at = (
            chance,
            sites,
            site_of,
            habits,
            start_at,
        )

    def of(self, person: Person, carrier: Session | Device, at: int) -> Place:
        """Where that device of that person is at that moment."""
        day = (at - self._start_at + person.zone * 60_000) // MS_PER_DAY
        work = self._habits.workday(person, day)
        site = self._sites[self._site_of[person.number]]
        if work.where == "office" and work.starts_at <= at < work.ends_at:
            return Place(f"192.0.2.{site.number + 1}", 64496, site.city, site.country, "office")
        return Place(f"198.51.100.{person.number % 254 + 1}", 64500, site.city, site.country, "home")

    def hosting(self, count: int, *name: object) -> tuple[Place, ...]:
        """That many different rented servers; the same name gives the same ones."""
        first = self._chance.stream("hosting", *name).randrange(65536)
        return tuple(
            Place(f"2001:db8:{0x8000 + (first + index) % 0x2000:x}:1::1", 64505, "Amsterdam", "NL", "hosting")
            for index in range(count)
        )

    def residential(self, count: int, *name: object, country: str = "") -> tuple[Place, ...]:
        """That many different homes in a country ('': in many); the same name gives the same ones."""
        first = self._chance.stream("residential", *name).randrange(65536)
        return tuple(
            Place(f"2001:db8:{0xA000 + (first + index) % 0x2000:x}:1::1", 64506, "Lyon", country or "FR", "residential")
            for index in range(count)
        )

    def foreign_mobile(self, count: int, *name: object, country: str = "") -> tuple[Place, ...]:
        """That many different addresses of mobile networks abroad; the same name gives the same ones."""
        first = self._chance.stream("foreign mobile", *name).randrange(65536)
        return tuple(
            Place(f"2001:db8:{0xC000 + (first + index) % 0x1000:x}:1::1", 64507, "Madrid", country or "ES", "mobile")
            for index in range(count)
        )


def microsoft_servers_of(chance: Chance) -> tuple[Place, ...]:
    """Servers of Exchange Online that touch the tenant's mailboxes."""
    draw = chance.stream("microsoft servers")
    return tuple(
        Place(
            f"2603:10a6:{draw.randint(1, 0x8FF):x}:{draw.randint(1, 0x3FF):x}::{draw.randint(1, 63):x}",
            8075,
            "Amsterdam",
            "NL",
            "microsoft",
        )
        for _ in range(48)
    )
