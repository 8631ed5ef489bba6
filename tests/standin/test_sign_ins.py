"""Sign-ins and directory audits: what is shown to whom, in which order, on which page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailwitness.standin import PERMISSIONS, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, code, directory_audit, hours, ids, sign_in, text

DAY = timedelta(days=1)


def test_the_newest_come_first_in_pages_that_are_linked(serve: Serve) -> None:
    """Bodies are the records, byte for byte in value; each page but the last has a link, and no record comes twice."""
    made = [sign_in(number, hours(number)) for number in range(5)]
    client = serve(streams={"interactive": made})

    pages = list(client.pages(client.sign_ins(START, START + DAY, top="2")))

    assert [2, 2, 1] == [len(page.json()["value"]) for page in pages]
    assert [one["record"] for one in reversed(made)] == [row for page in pages for row in page.json()["value"]]


def test_an_interval_is_half_open_to_a_tenth_of_a_microsecond(serve: Serve) -> None:
    """ge takes its moment in, lt leaves it out, gt and le the other way round; a tick later is later."""
    client = serve(streams={"interactive": [sign_in(number, hours(number)) for number in range(3)]})

    def found(filter_: str) -> list[int]:
        return sorted(int(id_[-12:]) for id_ in ids(client.graph("v1.0/auditLogs/signIns", filter=filter_)))

    one, two = text(hours(1)), text(hours(2))
    assert [1] == found(f"createdDateTime ge {one} and createdDateTime lt {two}")
    assert [2] == found(f"createdDateTime gt {one} and createdDateTime le {two}")
    assert [2] == found(f"createdDateTime ge {one[:-1]}.0000001Z")
    assert [0, 1] == found(f"createdDateTime lt {one[:-1]}.0000001Z")


def test_other_streams_are_shown_only_to_those_who_ask(serve: Serve) -> None:
    """Without the filter only interactive sign-ins; several event types in one filter are merged in the order of time."""
    client = serve(
        streams={
            "interactive": [sign_in(1, hours(1))],
            "noninteractive": [sign_in(2, hours(2))],
            "service_principal": [sign_in(3, hours(3))],
            "managed_identity": [sign_in(4, hours(4))],
        }
    )
    kinds = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")

    assert [1] == [int(id_[-12:]) for id_ in ids(client.graph("beta/auditLogs/signIns"))]
    assert [[1], [2], [3], [4]] == [
        [int(id_[-12:]) for id_ in ids(client.sign_ins(START, EXPORT, kind))] for kind in kinds
    ]
    both = "signInEventTypes/any(t: t eq 'servicePrincipal' or t eq 'nonInteractiveUser')"
    assert [3, 2] == [int(id_[-12:]) for id_ in ids(client.graph("beta/auditLogs/signIns", filter=both))]


def test_v1_has_neither_other_streams_nor_their_fields(serve: Serve) -> None:
    client = serve(streams={"interactive": [sign_in(1, hours(1))]})
    wanted = "signInEventTypes/any(t: t eq 'servicePrincipal')"

    (row,) = client.graph("v1.0/auditLogs/signIns").json()["value"]

    assert "userAgent" not in row
    assert (400, "BadRequest") == code(client.graph("v1.0/auditLogs/signIns", filter=wanted))


def test_a_sign_in_is_shown_once_it_is_available(serve: Serve) -> None:
    """Its own time is one thing, the time from which it can be had another; the test moves the clock."""
    client = serve(streams={"interactive": [sign_in(1, hours(1), available=hours(5))]})

    client.standin.now = hours(4.9)
    before = ids(client.sign_ins(START, EXPORT))
    client.standin.now = hours(5)

    assert ([], 1) == (before, len(ids(client.sign_ins(START, EXPORT))))


@pytest.mark.parametrize(("licence", "days"), [("P1", 30), ("P2", 30)])
def test_entra_forgets(serve: Serve, licence: str, days: int) -> None:
    client = serve(terms=Terms(limits=False, licence=licence), streams={"interactive": [sign_in(1, hours(1))]})  # type: ignore[arg-type]

    client.standin.now = hours(1) + days * DAY
    kept = ids(client.sign_ins(START, EXPORT))
    client.standin.now = hours(1.1) + days * DAY

    assert (1, []) == (len(kept), ids(client.sign_ins(START, EXPORT)))


def test_a_tenant_without_a_licence_has_audits_of_seven_days_and_no_sign_ins(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, licence="free"), streams={"directory": [directory_audit(1, hours(1))]})

    assert (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant") == code(client.sign_ins(START, EXPORT))
    assert ["Directory_1"] == ids(client.graph("v1.0/auditLogs/directoryAudits"))
    client.standin.now = hours(2) + 7 * DAY
    assert [] == ids(client.graph("v1.0/auditLogs/directoryAudits"))


def test_a_missing_permission_is_named(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, granted=PERMISSIONS - {"AuditLog.Read.All"}))
    answer = client.sign_ins(START, EXPORT)
    assert (403, "Authentication_MSGraphPermissionMissing") == code(answer)
    assert "AuditLog.Read.All" in answer.json()["error"]["message"]


def test_a_filter_chooses_by_user_and_nested_field(serve: Serve) -> None:
    client = serve(
        streams={
            "interactive": [
                sign_in(1, hours(1)),
                sign_in(2, hours(2), userPrincipalName="bo@contoso.test"),
                sign_in(3, hours(3), status={"errorCode": 50126}),
            ]
        }
    )
    wanted = "userPrincipalName eq 'ANA@contoso.test' and status/errorCode eq 0"
    assert ["aaaa0000-0000-4000-8000-000000000001"] == ids(client.graph("beta/auditLogs/signIns", filter=wanted))


@pytest.mark.parametrize(
    "query",
    [
        {"top": "1001"},
        {"top": "x"},
        {"filter": "createdDateTime about now"},
        {"filter": "(a eq 'b'"},
        {"skiptoken": "none"},
    ],
)
def test_what_cannot_be_asked_is_refused(serve: Serve, query: dict[str, str]) -> None:
    assert (400, "BadRequest") == code(serve().graph("beta/auditLogs/signIns", **query))


def test_the_sixth_request_in_ten_seconds_is_throttled(serve: Serve) -> None:
    """Five in ten seconds, of sign-ins and directory audits together; Retry-After is in whole seconds."""
    client = serve(terms=Terms(pace=10))

    answers = [client.graph("v1.0/auditLogs/directoryAudits") for _ in range(6)]

    assert [200] * 5 + [429] == [answer.status_code for answer in answers]
    assert answers[5].headers["retry-after"] in ("0", "1")
