"""What a folder has, as a strip that needs no colour."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailwitness.collect import status
from mailwitness.collect.ledger import Ledger, Wanted
from mailwitness.errors import UsageError

BEGIN = datetime(2026, 3, 1)
DAY = timedelta(days=1)
FEED = "signins_interactive"


def folder(tmp_path: Path) -> Path:
    """Four days: had and settled, had early, waiting, a gap."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for number, fetched_at in enumerate((BEGIN + 3 * DAY, BEGIN + 2 * DAY + timedelta(hours=1))):
        begin = BEGIN + number * DAY
        ledger.plan([Wanted(FEED, "", begin, begin + DAY, due=begin)])
        taken = ledger.take([FEED], BEGIN + 9 * DAY, BEGIN + 9 * DAY)
        assert taken is not None
        ledger.finish(taken[0], [], [], records=7, distinct=6, late=None, fetched_at=fetched_at, manifest=[])
        ledger.verified(taken[0], (2, BEGIN + 5 * DAY) if number else None, None)
    ledger.plan([Wanted(FEED, "", BEGIN + 2 * DAY, BEGIN + 3 * DAY, due=BEGIN, expires=BEGIN + 32 * DAY)])
    ledger.plan([Wanted(FEED, "", BEGIN + 3 * DAY, BEGIN + 4 * DAY, due=BEGIN, gap=("licence_missing", "buy one"))])
    ledger.close()
    return tmp_path


def test_each_state_has_its_sign(tmp_path: Path) -> None:
    """And what was not asked for has none."""
    (feed,) = status.read(folder(tmp_path)).feeds
    assert "##++..!!" == feed.strip(BEGIN, BEGIN + 4 * DAY, 8)
    assert "  #+.!  " == feed.strip(BEGIN - 2 * DAY, BEGIN + 6 * DAY, 8)
    assert "!" == feed.strip(BEGIN, BEGIN + 4 * DAY, 1), "where several meet, the worst"


def test_what_is_missing_has_its_reason_and_what_waits_its_expiry(tmp_path: Path) -> None:
    """And the next listing its time."""
    found = status.read(folder(tmp_path))
    (feed,) = found.feeds
    assert [("licence_missing", 1, BEGIN + 3 * DAY, BEGIN + 4 * DAY, "buy one")] == [
        (one.reason, one.windows, one.window_from, one.window_to, one.detail) for one in feed.absent
    ]
    assert (1, BEGIN + 32 * DAY, 12, False) == (feed.waiting, feed.next_expiry, feed.records, found.complete)
    assert [0.25] * 4 == [feed.share(state) for state in ("settled", "early", "waiting", "gap")]


def test_a_folder_without_a_ledger_is_named(tmp_path: Path) -> None:
    """With the command that makes one."""
    with pytest.raises(UsageError, match="mailwitness collect"):
        status.read(tmp_path)
    assert not (tmp_path / "ledger.sqlite").exists()
