"""Every fault, F1 to F24, as it looks on the wire, and that it is switched alone, seeded and passing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailwitness.errors import UsageError
from mailwitness.standin import FAULTS, StandIn, Terms, parse_faults
from tests.standin.conftest import Serve
from tests.standin.tenants import EXPORT, START, Client, audit, code, hours, ids, sign_in, text, trace, write_tenant

DAY = timedelta(days=1)
QUERIES = "beta/security/auditLog/queries"


def sign_ins(count: int) -> dict[str, Any]:
    return {"interactive": [sign_in(n, START + timedelta(minutes=n)) for n in range(count)]}


def audits(count: int, **fields: Any) -> dict[str, Any]:
    """Records a minute apart, each available at once."""
    return {"unified": [audit(n, START + timedelta(minutes=n), **fields) for n in range(count)]}


def query(client: Client, begin: datetime = START, end: datetime = EXPORT) -> dict[str, Any]:
    """An audit query, submitted and asked for its state."""
    wanted = {"filterStartDateTime": text(begin), "filterEndDateTime": text(end)}
    id_ = client.post(QUERIES, wanted).json()["id"]
    state: dict[str, Any] = client.graph(f"{QUERIES}/{id_}").json()
    return state


def listed(
    client: Client, content_type: str = "Audit.Exchange", days: Iterable[int] = range(4)
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for day in days:
        answer = client.content(START + day * DAY, START + (day + 1) * DAY, content_type)
        assert answer.status_code == 200, answer.text
        found += answer.json()
    return found


def struck(client: Client) -> list[str]:
    """Ids of the faults that the stand-in says it dealt, in order."""
    return [one.fault for one in client.standin.served if one.fault is not None]


def test_f1_says_when_to_come_again(serve: Serve) -> None:
    """Seconds or an HTTP date in the services' time; the third time the same request gets through."""
    client = serve("F1=1", terms=Terms(pace=1), streams=sign_ins(1), seed=3)
    seen: list[str] = []
    for number in range(12):
        answer = client.graph(f"v1.0/auditLogs/directoryAudits?$top={number + 1}")
        assert answer.status_code == 429
        seen.append(answer.headers["retry-after"])
        if not seen[-1].isdigit():
            ahead = parsedate_to_datetime(seen[-1]) - parsedate_to_datetime(answer.headers["date"])
            assert 0 <= ahead.total_seconds() <= 22
            break
    assert any(text.isdigit() for text in seen) or len(seen) == 1
    assert {"F1"} >= set(struck(client))


def test_a_fault_lets_go_of_a_request_after_two_blows(serve: Serve) -> None:
    client = serve("F1=1", streams=sign_ins(1))
    assert [429, 429, 200] == [client.sign_ins(START, EXPORT).status_code for _ in range(3)]
    assert ["F1", "F1"] == struck(client)


def test_without_end_a_fault_never_lets_go(serve: Serve) -> None:
    client = serve("F1=1", repeats=None)
    assert [429] * 5 == [client.sign_ins(START, EXPORT).status_code for _ in range(5)]


def test_f2_never_says_when(serve: Serve) -> None:
    """Identity Protection, Conditional Access, Exchange."""
    client = serve("F2=1")
    answers = [
        client.graph("v1.0/identityProtection/riskDetections"),
        client.graph("v1.0/identity/conditionalAccess/policies"),
        client.command("Get-TransportConfig"),
    ]
    assert [429] * 3 == [answer.status_code for answer in answers]
    assert [] == [answer for answer in answers if "retry-after" in answer.headers]
    assert 200 == client.graph("v1.0/users").status_code


def test_f3_hides_a_throttle_in_a_403(serve: Serve) -> None:
    client = serve("F3=1")
    assert [(403, "AF429")] * 2 == [code(client.feed("subscriptions/list")) for _ in range(2)]
    assert 200 == client.feed("subscriptions/list").status_code


def test_f4_kills_the_token_and_not_the_request(serve: Serve) -> None:
    """The old token stays dead on every path, a new one is taken."""
    client = serve("F4=1", repeats=1)
    first = client.graph("v1.0/users")
    again = client.graph("v1.0/organization")
    client.forget()
    assert [(401, "InvalidAuthenticationToken")] * 2 == [code(first), code(again)]
    assert 200 == client.graph("v1.0/users").status_code


def test_f5_kills_a_link_for_good(serve: Serve) -> None:
    """The same link again is as dead; begun again at the first page, the third time lets the second page through."""
    client = serve("F5=1", streams=sign_ins(3))
    seen = []
    for _ in range(3):
        link = client.sign_ins(START, EXPORT, top="2").json()["@odata.nextLink"]
        seen.append(client.graph(link).status_code)
        if seen[-1] == 400:
            assert 400 == client.graph(link).status_code

    assert [400, 400, 200] == seen
    assert "skip token is null" in client.graph("beta/auditLogs/signIns?$skiptoken=0").json()["error"]["message"]


def test_f5_has_its_words_in_each_service(serve: Serve) -> None:
    client = serve(
        "F5=1",
        terms=Terms(limits=False, listing_page=1),
        streams={**audits(90), "message_trace": [trace(1, hours(1)), trace(2, hours(2))]},
    )
    users = client.graph("v1.0/users", top="2").json()["@odata.nextLink"]
    blobs = client.content(START, START + DAY).headers["NextPageUri"]
    rows = client.graph(f"{QUERIES}/{query(client)['id']}/records", top="50").json()["@odata.nextLink"]
    traces = client.graph(
        "v1.0/admin/exchange/tracing/messageTraces",
        top="1",
        filter=f"receivedDateTime ge {text(START)} and receivedDateTime le {text(EXPORT)}",
    )
    boxes = client.command("Get-CASMailbox", prefer="odata.maxpagesize=2", ResultSize="Unlimited").json()[
        "@odata.nextLink"
    ]

    assert [(400, "Directory_ExpiredPageToken"), (400, "AF20031"), (400, "BadRequest"), (400, "BadRequest"), (400, "BadRequest")] == [
        code(client.graph(users)), code(client.feed(blobs)), code(client.graph(rows)), code(client.graph(traces.json()["@odata.nextLink"])),
        code(client.command("Get-CASMailbox", url=boxes, prefer="odata.maxpagesize=2", ResultSize="Unlimited")),
    ]  # fmt: skip


def test_f6_answers_as_gateways_do(serve: Serve) -> None:
    """Over many requests: all four statuses, and bodies that are an error object, a page, or nothing."""
    client = serve("F6=1")
    answers = [client.graph(f"v1.0/users?$top={number}") for number in range(1, 80)]
    kinds = {answer.headers["content-type"].partition(";")[0] if answer.content else "" for answer in answers}
    assert {500, 502, 503, 504} == {answer.status_code for answer in answers}
    assert {"", "text/html", "application/json"} == kinds


def test_f7_cuts_a_body(serve: Serve) -> None:
    """With a length header that tells the cut length, or with one that tells the whole and a connection that ends."""
    client = serve("F7=1", streams=sign_ins(5))
    honest = broken = 0
    for number in range(30):
        try:
            answer = client.sign_ins(START, START + timedelta(days=1, minutes=number))
        except httpx.RemoteProtocolError:
            broken += 1
            continue
        honest += 1
        assert (200, str(len(answer.content))) == (answer.status_code, answer.headers["content-length"])
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert honest > 3
    assert broken > 3


def test_f8_is_slow_to_begin_or_slow_to_go_on(serve: Serve) -> None:
    """Six seconds to the first byte, or 20 kB at 1 kB/s, divided by the pace; the body is whole in the end."""
    client = serve("F8=1", terms=Terms(pace=20), streams=sign_ins(100))
    took: list[tuple[float, float]] = []
    for number in range(8):
        begun = time.monotonic()
        wanted = (
            f"createdDateTime ge {text(START)} and createdDateTime lt {text(START + timedelta(days=1, minutes=number))}"
        )
        url = f"{client.standin.addresses.graph}/beta/auditLogs/signIns"
        with client.http.stream("GET", url, params={"$filter": wanted}, headers=client.headers("graph")) as answer:
            if answer.status_code == 429:
                continue
            answered = time.monotonic()
            assert 100 == len(json.loads(answer.read())["value"])
            took.append((answered - begun, time.monotonic() - answered))
    assert took
    assert [] == [one for one in took if max(one) < 0.28]
    assert {"F8"} == set(struck(client))


def test_f9_makes_a_blob_huge(serve: Serve) -> None:
    """Blanks, which JSON allows; some are much larger than others."""
    client = serve(
        "F9=1", terms=Terms(limits=False, huge_blob_bytes=(2 << 20, 5 << 20), blob_minutes=1), streams=audits(25)
    )
    sizes = []
    for blob in listed(client):
        answer = client.feed(blob["contentUri"])
        assert 1 == len(answer.json())
        sizes.append(len(answer.content) >> 20)
    assert {2, 5} == set(sizes)
    assert {"F9"} == set(struck(client))


def test_f10_loses_a_blob_for_good(serve: Serve) -> None:
    """It is listed, and then expired or unknown, however often one asks; the stand-in says which records went with it."""
    client = serve("F10=0.5", terms=Terms(limits=False, blob_minutes=1), streams=audits(40))
    gone: set[str] = set()
    came: set[str] = set()
    for blob in listed(client):
        answers = [client.feed(blob["contentUri"]) for _ in range(2)]
        assert answers[0].status_code == answers[1].status_code
        if answers[0].status_code == 200:
            came.update(record["Id"] for record in answers[0].json())
        else:
            gone.add(code(answers[0])[1])
    assert {"AF20051", "AF20050"} == gone
    assert client.standin.withheld == client.standin.holds["unified_audit_log"].keys() - came


def test_f11_lists_a_blob_late_or_with_anothers_time(serve: Serve) -> None:
    """What is listed five days on says that it was created on the first; two blobs of one type have one time."""
    client = serve("F11=1", terms=Terms(limits=False, blob_minutes=1, listing_page=100), streams=audits(60))
    client.standin.now = hours(3)
    early = {blob["contentId"]: blob["contentCreated"] for blob in listed(client, days=[0])}
    client.standin.now = hours(6 * 24)
    late = {blob["contentId"]: blob["contentCreated"] for blob in listed(client, days=[0])}

    assert early.items() < late.items()
    assert min(late[id_] for id_ in late.keys() - early.keys()) < max(early.values())
    assert len(set(late.values())) < len(late)
    assert 60 == len(late)


def test_f12_delivers_a_record_twice(serve: Serve) -> None:
    """The same body, another body, or in another content type; and twice in one search."""
    client = serve("F12=1", streams=audits(40))
    client.standin.now = EXPORT
    bodies: dict[str, list[tuple[str, str]]] = {}
    for type_ in ("Audit.Exchange", "Audit.General"):
        for blob in listed(client, type_):
            for record in client.feed(blob["contentUri"]).json():
                bodies.setdefault(record["Id"], []).append((type_, json.dumps(record)))

    assert {2} == {len(copies) for copies in bodies.values()}
    kinds = {(one[0] == two[0], one[1] == two[1]) for one, two in bodies.values()}
    assert {(True, True), (True, False), (False, True)} == kinds
    rows = client.command(
        "Search-UnifiedAuditLog", StartDate=text(START), EndDate=text(EXPORT), ResultSize=5000
    ).json()["value"]
    assert (80, 40) == (len(rows), len({row["Identity"] for row in rows}))
    assert 40 == query(client)["approximateReturnedRecordCount"]


def test_f13_answers_a_long_listing_in_part(serve: Serve) -> None:
    client = serve("F13", terms=Terms(limits=False, blob_minutes=1), streams=audits(10))
    long, right = client.content(START, START + 2 * DAY), client.content(START, START + DAY)
    assert [(200, 5), (200, 10)] == [(answer.status_code, len(answer.json())) for answer in (long, right)]


def test_f14_cuts_a_query_longer_than_an_hour(serve: Serve) -> None:
    """It succeeds with half of its records; queries of an hour are whole."""
    client = serve("F14=1", streams=audits(30))
    cut, whole = query(client), query(client, START, START + timedelta(hours=1))

    assert [("succeeded", True), ("succeeded", False)] == [
        (one["status"], one["isRecordCountLimitExceeded"]) for one in (cut, whole)
    ]
    assert [15, 30] == [len(ids(client.graph(f"{QUERIES}/{one['id']}/records"))) for one in (cut, whole)]


def test_f15_leaves_rows_out_of_a_page(serve: Serve) -> None:
    """Its count says so, or only another pass shows it; a third pass is whole."""
    client = serve("F15=1", streams=audits(60))
    told = hidden = 0
    for _ in range(20):
        id_ = query(client)["id"]
        passes = [client.graph(f"{QUERIES}/{id_}/records") for _ in range(3)]
        rows = [len(ids(answer)) for answer in passes]
        assert rows[0] < 60
        assert rows[1] < 60
        assert rows[2] == 60
        told += passes[0].json()["@odata.count"] == 60
        hidden += passes[0].json()["@odata.count"] == rows[0]
    assert (20, True, True) == (told + hidden, told > 0, hidden > 0)


def test_f16_does_not_end_well(serve: Serve) -> None:
    """Failed, cancelled, or still running; the same query submitted again a third time succeeds."""
    client = serve("F16=1", streams=audits(1))
    states = [query(client, START, EXPORT - timedelta(minutes=number))["status"] for number in range(15)]
    assert {"failed", "cancelled", "notStarted"} == set(states)
    assert "succeeded" != query(client)["status"]
    assert "succeeded" == query(client)["status"]


def test_f17_answers_a_search_with_nonsense(serve: Serve) -> None:
    """Nothing at all, a warning in place of rows, rows numbered -1 of 0, or a hole in the numbers; then the truth."""
    client = serve("F17=1", streams=audits(20))
    kinds: set[str] = set()
    for number in range(30):
        asked: dict[str, Any] = {"StartDate": text(START), "EndDate": text(EXPORT - timedelta(minutes=number))}
        answers = [client.command("Search-UnifiedAuditLog", ResultSize=5000, **asked).json() for _ in range(3)]
        assert list(range(1, 21)) == [row["ResultIndex"] for row in answers[2]["value"]]
        for answer in answers[:2]:
            rows = answer["value"]
            if not rows:
                kinds.add("warning" if answer["@adminapi.warnings"] else "nothing")
            else:
                kinds.add(
                    "numbers"
                    if (rows[0]["ResultIndex"], rows[0]["ResultCount"]) == (-1, 0)
                    else f"hole {len(rows) < 20}"
                )
    assert {"nothing", "warning", "numbers", "hole True"} == kinds


def test_f18_denies_a_licence_that_is_there(serve: Serve) -> None:
    client = serve("F18=1", streams=sign_ins(1))
    answers = [client.sign_ins(START, EXPORT) for _ in range(3)]
    assert [(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")] * 2 == [
        code(answer) for answer in answers[:2]
    ]
    assert (200, 1) == (answers[2].status_code, len(ids(answers[2])))


def test_f19_brings_records_late(serve: Serve) -> None:
    """Half of them an hour after their time, nearly all within a day, and all within five."""
    client = serve("F19", streams={"interactive": [sign_in(n, START) for n in range(400)]})

    def there(after: timedelta) -> float:
        client.standin.now = START + after
        return len(ids(client.sign_ins(START, START + DAY, top="1000"))) / 400

    shares = [there(timedelta(hours=after)) for after in (0, 1, 24, 120)]
    assert (0, 1) == (shares[0], shares[3])
    assert 0.4 < shares[1] < 0.6
    assert 0.96 < shares[2] < 1


def test_f20_switches_a_subscription_off(serve: Serve) -> None:
    """Until it is started again; what came in between is lost, what came before is not."""
    client = serve("F20=1", repeats=1, streams={"unified": [audit(n, hours(n)) for n in (1, 3, 5)]})
    client.standin.now = hours(2)
    refused = [client.content(START, START + DAY) for _ in range(2)]
    client.standin.now = hours(4)
    state = client.feed("subscriptions/list").json()
    client.feed("subscriptions/start", "POST", contentType="Audit.Exchange")
    client.standin.now = hours(6)

    assert [(400, "AF20023")] * 2 == [code(answer) for answer in refused]
    assert "disabled" == next(one["status"] for one in state if one["contentType"] == "Audit.Exchange")
    found = {record["Id"] for blob in listed(client, days=[0]) for record in client.feed(blob["contentUri"]).json()}
    assert {f"bbbb0000-0000-4000-8000-{n:012}" for n in (1, 5)} == found
    assert client.standin.withheld == {"bbbb0000-0000-4000-8000-000000000003"}


def test_f21_sets_clocks_wrong(serve: Serve) -> None:
    """By up to 90 seconds either way; without the fault Date is the services' time."""
    client = serve("F21")

    def off(client: Client) -> float:
        return (parsedate_to_datetime(client.graph("v1.0/users").headers["date"]) - EXPORT).total_seconds()

    seen = [off(client) for _ in range(30)]
    assert -91 <= min(seen) < -20
    assert 20 < max(seen) <= 90
    assert 0 == off(serve())


def test_f22_throttles_a_long_query_for_good(serve: Serve) -> None:
    """The page past the limit is 429 however often it is asked; a short window is not."""
    client = serve("F22", terms=Terms(limits=False, long_query_rows=4), streams=sign_ins(10))
    pages = [client.sign_ins(START, EXPORT, top="2")]
    for _ in range(2):
        pages.append(client.graph(pages[-1].json()["@odata.nextLink"]))
    link = pages[1].json()["@odata.nextLink"]

    assert [200, 200, 429] == [page.status_code for page in pages]
    assert [429] * 4 == [client.graph(link).status_code for _ in range(4)]
    assert 4 == len(
        [
            row
            for page in client.pages(client.sign_ins(START, START + timedelta(minutes=4), top="2"))
            for row in ids(page)
        ]
    )


def test_f23_changes_the_shape_of_records(serve: Serve) -> None:
    """An unknown field, null in place of an object, no id. The stand-in still holds them under the id they have."""
    made = [sign_in(n, START + timedelta(minutes=n)) for n in range(60)]
    client = serve("F23=1", streams={"interactive": made})
    rows = client.sign_ins(START, EXPORT).json()["value"]
    kinds = {
        "new" if "newVendorField" in row else "no id" if "id" not in row else "null" if None in (row["status"], row["location"]) else "same"
        for row in rows
    }  # fmt: skip
    assert {"new", "no id", "null"} == kinds
    assert (60, 60) == (len(rows), len(client.standin.holds["signins_interactive"]))


def test_f24_breaks_the_connection_and_calls_for_the_end(serve: Serve) -> None:
    """At some byte of the body; whoever tests has their client killed there."""
    killed: list[float] = []
    client = serve("F24=1", streams=sign_ins(20), kill=lambda: killed.append(time.monotonic()))
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            client.sign_ins(START, EXPORT)
    assert (2, 200) == (len(killed), client.sign_ins(START, EXPORT).status_code)
    assert ["F24", "F24"] == struck(client)


def outcome(folder: Path, faults: list[str], seed: int) -> list[tuple[str, int, str | None]]:
    """What a fixed series of requests meets."""
    with StandIn(folder, faults, seed=seed, terms=Terms(limits=False), rate=0) as standin:
        client = Client(standin)
        for number in range(40):
            client.graph(f"v1.0/users?$top={number % 8 + 1}")
        client.http.close()
        return [(one.query, one.status, one.fault) for one in standin.served]


def test_the_same_seed_meets_the_same_fate(tmp_path: Path) -> None:
    """Another seed another one; and a second fault beside it changes nothing of the first."""
    folder = write_tenant(tmp_path / "tenant")
    first, again, other, mixed = (
        outcome(folder, ["F6=0.3"], 1),
        outcome(folder, ["F6=0.3"], 1),
        outcome(folder, ["F6=0.3"], 2),
        outcome(folder, ["F6=0.3", "F1=0.3"], 1),
    )
    assert first == again
    assert first != other
    assert [one for one in first if one[2] == "F6"] == [one for one in mixed if one[2] == "F6"]
    assert {"F1", "F6", None} == {one[2] for one in mixed}


def test_fate_does_not_depend_on_what_else_is_asked(tmp_path: Path) -> None:
    """The same request, the nth time it is made, whichever others came between."""
    folder = write_tenant(tmp_path / "tenant")

    def fates(others: int) -> list[int]:
        with StandIn(folder, ["F6=0.5"], terms=Terms(limits=False), rate=0) as standin:
            client = Client(standin)
            found = []
            for number in range(20):
                for other in range(others):
                    client.graph(f"v1.0/servicePrincipals?$top={other + number + 1}")
                found.append(client.graph("v1.0/users").status_code)
            client.http.close()
            return found

    assert fates(0) == fates(3)


def test_an_odd_answer_may_be_cut_on_its_way_as_well(serve: Serve) -> None:
    """A blob that is huge, whose connection breaks: faults mix."""
    client = serve(
        "F9=1", "F24=1", terms=Terms(limits=False, huge_blob_bytes=(1 << 20, 1 << 20)), streams=audits(1), repeats=1
    )
    with pytest.raises(httpx.RemoteProtocolError):
        client.content(START, START + DAY)
    (blob,) = client.content(START, START + DAY).json()
    with pytest.raises(httpx.RemoteProtocolError):
        client.feed(blob["contentUri"])
    assert 1 << 20 < len(client.feed(blob["contentUri"]).content)
    assert ["F24", "F24", "F9"] == struck(client)


def test_without_a_switch_nothing_strikes(serve: Serve) -> None:
    client = serve(streams={**sign_ins(5), **audits(5)})
    for _ in range(30):
        assert 200 == client.sign_ins(START, EXPORT).status_code
    assert [] == struck(client)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_words_its_source_and_its_test(name: str) -> None:
    fault = FAULTS[name]
    assert (name, True) == (fault.id, 0 < fault.probability <= 1)
    assert all(len(text) > 8 for text in (fault.title, fault.behaviour, fault.right)[1:])
    assert "https://" in fault.seen
    assert f"def test_{name.lower()}_" in Path(__file__).read_text("utf-8")


def test_the_page_on_the_stand_in_has_a_row_for_every_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "standin.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (F\d+) \| (.*) \|$", page, re.MULTILINE))
    assert rows == {
        one.id: f"{one.title} | {one.behaviour} | {one.right} | {one.probability:g} | {one.seen}" for one in FAULTS.values()
    }  # fmt: skip


def test_switches_are_read_from_text() -> None:
    assert {"F5": 0.05, "F6": FAULTS["F6"].probability} == parse_faults(["f5=0.05", "F6"])
    assert dict.fromkeys(FAULTS, 0.1) | {"F24": 0.0} == parse_faults(["all=0.1", "F24=0"])


@pytest.mark.parametrize("given", ["F25", "", "F1=2", "F1=x", "F1=-1", "F1=nan"])
def test_a_switch_that_is_none_is_an_error(given: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(given.partition("=")[0]) if "=" not in given else repr(given))):
        parse_faults([given])
