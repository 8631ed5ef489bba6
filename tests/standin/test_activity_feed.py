"""The Management Activity API: subscriptions, listings by the time of arrival, blobs and their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mailwitness.standin import PERMISSIONS, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, code, hours, text

DAY = timedelta(days=1)


def blobs(client: Client, begin: int = 0, days: int = 1, content_type: str = "Audit.Exchange") -> list[dict[str, Any]]:
    """All that is listed of so many days, page by page."""
    answer = client.content(START + begin * DAY, START + (begin + days) * DAY, content_type)
    found: list[dict[str, Any]] = []
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()
        if "NextPageUri" not in answer.headers:
            return found
        answer = client.feed(answer.headers["NextPageUri"])


def test_a_blob_holds_what_became_available_in_half_an_hour(serve: Serve) -> None:
    """Whatever its own time: a record of hour 1 that arrived in hour 30 is listed on the second day. Types are by workload."""
    client = serve(
        streams={
            "unified": [
                audit(1, hours(1), available=hours(2)),
                audit(2, hours(1.1), available=hours(2.2)),
                audit(3, hours(1.2), available=hours(30)),
                audit(4, hours(1.3), available=hours(2.1), Workload="AzureActiveDirectory"),
                audit(5, hours(1.4), available=hours(2.1), Workload="MicrosoftTeams"),
            ]
        }
    )

    first, second = blobs(client), blobs(client, begin=1)

    assert [text(hours(2.2))[:-1] + ".000Z"] == [blob["contentCreated"] for blob in first]
    assert [text(hours(2.2) + 7 * DAY)[:-1] + ".000Z"] == [blob["contentExpiration"] for blob in first]
    assert [{1, 2}, {3}] == [
        {int(record["Id"][-12:]) for record in client.feed(blob["contentUri"]).json()} for blob in (*first, *second)
    ]
    assert [1, 1, 0] == [
        len(blobs(client, content_type=type_))
        for type_ in ("Audit.AzureActiveDirectory", "Audit.General", "Audit.SharePoint")
    ]


def test_a_listing_pages_by_a_header(serve: Serve) -> None:
    client = serve(
        terms=Terms(limits=False, listing_page=2),
        streams={"unified": [audit(number, hours(number)) for number in range(5)]},
    )

    answer = client.content(START, START + DAY)

    assert "nextPage=" in answer.headers["NextPageUri"]
    assert (2, 5) == (len(answer.json()), len(blobs(client)))
    assert (400, "AF20031") == code(client.feed(answer.headers["NextPageUri"].replace("nextPage=", "nextPage=x")))


def test_without_an_interval_the_last_day_is_listed(serve: Serve) -> None:
    """And the next page's address says which day that was."""
    client = serve(
        terms=Terms(limits=False, listing_page=1),
        streams={"unified": [audit(n, EXPORT - timedelta(hours=n)) for n in (1, 2, 30)]},
    )
    answer = client.feed("subscriptions/content", contentType="Audit.Exchange")
    assert f"startTime={text(EXPORT - DAY)[:-1]}&endTime={text(EXPORT)[:-1]}" in answer.headers["NextPageUri"]
    assert (1, False) == (len(answer.json()), "NextPageUri" in client.feed(answer.headers["NextPageUri"]).headers)


@pytest.mark.parametrize(
    ("begin", "end", "wanted"),
    [
        (START, START + timedelta(hours=25), "AF20030"),
        (START + DAY, START, "AF20030"),
        (EXPORT - timedelta(days=8), EXPORT - timedelta(days=7.5), "AF20030"),
    ],
)
def test_an_interval_too_long_too_old_or_inverted_is_refused(serve: Serve, begin: Any, end: Any, wanted: str) -> None:
    assert (400, wanted) == code(serve().content(begin, end))


def test_seven_days_and_an_hour_back_is_still_answered(serve: Serve) -> None:
    begin = EXPORT - timedelta(days=7, minutes=59)
    assert 200 == serve().content(begin, begin + DAY).status_code


def test_a_blob_expires(serve: Serve) -> None:
    """After seven days it is neither listed nor given, and the answer says why."""
    client = serve(streams={"unified": [audit(1, hours(1))]})
    (blob,) = blobs(client)

    client.standin.now = hours(1.01) + 7 * DAY

    assert [] == client.content(START + timedelta(hours=0.5), START + DAY).json()
    assert (400, "AF20051") == code(client.feed(blob["contentUri"]))


def test_an_unknown_blob_and_a_malformed_id_are_told_apart(serve: Serve) -> None:
    client = serve()
    assert (404, "AF20050") == code(client.feed("audit/1$2$audit_exchange$Audit_Exchange$emea0036"))
    assert (400, "AF20052") == code(client.feed("audit/1"))


def test_nothing_from_before_the_subscription_is_listed(serve: Serve) -> None:
    """No subscription is an error; what came before it began is never had; to start it again changes nothing and says so."""
    client = serve(
        terms=Terms(limits=False, subscribed=False), streams={"unified": [audit(1, hours(1)), audit(2, hours(3))]}
    )
    client.standin.now = hours(2)

    refused = client.content(START, START + DAY)
    started = [client.feed("subscriptions/start", "POST", contentType="Audit.Exchange") for _ in range(2)]
    client.standin.now = hours(4)

    assert (400, "AF20022") == code(refused)
    assert (200, {"contentType": "Audit.Exchange", "status": "enabled", "webhook": None}) == (
        started[0].status_code,
        started[0].json(),
    )
    assert (400, "AF20024") == code(started[1])
    assert [{"contentType": "Audit.Exchange", "status": "enabled", "webhook": None}] == client.feed(
        "subscriptions/list"
    ).json()
    (blob,) = blobs(client)
    assert ["bbbb0000-0000-4000-8000-000000000002"] == [
        record["Id"] for record in client.feed(blob["contentUri"]).json()
    ]
    assert client.standin.withheld == {"bbbb0000-0000-4000-8000-000000000001"}


def test_what_comes_while_a_subscription_is_stopped_is_lost(serve: Serve) -> None:
    client = serve(streams={"unified": [audit(number, hours(number)) for number in (1, 3, 5)]})
    client.standin.now = hours(2)
    stopped = client.feed("subscriptions/stop", "POST", contentType="Audit.Exchange")
    client.standin.now = hours(4)
    client.feed("subscriptions/start", "POST", contentType="Audit.Exchange")
    client.standin.now = hours(6)

    assert (200, 2) == (stopped.status_code, len(blobs(client)))
    assert client.standin.withheld == {"bbbb0000-0000-4000-8000-000000000003"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [({"contentType": "Audit.Nothing"}, "AF20020"), ({}, "AF20001"), ({"contentType": "Audit.Exchange", "startTime": "x", "endTime": "y"}, "AF20002"),
     ({"contentType": "Audit.Exchange", "startTime": "2026-03-02"}, "AF20001")],
)  # fmt: skip
def test_wrong_parameters_have_their_codes(serve: Serve, query: dict[str, str], wanted: str) -> None:
    assert (400, wanted) == code(serve().feed("subscriptions/content", **query))


@pytest.mark.parametrize(
    ("tenant", "wanted"), [("22222222-0000-4000-8000-000000000002", "AF20010"), ("contoso.test", "AF20013")]
)
def test_another_tenant_in_the_address_has_its_code(serve: Serve, tenant: str, wanted: str) -> None:
    client = serve()
    url = f"{client.standin.addresses.management}/api/v1.0/{tenant}/activity/feed/subscriptions/list"
    assert (400, wanted) == code(client.http.get(url, headers=client.headers("management")))


def test_a_tenant_without_auditing_does_not_exist(serve: Serve) -> None:
    answer = serve(terms=Terms(limits=False, auditing=False)).feed("subscriptions/list")
    assert (500, "AF50000") == code(answer)
    assert "does not exist" in answer.json()["error"]["message"]


def test_a_missing_permission_has_its_code(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, granted=PERMISSIONS - {"ActivityFeed.Read"}))
    assert (403, "AF10001") == code(client.feed("subscriptions/list"))


def test_without_a_publisher_the_throttle_is_ten_times_tighter(serve: Serve) -> None:
    """It answers 403, and only the body says that it is one."""
    client = serve(terms=Terms(pace=50))
    url = f"{client.standin.addresses.management}/api/v1.0/{client.standin.tenant_id}/activity/feed/subscriptions/list"

    def ask() -> httpx.Response:
        return client.http.get(url, headers=client.headers("management"))

    answers = [ask() for _ in range(201)]

    assert {200, 403} >= {answer.status_code for answer in answers}
    assert 200 == client.feed("subscriptions/list").status_code
