"""Settings as they are now: one snapshot a day of the whole tenant, whatever interval was asked for.

Settings have no history in these services. What was true on the day of an intrusion is told by a snapshot and the logged changes around it, so the snapshot is
evidence with a time: it stands in the name of its folder, by the service's clock, where the readers of settings look for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailwitness.collect.client import Refused, Reply
from mailwitness.collect.feed import Body, Plan, Planned, Restart
from mailwitness.collect.feeds._graph_pages import Page
from mailwitness.collect.session import Session

ONCE = (timedelta(0),)
_DEAD_LINK_CODES = frozenset({"Directory_ExpiredPageToken", "Request_UnsupportedQuery"})
_DEAD_LINK_WORDS = ("skip token", "skiptoken", "page token", "expired token")


def once_a_day(plan: Plan) -> Iterable[Planned]:
    """Today's snapshot, due now. A second run on the same day finds it done."""
    today = datetime(plan.now.year, plan.now.month, plan.now.day)
    return [Planned("", today, today + timedelta(days=1), due=plan.now)]


def for_each_mailbox_once_a_day(plan: Plan) -> Iterable[Planned]:
    """Today's snapshot of each mailbox asked for, or else of all in one unit."""
    return [replace(planned, scope=scope) for scope in plan.mailboxes or ("",) for planned in once_a_day(plan)]


def part_named(what: str, session: Session) -> str:
    """Where the snapshot goes: ``settings/<moment>/<what>``."""
    return f"settings/{session.now():%Y%m%dT%H%M%SZ}/{what}"


def one_of_many(reply: Reply, part: str) -> Body:
    """An answer about one of many mailboxes. Those that hold nothing go into a file of their own: readers know a file by its beginning."""
    records = len(reply.value.value)
    return reply.body(records, part=part if records else f"{part}-empty")


def listed(
    session: Session, family: str, url: str, params: Mapping[str, str] | None, into: Any = Page
) -> Iterator[Reply]:
    """All pages of a Graph listing that no window divides. ``into`` is a page's frame, with ``next_link``."""
    seen: set[str] = set()
    following: str | None = url
    while following is not None:
        try:
            reply = session.get(family, following, into, params=None if seen else params)
        except Refused as refusal:
            text = refusal.message.lower()
            if seen and (refusal.code in _DEAD_LINK_CODES or any(words in text for words in _DEAD_LINK_WORDS)):
                raise Restart(f"the link to page {len(seen) + 1} died: {refusal}") from None
            raise
        yield reply
        following = reply.value.next_link
        if following is not None and following in seen:
            raise Restart("a page links to one that was fetched already")
        seen.add(following or "")
