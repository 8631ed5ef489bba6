"""Message traces, by Graph and by Exchange."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailwitness.collect.feeds import message_trace_v2
from tests.collect.feeds.reach import START, in_reach
from tests.standin.tenants import trace

FEEDS = ("message_trace", "message_trace_v2")


def minutes(count: int) -> list[object]:
    return [trace(n, START + timedelta(minutes=n)) for n in range(count)]


def ids(had: set[str]) -> set[str]:
    """The trace ids, without the recipients that are part of a record's name."""
    return {name.partition(" ")[0] for name in had}


@pytest.mark.parametrize("feed", FEEDS)
def test_every_trace_comes(tmp_path: Path, feed: str) -> None:
    """Over several days and pages."""
    with in_reach(tmp_path, message_trace=minutes(3000)) as reach:
        summary = reach.collect(feed)

        assert reach.truth("message_trace") == ids(reach.had(feed))
        assert not summary.gaps


@pytest.mark.parametrize("feed", FEEDS)
def test_a_mailbox_is_asked_for_as_sender_and_as_recipient(tmp_path: Path, feed: str) -> None:
    """Mail that it sent is as much of it as mail that it received."""
    to_ana, from_bo = trace(1, START, "ana@contoso.test"), trace(2, START, "x@y.example")
    with in_reach(tmp_path, message_trace=[to_ana, from_bo]) as reach:
        reach.collect(feed, mailboxes=("ana@contoso.test",))
        assert {to_ana["id"]} == ids(reach.had(feed))

        reach.collect(feed, mailboxes=("bo@contoso.test",))
        assert {to_ana["id"], from_bo["id"]} == ids(reach.had(feed))


def test_what_has_no_pages_is_gone_through_by_time_and_recipient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of the second at which an answer ended come again and are no new ones; none is lost there."""
    monkeypatch.setattr(message_trace_v2, "_ROWS", 7)
    same_second = [trace(n, START + timedelta(hours=1), f"u{n:03}@contoso.test") for n in range(1000, 1030)]
    with in_reach(tmp_path, message_trace=[*minutes(50), *same_second]) as reach:
        summary = reach.collect("message_trace_v2", days=1)

        assert reach.truth("message_trace") == ids(reach.had("message_trace_v2"))
        assert not summary.gaps


def test_more_than_can_be_told_apart_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows of one second and recipient than an answer holds: the window is not called had."""
    monkeypatch.setattr(message_trace_v2, "_ROWS", 7)
    with in_reach(tmp_path, message_trace=[trace(n, START + timedelta(hours=1)) for n in range(30)]) as reach:
        summary = reach.collect("message_trace_v2", days=1)

    assert ["too_much"] == [gap.reason for gap in summary.gaps]
