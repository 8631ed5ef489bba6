"""Logs that deliver nothing for longer than their own rhythm.

A log that stops is the quietest thing an intruder can do, and the commonest thing a broken collection does. So each log is held against itself: the
longest time without a record in its last four weeks, weekends and holidays of that time included, doubled. It is silent when its last record is older
than that, and older than the shortest silence that is told at all.

Clock: times of events, not of delivery: what arrives late shortens a silence when it arrives. Events later than the moment of looking are left out:
one record with a wrong year would otherwise keep its log alive for ever.
Limits: the factor of two, the four weeks and the three shortest silences are our assumptions, not a vendor's. Microsoft promises no delay; it calls 60 to 90
    minutes typical of the unified audit log's core services, and days have been seen. A log that never held a record has no rhythm and is never
    silent here: that it is missing is a finding of coverage.
Sources:
    - https://learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api
    - https://github.com/Azure/api-management-developer-portal/issues/1063   (records five days late)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LOOK_BACK = timedelta(days=28)
GROWN_UP = timedelta(days=7)
"""History from which a log's own rhythm counts: a week holds a night and a weekend."""

YOUNG = timedelta(hours=72)
"""Shortest silence told of a log with less history: from Friday evening to Monday morning passes less."""

FACTOR = 2.0

Query = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a SELECT over the case's tables and gives its rows."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a case holds of one log up to a moment. ``longest_gap``: between two records, within `LOOK_BACK` before the last one."""

    name: str
    records: int
    first: datetime
    last: datetime
    longest_gap: timedelta

    def silent_after(self, shortest: timedelta) -> timedelta:
        """How long this log may go without a record."""
        rhythm = self.longest_gap * FACTOR
        return max(shortest, rhythm) if self.has_rhythm else max(shortest, rhythm, YOUNG)

    @property
    def has_rhythm(self) -> bool:
        """True if there is history enough to know it."""
        return self.last - self.first >= GROWN_UP

    def is_silent(self, now: datetime, shortest: timedelta) -> bool:
        return now - self.last > self.silent_after(shortest)

    def rests_on(self, shortest: timedelta) -> str:
        """What the limit of this log's silence is made of, in words."""
        if self.silent_after(shortest) == shortest:
            return "the shortest silence that is told"
        if self.silent_after(shortest) == self.longest_gap * FACTOR:
            return "twice the longest it ever paused in the four weeks before"
        return "three days, for it has less than a week of history"


_TIMES = {
    "audit_events": "'unified_audit_log'",
    "directory_audits": "'directory_audits'",
    "graph_activity": "'graph_activity'",
    "message_traces": "'message_trace'",
    "signins": "'signins_' || stream",
}
"""Tables of events, and SQL of the feed's name. A log's copy in another log is none of its own."""


def feeds(query: Query, now: datetime) -> list[Feed]:
    """The logs of a case by name, with what was in them by ``now`` (UTC without zone)."""
    moment = f"TIMESTAMP '{now.isoformat(sep=' ')}'"
    times = " UNION ALL ".join(
        f"SELECT {feed} AS feed, time FROM {table} WHERE time <= {moment}"
        + (" AND stream <> 'unified_audit_log'" if table == "signins" else "")
        for table, feed in _TIMES.items()
    )
    rows = query(f"""
        WITH minutes AS (
            SELECT feed, DATE_TRUNC('minute', time) AS minute, COUNT(*) AS records, MIN(time) AS first, MAX(time) AS last
            FROM ({times}) AS times
            GROUP BY feed, DATE_TRUNC('minute', time)
        ),
        paused AS (
            SELECT *, EPOCH(first - LAG(last) OVER (PARTITION BY feed ORDER BY minute)) AS pause_s,
                   MAX(last) OVER (PARTITION BY feed) AS newest
            FROM minutes
        )
        SELECT feed, SUM(records)::BIGINT, MIN(first), MAX(last),
               COALESCE(MAX(pause_s) FILTER (WHERE last > newest - INTERVAL '{LOOK_BACK.days}' DAY), 0)
        FROM paused GROUP BY feed ORDER BY feed""")
    return [Feed(name, records, first, last, timedelta(seconds=gap)) for name, records, first, last, gap in rows]
