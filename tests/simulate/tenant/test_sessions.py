"""Sessions and devices."""

from __future__ import annotations

from collections import Counter

from mailwitness.simulate.tenant import Tenant
from mailwitness.simulate.world import MS_PER_DAY, Session


def _all(tenant: Tenant) -> list[Session]:
    found = {
        s.session_id: s for p in tenant.people for day in range(tenant.options.days) for s in tenant.sessions(p, day)
    }
    return list(found.values())


def test_a_session_is_alive_on_its_days_and_no_others(tenant: Tenant) -> None:
    """It is given for each day that it touches, the oldest first."""
    person = tenant.people[4]
    sessions = {s.session_id: s for day in range(60) for s in tenant.sessions(person, day)}.values()

    for day in range(60):
        begin, end = tenant.day_start(day), tenant.day_start(day + 1)
        expected = sorted(
            (s for s in sessions if s.starts_at < end and s.ends_at > begin), key=lambda s: (s.starts_at, s.session_id)
        )
        assert tenant.sessions(person, day) == tuple(expected)


def test_sessions_last_hours_to_ninety_days(tenant: Tenant) -> None:
    """None is longer than a refresh token lives, and on the first day some are weeks old."""
    sessions = _all(tenant)

    assert all(0 < s.ends_at - s.starts_at <= 90 * MS_PER_DAY for s in sessions)
    assert len({s.session_id for s in sessions}) == len(sessions)
    first = [s for p in tenant.people for s in tenant.sessions(p, 0)]
    assert sum(s.starts_at < tenant.start_at - 14 * MS_PER_DAY for s in first) > 30


def test_one_habit_has_one_session_at_a_time(tenant: Tenant) -> None:
    """Sessions of one client on one device follow each other, and a person has several clients."""
    for person in tenant.people:
        ends: dict[tuple[str, str], int] = {}
        for s in sorted((s for s in _of(tenant, person.number)), key=lambda s: s.starts_at):
            key = (s.device.name, s.client.info)
            assert ends.get(key, 0) <= s.starts_at
            ends[key] = s.ends_at

    alive = [len(tenant.sessions(p, 10)) for p in tenant.people if p.home_tenant is None]
    assert 1.5 < sum(alive) / len(alive) < 4


def test_a_password_change_ends_every_session(tenant: Tenant) -> None:
    """No session reaches over a change, and there are changes within the simulated days."""
    within = 0
    for person in tenant.people:
        changes = tenant.password_changes(person)
        within += sum(tenant.start_at <= at < tenant.end_at for at in changes)
        assert list(changes) == sorted(changes)
        for s in _of(tenant, person.number):
            assert not any(s.starts_at < at < s.ends_at for at in changes)

    assert within > 5


def test_computers_are_signed_in_to_at_work(tenant: Tenant) -> None:
    """A session on a managed computer begins within the working hours of its owner."""
    checked = 0
    for s in _all(tenant):
        if s.device.managed and s.device.os in ("Windows11", "MacOs"):
            person = tenant.people[s.person]
            day = tenant.day_of(s.starts_at)
            works = [tenant.workday(person, day + shift) for shift in (-1, 0, 1)]
            assert any(work.starts_at <= s.starts_at < work.ends_at for work in works)
            checked += 1

    assert checked > 100


def test_clients_fit_devices_and_licences(tenant: Tenant) -> None:
    """Outlook runs on Windows and not with a frontline licence, phones have phones' clients, browsers show their own user agent."""
    kinds: Counter[str] = Counter()
    for s in _all(tenant):
        kinds[s.client.kind] += 1
        if s.client.kind == "outlook_desktop":
            assert s.device.os == "Windows11"
            assert tenant.people[s.person].plan != "f3"
        if s.client.kind in ("outlook_mobile", "activesync"):
            assert s.device.os.startswith(("Ios", "Android"))
        if s.client.kind == "owa":
            assert s.client.user_agent == s.device.user_agent
            assert s.client.info in (f"Client=OWA;{s.device.user_agent};", "Client=OWA;Action=ViaProxy")
        assert not s.client.basic_auth

    assert {"outlook_desktop", "owa", "outlook_mobile", "activesync", "ews", "imap"} <= set(kinds)


def test_no_habit_uses_a_protocol_that_is_off(tenant: Tenant) -> None:
    """Whoever reads by IMAP or POP has a mailbox that allows it."""
    held = {(subject, name): value for subject, name, value in tenant.initial_settings()}
    switches = {"imap": "ImapEnabled", "pop": "PopEnabled"}
    used = [s for s in _all(tenant) if s.client.kind in switches]

    assert used
    for s in used:
        assert held[str(tenant.people[s.person].mailbox), switches[s.client.kind]] == "True"


def test_devices(tenant: Tenant) -> None:
    """A managed computer, then a phone, then perhaps a private computer that nobody registered; ids are unique."""
    ids: list[str] = []
    private = 0
    for person in tenant.people:
        devices = tenant.devices(person)
        ids.extend(d.device_id for d in devices if d.device_id is not None)
        assert all((d.device_id is not None) == d.managed for d in devices)
        assert devices[1].os.startswith(("Ios", "Android"))
        if person.home_tenant is None:
            assert devices[0].managed
            private += len(devices) == 3
            assert not any(d.managed for d in devices[2:])
        else:
            assert len(devices) == 2
            assert not any(d.managed for d in devices)

    assert len(set(ids)) == len(ids)
    assert private > 5


def _of(tenant: Tenant, number: int) -> list[Session]:
    person = tenant.people[number]
    return list({s.session_id: s for day in range(60) for s in tenant.sessions(person, day)}.values())
