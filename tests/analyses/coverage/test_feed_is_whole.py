"""Is all of a log here: what its collector says, and what of it lies in the case."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from mailwitness.model.findings import Finding
from tests.analyses.conftest import TinyCase

from .rows import SINCE, UNTIL, event, window

NEEDED = {"signins_interactive", "signins_non_interactive", "signins_service_principal", "directory_audits"}


def ask(case: TinyCase, **tables: list[dict[str, Any]]) -> list[tuple[str, str, str, set[str]]]:
    """(from, to, verdict, codes) of the stretches of the unified log."""
    case.given(**tables)
    found = case.ask("feed_is_whole")
    assert all((f.verdict == "undecidable") == (f.would_decide is not None) for f in found)
    return of(found, "unified_audit_log")


def of(found: list[Finding], feed: str) -> list[tuple[str, str, str, set[str]]]:
    return [
        (f"{f.time_from:%m-%d}", f"{f.time_to:%m-%d}", f.verdict, {r.code for r in f.reasons})
        for f in sorted(found, key=lambda f: str(f.time_from))
        if f.subject == feed
    ]


def test_a_log_stated_whole_is_whole(case: TinyCase) -> None:
    """With as many records here as its collector counted."""
    (found,) = ask(case, audit_events=[event("2026-03-03")], collection_windows=[window(received=1)])

    assert ("03-02", "03-09", "supported", {"collected_whole"}) == found


def test_windows_that_touch_are_one_stretch_and_a_gap_is_open(case: TinyCase) -> None:
    """Nobody states anything of the gap."""
    windows = [window(until="2026-03-03"), window("2026-03-03", "2026-03-04"), window("2026-03-06")]

    assert [
        ("03-02", "03-04", "supported", {"collected_whole"}),
        ("03-04", "03-06", "undecidable", {"window_gap"}),
        ("03-06", "03-09", "supported", {"collected_whole"}),
    ] == ask(case, collection_windows=windows)


def test_records_around_a_statement_are_open(case: TinyCase) -> None:
    """Records before it, of which nobody states anything."""
    first, _, last = ask(case, audit_events=[event("2026-02-20"), event("2026-03-20")], collection_windows=[window()])

    assert {("undecidable", frozenset({"collection_unstated"}))} == {(v, frozenset(c)) for _, _, v, c in (first, last)}


@pytest.mark.parametrize(
    ("stated", "records", "expected"),
    [
        ({"complete": False}, [], ("contradicted", {"collection_incomplete"})),
        ({"received": 3}, [event("2026-03-03")], ("contradicted", {"records_missing"})),
        ({"received": 3}, [event("2026-03-03", sightings=3)], ("undecidable", {"counts_differ"})),
        ({"complete": None}, [event("2026-03-03")], ("undecidable", {"completeness_unstated"})),
        ({"feed": "unified_audit_log_users_unstated"}, [], ("undecidable", {"users_unstated"})),
        ({"received": 1}, [event("2026-03-03")], ("supported", {"collected_whole"})),
        ({"received": None}, [], ("supported", {"collected_whole"})),
        ({"received": 0}, [], ("supported", {"collected_whole"})),
    ],
    ids=["not got", "fewer here", "fewer but for copies", "not said", "for whom", "as many", "no count", "none"],
)
def test_what_a_statement_proves(
    case: TinyCase, stated: dict[str, Any], records: list[dict[str, Any]], expected: tuple[str, set[str]]
) -> None:
    """One statement of the week, and what is here of it."""
    (found,) = ask(case, audit_events=records, collection_windows=[window(**stated)])

    assert expected == found[2:]


def test_statements_that_disagree_are_a_conflict(case: TinyCase) -> None:
    """Both are shown."""
    windows = [window(evidence_id="ev1"), window(row_id="x", evidence_id="ev2", complete=False)]

    (found,) = ask(case, collection_windows=windows)

    assert ("undecidable", {"collected_whole", "collection_incomplete"}) == found[2:]


def test_a_log_that_every_case_needs_is_named_when_it_is_absent(case: TinyCase) -> None:
    """Of the time that the others span; logs that not every tenant has are not asked for."""
    case.given(collection_windows=[window()])

    found = case.ask("feed_is_whole")

    assert {(feed, "undecidable", "log_absent") for feed in NEEDED} == {
        (f.subject, f.verdict, r.code) for f in found for r in f.reasons if f.subject != "unified_audit_log"
    }


@pytest.mark.parametrize(
    ("reader", "when", "expected"),
    [
        ("log_analytics_signins_json", "2024-09-10", {"collected_whole", "known_outage"}),
        ("entra_signins_json", "2024-09-10", {"collected_whole"}),
        ("log_analytics_signins_json", "2024-11-10", {"collected_whole"}),
    ],
)
def test_the_loss_of_september_2024_doubts_what_went_through_azure_monitor(
    case: TinyCase, reader: str, when: str, expected: set[str]
) -> None:
    """Only there, and only then (MW-E0013)."""
    case.given(
        evidence=[{"evidence_id": "ev1", "reader": reader}],
        signins=[{"row_id": "s1", "time": when, "stream": "interactive", "evidence_id": "ev1"}],
        collection_windows=[window(f"{when} 00:00", f"{when} 12:00", "signins_interactive")],
    )

    (found,) = of(case.ask("feed_is_whole"), "signins_interactive")

    assert (expected, "undecidable" if "known_outage" in expected else "supported") == (found[3], found[2])


@pytest.mark.parametrize(
    ("collection", "ends", "verdicts"),
    [
        ("0011223344556677", ("12:00", "24:00"), {"supported"}),
        ("0011223344556677", ("12:00", "18:00"), {"undecidable", "contradicted"}),
        ("ffff000000000000", ("12:00", "24:00"), {"undecidable"}),
    ],
    ids=["filled", "filled in part", "another collection"],
)
def test_a_gap_that_the_same_collection_has_filled_since_is_none(
    case: TinyCase, collection: str, ends: tuple[str, str], verdicts: set[str]
) -> None:
    """In a later statement, by two windows that touch; what is filled in part is in conflict, and one collection does not speak for another."""
    gap = window(SINCE, "2026-03-03", row_id="gap", evidence_id="ev1", complete=False, statement="mailwitness collection 0011223344556677 / refused")  # fmt: skip
    moments = ["2026-03-02 00:00", *("2026-03-03" if end == "24:00" else f"2026-03-02 {end}" for end in ends)]
    parts = [
        window(begin, end, row_id=begin, evidence_id="ev2", statement=f"mailwitness collection {collection} / came")
        for begin, end in pairwise(moments)
    ]

    found = ask(case, collection_windows=[gap, *parts])

    assert verdicts == {verdict for since, _, verdict, _ in found if since == "03-02"}


def test_it_can_be_asked_of_a_time(case: TinyCase) -> None:
    """From and to the moments asked."""
    case.given(audit_events=[event(SINCE), event(UNTIL)], collection_windows=[window()])

    found = case.ask("feed_is_whole", time_from="2026-03-08", time_to="2026-03-11")

    assert [("03-08", "03-09", "supported"), ("03-09", "03-11", "undecidable")] == [
        stretch[:3] for stretch in of(found, "unified_audit_log")
    ]


def test_an_empty_case_has_no_log_to_judge(case: TinyCase) -> None:
    """No time is known of which to speak."""
    assert [] == ask(case)
