"""Runs over the stand-in: what is had, what is a gap, what is asked again, what outlives an end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailwitness.collect import manifest
from mailwitness.collect.feeds import _graph_pages, feeds
from mailwitness.collect.run import locked
from mailwitness.collect.statement import NAME
from mailwitness.errors import BusyError, UsageError
from mailwitness.standin import PERMISSIONS, Terms
from tests.collect.feeds.reach import BEGIN, DAY, START, Reach, in_reach
from tests.standin.tenants import audit, directory_audit, hours, objects, sign_in

SIGN_INS = ("signins_interactive", "signins_non_interactive", "signins_service_principal", "signins_managed_identity")
PARTS = tuple(name for name, feed in feeds().items() if feed.part_of == "unified_audit_log")
SOON = START + 5 * DAY
UNLIMITED = Terms(limits=False)


def sign_ins(count: int, first: int = 0, days: float = 4.0) -> list[Any]:
    return [sign_in(first + n, START + n * days * DAY / count) for n in range(count)]


def audits(count: int, days: float = 4.0) -> list[Any]:
    """Of all content types in turn."""
    workloads = ("Exchange", "AzureActiveDirectory", "SharePoint", "SecurityComplianceCenter")
    return [audit(n, START + n * days * DAY / count, Workload=workloads[n % 4]) for n in range(count)]


def reasons(summary: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for gap in summary.gaps:
        found.setdefault(gap.feed, set()).add(gap.reason)
    return found


def stated(reach: Reach, feed: str) -> list[dict[str, Any]]:
    lines = map(json.loads, (reach.folder / NAME).read_text().splitlines())
    return [line for line in lines if line["feed"] == feed]


def had_of(reach: Reach, names: Sequence[str]) -> set[str]:
    return set().union(*(reach.had(name) for name in names))


def test_every_stream_comes_by_its_own_event_type(tmp_path: Path) -> None:
    """What v1.0 and an unfiltered listing leave out is most of it."""
    streams: dict[str, Any] = {
        "interactive": sign_ins(30), "noninteractive": sign_ins(50, 100), "service_principal": sign_ins(20, 200), "managed_identity": sign_ins(10, 300),
    }  # fmt: skip
    with in_reach(tmp_path, directory=[directory_audit(n, hours(n)) for n in range(40)], **streams) as reach:
        summary = reach.collect(*SIGN_INS, "directory_audits")
        for name in (*SIGN_INS, "directory_audits"):
            assert reach.truth(name) == reach.had(name)
        assert (150, True) == (summary.records, summary.complete)
        assert [] == manifest.broken_links(reach.folder)


def test_blobs_of_all_content_types_are_the_unified_log(tmp_path: Path) -> None:
    """Each blob once, however often it is listed."""
    with in_reach(tmp_path, now=SOON, unified=audits(200)) as reach:
        reach.collect(*PARTS)
        assert reach.truth() == had_of(reach, PARTS)
        blobs = [one.path for one in reach.standin.served if "/audit/" in one.path]
        assert len(set(blobs)) == len(blobs)


def test_a_second_run_asks_for_nothing_that_is_had(tmp_path: Path) -> None:
    """It only looks at the clock."""
    with in_reach(tmp_path, interactive=sign_ins(30)) as reach:
        reach.collect("signins_interactive")
        before = reach.asked("GET", "/signIns")
        again = reach.collect("signins_interactive")
        assert (before, 0, True) == (reach.asked("GET", "/signIns"), again.verified, again.complete)


def test_a_busy_window_is_cut_into_as_many_as_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is had of more pages than a query may have, and nothing is lost or doubled at the cuts."""
    monkeypatch.setattr(_graph_pages, "PAGES", 3)
    monkeypatch.setattr(_graph_pages.pages, "__kwdefaults__", {"limit": 3, "ask": None})
    with in_reach(tmp_path, terms=Terms(limits=False, auditlog_page=10), interactive=sign_ins(400, days=0.5)) as reach:
        summary = reach.collect("signins_interactive", days=1)
        assert (reach.truth("signins_interactive"), 400) == (reach.had("signins_interactive"), summary.records)
        assert summary.verified >= 400 / 30
        assert 400 == sum(line["received"] for line in stated(reach, "signins_interactive"))


def test_an_empty_answer_is_believed_only_twice(tmp_path: Path) -> None:
    """Two calls for a window without records, one for a window with some."""
    with in_reach(tmp_path, interactive=[sign_in(1, hours(3))]) as reach:
        reach.collect("signins_interactive", days=1)
        assert 1 == reach.asked("GET", "/signIns")
        reach.collect("signins_interactive", begin=BEGIN + DAY, days=1)
        assert 3 == reach.asked("GET", "/signIns")


def test_a_late_record_is_found_by_a_later_listing_and_measured(tmp_path: Path) -> None:
    """It came thirty hours after its time."""
    late = sign_in(2, hours(20), available=hours(50))
    with in_reach(tmp_path, now=START + DAY + timedelta(hours=1), interactive=[sign_in(1, hours(3)), late]) as reach:
        first = reach.collect("signins_interactive", days=1)
        assert (1, 0) == (first.records, first.late)
        assert [None, True] == [
            line.get("complete") for line in sorted(stated(reach, "signins_interactive"), key=lambda s: s["window_to"])
        ][::-1]
        assert BEGIN + DAY + timedelta(hours=3) == first.next_listing_at
        reach.standin.now = START + 4 * DAY + timedelta(hours=1)
        second = reach.collect("signins_interactive", days=1)
        assert (2, 1) == (second.records, second.late)
        assert reach.truth("signins_interactive") == reach.had("signins_interactive")
        assert [(True, 2)] == [(line["complete"], line["received"]) for line in stated(reach, "signins_interactive")]


def test_a_tenant_without_premium_has_no_sign_ins_and_keeps_seven_days_of_audits(tmp_path: Path) -> None:
    """One is a gap with its reason; of the older emptiness of the other nothing is claimed."""
    terms = Terms(limits=False, licence="free")
    audits_ = [directory_audit(n, hours(n * 4)) for n in range(40)]
    skus = {
        "subscribedSkus": [
            {
                "skuPartNumber": "O365_BUSINESS",
                "capabilityStatus": "Enabled",
                "servicePlans": [{"servicePlanName": "EXCHANGE_S_STANDARD"}],
            }
        ]
    }
    with in_reach(tmp_path, terms=terms, directory=audits_, snapshots={START: {**objects(), **skus}}) as reach:
        summary = reach.collect("signins_interactive", "directory_audits", days=9)
        assert {"signins_interactive": {"licence_missing"}} == reasons(summary)
        claims = [line["window_from"] for line in stated(reach, "directory_audits") if line.get("complete")]
        assert min(claims) >= "2026-03-05"


def test_a_licence_error_in_a_licensed_tenant_is_not_believed(tmp_path: Path) -> None:
    """Nine calls of ten say so, and the licences say otherwise."""
    skus = {
        "subscribedSkus": [
            {
                "capabilityStatus": "Enabled",
                "servicePlans": [{"servicePlanName": "AAD_PREMIUM", "provisioningStatus": "Success"}],
            }
        ]
    }
    with in_reach(tmp_path, "F18=0.9", interactive=sign_ins(20), snapshots={START: {**objects(), **skus}}) as reach:
        summary = reach.collect("signins_interactive")
        assert ({}, reach.truth("signins_interactive")) == (reasons(summary), reach.had("signins_interactive"))


def test_a_missing_permission_is_a_gap_that_names_it_and_is_asked_for_again(tmp_path: Path) -> None:
    """The rest is collected all the same."""
    terms = Terms(limits=False, granted=PERMISSIONS - {"AuditLog.Read.All"})
    with in_reach(tmp_path, terms=terms, now=SOON, interactive=sign_ins(10), unified=audits(8)) as reach:
        summary = reach.collect("signins_interactive", *PARTS)
        assert {"signins_interactive": {"permission_missing"}} == reasons(summary)
        assert "AuditLog.Read.All" in summary.gaps[0].detail
        assert reach.truth() == had_of(reach, PARTS)
        asked = reach.asked("GET", "/signIns")
        reach.collect("signins_interactive")
        assert asked < reach.asked("GET", "/signIns")


def test_what_the_service_no_longer_keeps_is_a_gap_and_never_an_empty_window(tmp_path: Path) -> None:
    """A service answers nothing for what it forgot."""
    with in_reach(tmp_path, now=START + 32 * DAY, interactive=sign_ins(8)) as reach:
        summary = reach.collect("signins_interactive", days=6)
        assert {"signins_interactive": {"outside_retention"}} == reasons(summary)
        lost = reach.truth("signins_interactive") - reach.had("signins_interactive")
        assert [] == reach.lost(summary, reach.standin.holds["signins_interactive"], reach.had("signins_interactive"))
        assert 4 <= len(lost) < 8
        assert all(
            line["complete"] is False
            for line in stated(reach, "signins_interactive")
            if line["window_to"] < "2026-03-04"
        )


def test_a_subscription_is_started_only_on_request(tmp_path: Path) -> None:
    """Without it: gaps that name the option, and nothing in the tenant is changed."""
    with in_reach(tmp_path, terms=Terms(limits=False, subscribed=False), now=SOON, unified=audits(40)) as reach:
        summary = reach.collect(*PARTS)
        assert {part: {"not_subscribed"} for part in PARTS} == reasons(summary)
        assert 0 == reach.asked("POST", "/start")
        assert "--start-subscriptions" in summary.gaps[0].detail
        assert all(line.get("complete") is not True for line in stated(reach, "unified_audit_log"))


def test_blobs_that_are_gone_are_gaps_that_name_them(tmp_path: Path) -> None:
    """And are not asked for in every later listing."""
    with in_reach(tmp_path, "F10=0.3", now=SOON, unified=audits(200)) as reach:
        summary = reach.collect(*PARTS)
        gone = reach.standin.withheld
        assert gone
        assert reach.truth() - gone == had_of(reach, PARTS)
        assert [] == reach.lost(summary, reach.standin.holds["unified_audit_log"], had_of(reach, PARTS))
        asked = sum("/audit/" in one.path for one in reach.standin.served)
        reach.standin.now = SOON + timedelta(hours=4)
        reach.collect(*PARTS)
        assert asked == sum("/audit/" in one.path for one in reach.standin.served)


def test_a_switched_off_tenant_says_what_to_look_at(tmp_path: Path) -> None:
    """The service words it as a failure of its own."""
    with in_reach(tmp_path, terms=Terms(limits=False, auditing=False), now=SOON, unified=audits(4)) as reach:
        summary = reach.collect("management_exchange")
        assert {"management_exchange": {"auditing_off"}} == reasons(summary)
        assert "UnifiedAuditLogIngestionEnabled" in summary.gaps[0].detail


def test_a_mailbox_alone_is_never_stated_as_the_whole_log(tmp_path: Path) -> None:
    """The filter reaches the service, and the statement says some."""
    others = [sign_in(100 + n, hours(n), userPrincipalName="bo@contoso.test") for n in range(5)]
    with in_reach(tmp_path, interactive=[*sign_ins(10), *others]) as reach:
        reach.collect("signins_interactive", mailboxes=("ana@contoso.test",))
        assert 10 == len(reach.had("signins_interactive"))
        assert {"some"} == {line["users"] for line in stated(reach, "signins_interactive")}


def test_a_quote_in_an_address_stays_in_its_literal(tmp_path: Path) -> None:
    """An address is data, also in a filter."""
    name = "o'brien' or userPrincipalName ne 'x@contoso.test"
    with in_reach(tmp_path, interactive=sign_ins(10)) as reach:
        reach.collect("signins_interactive", mailboxes=(name,))
        assert set() == reach.had("signins_interactive")


def test_a_folder_is_of_one_tenant(tmp_path: Path) -> None:
    """Two tenants in one folder could not be told apart."""
    with in_reach(tmp_path, interactive=sign_ins(2)) as reach:
        reach.collect("signins_interactive", days=1)
        reach.standin.tenant_id = "99999999-0000-4000-8000-000000000009"
        with pytest.raises(UsageError, match="its own folder"):
            reach.collect("signins_interactive", days=1)


def test_two_collectors_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told so at once."""
    with (
        in_reach(tmp_path, interactive=sign_ins(2)) as reach,
        locked(reach.folder),
        pytest.raises(BusyError, match="wait for it"),
    ):
        reach.collect("signins_interactive", days=1)


@pytest.mark.parametrize(
    "fault",
    [
        "F1=0.5",
        "F3=0.3",
        "F4=0.1",
        "F5=0.5",
        "F6=0.3",
        "F7=0.3",
        "F11=0.5",
        "F12=0.5",
        "F13",
        "F21",
        "F23=0.3",
        "F24=0.2",
    ],
)
def test_a_fault_that_can_be_overcome_is(tmp_path: Path, fault: str) -> None:
    """All that was there is had, and nothing is called missing."""
    terms = Terms(pace=2000, auditlog_page=20, listing_page=5, blob_records=10, long_query_rows=60)
    with in_reach(tmp_path, fault, terms=terms, now=SOON, interactive=sign_ins(150), unified=audits(150)) as reach:
        summary = reach.collect("signins_interactive", *PARTS)
        for later in (1, 2, 3, 4, 5, 6):
            reach.standin.now = SOON + later * DAY
            summary = reach.collect("signins_interactive", *PARTS)
        content = b"".join(path.read_bytes() for path in sorted((reach.folder / "raw").rglob("*.json")))
        truth = [*reach.standin.records("unified_audit_log"), *reach.standin.records("signins_interactive")]
        assert [] == [record.id for record in truth if record.body not in content]
        assert {} == reasons(summary)


def test_a_long_query_that_is_throttled_for_good_is_cut(tmp_path: Path) -> None:
    """After so many rows each further page is refused until the query is begun anew; halves do not come so far."""
    terms = Terms(pace=2000, auditlog_page=20, long_query_rows=60)
    with in_reach(tmp_path, "F22", terms=terms, interactive=sign_ins(150, days=0.5)) as reach:
        summary = reach.collect("signins_interactive", days=1)
        assert any(one.fault == "F22" for one in reach.standin.served)
        assert (reach.truth("signins_interactive"), {}) == (reach.had("signins_interactive"), reasons(summary))


def test_an_empty_folder_without_a_network_is_left_without_a_tenant(tmp_path: Path) -> None:
    """A mistyped address must not claim it."""
    from mailwitness.collect.client import Network
    from mailwitness.collect.ledger import Ledger

    with in_reach(tmp_path, interactive=sign_ins(2)) as reach:
        real = reach.standin.addresses
        reach.standin.addresses = type(real)(
            authority="https://127.0.0.1:1", graph=real.graph, management=real.management, exchange=real.exchange
        )
        with pytest.raises(Network, match="cannot be reached"):
            reach.collect("signins_interactive", days=1)
        ledger = Ledger(reach.folder / "ledger.sqlite")
        assert ledger.meta("tenant_id") is None
        ledger.close()


def test_an_outage_cuts_no_window_and_its_gaps_are_had_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that answers nobody says nothing of the window's size; it is asked a few times, and again another day."""
    from mailwitness.collect.client import Client, Unavailable

    real, down = Client.send, True

    def send(self: Client, family: str, method: str, url: str, *given: Any, **named: Any) -> Any:
        if down and "signIns" in url:
            raise Unavailable("the service answered 503")
        return real(self, family, method, url, *given, **named)

    monkeypatch.setattr(Client, "send", send)
    with in_reach(tmp_path, interactive=sign_ins(20)) as reach:
        monkeypatch.setattr("mailwitness.collect.client.Client.answered_since", lambda *_: False)
        first = reach.collect("signins_interactive")
        assert ({"signins_interactive": {"unavailable"}}, 4) == (reasons(first), len(first.gaps))
        down = False
        second = reach.collect("signins_interactive")
        assert ({}, reach.truth("signins_interactive")) == (reasons(second), reach.had("signins_interactive"))


def test_a_listing_that_came_too_late_makes_no_gap_of_what_was_had(tmp_path: Path) -> None:
    """The window was had when it was young; that it was not listed again is in the ledger, and no loss is claimed."""
    with in_reach(tmp_path, now=START + DAY + timedelta(hours=1), interactive=sign_ins(4, days=1)) as reach:
        reach.collect("signins_interactive", days=1)
        reach.standin.now = START + 40 * DAY
        late = reach.collect("signins_interactive", days=1)
        assert {} == reasons(late)
