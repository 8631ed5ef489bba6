"""People and mailboxes."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mailwitness.simulate.options import Options
from mailwitness.simulate.tenant import Tenant, build
from mailwitness.simulate.tenant.people import OUTSIDE, department_sizes


@pytest.mark.parametrize("mailboxes", [10, 24, 25, 49, 50, 51, 74, 101, 200, 333, 4999, 5000])
def test_departments_hold_25_to_50_mailboxes(mailboxes: int) -> None:
    """All mailboxes are shared out; below 25 there is one small department."""
    sizes = department_sizes(mailboxes)

    assert sum(sizes) == mailboxes
    assert all(min(25, mailboxes) <= size <= 50 for size in sizes)
    assert max(sizes) - min(sizes) <= 1


def test_numbers_are_places_in_the_lists(tenant: Tenant) -> None:
    """A person's and a mailbox's number is its index, and owner and mailbox point at each other."""
    assert [p.number for p in tenant.people] == list(range(len(tenant.people)))
    assert [m.number for m in tenant.mailboxes] == list(range(90))
    for mailbox in tenant.mailboxes:
        assert tenant.mailbox(mailbox.guid) is mailbox
        if mailbox.owner is not None:
            assert tenant.mailbox_of(mailbox.owner) is mailbox
            assert tenant.people[mailbox.owner].upn == mailbox.upn
            assert tenant.people[mailbox.owner].sid == mailbox.sid


def test_identifiers_are_unique_in_a_large_tenant() -> None:
    """5,000 mailboxes share no name, GUID, SID or PUID."""
    tenant = build(Options(mailboxes=5000))

    assert len(tenant.mailboxes) == 5000
    for name in ("upn", "guid", "sid"):
        assert max(Counter(getattr(m, name) for m in tenant.mailboxes).values()) == 1
    for name in ("upn", "object_id", "sid", "puid"):
        assert max(Counter(getattr(p, name) for p in tenant.people).values()) == 1


def test_identifiers_have_the_vendors_shapes(tenant: Tenant) -> None:
    """Names are plain ASCII, PUIDs are 16 hex digits from 10032, SIDs have a domain and a relative part."""
    for person in tenant.people:
        assert re.fullmatch(r"10032[0-9A-F]{11}", person.puid)
        assert re.fullmatch(r"S-1-5-21(-[1-9]\d*){4}", person.sid)
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", person.object_id)
        if person.home_tenant is None:
            assert re.fullmatch(r"[a-z]+\.[a-z]+\d*@contoso\.test", person.upn)
    assert any(not person.name.isascii() for person in tenant.people)


def test_every_department_has_shared_room_and_group_mailboxes(tenant: Tenant) -> None:
    """They have no licence and no owner; colleagues of the same department have access, to rooms nobody."""
    for department in range(tenant.departments):
        staff = {p.number for p in tenant.members(department)}
        boxes = [m for m in tenant.mailboxes_in(department) if m.owner is None]
        assert {m.kind for m in boxes} == {"SharedMailbox", "RoomMailbox", "GroupMailbox"}
        for mailbox in boxes:
            assert mailbox.plan == "none"
            assert set(mailbox.delegates) <= staff
            assert (mailbox.kind == "RoomMailbox") == (mailbox.delegates == ())


def test_a_few_are_administrators(tenant: Tenant) -> None:
    """At least three, and of our own people."""
    admins = [p for p in tenant.people if p.is_admin]

    assert 3 <= len(admins) <= 6
    assert all(p.home_tenant is None for p in admins)


def test_outsiders_have_no_mailbox_and_no_department(tenant: Tenant) -> None:
    """Partners' technicians keep their name, guests carry ours with #EXT#; their home is one other tenant for each company."""
    assert len({p.home_tenant for p in tenant.outsiders}) == 2
    assert [p.upn.partition("@")[2] for p in tenant.outsiders] == ["northwind-services.example"] * 3 + [
        "contoso.test"
    ] * 3
    assert all("#EXT#" in p.upn for p in tenant.outsiders[3:])
    for person in tenant.outsiders:
        assert (person.mailbox, person.department, person.plan) == (None, OUTSIDE, "none")
        assert tenant.mailbox_of(person.number) is None
        assert tenant.sessions(person, 3) == ()
    assert not {p.number for p in tenant.outsiders} & {
        p.number for d in range(tenant.departments) for p in tenant.members(d)
    }


def test_the_mix_of_licences_is_the_declared_one() -> None:
    """Shares of 4,000 people lie within three points of people.yaml."""
    people = [p for p in build(Options(mailboxes=5000)).people if p.home_tenant is None]
    shares = {plan: count / len(people) for plan, count in Counter(p.plan for p in people).items()}

    assert shares == pytest.approx({"e5": 0.35, "e3": 0.40, "business": 0.15, "f3": 0.10}, abs=0.03)


def test_ten_mailboxes_are_enough() -> None:
    """The smallest tenant has people, each kind of other mailbox, and mail."""
    tenant = build(Options(mailboxes=10, days=1))

    assert Counter(m.kind for m in tenant.mailboxes) == {
        "UserMailbox": 7,
        "SharedMailbox": 1,
        "RoomMailbox": 1,
        "GroupMailbox": 1,
    }
    assert tenant.arrivals(tenant.mailboxes[0].guid, 0)


def test_a_name_that_nobody_has_is_the_callers_mistake(tenant: Tenant) -> None:
    """People and mailboxes are asked for by names that exist."""
    assert tenant.person_by_upn(tenant.people[5].upn) is tenant.people[5]
    with pytest.raises(KeyError):
        tenant.person_by_upn("nobody@contoso.test")
    with pytest.raises(KeyError):
        tenant.mailbox("00000000-0000-0000-0000-000000000000")
