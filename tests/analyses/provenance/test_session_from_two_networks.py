"""session_from_two_networks: which sessions that read mail came from two networks within an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mailwitness.model.findings import Finding
from tests.analyses.conftest import TinyCase
from tests.analyses.exposure.rows import BOB, EVE, Row
from tests.analyses.provenance.rows import SERVER, access, signin

HOME, ABROAD = "203.0.113.9", "198.51.100.7"


def placed(address: str, asn: int | None, **more: Any) -> Row:
    """Someone else's sign-in, by which the autonomous system of an address is known."""
    return signin(
        None, row_id=f"p-{address}", ip_address=address, asn=asn, **{"session_id": None, "time": "2026-01-01", **more}
    )


PLACES = [placed(HOME, 64500), placed(ABROAD, 64501)]


def found_in(case: TinyCase, **asked: Any) -> list[Finding]:
    return case.ask("session_from_two_networks", **asked)


def told(case: TinyCase) -> list[tuple[str, list[str]]]:
    return [(f.verdict, [r.code for r in f.reasons]) for f in found_in(case)]


def test_two_systems_within_an_hour_contradict_one_network(case: TinyCase) -> None:
    """A fact of the records, told with what is benign about it, and without a severity."""
    case.given(
        mail_accesses=[
            access("A"),
            access("B", time="2026-03-10 10:50", client_ip=ABROAD),
            access("C", time="2026-03-12 10:00"),
        ],
        signins=PLACES,
    )

    (found,) = found_in(case)

    assert ("session", "S1", BOB, "S1", "session", "contradicted", "record", None) == (
        found.subject_kind,
        found.subject,
        found.mailbox,
        found.actor,
        found.actor_kind,
        found.verdict,
        found.basis,
        found.severity,
    )
    assert [("two_networks", "against")] == [(r.code, r.stance) for r in found.reasons]
    assert "from AS64500 and AS64501" in found.reasons[0].sentence and "VPN" in found.reasons[0].sentence
    assert (found.time_from, found.time_to) == (datetime(2026, 3, 10, 10), datetime(2026, 3, 10, 10, 50))
    assert [("mail_accesses", "a-A"), ("mail_accesses", "a-B")] == [(r.table_name, r.row_id) for r in found.refs]


@pytest.mark.parametrize(
    ("at", "is_told"),
    [("2026-03-10 11:00", True), ("2026-03-10 11:01", False), ("2026-03-10 09:00", True), ("2026-03-10 08:59", False)],
)
def test_an_hour_is_sixty_minutes_whatever_the_clock_shows(case: TinyCase, at: str, is_told: bool) -> None:
    """From the last use of one network to the first of the other."""
    case.given(mail_accesses=[access("A"), access("B", time=at, client_ip=ABROAD)], signins=PLACES)

    assert ([("contradicted", ["two_networks"])] if is_told else []) == told(case)


def test_signins_of_the_session_count_as_uses(case: TinyCase) -> None:
    """The session id of a sign-in means the same in upper case."""
    row = signin("X", session_id="s1", ip_address=ABROAD, asn=64501, stream="interactive", time="2026-03-10 10:10")
    case.given(mail_accesses=[access()], signins=[*PLACES, row])

    (found,) = found_in(case)

    assert ("contradicted", [("mail_accesses", "a-Token-A"), ("signins", "s-X")]) == (
        found.verdict,
        [(r.table_name, r.row_id) for r in found.refs],
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"stream": "non_interactive", "incoming_token_type": "refreshToken"},
        {"stream": "non_interactive", "incoming_token_type": None},
        {"stream": None},
        {"error_code": 50126},
        {"session_id": "S2"},
        {"session_id": None},
        {"ip_address": None},
        {"time": None},
        {"ip_address": "203.0.113.200", "asn": None},
        {"asn": 64500, "ip_address": "192.0.2.1"},
    ],
    ids=str,
)
def test_what_does_not_show_a_second_network_is_no_finding(case: TinyCase, changed: Row) -> None:
    """A refresh may show the first address (MW-E0041); a refused attempt used nothing; the same network is one."""
    row = signin("X", **{"ip_address": ABROAD, "stream": "interactive", "time": "2026-03-10 10:10", **changed})
    case.given(mail_accesses=[access()], signins=[*PLACES, row])

    assert [] == told(case)


@pytest.mark.parametrize(
    "changed",
    [{"client_ip": SERVER}, {"client_ip": None}, {"aad_session_id": "S2"}, {"aad_session_id": None}, {"time": None}],
    ids=str,
)
def test_an_access_that_shows_no_second_network(case: TinyCase, changed: Row) -> None:
    """Microsoft's servers act for the session; an unknown address, session or time is no use."""
    second = access("B", **{"client_ip": ABROAD, "time": "2026-03-10 10:10", **changed})
    case.given(mail_accesses=[access("A"), second], signins=PLACES)

    assert [] == told(case)


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        (HOME, ABROAD, True),
        ("203.0.113.9", "203.0.113.114", False),
        ("203.0.113.9", "203.0.11.9", True),
        ("2001:db8:1::1", "2001:db8:1::ffff", False),
        ("2001:db8:1::1", "2001:DB8:2::1", True),
    ],
)
def test_ranges_whose_systems_are_unknown_leave_it_open(case: TinyCase, first: str, second: str, is_told: bool) -> None:
    """Within a /24 or /64 it is one network; two of them may still be one."""
    case.given(mail_accesses=[access("A", client_ip=first), access("B", client_ip=second, time="2026-03-10 10:20")])

    found = found_in(case)

    assert ([("undecidable", "none", ["networks_unknown"])] if is_told else []) == [
        (f.verdict, f.basis, [r.code for r in f.reasons]) for f in found
    ]
    assert all("autonomousSystemNumber" in (f.would_decide or "") for f in found)


def test_a_neighbour_names_the_system_of_an_address(case: TinyCase) -> None:
    """A sign-in from the same /24 or /64, unless neighbours belong to two systems."""
    accesses = [access("A"), access("B", client_ip="2001:db8:1::77", time="2026-03-10 10:20")]
    neighbours = [placed("203.0.113.1", 64500), placed("2001:db8:1::1", 64501)]
    case.given(mail_accesses=accesses, signins=neighbours)
    assert [("contradicted", ["two_networks"])] == told(case)

    case.given(signins=[placed("203.0.113.2", 64502)])
    assert [("undecidable", ["networks_unknown"])] == told(case)


def test_two_systems_are_told_without_the_ranges_that_decide_nothing(case: TinyCase) -> None:
    """A third, unknown range would leave open what is decided."""
    accesses = [
        access("A"),
        access("B", client_ip=ABROAD, time="2026-03-10 10:10"),
        access("C", client_ip="192.0.2.1", time="2026-03-10 10:20"),
    ]
    case.given(mail_accesses=accesses, signins=PLACES)

    assert [("contradicted", ["two_networks"])] == told(case)


def test_a_session_in_two_mailboxes_is_one_finding(case: TinyCase) -> None:
    """The mailbox is left out then; narrowed to one it is named, and another mailbox's uses are not looked at."""
    case.given(
        mail_accesses=[access("A"), access("B", mailbox=EVE, client_ip=ABROAD, time="2026-03-10 10:10")], signins=PLACES
    )

    assert [(None, "contradicted")] == [(f.mailbox, f.verdict) for f in found_in(case)]
    assert [] == found_in(case, mailbox=BOB)
    assert [("S1", "contradicted")] == [(f.subject, f.verdict) for f in found_in(case, actor="s1")]


def test_without_mail_accesses_the_case_says_so(case: TinyCase) -> None:
    """An empty table."""
    assert [("undecidable", ["table_missing"])] == told(case)
