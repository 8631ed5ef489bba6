"""Graph's audit search: submitted, running, ended, paged."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mailwitness.standin import PERMISSIONS, Terms
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, code, hours, ids, text

PATH = "beta/security/auditLog/queries"


def submit(client: Client, **wanted: Any) -> httpx.Response:
    interval = {"filterStartDateTime": text(START), "filterEndDateTime": text(EXPORT)}
    return client.post(PATH, {"displayName": "q", **interval, **wanted})


def found(client: Client, **wanted: Any) -> list[int]:
    """Numbers of the records that a search finds."""
    answer = submit(client, **wanted)
    assert answer.status_code == 201, answer.text
    first = client.graph(f"{PATH}/{answer.json()['id']}/records")
    return [int(id_[-12:]) for page in client.pages(first) for id_ in ids(page)]


def test_a_query_runs_through_its_states(serve: Serve) -> None:
    """Its records cannot be read before it has succeeded."""
    client = serve(terms=Terms(pace=60), streams={"unified": [audit(1, hours(1))]})  # 60 s are one
    answer = submit(client)
    query = answer.json()
    early = client.graph(f"{PATH}/{query['id']}/records")
    states = [query["status"]]
    until = time.monotonic() + 10
    while states[-1] != "succeeded" and time.monotonic() < until:
        state = client.graph(f"{PATH}/{query['id']}").json()["status"]
        states += [state] if state != states[-1] else []

    assert answer.status_code == 201
    assert ["notStarted", "running", "succeeded"] == states
    assert (400, "BadRequest") == code(early)


def test_a_row_repeats_fields_and_holds_the_whole_record(serve: Serve) -> None:
    made = audit(1, hours(1), UserType=2)
    client = serve(streams={"unified": [made]})
    answer = client.graph(f"{PATH}/{submit(client).json()['id']}/records").json()

    assert answer["@odata.count"] == 1
    (row,) = answer["value"]
    assert {**made["record"], "@odata.type": "#microsoft.graph.security.defaultAuditData"} == row.pop("auditData")
    assert row == {
        "id": made["id"], "createdDateTime": text(hours(1)), "auditLogRecordType": "exchangeItemAggregated",
        "operation": "MailItemsAccessed", "organizationId": made["record"]["OrganizationId"], "userType": "admin",
        "userId": "ana@contoso.test", "service": "Exchange", "objectId": None, "userPrincipalName": "ana@contoso.test",
        "clientIp": "203.0.113.5", "administrativeUnits": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"recordTypeFilters": ["exchangeAdmin"]}, [2]),
        ({"operationFilters": ["MailItemsAccessed", "Send"]}, [4, 3, 1]),
        ({"userPrincipalNameFilters": ["BO@contoso.test"]}, [3]),
        ({"ipAddressFilters": ["203.0.113.5"], "operationFilters": ["New-InboxRule"]}, [2]),
        ({"serviceFilter": "AzureActiveDirectory"}, [4]),
        ({"keywordFilter": "needle"}, [1]),
        ({"filterStartDateTime": text(hours(2)), "filterEndDateTime": text(hours(3))}, [2]),
    ],
)
def test_a_query_chooses(serve: Serve, wanted: dict[str, Any], numbers: list[int]) -> None:
    """By type, operation, user, address, service, word and interval (half-open), the newest first."""
    client = serve(
        streams={
            "unified": [
                audit(1, hours(1), Note="a Needle"),
                audit(2, hours(2), Operation="New-InboxRule", RecordType=1),
                audit(3, hours(3), UserId="bo@contoso.test"),
                audit(4, hours(4), Workload="AzureActiveDirectory"),
            ]
        }
    )
    assert numbers == found(client, **wanted)


def test_a_limit_cuts_and_the_query_succeeds(serve: Serve) -> None:
    """Only isRecordCountLimitExceeded says so."""
    client = serve(
        terms=Terms(limits=False, query_records=2), streams={"unified": [audit(n, hours(n)) for n in range(3)]}
    )
    query = submit(client).json()
    state = client.graph(f"{PATH}/{query['id']}").json()

    assert ("succeeded", True, 2, 3) == (
        state["status"], state["isRecordCountLimitExceeded"], state["recordCountLimit"], state["approximateReturnedRecordCount"],
    )  # fmt: skip
    assert [2, 1] == found(client)


def test_pages_hold_150_rows(serve: Serve) -> None:
    client = serve(streams={"unified": [audit(n, START + timedelta(seconds=n)) for n in range(200)]})
    first = client.graph(f"{PATH}/{submit(client).json()['id']}/records")
    assert [150, 50] == [page.json()["@odata.count"] for page in client.pages(first)]


def test_a_day_has_so_many_submissions(serve: Serve) -> None:
    """By the services' clock: a day later there are new ones."""
    client = serve(terms=Terms(pace=10_000, queries_a_day=2))

    answers = [submit(client) for _ in range(3)]
    client.standin.now = EXPORT + timedelta(days=1, hours=1)

    assert [201, 201, 429] == [answer.status_code for answer in answers]
    assert "TooManyRequests" == answers[2].json()["error"]["code"]
    assert 201 == submit(client).status_code


def test_only_so_many_run_at_once(serve: Serve) -> None:
    client = serve(terms=Terms(pace=10, queries_at_once=1))
    assert [201, 429] == [submit(client).status_code for _ in range(2)]


def test_a_tenant_without_auditing_says_so_in_a_message_that_is_json(serve: Serve) -> None:
    answer = submit(serve(terms=Terms(limits=False, auditing=False)))
    assert (400, "UnknownError") == code(answer)
    assert '"Status":"AuditingDisabledTenant"' in answer.json()["error"]["message"]


def test_a_permission_for_one_service_shows_that_service(serve: Serve) -> None:
    made = {"unified": [audit(1, hours(1)), audit(2, hours(2), Workload="AzureActiveDirectory")]}
    none = PERMISSIONS - {"AuditLogsQuery.Read.All"}
    client = serve(terms=Terms(limits=False, granted=none | {"AuditLogsQuery-Exchange.Read.All"}), streams=made)

    assert [1] == found(client)
    assert (403, "Forbidden") == code(submit(serve(terms=Terms(limits=False, granted=none))))


@pytest.mark.parametrize(
    "wanted", [{"filterStartDateTime": None}, {"filterEndDateTime": text(START)}, {"filterEndDateTime": "x"}]
)
def test_no_interval_is_refused(serve: Serve, wanted: dict[str, Any]) -> None:
    assert (400, "BadRequest") == code(submit(serve(), **wanted))


def test_a_poisoned_record_breaks_each_page_that_holds_it(serve: Serve) -> None:
    """Every time, whichever way one pages; an interval without it is whole."""
    poison = frozenset({"bbbb0000-0000-4000-8000-000000000002"})
    client = serve(
        terms=Terms(limits=False, poison=poison), streams={"unified": [audit(n, hours(n)) for n in range(4)]}
    )
    path = f"{PATH}/{submit(client).json()['id']}/records"

    whole = [client.graph(path).status_code for _ in range(3)]
    first = client.graph(f"{path}?$top=1")

    assert [500, 500, 500] == whole
    assert (["bbbb0000-0000-4000-8000-000000000003"], 500) == (
        ids(first), client.graph(first.json()["@odata.nextLink"]).status_code,
    )  # fmt: skip
    assert [1, 0] == found(client, filterEndDateTime=text(hours(2)))


def test_an_unknown_query_is_not_found(serve: Serve) -> None:
    client = serve()
    assert [(404, "NotFound")] * 2 == [code(client.graph(f"{PATH}/none{rest}")) for rest in ("", "/records")]
