"""Exchange's admin endpoint: cmdlets, their pages, warnings and errors; the search of the audit log; the message trace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailwitness.standin import PERMISSIONS, Terms
from mailwitness.standin.terms import CMDLETS
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, code, hours, objects, text, trace

PAGE = "odata.maxpagesize=2"
INTERVAL = {"StartDate": text(START), "EndDate": text(EXPORT)}


def test_a_cmdlet_shows_the_objects_of_the_moment(serve: Serve) -> None:
    """A setting that changes at noon is another one afterwards."""
    client = serve(snapshots={START: objects(imap=True), hours(12): objects(imap=False)})

    def imap() -> set[bool]:
        return {row["ImapEnabled"] for row in client.command("Get-CASMailbox", ResultSize="Unlimited").json()["value"]}

    client.standin.now = hours(11)
    before = imap()
    client.standin.now = hours(12)
    assert ({True}, {False}) == (before, imap())


def test_the_next_page_is_had_by_posting_the_same_again(serve: Serve) -> None:
    client = serve()
    first = client.command("Get-CASMailbox", prefer=PAGE, ResultSize="Unlimited").json()
    second = client.command("Get-CASMailbox", url=first["@odata.nextLink"], prefer=PAGE, ResultSize="Unlimited").json()

    assert ["ana", "bo", "cleo"] == [row["Identity"] for row in (*first["value"], *second["value"])]
    assert "@odata.nextLink" not in second


def test_without_unlimited_a_command_ends_early_and_warns(serve: Serve) -> None:
    client = serve()
    cut = client.command("Get-CASMailbox", ResultSize=2).json()
    whole = client.command("Get-CASMailbox", ResultSize="Unlimited").json()

    assert (2, 1, 3, 0) == tuple(
        len(part) for answer in (cut, whole) for part in (answer["value"], answer["@adminapi.warnings"])
    )


def test_a_command_about_one_mailbox_needs_its_name(serve: Serve) -> None:
    """By any of its names; an unknown one is an error of the cmdlet, as is none."""
    client = serve()

    assert ["."] == [row["Name"] for row in client.command("Get-InboxRule", Mailbox="guid-ana").json()["value"]]
    assert [] == client.command("Get-InboxRule", Mailbox="bo@contoso.test").json()["value"]
    nobody, unnamed = client.command("Get-InboxRule", Mailbox="nobody"), client.command("Get-InboxRule")
    assert "ManagementObjectNotFoundException" in nobody.json()["error"]["details"][0]["message"]
    assert "ParameterBindingException" in unnamed.json()["error"]["details"][0]["message"]
    assert [400, 400] == [nobody.status_code, unnamed.status_code]


def test_who_may_send_as_whom_is_asked_of_all_or_of_one(serve: Serve) -> None:
    client = serve(
        snapshots={
            START: objects()
            | {"Get-RecipientPermission": [{"Identity": name, "Trustee": "x"} for name in ("ana", "bo")]}
        }
    )
    assert [2, 1] == [
        len(client.command("Get-RecipientPermission", **named).json()["value"])
        for named in ({}, {"Identity": "bo@contoso.test"})
    ]


def test_columns_can_be_chosen(serve: Serve) -> None:
    client = serve()
    url = f"{client.standin.addresses.exchange}/adminapi/beta/{client.standin.tenant_id}/InvokeCommand?$select=Identity"
    assert [{"Identity": name} for name in ("ana", "bo", "cleo")] == client.command("Get-Mailbox", url=url).json()[
        "value"
    ]


def test_every_cmdlet_that_is_named_is_served(serve: Serve) -> None:
    client = serve()
    needed = {
        "Get-InboxRule": {"Mailbox": "ana"}, "Get-MailboxPermission": {"Identity": "ana"},
        "Search-UnifiedAuditLog": INTERVAL, "Get-MessageTraceV2": INTERVAL,
    }  # fmt: skip
    assert dict.fromkeys(CMDLETS, 200) == {
        name: client.command(name, **needed.get(name, {})).status_code for name in CMDLETS
    }


def test_the_module_names_what_may_be_run_and_the_rest_does_not_exist(serve: Serve) -> None:
    client = serve(terms=Terms(limits=False, cmdlets=CMDLETS - {"Get-InboxRule"}))
    url = f"{client.standin.addresses.exchange}/AdminApi/v1.0/{client.standin.tenant_id}/EXOModuleFile?Version=3.9.2"
    listed = client.http.get(url, headers={**client.headers("exchange"), "CommandName": "*"}).json()

    assert CMDLETS - {"Get-InboxRule"} == set(listed["value"][0]["exportedCmdlets"].split(","))
    refused = client.command("Get-InboxRule", Mailbox="ana")
    assert "CommandNotFoundException" in refused.json()["error"]["details"][0]["message"]


def test_without_a_role_or_the_permission_nothing_runs(serve: Serve) -> None:
    without_role = serve(terms=Terms(limits=False, cmdlets=frozenset())).command("Get-Mailbox")
    granted = PERMISSIONS - {"Exchange.ManageAsApp"}
    assert [(403, "UnAuthorized")] * 2 == [
        code(without_role), code(serve(terms=Terms(limits=False, granted=granted)).command("Get-Mailbox")),
    ]  # fmt: skip
    assert "isn't supported in this scenario" in without_role.json()["error"]["message"]


def test_too_many_requests_are_told_by_two_headers(serve: Serve) -> None:
    """No Retry-After, but what is left and when there is more."""
    client = serve(terms=Terms(pace=30))

    answers = [client.command("Get-TransportConfig") for _ in range(101)]

    throttled = [answer for answer in answers if answer.status_code == 429]
    assert {200, 429} >= {answer.status_code for answer in answers}
    for answer in throttled:
        assert ("0", True, False) == (
            answer.headers["Rate-Limit-Remaining"], "Rate-Limit-Reset" in answer.headers, "retry-after" in answer.headers,
        )  # fmt: skip


def search(client: Client, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.command("Search-UnifiedAuditLog", **{**INTERVAL, **parameters})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["value"]
    return rows


def test_a_session_goes_on_until_it_has_nothing_left(serve: Serve) -> None:
    """Indices are contiguous over its calls, the count is the whole, and the empty answer is the end."""
    client = serve(streams={"unified": [audit(n, hours(n)) for n in range(5)]})
    session = {"SessionId": "s", "SessionCommand": "ReturnLargeSet", "ResultSize": 2}

    calls = [search(client, **session) for _ in range(4)]

    assert [[1, 2], [3, 4], [5], []] == [[row["ResultIndex"] for row in rows] for rows in calls]
    assert {5} == {row["ResultCount"] for rows in calls for row in rows}
    assert {f"bbbb0000-0000-4000-8000-{n:012}" for n in range(5)} == {row["Identity"] for rows in calls for row in rows}


def test_a_result_holds_the_record_as_text(serve: Serve) -> None:
    client = serve(streams={"unified": [audit(1, hours(1))]})
    (row,) = search(client, ResultSize=5000)
    assert ("ExchangeItemAggregated", text(hours(1)), "ana@contoso.test", "MailItemsAccessed", 1, 1) == tuple(
        row[name] for name in ("RecordType", "CreationDate", "UserIds", "Operations", "ResultIndex", "ResultCount")
    )
    assert '"Id":"bbbb0000-0000-4000-8000-000000000001"' in row["AuditData"].replace(": ", ":")


def test_a_search_chooses_and_a_session_ends_at_its_cap(serve: Serve) -> None:
    client = serve(
        terms=Terms(limits=False, search_rows=3),
        streams={"unified": [audit(n, hours(n), UserId=f"{'ab'[n % 2]}@contoso.test") for n in range(6)]},
    )
    assert 3 == len(search(client, UserIds="b@contoso.test", ResultSize=5000))
    assert [6, 3] == [
        len(search(client, ResultSize=5000, SessionId=command, SessionCommand=command))
        for command in ("ReturnNextPreviewPage", "ReturnLargeSet")
    ]
    assert 1 == len(search(client, StartDate=text(hours(2)), EndDate=text(hours(3))))


@pytest.mark.parametrize("parameters", [{"ResultSize": 5001}, {"StartDate": text(EXPORT)}, {"EndDate": "soon"}])
def test_a_search_that_makes_no_sense_is_refused(serve: Serve, parameters: dict[str, Any]) -> None:
    answer = serve().command("Search-UnifiedAuditLog", **{**INTERVAL, **parameters})
    assert (400, "BadRequest") == code(answer)


def test_a_trace_is_continued_from_its_last_row(serve: Serve) -> None:
    """Without pages: EndDate and StartingRecipientAddress of the last row give what is left, that row again first."""
    made = [trace(n, hours(1), f"{'abcd'[n]}@contoso.test") for n in range(4)]
    client = serve(streams={"message_trace": [*made, trace(9, hours(0.5))]})

    first = client.command("Get-MessageTraceV2", **INTERVAL, ResultSize=2).json()["value"]
    last = first[-1]
    begin = {"EndDate": last["Received"], "StartingRecipientAddress": last["RecipientAddress"]}
    rest = client.command("Get-MessageTraceV2", **{**INTERVAL, **begin}).json()["value"]

    assert ["d", "c"] == [row["RecipientAddress"][0] for row in first]
    assert ["c", "b", "a", "a"] == [row["RecipientAddress"][0] for row in rest]


@pytest.mark.parametrize("begin", [EXPORT - timedelta(days=11), EXPORT - timedelta(days=91)])
def test_a_trace_goes_ten_days_at_a_time_and_ninety_back(serve: Serve, begin: Any) -> None:
    end = min(begin + timedelta(days=10.5), EXPORT)
    answer = serve().command("Get-MessageTraceV2", StartDate=text(begin), EndDate=text(end))
    assert (400, "BadRequest") == code(answer)
