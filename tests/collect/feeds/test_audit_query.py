"""The unified audit log by Graph's audit query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailwitness.collect.feeds import audit_query
from mailwitness.standin import Terms
from mailwitness.standin.terms import PERMISSIONS
from tests.collect.feeds.reach import DAY, START, audits, in_reach
from tests.standin.tenants import audit

LOG = "unified_audit_log"
SEARCHES = "/security/auditLog/queries"


def test_every_record_comes_in_one_search_that_is_paged_twice(tmp_path: Path) -> None:
    """A week is one search; both passes agree, so the window is proven and stated whole."""
    with in_reach(tmp_path, unified=audits(2500)) as reach:
        summary = reach.collect("audit_query")

        assert reach.truth() == reach.had("audit_query")
        assert (1, 6) == (reach.asked("POST", SEARCHES), reach.asked("GET", "/records"))
        assert not summary.gaps
    stated = [json.loads(line) for line in (tmp_path / "collected/collection-statement.jsonl").read_text().splitlines()]
    assert [(LOG, "all", True, 2500)] == [(s["feed"], s["users"], s["complete"], s["received"]) for s in stated]


def test_a_search_that_met_its_limit_is_cut_until_none_does(tmp_path: Path) -> None:
    """It succeeds all the same; only its flag tells."""
    with in_reach(tmp_path, terms=Terms(limits=False, query_records=150), unified=audits(500)) as reach:
        summary = reach.collect("audit_query")

        assert reach.truth() == reach.had("audit_query")
        assert not summary.gaps
        assert 4 <= reach.asked("POST", SEARCHES) <= 15


@pytest.mark.parametrize("seed", range(3))
def test_pages_that_leave_records_out_are_found_by_their_count_or_by_the_next_pass(tmp_path: Path, seed: int) -> None:
    """What is missing lies in a window that is a gap."""
    with in_reach(tmp_path, "F15=0.4", seed=seed, unified=audits(2500)) as reach:
        summary = reach.collect("audit_query")

        assert [] == reach.lost(summary, reach.standin.holds[LOG], reach.had("audit_query"))


def test_a_result_that_never_settles_is_kept_and_called_unstable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever came is kept; the window is missing by the statement."""
    passes = iter([{"a"}, {"a", "b"}, {"b", "c"}, {"a"}, {"c"}])
    monkeypatch.setattr(audit_query, "ids", lambda content: iter(current))
    real = audit_query._pages
    current: set[str] = set()

    def pages(query, session):  # type: ignore[no-untyped-def]
        nonlocal current
        current = next(passes)
        yield from real(query, session)

    monkeypatch.setattr(audit_query, "_pages", pages)
    with in_reach(tmp_path, unified=audits(5)) as reach:
        summary = reach.collect("audit_query")

    assert ["unstable"] == [gap.reason for gap in summary.gaps]
    assert summary.records == 15  # the passes that brought something new: the first three


@pytest.mark.parametrize("seed", range(3))
def test_searches_that_fail_or_are_cancelled_are_submitted_again(tmp_path: Path, seed: int) -> None:
    """The state is an end, not something to wait for."""
    with in_reach(tmp_path, "F16=0.6", terms=Terms(limits=False, pace=1e7), seed=seed, unified=audits(50)) as reach:
        summary = reach.collect("audit_query")

        assert [] == reach.lost(summary, reach.standin.holds[LOG], reach.had("audit_query"))


def test_a_dead_link_costs_no_search(tmp_path: Path) -> None:
    """The same finished search is paged again from its first page."""
    with in_reach(tmp_path, "F5=0.2", unified=audits(4000)) as reach:
        summary = reach.collect("audit_query")

        assert reach.truth() == reach.had("audit_query")
        assert not summary.gaps
        assert 1 == sum(
            one.method == "POST" and one.status == 201 for one in reach.standin.served if one.path.endswith(SEARCHES)
        )


def test_submissions_are_counted_and_the_next_day_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With none left a window is a gap, which a later run asks for again."""
    monkeypatch.setattr(audit_query, "_SUBMISSIONS", 2)
    with in_reach(tmp_path, unified=audits(40, days=9), now=START + 20 * DAY) as reach:
        first = reach.collect("audit_query", days=18)
        reach.standin.now += 1.1 * DAY
        second = reach.collect("audit_query", days=18)

        assert ["budget_spent"] == [gap.reason for gap in first.gaps]
        assert reach.truth() == reach.had("audit_query")
        assert not second.gaps


@pytest.mark.parametrize("granted", ["AuditLogsQuery-Exchange.Read.All", None])
def test_permission_for_a_part_of_the_log_is_not_taken_for_the_whole(tmp_path: Path, granted: str | None) -> None:
    """The service would answer with that part and say nothing; so nothing is asked."""
    terms = Terms(limits=False, granted=(PERMISSIONS - {"AuditLogsQuery.Read.All"}) | ({granted} if granted else set()))
    with in_reach(tmp_path, terms=terms, unified=audits(5)) as reach:
        summary = reach.collect("audit_query")

        assert ["permission_missing"] == [gap.reason for gap in summary.gaps]
        assert 0 == reach.asked("POST", SEARCHES)


def test_a_log_that_is_switched_off_is_a_gap_that_says_so(tmp_path: Path) -> None:
    """The error's message is JSON of its own."""
    with in_reach(tmp_path, terms=Terms(limits=False, auditing=False), unified=audits(5)) as reach:
        assert ["auditing_off"] == [gap.reason for gap in reach.collect("audit_query").gaps]


def test_a_mailbox_asked_for_is_a_part_and_never_states_the_whole(tmp_path: Path) -> None:
    """Only acts of that user come; the statement says some users."""
    lines = [audit(1, START), audit(2, START, UserId="bo@contoso.test")]
    with in_reach(tmp_path, unified=lines) as reach:
        reach.collect("audit_query", mailboxes=("bo@contoso.test",))

        assert {lines[1]["id"]} == reach.had("audit_query")
    stated = [json.loads(line) for line in (tmp_path / "collected/collection-statement.jsonl").read_text().splitlines()]
    assert {"some"} == {line["users"] for line in stated}


def test_an_interval_up_to_now_ends_with_the_last_whole_day(tmp_path: Path) -> None:
    """A run every quarter of an hour submits one search a day, not one each time."""
    with in_reach(tmp_path, unified=audits(40, days=9), now=START + 9.5 * DAY) as reach:
        for _ in range(3):
            reach.collect("audit_query", days=30)
            reach.standin.now += DAY / 96

        assert 2 == reach.asked("POST", SEARCHES)  # two weeks meet in the interval


def test_what_only_premium_keeps_is_asked_for_by_name_and_never_the_whole(tmp_path: Path) -> None:
    """Half a year and more ago: the default feed has a gap there, the named one what the service still holds, stated as a part."""
    with in_reach(tmp_path, unified=[audit(1, START)], now=START + 200 * DAY) as reach:
        summary = reach.collect("audit_query", "audit_query_premium", days=10)

    assert {("audit_query", "outside_retention")} == {(gap.feed, gap.reason) for gap in summary.gaps}
    stated = [json.loads(line) for line in (tmp_path / "collected/collection-statement.jsonl").read_text().splitlines()]
    assert {("all", False), ("some", None)} == {(line["users"], line.get("complete")) for line in stated}
