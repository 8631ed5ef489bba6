"""Network addresses."""

from __future__ import annotations

from collections import defaultdict
from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from mailwitness.knowledge.facts import rows_of
from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.tenant.devices import is_phone
from mailwitness.simulate.world import MS_PER_HOUR, Person, Place

DOCUMENTATION = [ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def _is_documented(place: Place) -> bool:
    address = ip_address(place.ip)
    return (
        any(address.version == n.version and address in n for n in DOCUMENTATION)
        and str(address) == place.ip
        and (64496 <= place.asn <= 64511 or 65536 <= place.asn <= 65551)
    )


def _day(tenant: Tenant, person: Person, day: int) -> list[tuple[int, int, Place]]:
    return [
        (hour, number, tenant.place(person, device, tenant.day_start(day) + hour * MS_PER_HOUR))
        for hour in range(24)
        for number, device in enumerate(tenant.devices(person))
    ]


@pytest.fixture(scope="module")
def places(tenant: Tenant) -> dict[int, list[tuple[int, int, int, Place]]]:
    """Person → (day, hour, number of the device, place) of four weeks."""
    return {
        person.number: [(day, *seen) for day in range(28) for seen in _day(tenant, person, day)]
        for person in tenant.people
    }


def test_people_come_from_documentation_networks_only(places: dict[int, list[tuple[int, int, int, Place]]]) -> None:
    """Addresses are written canonically and lie, like the networks' numbers, in the ranges set aside for examples."""
    seen = {place for found in places.values() for *_, place in found}

    assert [place for place in seen if not _is_documented(place)] == []
    assert {place.kind for place in seen} == {"office", "home", "mobile", "travel", "vpn"}


def test_privacy_addresses_change_daily_within_a_network(
    tenant: Tenant, places: dict[int, list[tuple[int, int, int, Place]]]
) -> None:
    """A computer at home has one IPv6 address a day, another one the next day, and all in one /64 that is its owner's alone."""
    networks: dict[str, set[int]] = defaultdict(set)
    checked = 0
    for number, found in places.items():
        by_day: dict[int, set[str]] = defaultdict(set)
        zone = tenant.people[number].zone * 60_000
        for day, hour, device, place in found:
            if device == 0 and place.kind == "home" and ":" in place.ip:
                local = (tenant.day_start(day) + hour * MS_PER_HOUR + zone - tenant.start_at) // 86_400_000
                by_day[local].add(place.ip)
                networks[str(ip_network(f"{place.ip}/64", strict=False))].add(number)
        if by_day:
            checked += 1
            assert all(len(addresses) == 1 for addresses in by_day.values())
            assert len({ip for addresses in by_day.values() for ip in addresses}) == len(by_day)

    assert checked > 20
    assert all(len(owners) == 1 for owners in networks.values())


def test_at_work_in_the_office_the_computer_is_there(
    tenant: Tenant, places: dict[int, list[tuple[int, int, int, Place]]]
) -> None:
    """In the working hours of an office day it has an office address, at other times a home or gateway one."""
    offices = 0
    for number, found in places.items():
        person = tenant.people[number]
        for day, hour, device, place in found:
            at = tenant.day_start(day) + hour * MS_PER_HOUR
            local_day = (at - tenant.start_at + person.zone * 60_000) // 86_400_000
            work = tenant.workday(person, local_day)
            if device == 0 and work.where == "office":
                at_work = work.starts_at <= at < work.ends_at
                offices += at_work
                assert (place.kind == "office") == at_work

    assert offices > 1000


def test_only_phones_are_in_mobile_networks(
    tenant: Tenant, places: dict[int, list[tuple[int, int, int, Place]]]
) -> None:
    """Phones use mobile and local networks, and computers and the gateway never meet a phone."""
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for number, found in places.items():
        devices = tenant.devices(tenant.people[number])
        for _, _, device, place in found:
            kinds[is_phone(devices[device])].add(place.kind)

    assert kinds[True] == {"office", "home", "mobile", "travel"}
    assert kinds[False] == {"office", "home", "vpn", "travel"}


def test_microsofts_servers_are_in_published_networks(tenant: Tenant) -> None:
    """Every server is different, of AS8075, and in a network of Exchange Online."""
    networks = [ip_network(row["network"]) for row in rows_of("microsoft_networks.csv")]
    servers = tenant.microsoft_servers

    assert len({place.ip for place in servers}) == len(servers) == 64
    assert {(place.asn, place.kind) for place in servers} == {(8075, "microsoft")}
    for place in servers:
        address = ip_address(place.ip)
        assert any(address.version == n.version and address in n for n in networks)
        assert str(address) == place.ip


@pytest.mark.parametrize("kind", ["hosting", "residential", "foreign_mobile"])
def test_strangers_are_stable_by_name_and_never_at_our_addresses(
    tenant: Tenant, places: dict[int, list[tuple[int, int, int, Place]]], kind: str
) -> None:
    """300 of a name are all different, the same again for the same name, others for another one, and none is of our people."""
    ours = {place.ip for found in places.values() for *_, place in found}
    found = getattr(tenant, kind)(300, "G6", 1)

    assert found == getattr(tenant, kind)(300, "G6", 1)
    assert found != getattr(tenant, kind)(300, "G6", 2)
    assert len({place.ip for place in found}) == 300
    assert [place for place in found if not _is_documented(place)] == []
    assert not ours & {place.ip for place in found}


def test_strangers_by_country_and_version(tenant: Tenant) -> None:
    """A country narrows the choice, version 6 leaves IPv4 out, and an unknown country is named with the known ones."""
    found = tenant.residential(20, "G3", country="BR", version=6)

    assert {place.country for place in found} == {"BR"}
    assert all(isinstance(ip_address(place.ip), IPv6Address) for place in found)
    assert all(":" not in place.ip for place in tenant.hosting(6, "G1"))
    with pytest.raises(ValueError, match=r"no network of kind 'hosting' is declared in country 'XX'; there are DE, FI"):
        tenant.hosting(1, "G1", country="XX")
