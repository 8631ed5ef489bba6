"""Every feed: what it needs, what it says, and that it is documented."""

from __future__ import annotations

import itertools
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailwitness.collect.feed import Feed, Plan, windows_by_day
from mailwitness.collect.feeds import feeds

PAGE = (Path(__file__).parents[2] / "docs" / "collect.md").read_text("utf-8")
BEGIN = datetime(2026, 3, 1, 5)


@pytest.mark.parametrize("feed", feeds().values(), ids=list(feeds()))
def test_a_feed_reads_and_says_why(feed: Feed) -> None:
    """No permission writes; the one that Exchange's endpoint wants is held down by a role."""
    names = [name for text in (*feed.needs.permissions, *feed.needs.helpful) for name in text.split("|")]
    assert feed.needs.permissions
    assert [] == [name for name in names if ".Read" not in name and name != "Exchange.ManageAsApp"]
    assert ("Exchange.ManageAsApp" not in names) or feed.needs.role is not None
    assert len(feed.needs.why) > 20
    assert sorted(feed.generations) == list(feed.generations)
    assert timedelta(0) == feed.generations[0]
    assert feed.retention is None or feed.generations[-1] < feed.retention


@pytest.mark.parametrize("feed", feeds().values(), ids=list(feeds()))
def test_its_module_can_be_cited(feed: Feed) -> None:
    """The thing, its clock, its limits, and sources that anyone can open."""
    fetch = getattr(feed.fetch, "func", feed.fetch)
    text = sys.modules[fetch.__module__].__doc__ or ""
    assert text.splitlines()[0].endswith(".")
    assert ("Clock:" in text, "Limits:" in text) == (True, True)
    assert re.search(r"Sources:\n\s+- https://", text)


def test_logs_are_on_the_page_by_name() -> None:
    """Settings are one row together."""
    logs = [name for name, feed in feeds().items() if feed.states or feed.part_of]
    assert [] == [name for name in logs if f"`{name}`" not in PAGE]


def test_windows_are_cut_at_the_same_moments_by_every_run() -> None:
    """At days since 1970, whenever a run begins; together they are the interval."""
    windows = list(windows_by_day(Plan(BEGIN, BEGIN + timedelta(days=2), (), BEGIN)))
    assert [(5, 0), (0, 0), (0, 5)] == [(begin.hour, end.hour) for begin, end in windows]
    assert all(before[1] == after[0] for before, after in itertools.pairwise(windows))
