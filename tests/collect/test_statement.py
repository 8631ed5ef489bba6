"""What the statement says of the windows in a ledger, and what it does not say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailwitness.collect import statement
from mailwitness.collect.feed import Missing
from mailwitness.collect.feeds import feeds
from mailwitness.collect.ledger import Ledger, Wanted, text_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(2026, 3, 1)
SIGN_INS = "signins_interactive"
PARTS = sorted(name for name, feed in feeds().items() if feed.part_of == "unified_audit_log")

Said = tuple[float, float, bool | None, int | None]
"""From and to in hours since `BEGIN`, complete, received."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def had(
    ledger: Ledger, feed: str, begin: float, end: float, at: float, records: int = 5, scope: str = "", generation: int = 0,
    missing: list[Missing] | None = None,
) -> None:  # fmt: skip
    """A window that was fetched and proven at that hour."""
    window = BEGIN + begin * HOUR, BEGIN + end * HOUR
    ledger.plan([Wanted(feed, scope, *window, due=BEGIN, generation=generation)])
    taken = ledger.take([feed], BEGIN + 99 * DAY, BEGIN + 99 * DAY)
    assert taken is not None
    assert window == (taken[0].window_from, taken[0].window_to)
    ledger.finish(
        taken[0],
        [],
        missing or [],
        records=records,
        distinct=records,
        late=None,
        fetched_at=BEGIN + at * HOUR,
        manifest=[],
    )
    ledger.verified(taken[0], None, None)


def not_had(ledger: Ledger, feed: str, begin: float, end: float, reason: str | None = None, scope: str = "") -> None:
    """A window that is planned, or a gap for a reason."""
    gap = None if reason is None else (reason, "a detail")
    ledger.plan([Wanted(feed, scope, BEGIN + begin * HOUR, BEGIN + end * HOUR, due=BEGIN, gap=gap)])


def said(ledger: Ledger, feed: str = SIGN_INS, for_all: bool = True) -> list[Said]:
    return [
        ((line.window[0] - BEGIN) / HOUR, (line.window[1] - BEGIN) / HOUR, line.complete, line.received)
        for line in sorted(statement.lines_of(ledger, feeds()), key=lambda line: line.window)
        if line.feed == feed and line.for_all == for_all
    ]


def test_a_window_listed_a_day_after_its_end_is_complete(ledger: Ledger) -> None:
    """With the number of distinct records."""
    had(ledger, SIGN_INS, 0, 24, at=48)
    assert [(0, 24, True, 5)] == said(ledger)


def test_of_a_window_listed_sooner_only_the_part_that_was_a_day_old_is(ledger: Ledger) -> None:
    """Records arrive late: of the rest nobody knows."""
    had(ledger, SIGN_INS, 0, 24, at=30)
    assert [(0, 6, True, None), (6, 24, None, None)] == said(ledger)


def test_the_last_listing_of_a_window_counts(ledger: Ledger) -> None:
    """With all that any listing brought."""
    had(ledger, SIGN_INS, 0, 24, at=25, records=4)
    had(ledger, SIGN_INS, 0, 24, at=49, records=6, generation=2)
    assert [(0, 24, True, 6)] == said(ledger)


def test_emptiness_before_the_first_record_is_not_known(ledger: Ledger) -> None:
    """A licence may have been bought since; between records, and of a stream whose neighbour has older ones, emptiness is what it says."""
    had(ledger, SIGN_INS, 0, 24, at=99, records=0)
    had(ledger, SIGN_INS, 24, 48, at=99)
    had(ledger, SIGN_INS, 48, 72, at=99, records=0)
    assert [(0, 24, None, 0), (24, 48, True, 5), (48, 72, True, 0)] == said(ledger)
    had(ledger, "signins_non_interactive", 0, 24, at=99)
    assert (0, 24, True, 0) == said(ledger)[0]


def test_a_gap_is_denied_and_what_is_not_fetched_yet_is_open(ledger: Ledger) -> None:
    """One is lost, the other is only late."""
    not_had(ledger, SIGN_INS, 0, 24, "permission_missing")
    not_had(ledger, SIGN_INS, 24, 48)
    assert [(0, 24, False, None), (24, 48, None, None)] == said(ledger)


def test_a_later_listing_that_failed_takes_nothing_back(ledger: Ledger) -> None:
    """The window was had."""
    had(ledger, SIGN_INS, 0, 24, at=49)
    ledger.plan(
        [Wanted(SIGN_INS, "", BEGIN, BEGIN + DAY, due=BEGIN, generation=4, gap=("outside_retention", "too late"))]
    )
    assert [(0, 24, True, 5)] == said(ledger)


def test_a_part_that_could_not_be_had_is_cut_out(ledger: Ledger) -> None:
    """The rest is complete, without a count."""
    lost = Missing(BEGIN + 3 * HOUR, BEGIN + 5 * HOUR, "content_gone", "gone")
    had(ledger, SIGN_INS, 0, 24, at=99, missing=[lost])
    assert [(0, 3, True, None), (3, 5, False, None), (5, 24, True, None)] == said(ledger)


def test_what_was_asked_for_some_mailboxes_is_never_the_whole(ledger: Ledger) -> None:
    """Whatever it brought."""
    had(ledger, SIGN_INS, 0, 24, at=99, scope="b@contoso.test")
    assert ([], [(0, 24, True, 5)]) == (said(ledger), said(ledger, for_all=False))


def test_the_unified_log_is_complete_where_all_content_types_were_listed_until_a_day_later(ledger: Ledger) -> None:
    """The windows are of availability: an event of the last day may be in a listing still to come."""
    for part in PARTS:
        had(ledger, part, 0, 72, at=80)
    assert [(0, 48, True, None), (48, 72, None, None)] == said(ledger, "unified_audit_log")
    assert 4 == len(PARTS)


def test_one_content_type_less_and_nothing_is_complete(ledger: Ledger) -> None:
    """A gap of one is a gap of the log, and of the day before it."""
    for part in PARTS[1:]:
        had(ledger, part, 0, 72, at=99)
    assert [(0, 72, None, None)] == said(ledger, "unified_audit_log")
    not_had(ledger, PARTS[0], 0, 72, "not_subscribed")
    assert [(-24, 72, False, None)] == said(ledger, "unified_audit_log")


def test_nothing_is_claimed_from_before_a_subscription_was_known_to_be_on(ledger: Ledger) -> None:
    """Empty listings do not say whether there was nothing or nobody was subscribed."""
    for part in PARTS:
        had(ledger, part, 0, 72, at=99, records=0 if part == PARTS[0] else 5)
    assert [(0, 72, None, None)] == said(ledger, "unified_audit_log")
    ledger.set_meta(f"enabled {PARTS[0]}", text_of(BEGIN + 10 * HOUR))
    assert (10, 48, True, None) in said(ledger, "unified_audit_log")


def test_what_another_way_to_the_log_had_is_not_missing(ledger: Ledger) -> None:
    """The audit query reaches back months, the Management API seven days."""
    for part in PARTS:
        not_had(ledger, part, 0, 96, "outside_retention")
    had(ledger, "audit_query", 0, 48, at=99)
    assert [(-24, 0, False, None), (0, 48, True, 5), (48, 96, False, None)] == sorted(
        set(said(ledger, "unified_audit_log"))
    )


def test_the_same_ledger_gives_the_same_bytes_and_no_new_file(tmp_path: Path, ledger: Ledger) -> None:
    """A statement that says nothing new is no new evidence."""
    had(ledger, SIGN_INS, 0, 24, at=48)
    statement.write(ledger, tmp_path, feeds())
    path = tmp_path / statement.NAME
    before = path.stat().st_mtime_ns
    statement.write(ledger, tmp_path, feeds())
    assert before == path.stat().st_mtime_ns


def test_a_unit_of_a_feed_that_is_not_known_here_is_left_out(ledger: Ledger) -> None:
    """A folder of a newer version."""
    not_had(ledger, "feed_of_the_future", 0, 24, "refused")
    assert [] == list(statement.lines_of(ledger, feeds()))
